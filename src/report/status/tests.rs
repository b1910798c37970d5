//! Screens of fleets that want a hand.

use super::*;

fn row(target: &str, cluster: &str, status: &str, standing: Standing) -> Row {
    Row {
        target: target.into(),
        group: "clients".into(),
        cluster: cluster.into(),
        namespace: target.into(),
        release: target.into(),
        revision: 18,
        status: status.into(),
        chart: "smarterp".to_owned(),
        version: "12.1.2310".to_owned(),
        desired: "12.1.2410".to_owned(),
        updated: Some(1_772_000_000),
        standing,
        drift: None,
    }
}

fn screen(format: Format, width: usize) -> String {
    let rows = [
        row("c2a7dv", "prod-sp", "deployed", Standing::Behind),
        row("c8v3ob", "prod-sp", "pending-upgrade", Standing::Pending),
        row("c9", "hml-sp", "", Standing::Unknown),
    ];
    let run = |id: &str, gone: bool| Running {
        run: id.into(),
        by: "maria@bastion-2".into(),
        progress: Some("wave 3 of 4, 181/438, 31m00s left".to_owned()),
        reason: (!gone).then(|| "CHG0041234".to_owned()),
        cluster: "prod-sp".into(),
        targets: vec!["c2a7dv".into(), "c2b0qx".into()],
        since: Timestamp::from_second(1_772_299_000).unwrap(),
        gone,
    };
    let running = [
        run("20260312-2204-7k2f", false),
        run("20260311-0104-9p0d", true),
    ];
    let left = |target: &str, run: Option<&str>| Left {
        target: target.into(),
        status: "pending-upgrade".into(),
        revision: 18,
        since: Some(1_772_000_000),
        run: run.map(Into::into),
    };
    let left = [
        left("c8v3ob", None),
        left("c8w1aa", Some("20260311-0104-9p0d")),
    ];
    let others = others();
    let status = Status {
        inventory: "inventories/prod",
        rows: &rows,
        running: &running,
        left: &left,
        others: &others,
        silent: &[("hml-sp".into(), "TLS handshake timed out".to_owned(), 1)],
        now: Timestamp::from_second(1_772_300_000)
            .unwrap()
            .to_zoned(TimeZone::UTC),
    };
    status.print(format, false, width)
}

fn others() -> Vec<Other> {
    let manages = |tool: &str, name: &str, taken| Doing::Manages {
        tool: tool.into(),
        name: name.to_owned(),
        objects: 3,
        taken,
    };
    let holds = |run: &str, gone| Doing::Holds {
        release: "shop".into(),
        by: "joao@bastion-1".into(),
        run: run.into(),
        since: Timestamp::from_second(1_772_299_940).unwrap(),
        gone,
    };
    let pending = Doing::Pending {
        status: "pending-upgrade".into(),
        revision: 7,
        since: Some(1_772_299_970),
    };
    let all = [
        ("c5r0td", manages("Argo CD", "shop", false)),
        ("c5a1aa", manages("Flux (HelmRelease)", "a", false)),
        ("c5b2bb", manages("Flux (HelmRelease)", "b", false)),
        ("c5c3cc", manages("Argo CD", "c", true)),
        ("c6d1ab", holds("20260312-2101-3x9k", false)),
        ("c6d2ab", holds("", true)),
        ("c6e7qq", pending),
    ];
    let other = |(target, doing): (&str, Doing)| Other {
        target: target.into(),
        doing,
    };
    all.map(other).into()
}

#[test]
fn machines_read_who_else_is_at_work() {
    let json: serde_json::Value = serde_json::from_str(&screen(Format::Json, 100)).unwrap();
    insta::assert_json_snapshot!("others", [&json["stuck"], &json["others"]]);
}

#[test]
fn drift_is_told_where_somebody_asked() {
    let drift = |objects, unknown: Option<&str>| {
        let unknown = unknown.map(str::to_owned);
        Some(Drift { objects, unknown })
    };
    let row = |target: &str, drift| Row {
        drift,
        ..row(target, "prod-sp", "deployed", Standing::AtDesired)
    };
    let rows = [
        row("c2a7dv", drift(3, None)),
        row("c2b0qx", drift(0, None)),
        row("c2c81m", drift(0, Some("the chart can't be read"))),
    ];
    let status = Status {
        inventory: "inventories/prod",
        rows: &rows,
        running: &[],
        left: &[],
        others: &[],
        silent: &[],
        now: Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC),
    };
    let screens = [false, true].map(|each| status.print(Format::Text, each, 100));
    insta::assert_snapshot!("drift", screens.join("\n"));
}

#[test]
fn what_wants_a_hand_and_what_is_unknown() {
    insta::assert_snapshot!("wide", screen(Format::Text, 100));
    insta::assert_snapshot!("narrow", screen(Format::Text, 60));
    insta::assert_snapshot!("markdown", screen(Format::Markdown, 100));
}
