//! `rollbook inventory explain` down to the chart's defaults, over the demo's recording and over
//! inventories of its own.

use crate::main_job::Desk;

fn explain(desk: &Desk, inventory: &str, calls: &[&str]) -> String {
    let call = |call: &&str| {
        let words = ["inventory", "explain", "-i", inventory].into_iter();
        let said = desk.rollbook(words.chain(call.split(' ')));
        format!(
            "$ explain {call}\n{}{}exit {}\n\n",
            said.out, said.err, said.code
        )
    };
    calls.iter().map(call).collect()
}

#[test]
fn the_whole_ladder_what_is_live_and_what_uses_it() {
    let desk = Desk::new();
    insta::assert_snapshot!(explain(
        &desk,
        "inventories/demo",
        &[
            "c5h1wd release.values.api.resources.limits.memory",
            "c5h1wd release.version",
            "c5h1wd release.chart",
            "c5h1wd release.values.database.password",
            "c5h1wd release.values.config.features.exportPdf",
            "c3c9k3 release.values.frontend.replicas",
            "c5h1wd release.values.api",
            "c5h1wd",
            "c2a7dv",
            "c5h1wd limits.max_targets",
            "c5h1wd release.values.api.memory",
        ],
    ));
}

#[test]
fn for_machines() {
    let desk = Desk::new();
    let key = "c5h1wd release.values.api.resources.limits.memory --format json";
    insta::assert_snapshot!(explain(&desk, "inventories/demo", &[key]));
}

#[test]
fn after_an_apply_the_new_revision_is_live() {
    let desk = Desk::new();
    let apply = "apply playbooks/update.yml -l c0aa1p -y";
    desk.over("inventories/demo", apply).done();
    let text = explain(
        &desk,
        "inventories/demo",
        &[
            "c0aa1p release.version",
            "c0aa1p release.values.frontend.replicas",
        ],
    );
    assert!(
        text.contains("  live    \"2.5.0\" since revision 2 ("),
        "{text}"
    );
    // The recorded revision 1 does not keep the chart's defaults.
    assert!(text.contains("  live    2 since revision 2 ("), "{text}");
    assert!(text.contains(") or before\n"), "{text}");
}

#[test]
fn values_files_templates_nulls_and_parts_that_were_replaced() {
    let desk = Desk::new();
    insta::assert_snapshot!(explain(
        &desk,
        "fixtures/inventory/ladder/hosts.yml",
        &[
            "c1 release.values.api.replicas",
            "c1 release.values.client.name",
            "c1 release.values.api.resources",
            "c2 release.values.api.resources.limits.memory",
            "c3 release.values.api.replicas",
            "c1 release.values.workers.mail.replicas",
            "c1 release.values.cache.enabled",
            "c1 settings.a",
            "c1 release.values",
            "c2",
        ],
    ));
}

#[test]
fn what_cannot_be_read_is_told_and_stops_nothing() {
    let desk = Desk::new();
    insta::assert_snapshot!(explain(
        &desk,
        "fixtures/inventory/ladder/unread.yml",
        &["c1 release.values.api.replicas", "c1 release.version"],
    ));
}
