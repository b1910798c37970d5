//! Helm's `include` and `tpl`: functions that run templates.

use super::super::ast::Intrinsic;
use super::super::error::{Error, Failure};
use super::super::operand::Operand;
use super::super::print::NodeRef;
use super::super::set::{ROOT, Scope};
use super::{Exec, Run, without_no_value};
use crate::value::quote;
use std::borrow::Cow;
use std::sync::Arc;

/// How often one name may be at work at a time.
const MAX_INCLUDES: usize = 1000;

impl<'t> Exec<'t, '_> {
    pub(super) fn run_template(
        &mut self,
        node: NodeRef<'t>,
        intrinsic: Intrinsic,
        text: &str,
        data: Operand,
    ) -> Result<(), Error> {
        self.step()?;
        let (name, result) = match intrinsic {
            Intrinsic::Include => ("include", self.run.include(self.scope, text, data)),
            _ => ("tpl", self.run.tpl(self.scope, text, data)),
        };
        self.at(node);
        result.map_err(|failure| match self.spot() {
            Some(spot) => Error::nested(spot, name, failure),
            None => failure.error,
        })
    }
}

impl Run<'_> {
    fn include(&mut self, scope: &Scope<'_>, name: &str, data: Operand) -> Result<(), Failure> {
        if self
            .included
            .get(name)
            .is_some_and(|live| *live > MAX_INCLUDES)
        {
            return Err(Failure::message(format!(
                "rendering template has a nested reference name: {name}: unable to execute template"
            )));
        }
        let Some(tree) = scope.lookup(name) else {
            let name = quote(name);
            return Err(Failure::message(format!(
                "template: no template {name} associated with template \"{ROOT}\""
            )));
        };
        match self.included.get_mut(name) {
            Some(live) => *live += 1,
            None => _ = self.included.insert(Arc::clone(&tree.name), 1),
        }
        let result = self.execute(scope, tree, data);
        if let Some(live) = self.included.get_mut(name) {
            *live -= 1;
        }
        result.map_err(Failure::from)
    }

    fn tpl(&mut self, scope: &Scope<'_>, text: &str, data: Operand) -> Result<(), Failure> {
        let trees = scope.set().parse_text(text).map_err(|error| Failure {
            note: format!("cannot parse template {}: ", quote(text)),
            error,
        })?;
        let inner = scope.with(&trees);
        let Some(tree) = trees.get(ROOT) else {
            return Ok(());
        };
        let start = self.out.len();
        self.execute(&inner, tree, data).map_err(|error| Failure {
            note: format!("error during tpl function execution for {}: ", quote(text)),
            error,
        })?;
        if let Cow::Owned(text) = without_no_value(&self.out[start..]) {
            self.out.replace_range(start.., &text);
        }
        Ok(())
    }
}

impl Failure {
    fn message(message: String) -> Failure {
        Failure::from(Error::message(message))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure {
            note: String::new(),
            error,
        }
    }
}
