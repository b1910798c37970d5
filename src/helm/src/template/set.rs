//! Templates that know each other by name. The main type here is [`TemplateSet`].

use super::ast::{Callee, Intrinsic, Tree};
use super::builtins::BUILTINS;
use super::error::Error;
use super::exec::{Run, without_no_value};
use super::function::{Call, Function};
use super::limits::Limits;
use super::operand::Operand;
use super::parser::{Functions, Trees, parse};
use crate::Host;
use crate::value::{Value, quote};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::sync::{Arc, PoisonError, RwLock};

/// The name of the set itself, which Helm gave it; `tpl` parses under it.
pub(super) const ROOT: &str = "gotpl";

/// How many texts of `tpl` are kept parsed, and how long they may be.
const CACHED_TEXTS: usize = 4096;
const CACHED_LENGTH: usize = 64 << 10;

/// Parsed templates in one namespace, shared by all renders of a chart.
pub struct TemplateSet {
    functions: Functions,
    trees: FxHashMap<Arc<str>, Arc<Tree>>,
    /// Texts that `tpl` has parsed.
    texts: RwLock<FxHashMap<Arc<str>, Arc<Trees>>>,
}

/// What one render uses: the outer world, bounds, and what is left of them.
pub struct Context<'h> {
    /// What functions may use.
    pub call: Call<'h>,
    /// Bounds of each execution; the steps are shared by all of them.
    pub limits: Limits,
    /// Whether a missing key is an error (`missingkey=error`, strict lint).
    pub strict: bool,
    used: u64,
}

impl<'h> Context<'h> {
    /// A context with the default limits, not strict, not linting.
    pub fn new(host: &'h dyn Host) -> Context<'h> {
        Context {
            call: Call { host, lint: None },
            limits: Limits::default(),
            strict: false,
            used: 0,
        }
    }
}

impl TemplateSet {
    /// Parses `(name, text)` sources in order: the later definition of a name
    /// wins, unless its body is blank. Of functions with one name the last
    /// table wins; Go's own functions come before all tables, and `include`
    /// and `tpl` after them.
    pub fn parse<'a, T: Into<Arc<str>>>(
        sources: impl IntoIterator<Item = (&'a str, T)>,
        tables: &[&'static [Function]],
    ) -> Result<TemplateSet, Error> {
        let mut set = TemplateSet {
            functions: functions(tables),
            trees: FxHashMap::default(),
            texts: RwLock::default(),
        };
        for (name, text) in sources {
            for (name, tree) in parse(name, text.into(), &set.functions)? {
                set.add(name, tree);
            }
        }
        Ok(set)
    }

    /// The names of all functions that a set with these tables has.
    pub fn function_names(tables: &[&'static [Function]]) -> Vec<&'static str> {
        functions(tables).into_keys().collect()
    }

    fn add(&mut self, name: Arc<str>, tree: Tree) {
        if !tree.empty || !self.trees.contains_key(&name) {
            self.trees.insert(name, Arc::new(tree));
        }
    }

    /// Whether there is a template of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.trees.contains_key(name)
    }

    /// Executes the template `name` with `data` as dot and appends to `out`
    /// what it writes, without `<no value>`, as Helm does.
    ///
    /// The thread needs more stack than [`Limits::stack`].
    pub fn execute(
        &self,
        name: &str,
        data: &Value,
        context: &mut Context<'_>,
        out: &mut String,
    ) -> Result<(), Error> {
        let Some(tree) = self.trees.get(name) else {
            let name = quote(name);
            let message =
                format!("template: no template {name} associated with template \"{ROOT}\"");
            return Err(Error::message(message));
        };
        let steps = context.limits.steps.saturating_sub(context.used);
        let call = context.call;
        let mut run = Run::new(call, context.limits, context.strict, steps);
        let result = run.execute(&Scope::of(self), tree, Operand::plain(data.clone()));
        context.used = context.limits.steps.saturating_sub(run.steps);
        result?;
        match without_no_value(&run.out) {
            Cow::Borrowed(_) if out.is_empty() => *out = run.out,
            text => out.push_str(&text),
        }
        Ok(())
    }

    /// Parses the argument of a `tpl`, or finds it parsed.
    pub(super) fn parse_text(&self, text: &str) -> Result<Arc<Trees>, Error> {
        let texts = self.texts.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(trees) = texts.get(text) {
            return Ok(Arc::clone(trees));
        }
        drop(texts);
        let text: Arc<str> = text.into();
        let trees = Arc::new(parse(ROOT, text.clone(), &self.functions)?);
        let mut texts = self.texts.write().unwrap_or_else(PoisonError::into_inner);
        if text.len() <= CACHED_LENGTH && texts.len() < CACHED_TEXTS {
            texts.insert(text, Arc::clone(&trees));
        }
        Ok(trees)
    }
}

fn functions(tables: &[&'static [Function]]) -> Functions {
    let go: &'static [Function] = BUILTINS;
    let intrinsics = [
        ("and", Intrinsic::And),
        ("or", Intrinsic::Or),
        ("len", Intrinsic::Len),
        ("call", Intrinsic::Call),
    ];
    let mut all: Functions = intrinsics
        .map(|(name, intrinsic)| (name, Callee::Intrinsic(intrinsic)))
        .into_iter()
        .collect();
    for function in std::iter::once(go).chain(tables.iter().copied()).flatten() {
        all.insert(function.name, Callee::Function(function));
    }
    all.insert("include", Callee::Intrinsic(Intrinsic::Include));
    all.insert("tpl", Callee::Intrinsic(Intrinsic::Tpl));
    all
}

/// The templates that an execution sees: those of the set, and over them the
/// definitions of each `tpl` text at work.
pub(super) struct Scope<'s> {
    set: &'s TemplateSet,
    layer: Option<(&'s Trees, &'s Scope<'s>)>,
}

impl<'s> Scope<'s> {
    fn of(set: &'s TemplateSet) -> Scope<'s> {
        Scope { set, layer: None }
    }

    /// This scope with more definitions over it.
    pub fn with(&'s self, trees: &'s Trees) -> Scope<'s> {
        Scope {
            set: self.set,
            layer: Some((trees, self)),
        }
    }

    /// The set at the bottom.
    pub fn set(&self) -> &'s TemplateSet {
        self.set
    }

    /// The template `name`; a blank definition hides no other.
    pub fn lookup(&self, name: &str) -> Option<&'s Tree> {
        let Some((trees, below)) = self.layer else {
            return self.set.trees.get(name).map(|tree| &**tree);
        };
        match trees.get(name) {
            Some(tree) if !tree.empty => Some(tree),
            own => below.lookup(name).or(own),
        }
    }
}
