//! The actions: `if`, `with`, `range`, `template`, `block` and the rest.

use super::super::ast::{Action, Branch, Invocation, Node};
use super::super::literal::unquote;
use super::super::token::{Kind, Token};
use super::{End, Error, Item, Parser};

impl<'s> Parser<'s> {
    /// What follows a left delimiter.
    pub(super) fn action(&mut self) -> Result<Item<'s>, Error> {
        let token = self.next_non_space();
        let node = match token.kind {
            Kind::Block => self.block()?,
            Kind::Break => self.loop_exit("{{break}}", Node::Break)?,
            Kind::Continue => self.loop_exit("{{continue}}", Node::Continue)?,
            Kind::Else => return self.else_clause().map(Item::End),
            Kind::End => {
                self.expect(Kind::RightDelim, "end")?;
                return Ok(Item::End(End::End));
            }
            Kind::If => self.if_action()?,
            Kind::With => self.with_action()?,
            Kind::Range => Node::Range(self.branch("range")?),
            Kind::Template => self.template()?,
            _ => {
                self.put_back(token);
                let pipe = self.pipeline("command", Kind::RightDelim)?;
                Node::Action(Action {
                    pos: token.pos,
                    pipe,
                })
            }
        };
        Ok(Item::Node(node))
    }

    fn if_action(&mut self) -> Result<Node, Error> {
        self.branch("if").map(Node::If)
    }

    fn with_action(&mut self) -> Result<Node, Error> {
        self.branch("with").map(Node::With)
    }

    fn loop_exit(&mut self, action: &str, node: Node) -> Result<Node, Error> {
        let token = self.next_non_space();
        if token.kind != Kind::RightDelim {
            return Err(self.unexpected(token, action));
        }
        if self.tree.range_depth == 0 {
            return Err(self.error(format!("{action} outside {{{{range}}}}")));
        }
        Ok(node)
    }

    /// `{{else}}`; of `{{else if …}}` and `{{else with …}}` only the first word.
    fn else_clause(&mut self) -> Result<End<'s>, Error> {
        let token = self.peek_non_space();
        if matches!(token.kind, Kind::If | Kind::With) {
            return Ok(End::Else(token));
        }
        self.expect(Kind::RightDelim, "else").map(End::Else)
    }

    fn branch(&mut self, word: &str) -> Result<Box<Branch>, Error> {
        let scope = self.tree.variables.len();
        let pipe = self.pipeline(word, Kind::RightDelim)?;
        let in_range = usize::from(word == "range");
        self.tree.range_depth += in_range;
        let (list, end) = self.list()?;
        self.tree.range_depth -= in_range;
        let else_list = match end {
            End::End => None,
            End::Else(token) => Some(self.else_list(word, token)?),
        };
        self.tree.variables.truncate(scope);
        Ok(Box::new(Branch {
            pipe,
            list,
            else_list,
        }))
    }

    /// `{{else if x}}…{{end}}` is `{{else}}{{if x}}…{{end}}{{end}}`.
    fn else_list(&mut self, word: &str, token: Token<'s>) -> Result<Vec<Node>, Error> {
        match (word, token.kind) {
            ("if", Kind::If) => {
                self.next();
                Ok(vec![self.if_action()?])
            }
            ("with", Kind::With) => {
                self.next();
                Ok(vec![self.with_action()?])
            }
            _ => match self.list()? {
                (nodes, End::End) => Ok(nodes),
                (_, end) => Err(self.error(format!("expected end; found {}", end.text()))),
            },
        }
    }

    /// `{{template "name" pipeline}}`.
    fn template(&mut self) -> Result<Node, Error> {
        let context = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(token, context)?;
        let next = self.next_non_space();
        let pipe = match next.kind {
            Kind::RightDelim => None,
            _ => {
                self.put_back(next);
                Some(self.pipeline(context, Kind::RightDelim)?)
            }
        };
        Ok(Node::Template(Box::new(Invocation {
            pos: token.pos,
            name: name.into(),
            pipe,
        })))
    }

    /// `{{block "name" pipeline}}…{{end}}`: defines the template and runs it.
    fn block(&mut self) -> Result<Node, Error> {
        let context = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(token, context)?;
        let pipe = self.pipeline(context, Kind::RightDelim)?;
        let outer = std::mem::take(&mut self.tree);
        let nodes = self.body(context)?;
        self.add(name.as_str().into(), nodes)?;
        self.tree = outer;
        Ok(Node::Template(Box::new(Invocation {
            pos: token.pos,
            name: name.into(),
            pipe: Some(pipe),
        })))
    }

    pub(super) fn template_name(
        &mut self,
        token: Token<'s>,
        context: &str,
    ) -> Result<String, Error> {
        match token.kind {
            Kind::String | Kind::RawString => {
                let name = unquote(token.text).map_err(|message| self.error(message))?;
                Ok(name.into_owned())
            }
            _ => Err(self.unexpected(token, context)),
        }
    }
}
