//! The one engine, and what it has compiled.

use super::eval::{Eval, HANDLE, Handle, Root};
use super::harden::{Backslash, harden};
use super::template::{self, Template};
use super::{filters, functions, predicates};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, Expression, UndefinedBehavior, escape_formatter};
use minijinja_contrib::pycompat::unknown_method_callback;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// Steps that one template may take.
const FUEL: u64 = 5_000_000;
/// Most expressions kept compiled.
const KEPT: usize = 50_000;

type Compiled = Arc<Expression<'static, 'static>>;

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(engine);
static EXPRESSIONS: LazyLock<RwLock<FxHashMap<String, Compiled>>> = LazyLock::new(RwLock::default);

fn engine() -> Environment<'static> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .keep_trailing_newline(true)
            .build()
            .unwrap_or_default(),
    );
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    engine.set_fuel(Some(FUEL));
    // Undefined values then know which expression they come from.
    engine.set_debug(true);
    engine.set_formatter(|out, state, value| {
        if let Some(handle) = state.lookup(HANDLE)
            && let Some(Handle(eval)) = handle.downcast_object_ref()
        {
            eval.printing(value);
        }
        match value.is_none() {
            true => Ok(()),
            false => escape_formatter(out, state, value),
        }
    });
    engine.set_unknown_method_callback(unknown_method_callback);
    // A template is its own name, so that the engine keeps it compiled.
    engine.set_loader(|name| Ok(Some(name.to_owned())));
    functions::add(&mut engine);
    filters::add(&mut engine);
    predicates::add(&mut engine);
    engine
}

/// The value of a hardened expression.
pub(super) fn evaluate(expression: &str, eval: &Eval) -> Result<Value, Error> {
    compiled(expression)?.eval(Value::from_object(Root(eval.clone())))
}

/// The text of a hardened template.
pub(super) fn render(template: &str, eval: &Eval) -> Result<String, Error> {
    ENGINE
        .get_template(template)?
        .render(Value::from_object(Root(eval.clone())))
}

fn compiled(expression: &str) -> Result<Compiled, Error> {
    let known = EXPRESSIONS
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(expression)
        .cloned();
    if let Some(known) = known {
        return Ok(known);
    }
    let new = Arc::new(ENGINE.compile_expression_owned(expression.to_owned())?);
    let mut kept = EXPRESSIONS.write().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= KEPT {
        kept.clear();
    }
    kept.insert(expression.to_owned(), new.clone());
    Ok(new)
}

/// The variables that a text's templates read, as dotted paths; a syntax error reads nothing.
/// With `bare` the text is an expression, as in `when`.
pub fn names_read(text: &str, bare: bool) -> BTreeSet<String> {
    let parsed = match bare {
        true => Template::Expression(harden(text, Backslash::Raw)),
        false => template::parse(text, Backslash::Raw),
    };
    let names = match parsed {
        Template::Plain => return BTreeSet::new(),
        Template::Expression(text) => compiled(&text).map(|c| c.undeclared_variables(true)),
        Template::Mixed(text) => ENGINE
            .get_template(&text)
            .map(|t| t.undeclared_variables(true)),
    };
    let global = |name: &String| ENGINE.globals().any(|(known, _)| known == name.as_str());
    names
        .unwrap_or_default()
        .into_iter()
        .filter(|name| !global(name))
        .collect()
}
