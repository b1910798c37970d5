//! Records as real Helm wrote them (`fixtures/records/`, made by the versions in their names).

use super::*;
use crate::diag::Kind;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const FIXTURES: [&str; 5] = [
    "helm-3.21.4-configmap",
    "helm-3.21.4-deployed",
    "helm-3.21.4-superseded",
    "helm-4.3.1-deployed",
    "helm-4.3.1-superseded",
];

fn stored(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/records");
    let text = fs::read_to_string(path.join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn payload(object: &Value) -> &str {
    object["data"]["release"].as_str().unwrap()
}

fn json_of(stored: &str) -> Value {
    serde_json::from_slice(&unpack(stored).unwrap()).unwrap()
}

/// Helm 3 writes zero times as `""`, we leave them out as Helm 4 does.
fn without_empty_times(mut record: Value) -> Value {
    if let Some(info) = record["info"].as_object_mut() {
        info.retain(|key, value| key != "deleted" || value != "");
    }
    record
}

#[test]
fn real_records_survive_a_round_trip() {
    for name in FIXTURES {
        let object = stored(name);
        let record = Record::decode(payload(&object)).unwrap();
        let written = json_of(&record.encode());
        let read = without_empty_times(json_of(payload(&object)));
        assert_eq!(written, read, "{name}");
    }
}

#[test]
fn a_stored_record_looks_as_helm_stores_it() {
    for name in FIXTURES {
        let theirs = stored(name);
        let record = Record::decode(payload(&theirs)).unwrap();
        let labels = &theirs["metadata"]["labels"];
        let creates = labels.get("createdAt").is_some();
        let time = if creates { "createdAt" } else { "modifiedAt" };
        let ours = record.stored(&Stamp {
            config_map: theirs["kind"] == "ConfigMap",
            at: labels[time].as_str().unwrap().parse().unwrap(),
            creates,
            ..Stamp::default()
        });
        let mut ours = ours.clear().clone();
        assert_eq!(
            Record::decode(payload(&ours)).unwrap(),
            record,
            "{name}: the body"
        );
        ours["data"] = theirs["data"].clone();
        assert_eq!(ours, theirs, "{name}: around the body");
    }
}

#[test]
fn what_the_record_says() {
    let read = |name| Record::decode(payload(&stored(name))).unwrap();
    let old = read("helm-3.21.4-superseded");
    assert_eq!(
        (old.revision, &*old.info.status, old.apply_method.as_deref()),
        (1, "superseded", None)
    );
    assert_eq!(old.chart_field("appVersion"), "7.1");
    assert_eq!(old.config.reveal(), &json!({"replicas": 2}));
    let new = read("helm-4.3.1-deployed");
    assert_eq!(new.key(), "sh.helm.release.v1.shop.v2");
    assert_eq!(new.apply_method.as_deref(), Some("ssa"));
    assert_eq!(new.info.notes.reveal(), "Shop shop is ready.\n");
}

#[test]
fn unknown_fields_and_uncompressed_records_are_kept() {
    let body = json!({
        "name": "a", "namespace": "b", "version": 3, "manifest": null, "config": null,
        "info": {"status": "deployed", "deleted": "", "rollback_revision": 2},
        "chart": {"metadata": {"name": "c"}}, "hooks": null, "sequenced": true,
    });
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(body.to_string());
    let record = Record::decode(&text).unwrap();
    let again = json_of(&record.encode());
    assert_eq!(again["sequenced"], true);
    assert_eq!(again["info"]["rollback_revision"], 2);
    assert_eq!(again.get("config"), None);
}

#[test]
fn broken_records_say_why_and_quote_nothing() {
    let told = |stored: &str| Record::decode(stored).unwrap_err().to_string();
    assert_eq!(told("%%%"), "it is not base64");
    let packed = pack(b"{\"name\": 7, \"password\": \"s3cret\"}");
    assert_eq!(
        told(&packed),
        "it is not the JSON of a release (at byte 10 of line 1)"
    );
    let cut = pack(&[b'x'; 4000]);
    let cut = &cut[..cut.len() / 8 * 4];
    assert!(told(cut).starts_with("its gzip stream is broken"));
}

#[test]
fn a_large_record_is_seen_before_it_is_sent() {
    let mut state = 1_u64;
    let mut noise = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'!' + (state >> 58) as u8)
    };
    let mut sized = |len: usize| {
        let manifest: String = (0..len).map(|_| noise()).collect();
        let parts = Parts {
            chart: json!({}).into(),
            config: json!({}),
            manifest: manifest.into(),
            hooks: Vec::new(),
            notes: String::new(),
        };
        Record::compose("shop", "c1", 4, parts).check_size()
    };
    assert_eq!(sized(1000), None);
    let near = sized(980_000).unwrap();
    assert_eq!(near.severity, crate::diag::Severity::Warning);
    let beyond = sized(1_100_000).unwrap();
    assert_eq!(
        (beyond.severity, beyond.kind),
        (crate::diag::Severity::Error, Kind::Input)
    );
    assert!(beyond.message.contains("sh.helm.release.v1.shop.v4"));
}

fn history(statuses: &[&str]) -> History {
    let revisions = statuses.iter().zip(1..).map(|(status, number)| Revision {
        number,
        status: (*status).into(),
    });
    History::new("shop", revisions.collect())
}

#[test]
fn the_next_revision() {
    let next = |statuses: &[&str]| history(statuses).next(10, false).unwrap();
    let first = next(&[]);
    assert_eq!(
        (first.number, first.operation, first.base),
        (1, Operation::Install, None)
    );
    let upgrade = next(&["superseded", "deployed"]);
    assert_eq!(upgrade.operation, Operation::Upgrade);
    assert_eq!((upgrade.base, upgrade.supersedes), (Some(2), vec![2]));
    let after_failure = next(&["deployed", "failed"]);
    assert_eq!((after_failure.number, after_failure.base), (3, Some(1)));
    let failed_install = next(&["failed"]);
    assert_eq!(failed_install.base, Some(1));
    assert_eq!(failed_install.operation, Operation::Upgrade);
    let again = next(&["uninstalled"]);
    assert_eq!((again.number, again.operation), (2, Operation::Install));
    let back = history(&["superseded", "deployed"]).next(10, true).unwrap();
    assert_eq!(back.operation, Operation::Rollback);
}

#[test]
fn a_pending_release_is_refused() {
    let refused = history(&["deployed", "pending-upgrade"])
        .next(10, false)
        .unwrap_err();
    assert_eq!(refused.kind, Kind::Refused);
    insta::assert_snapshot!(refused, @"release shop is pending-upgrade at revision 2");
}

#[test]
fn the_history_limit_keeps_the_deployed_one() {
    let mut statuses = vec!["superseded"; 10];
    assert_eq!(history(&statuses).forgets(10), [1]);
    statuses[0] = "deployed";
    assert_eq!(history(&statuses).forgets(10), [2]);
    assert_eq!(history(&statuses).forgets(3), [2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(history(&statuses).forgets(1), [2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert!(history(&statuses).forgets(0).is_empty());
    assert!(history(&["deployed"]).forgets(10).is_empty());
}
