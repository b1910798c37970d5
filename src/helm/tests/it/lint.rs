//! Cases of `helm lint`.

use super::case::{Answer, LiveHost, options, sorted};
use super::layout::Place;
use helm::chart::Profile;
use helm::lint::LintOptions;

/// What we say. Paths are told from where Helm stood: beside the chart.
pub fn run(flags: &[String], place: &Place) -> Answer {
    let top = place.chart.parent().expect("a parent").display();
    let (mut lint, mut others) = (LintOptions::default(), Vec::new());
    let mut charts = vec![format!("{top}/c")];
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        match flag.as_str() {
            "--strict" => lint.strict = true,
            "--quiet" => lint.quiet = true,
            "--with-subcharts" => lint.with_subcharts = true,
            "--skip-schema-validation" => others.push(flag.clone()),
            name if name.starts_with('-') => {
                others.extend([flag.clone(), flags.next().expect("an argument").clone()]);
            }
            chart => charts.push(format!("{top}/{chart}")),
        }
    }
    lint.template = options(&others, Profile::HELM_3);
    let found = match lint.run(&charts, &LiveHost, &|path| place.read(path)) {
        Ok(found) => found,
        Err(why) => {
            return Answer {
                said: Err(why),
                warnings: Vec::new(),
            };
        }
    };
    let text = found.text().replace(&format!("{top}/"), "");
    let warnings = found.charts.iter().flat_map(|chart| &chart.warnings);
    let warnings = match found.summary() {
        Ok(_) => sorted(warnings.flat_map(|text| text.lines())),
        Err(_) => Vec::new(),
    };
    let said = match found.summary() {
        Ok(end) => Ok(text + &end),
        Err(end) => Err(text + &end),
    };
    Answer {
        said: said.map(|text| text.strip_suffix('\n').unwrap_or(&text).to_owned()),
        warnings,
    }
}
