//! A whole chart: values, two templates and a helper file, cut from the input at lines of `=====`.
#![no_main]

use helm::chart::{Chart, File, Profile, UserValues};
use helm::engine::{RenderOptions, on_large_stack, render};
use libfuzzer_sys::fuzz_target;
use rollbook_helm_fuzz::StillHost;

const NAMES: [&str; 4] = [
    "templates/a.yaml",
    "values.yaml",
    "templates/_h.tpl",
    "templates/b.yaml",
];

fuzz_target!(|text: &str| {
    let mut files = vec![File::new(
        "Chart.yaml",
        b"apiVersion: v2\nname: c\nversion: 0.1.0\n",
    )];
    for (name, text) in NAMES.iter().zip(text.split("\n=====\n")) {
        files.push(File::new(*name, text.as_bytes()));
    }
    let profile = match text.len() % 2 {
        0 => Profile::HELM_3,
        _ => Profile::HELM_4_3,
    };
    let done = on_large_stack(|| {
        let Ok(chart) = Chart::load_as(files, profile.line) else {
            return;
        };
        let options = RenderOptions::new("rel", "default", profile);
        match render(&chart, &UserValues::default(), &options, &StillHost) {
            Ok(rendered) => drop(rendered.template_text(true, true, false)),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    });
    done.expect("a thread");
});
