//! The charts that take part in a render, with their templates compiled. The
//! main type here is [`Program`].

use super::files_object::{FileTable, file_table};
use super::functions;
use super::manifest::Crd;
use super::render::{Error, in_dependencies};
use crate::chart::{Chart, Node, Profile, Warning, import};
use crate::sprig;
use crate::template::{Function, TemplateSet};
use rustc_hash::FxHashMap;
use std::fmt;
use std::sync::Arc;

/// A chart with the children that a set of values switches on: the same for all
/// releases that switch on the same ones.
pub struct Program {
    /// The chart in its place, with its children.
    pub root: Node,
    /// The compiled templates, in one namespace.
    pub(super) templates: TemplateSet,
    /// The files to execute, in Helm's order.
    pub(super) files: Vec<Executed>,
    /// The CRD files, root first.
    pub(super) crds: Arc<[Crd]>,
    /// What `.Files` shows, by the chart's place.
    pub(super) tables: FxHashMap<Vec<usize>, Arc<FileTable>>,
    /// What Helm would print on stderr about imports between these charts.
    pub(super) warnings: Vec<Warning>,
}

/// One file that is executed.
#[derive(Debug)]
pub(super) struct Executed {
    /// `root/charts/child/templates/x.yaml`.
    pub name: String,
    /// `root/charts/child/templates`.
    pub base: String,
    /// The chart's place: indexes of children, from the root.
    pub place: Vec<usize>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program")
            .field("root", &self.root.name())
            .field("files", &self.files)
            .finish()
    }
}

impl Program {
    /// The program of a chart and the children that are on: kept with the chart,
    /// made once.
    pub(super) fn of(chart: &Chart, root: Node, profile: &Profile) -> Result<Arc<Program>, Error> {
        let key = format!("{}{}", profile.name, signature(&root));
        if let Some(program) = chart.kept(&key) {
            return Ok(program);
        }
        let program = Arc::new(Program::compile(root, profile)?);
        chart.keep(key, program.clone());
        Ok(program)
    }

    fn compile(mut root: Node, profile: &Profile) -> Result<Program, Error> {
        let mut warnings = Vec::new();
        import(&mut root, profile, &mut warnings).map_err(|text| in_dependencies(text, profile))?;
        let mut sources = Sources::default();
        sources.node(&root, &mut Vec::new());
        sources.sort();
        let texts = sources
            .files
            .iter()
            .map(|file| (file.name.as_str(), file.text.clone()));
        let templates = TemplateSet::parse(texts, &tables(profile))?;
        let executed = sources
            .files
            .into_iter()
            .filter(|file| !is_partial(&file.name));
        let files = executed
            .map(|file| Executed {
                name: file.name,
                base: file.base,
                place: file.place,
            })
            .collect();
        Ok(Program {
            root,
            templates,
            files,
            crds: sources.crds.into(),
            tables: sources.tables,
            warnings,
        })
    }
}

/// All functions, Helm's over sprig's.
fn tables(profile: &Profile) -> Vec<&'static [Function]> {
    let mut tables = sprig::chapters().to_vec();
    tables.push(functions::FUNCTIONS);
    if profile.is_four() {
        tables.extend(sprig::chapters_of_helm_4());
        tables.push(functions::FUNCTIONS_4);
    }
    tables
}

/// The names of all functions that templates can call.
pub fn function_names(profile: &Profile) -> Vec<&'static str> {
    TemplateSet::function_names(&tables(profile))
}

/// Files whose base name begins with `_` only define templates.
fn is_partial(name: &str) -> bool {
    base(name).starts_with('_')
}

fn base(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Which children take part, as text.
fn signature(node: &Node) -> String {
    let children: Vec<String> = node.children.iter().map(signature).collect();
    format!(
        "({} {}{})",
        node.path,
        node.metadata.version,
        children.concat()
    )
}

struct Text {
    name: String,
    base: String,
    text: Arc<str>,
    place: Vec<usize>,
}

#[derive(Default)]
struct Sources {
    files: Vec<Text>,
    crds: Vec<Crd>,
    tables: FxHashMap<Vec<usize>, Arc<FileTable>>,
}

impl Sources {
    fn node(&mut self, node: &Node, place: &mut Vec<usize>) {
        for file in &node.source.templates {
            if node.metadata.is_library() && !is_partial(&file.name) {
                continue;
            }
            let name = format!("{}/{}", node.path, file.name);
            let text = file.data.shared_text();
            self.files.push(Text {
                name,
                base: format!("{}/templates", node.path),
                text,
                place: place.clone(),
            });
        }
        self.crds.extend(node.source.crds().map(|file| Crd {
            path: format!("{}/{}", node.path, file.name),
            file: file.clone(),
        }));
        self.tables
            .insert(place.clone(), file_table(&node.source.files));
        for (at, child) in node.children.iter().enumerate() {
            place.push(at);
            self.node(child, place);
            place.pop();
        }
    }

    /// Deeper paths first, then names from the end of the alphabet: the last
    /// definition wins, so parents override children. Of files with one path the last
    /// chart's counts: two of one name, or one that stands below two aliases.
    fn sort(&mut self) {
        let slashes = |text: &Text| text.name.bytes().filter(|&b| b == b'/').count();
        self.files.reverse();
        self.files.sort_by(|a, b| {
            slashes(b)
                .cmp(&slashes(a))
                .then_with(|| b.name.cmp(&a.name))
        });
        self.files.dedup_by(|again, first| again.name == first.name);
    }
}
