//! rollbook's engine, measured beside `main.go`: CPU seconds of one render and of one parse.
//!
//! A chart is loaded and compiled once. `execute` is the templates alone, as Helm's `engine.Render`
//! runs them; `release` is all that a fleet does per release (values
//! coalesced, templates executed, documents cut, named and put in order); `parse` is lexer,
//! parser and compiler over all templates. Prints `CHART STEP MINIMUM MEDIAN` in seconds.
//! `cargo bench --bench engine -- CHART…`.

use helm::chart::{Chart, Profile, Source, UserValues, set};
use helm::engine::{RenderOptions, on_large_stack, prepare, render};
use helm::sprig;
use helm::template::{Body, Function, TemplateSet};
use rollbook::manifest::{self, Gvk, Scopes};
use rollbook::pipeline::offline::Offline;
use rustix::time::{ClockId, clock_gettime};
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often a step is sampled, and how much CPU time a sample takes at least.
const SAMPLES: usize = 9;
const SAMPLE: Duration = Duration::from_millis(150);

/// How many releases a fleet has.
const RELEASES: usize = 1000;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    // `cargo bench` adds `--bench`.
    let arguments = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench");
    let arguments: Vec<String> = arguments.collect();
    on_large_stack(|| arguments.iter().try_for_each(|chart| measure(chart)))?
}

fn measure(directory: &str) -> Result<()> {
    let chart = Chart::open(Path::new(directory))?;
    let name = Path::new(directory).file_name().unwrap_or_default();
    let name = name.to_string_lossy();
    let options = RenderOptions::new("rel", "default", Profile::HELM_3);
    let values = UserValues::default();
    let prepared = prepare(&chart, &values, &options)?;
    report(&name, "execute", || {
        prepared.execute(&options, &Offline)?;
        Ok(())
    })?;
    report(&name, "release", || {
        render(&chart, &values, &options, &Offline)?;
        Ok(())
    })?;
    let mut sources = Vec::new();
    gather(&chart, &chart.metadata.name, &mut sources);
    let texts = || sources.iter().map(|(name, text)| (&**name, text.clone()));
    let mut tables = sprig::chapters().to_vec();
    tables.push(HELM);
    report(&name, "parse", || {
        TemplateSet::parse(texts(), &tables)?;
        Ok(())
    })?;
    fleet(&name, &chart)
}

/// A fleet: releases of one chart, each with values of its own, rendered and parsed to objects on
/// two threads. Prints the seconds that passed, and the peak memory of the process in KiB.
fn fleet(name: &str, chart: &Chart) -> Result<()> {
    let began = Instant::now();
    std::thread::scope(|scope| {
        let half = |half: usize| {
            let run = move || (half..RELEASES).step_by(2).try_for_each(|n| one(chart, n));
            scope.spawn(move || on_large_stack(run)?)
        };
        let halves = [0, 1].map(half);
        let mut ended = halves.into_iter().map(|half| half.join());
        ended.try_for_each(|ended| ended.map_err(|_| "it panicked")?)
    })?;
    let passed = began.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.split_whitespace().next());
    writeln!(
        std::io::stdout(),
        "{name} fleet {passed:.3} {}",
        peak.unwrap_or("-")
    )?;
    Ok(())
}

fn one(chart: &Chart, number: usize) -> Result<()> {
    let name = format!("client-{number}");
    let mut options = RenderOptions::new(&name, &name, Profile::HELM_3);
    let mut values = UserValues::default();
    values.set(
        set::Kind::Typed,
        &format!("nameOverride=web-{number}"),
        &Profile::HELM_3,
    )?;
    options.bodies = true;
    let rendered = render(chart, &values, &options, &Offline)?;
    let documents = rendered.manifests.into_iter();
    let documents = documents.filter_map(|one| Some((one.path.into(), one.body?)));
    manifest::objects(documents, &name, &Unknown)?;
    Ok(())
}

/// No cluster says which kinds are namespaced.
struct Unknown;

impl Scopes for Unknown {
    fn namespaced(&self, _: &Gvk) -> Option<bool> {
        None
    }
}

/// The templates of a chart and its children, named as the engine does.
fn gather(source: &Source, at: &str, into: &mut Vec<(String, Arc<str>)>) {
    for child in &source.dependencies {
        gather(child, &format!("{at}/charts/{}", child.metadata.name), into);
    }
    let named = |file: &helm::chart::File| (format!("{at}/{}", file.name), file.data.shared_text());
    into.extend(source.templates.iter().map(named));
}

/// Helm's own functions by name: a parser only asks whether they are there.
const HELM: &[Function] = &[
    named("toYaml"),
    named("toYamlPretty"),
    named("fromYaml"),
    named("fromYamlArray"),
];

const fn named(name: &'static str) -> Function {
    Function {
        name,
        params: &[],
        variadic: false,
        body: Body::Value(|_, _| Ok(helm::Value::Nil)),
    }
}

fn report(chart: &str, step: &str, mut run: impl FnMut() -> Result<()>) -> Result<()> {
    run()?; // warm
    let mut times = Vec::new();
    for _ in 0..SAMPLES {
        let (start, mut count) = (cpu(), 0);
        while cpu() - start < SAMPLE {
            run()?;
            count += 1;
        }
        times.push((cpu() - start).as_secs_f64() / f64::from(count));
    }
    times.sort_by(f64::total_cmp);
    let (minimum, median) = (times[0], times[SAMPLES / 2]);
    writeln!(std::io::stdout(), "{chart} {step} {minimum:.9} {median:.9}")?;
    Ok(())
}

/// The CPU time of this process.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}
