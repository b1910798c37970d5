//! One chart for many releases: shared, in parallel, each with its own values.

use super::Still;
use crate::chart::set::Kind;
use crate::chart::{Chart, File, Profile, UserValues};
use crate::engine::{RenderOptions, Rendered, on_large_stack, render};

fn chart() -> Chart {
    let files = [
        (
            "Chart.yaml",
            "apiVersion: v2\nname: c\nversion: 0.1.0\ndependencies:\n- {name: sub, version: '*', condition: sub.enabled}\n",
        ),
        ("values.yaml", "sub: {enabled: true}\nn: 0\n"),
        (
            "templates/a.yaml",
            "kind: A\nname: {{ .Release.Name }}\nn: {{ .Values.n }}\n",
        ),
        (
            "charts/sub/Chart.yaml",
            "apiVersion: v2\nname: sub\nversion: 0.1.0\n",
        ),
        ("charts/sub/templates/b.yaml", "kind: B\n"),
    ];
    Chart::load(
        files
            .map(|(name, text)| File::new(name, text.as_bytes()))
            .to_vec(),
    )
    .unwrap()
}

fn release(chart: &Chart, number: usize) -> Rendered {
    let mut values = UserValues::default();
    values
        .set(
            Kind::Typed,
            &format!("n={number},sub.enabled={}", number.is_multiple_of(2)),
            &Profile::HELM_3,
        )
        .unwrap();
    let options = RenderOptions::new(format!("r{number}"), "default", Profile::HELM_3);
    render(chart, &values, &options, &Still).unwrap()
}

#[test]
fn releases_of_one_chart_are_rendered_in_parallel() {
    let chart = &chart();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|n| scope.spawn(move || on_large_stack(|| release(chart, n)).unwrap()))
            .collect();
        for (number, thread) in threads.into_iter().enumerate() {
            let rendered = thread.join().unwrap();
            let text = format!("kind: A\nname: r{number}\nn: {number}");
            let own = rendered
                .manifests
                .iter()
                .find(|m| m.head.kind == "A")
                .unwrap();
            assert_eq!(own.text, text);
            assert_eq!(
                rendered.manifests.len(),
                if number % 2 == 0 { 2 } else { 1 }
            );
        }
    });
}

#[test]
fn templates_are_compiled_once_per_set_of_children() {
    let chart = chart();
    on_large_stack(|| {
        let [first, second, third] = [0, 1, 2].map(|number| release(&chart, number));
        assert!(std::sync::Arc::ptr_eq(&first.program, &third.program));
        assert!(!std::sync::Arc::ptr_eq(&first.program, &second.program));
    })
    .unwrap();
}
