//! Charts from an OCI registry: by version, range and digest; logins; what is refused.

use super::charts::{archive, digest, told, version};
use super::registry::{Shelf, descriptor, image, manifest};
use super::server::{Answer, LOGIN, Server};
use rollbook::diag::{Diagnostic, Kind};
use rollbook::files::MemoryFiles;
use rollbook::repo::{Access, Cache, ChartRequest, ChartSource, Charts, Fetched, Logins};
use std::fs;
use std::sync::Arc;
use tempfile::TempDir;

const BEARER: &str = "Bearer t0ken";
const CHALLENGE: &str =
    r#"Bearer realm="http://HOST/token",service="charts",scope="repository:team/web:pull""#;

struct Case {
    home: TempDir,
    charts: Charts,
}

impl Case {
    fn new() -> Case {
        Case::in_home(tempfile::tempdir().unwrap(), |access| access)
    }

    /// A user whose `config.json` says this.
    fn known(config: &str) -> Case {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("config.json");
        fs::write(&file, config).unwrap();
        Case::in_home(home, |access| Access {
            registries: Logins::new([file]),
            ..access
        })
    }

    fn in_home(home: TempDir, with: impl FnOnce(Access) -> Access) -> Case {
        let access = with(Access::new(Cache::new(home.path().join("charts"))));
        let charts = Charts::new(Arc::new(MemoryFiles::default()), access);
        Case { home, charts }
    }

    /// The same home, another run.
    fn again(self) -> Case {
        Case::in_home(self.home, |access| access)
    }

    async fn fetch(&self, chart: &str, version: Option<&str>) -> Result<Arc<Fetched>, Diagnostic> {
        let request = ChartRequest {
            chart: chart.into(),
            repo: None,
            version: version.map(Arc::from),
            base: "".into(),
        };
        self.charts.fetch(&request).await
    }

    /// The digests of what is kept, each checked.
    fn kept(&self) -> Vec<String> {
        let files = fs::read_dir(self.home.path().join("charts"))
            .into_iter()
            .flatten();
        let digests = files.map(|file| {
            let file = file.unwrap();
            let is = digest(&fs::read(file.path()).unwrap());
            assert_eq!(*file.file_name(), *is.replace(':', "-"));
            is
        });
        digests.collect()
    }
}

fn web(server: &Server) -> String {
    format!("oci://{}/team/web", server.host())
}

async fn fault(shelf: Shelf, version: &str) -> String {
    let (server, case) = (shelf.open(), Case::new());
    let fault = case.fetch(&web(&server), Some(version)).await.unwrap_err();
    told(&fault, &server.host())
}

#[tokio::test]
async fn a_version_is_a_tag_and_is_not_looked_for() {
    let (server, case) = (Shelf::of(&["1.2.0"]).open(), Case::new());
    let reference = web(&server);
    let all = (0..50).map(|_| case.fetch(&reference, Some("1.2.0")));
    let all = futures_util::future::join_all(all).await;
    let chart = archive("web", "1.2.0");
    let first = all[0].as_ref().unwrap();
    assert_eq!(first.reference.digest.as_deref(), Some(&*digest(&chart)));
    assert!(all.iter().all(|f| Arc::ptr_eq(f.as_ref().unwrap(), first)));
    let asked = [
        "/v2/team/web/manifests/1.2.0".to_owned(),
        format!("/v2/team/web/blobs/{}", digest(&chart)),
    ];
    assert_eq!(server.asked(), asked);
    // A tag may move, so it is asked again; what it stands for is kept.
    case.again().fetch(&reference, Some("1.2.0")).await.unwrap();
    assert_eq!(server.asked()[2..], ["/v2/team/web/manifests/1.2.0"]);
}

#[tokio::test]
async fn a_digest_needs_no_registry_a_second_time() {
    let (server, case) = (Shelf::of(&["1.2.0"]).open(), Case::new());
    let pinned = digest(manifest(&archive("web", "1.2.0")).as_bytes());
    let reference = format!("{}@{pinned}", web(&server));
    case.fetch(&reference, None).await.unwrap();
    let asked = server.asked().len();
    let again = case.again();
    assert_eq!(version(&again.fetch(&reference, None).await), "1.2.0");
    assert_eq!(version(&again.fetch(&reference, Some("^1")).await), "1.2.0");
    assert_eq!(server.asked().len(), asked);
    let other = again.fetch(&reference, Some("2.0.0")).await.unwrap_err();
    insta::assert_snapshot!(told(&other, &server.host()));
}

#[tokio::test]
async fn ranges_are_looked_for_in_all_pages_of_tags() {
    let all = ["1.2.0", "1.10.0+b1", "1.9.0", "2.0.0-rc.1"];
    let next = r#"Link: </v2/team/web/tags/list?last=c&n=2>; rel="next""#;
    let shelf = Shelf::of(&all)
        .with(
            "/v2/team/web/tags/list",
            Answer::ok(r#"{"tags":["latest","1.2.0","v3.0.0"]}"#).header(next),
        )
        .with(
            "/v2/team/web/tags/list?last=c&n=2",
            Answer::ok(r#"{"tags":["1.10.0_b1","sha256-0.sig","1.9.0","2.0.0-rc.1"]}"#),
        );
    let (server, case) = (shelf.open(), Case::new());
    let reference = web(&server);
    let newest = case.fetch(&reference, None).await;
    assert_eq!(version(&newest), "1.10.0+b1");
    for (wanted, is) in [
        ("~1.2", "1.2.0"),
        (">0.0.0-0", "2.0.0-rc.1"),
        ("<1.10", "1.9.0"),
        ("1.10.0+b1", "1.10.0+b1"),
        ("1.9", "1.9.0"),
    ] {
        assert_eq!(
            version(&case.fetch(&reference, Some(wanted)).await),
            is,
            "{wanted}"
        );
    }
    let by_tag = case.fetch(&format!("{reference}:1.9.0"), None).await;
    assert_eq!(version(&by_tag), "1.9.0");
}

#[tokio::test]
async fn a_repository_of_charts_may_be_a_registry() {
    let (server, case) = (Shelf::of(&["1.2.0"]).open(), Case::new());
    let request = ChartRequest {
        chart: "web".into(),
        repo: Some(format!("oci://{}/team/", server.host()).into()),
        version: None,
        base: "".into(),
    };
    assert_eq!(version(&case.charts.fetch(&request).await), "1.2.0");
}

fn guarded(token: Answer) -> Shelf {
    let shelf = Shelf::of(&["1.2.0", "1.3.0"]);
    shelf
        .each(|answer| answer.only(BEARER, CHALLENGE))
        .with("/token", token)
}

#[tokio::test]
async fn a_token_is_fetched_once_and_nobody_needs_no_login() {
    let (server, case) = (
        guarded(Answer::ok(r#"{"token":"t0ken"}"#)).open(),
        Case::new(),
    );
    case.fetch(&web(&server), Some("1.2.0")).await.unwrap();
    case.fetch(&web(&server), Some("1.3.0")).await.unwrap();
    let tokens: Vec<String> = server
        .asked()
        .into_iter()
        .filter(|path| path.starts_with("/token"))
        .collect();
    assert_eq!(
        tokens,
        ["/token?scope=repository%3Ateam%2Fweb%3Apull&service=charts"]
    );
    assert_eq!(server.logins()[..4], ["", "", BEARER, BEARER]);
}

#[tokio::test]
async fn a_password_goes_to_the_token_server_alone() {
    let token = Answer::ok(r#"{"access_token":"t0ken"}"#).private();
    let server = guarded(token).open();
    let auth = r#"{"auths":{"https://SERVER/v1/":{"auth":"Y2k6czNjcmV0"}}}"#;
    let case = Case::known(&auth.replace("SERVER", &server.host()));
    case.fetch(&web(&server), Some("1.2.0")).await.unwrap();
    assert_eq!(server.logins(), ["", LOGIN, BEARER, BEARER]);
}

#[tokio::test]
async fn an_identity_token_is_changed_for_another() {
    let server = guarded(Answer::ok(r#"{"access_token":"t0ken"}"#)).open();
    let auth = r#"{"auths":{"SERVER":{"identitytoken":"r3fresh"}}}"#;
    let case = Case::known(&auth.replace("SERVER", &server.host()));
    case.fetch(&web(&server), Some("1.2.0")).await.unwrap();
    let request = server
        .requests()
        .into_iter()
        .find(|r| r.path == "/token")
        .unwrap();
    assert_eq!(
        request.form,
        "grant_type=refresh_token&client_id=rollbook&refresh_token=r3fresh\
         &scope=repository%3Ateam%2Fweb%3Apull&service=charts"
    );
}

#[tokio::test]
async fn a_registry_may_want_the_password_itself() {
    let server = Shelf::of(&["1.2.0"]).each(Answer::private).open();
    let auth = r#"{"auths":{"SERVER":{"username":"ci","password":"s3cret"}}}"#;
    let case = Case::known(&auth.replace("SERVER", &server.host()));
    case.fetch(&web(&server), Some("1.2.0")).await.unwrap();
    assert_eq!(server.logins(), ["", LOGIN, LOGIN]);
}

#[tokio::test]
async fn a_token_stays_with_its_registry() {
    let chart = archive("web", "1.2.0");
    let blob = format!("/v2/team/web/blobs/{}", digest(&chart));
    let storage = Server::start([("/web", Answer::ok(chart))]);
    let elsewhere = storage.url("web").replace("127.0.0.1", "localhost");
    let moved = Answer::moved(&elsewhere).only(BEARER, CHALLENGE);
    let server = guarded(Answer::ok(r#"{"token":"t0ken"}"#))
        .with(blob, moved)
        .open();
    Case::new()
        .fetch(&web(&server), Some("1.2.0"))
        .await
        .unwrap();
    assert_eq!(server.logins().last().unwrap(), BEARER);
    assert_eq!(storage.logins(), [""]);
}

#[tokio::test]
async fn only_the_registry_itself_may_ask_who_we_are() {
    let blob = format!("/v2/team/web/blobs/{}", digest(&archive("web", "1.2.0")));
    let asking = Answer::ok("").only("Bearer other", r#"Bearer realm="http://HOST/phish""#);
    let storage = Server::start([("/web", asking)]);
    let moved = Answer::moved(&storage.url("web"));
    let server = Shelf::of(&["1.2.0"]).with(blob, moved).open();
    let auth = r#"{"auths":{"SERVER":{"username":"ci","password":"s3cret"}}}"#;
    let case = Case::known(&auth.replace("SERVER", &server.host()));
    let fault = case.fetch(&web(&server), Some("1.2.0")).await.unwrap_err();
    assert_eq!(fault.kind, Kind::Unreachable);
    assert_eq!(storage.asked(), ["/web"]);

    let token = Answer::status("307 Temporary Redirect", "")
        .header(&format!("Location: {}", storage.url("phish")));
    let server = guarded(token).open();
    let auth = r#"{"auths":{"SERVER":{"identitytoken":"r3fresh"}}}"#;
    let case = Case::known(&auth.replace("SERVER", &server.host()));
    case.fetch(&web(&server), Some("1.2.0")).await.unwrap_err();
    assert_eq!(storage.asked(), ["/web"]);
}

#[tokio::test]
async fn a_moment_of_weakness_is_no_fault() {
    let blob = format!("/v2/team/web/blobs/{}", digest(&archive("web", "1.2.0")));
    let busy = Answer::status("503 Service Unavailable", "");
    let once = Answer::ok(archive("web", "1.2.0")).after(busy);
    let server = Shelf::of(&["1.2.0"]).with(&blob, once).open();
    Case::new()
        .fetch(&web(&server), Some("1.2.0"))
        .await
        .unwrap();
    let asked = server.asked();
    assert_eq!(asked.iter().filter(|path| **path == blob).count(), 2);
}

#[tokio::test]
async fn what_is_not_what_was_promised_is_refused_and_not_kept() {
    let chart = archive("web", "1.2.0");
    let blob = format!("/v2/team/web/blobs/{}", digest(&chart));
    let tag = "/v2/team/web/manifests/1.2.0";
    let longer = [&chart[..], b"more"].concat();
    let promised = format!("Docker-Content-Digest: {}", digest(b"another"));
    let cases = [
        (blob.as_str(), Answer::ok(archive("web", "1.3.0"))),
        (&blob, Answer::ok(&chart[..20])),
        (&blob, Answer::ok(longer)),
        (&blob, Answer::cut(chart.clone())),
        (tag, Answer::ok(manifest(&chart)).header(&promised)),
        (tag, Answer::ok(manifest(&archive("web", "1.3.0")))),
    ];
    let mut faults = Vec::new();
    for (path, answer) in cases {
        let mut shelf = Shelf::of(&["1.2.0"]);
        shelf.chart("unasked", &archive("web", "1.3.0"));
        let (server, case) = (shelf.with(path, answer).open(), Case::new());
        let fault = case.fetch(&web(&server), Some("1.2.0")).await.unwrap_err();
        assert!(matches!(
            fault.kind,
            Kind::Refused | Kind::Unreachable | Kind::Input
        ));
        faults.push(told(&fault, &server.host()));
        // Of the last case only the version is wrong.
        let other = digest(&archive("web", "1.3.0"));
        assert!(
            case.kept().iter().all(|kept| *kept == other),
            "{:?}",
            case.kept()
        );
    }
    insta::assert_snapshot!(faults.join("\n\n"));
}

#[tokio::test]
async fn an_index_is_read_where_one_chart_is_meant() {
    let chart = manifest(&archive("web", "1.2.0"));
    let other = manifest(&archive("web", "1.3.0"));
    let signature = image("application/vnd.dev.cosign.config.v1+json", &[]);
    let index = |manifests: &[&String]| {
        let each: Vec<String> = manifests
            .iter()
            .map(|m| descriptor("application/vnd.oci.image.manifest.v1+json", m.as_bytes()))
            .collect();
        Answer::ok(format!(
            r#"{{"schemaVersion":2,"manifests":[{}]}}"#,
            each.join(",")
        ))
    };
    let tag = "/v2/team/web/manifests/1.2.0";
    let shelf = |manifests: &[&String]| {
        let path = format!("/v2/team/web/manifests/{}", digest(signature.as_bytes()));
        let shelf = Shelf::of(&["1.2.0", "1.3.0"]).with(path, Answer::ok(signature.clone()));
        shelf.with(tag, index(manifests))
    };
    let server = shelf(&[&signature, &chart]).open();
    let fetched = Case::new().fetch(&web(&server), Some("1.2.0")).await;
    assert_eq!(version(&fetched), "1.2.0");
    let faults = [
        fault(shelf(&[&other, &chart]), "1.2.0").await,
        fault(shelf(&[&signature]), "1.2.0").await,
    ];
    insta::assert_snapshot!(faults.join("\n\n"));
}

#[tokio::test]
async fn what_is_no_chart_is_told_apart() {
    let tag = "/v2/team/web/manifests/1.2.0";
    let docker = image("application/vnd.docker.container.image.v1+json", &[]);
    let empty = image("application/vnd.cncf.helm.config.v1+json", &[]);
    let both = docker.replace("\"layers\"", "\"manifests\":[],\"layers\"");
    let weak = docker.replace("sha256:", "md5:");
    let mut faults = Vec::new();
    for answer in [&docker, &empty, &both, &weak, &"<html>".to_owned()] {
        let shelf = Shelf::of(&["1.2.0"]).with(tag, Answer::ok(answer.as_str()));
        faults.push(fault(shelf, "1.2.0").await);
    }
    insta::assert_snapshot!(faults.join("\n\n"));
}

#[tokio::test]
async fn what_a_registry_has_not_is_told() {
    let denied =
        r#"{"errors":[{"code":"DENIED","message":"requested access\nto the resource is denied"}]}"#;
    let elsewhere =
        r#"Link: <https://registry.example.net/v2/team/web/tags/list?last=z>; rel="next""#;
    let tags = "/v2/team/web/tags/list";
    let cases = [
        (Shelf::of(&["1.2.0", "1.10.0"]), "1.3.0"),
        (Shelf::of(&["1.2.0", "1.10.0"]), "^2"),
        (Shelf::default(), "^2"),
        (
            Shelf::default().with(tags, Answer::ok(r#"{"tags":null}"#)),
            "^2",
        ),
        (
            Shelf::default().with(tags, Answer::status("403 Forbidden", denied)),
            "^2",
        ),
        (
            Shelf::default().with(tags, Answer::ok(r#"{"tags":[]}"#).header(elsewhere)),
            "^2",
        ),
        (Shelf::of(&["1.2.0"]).each(Answer::private), "1.2.0"),
        (guarded(Answer::ok("{}")), "1.2.0"),
        (Shelf::of(&["1.2.0"]), "new"),
    ];
    let mut faults = Vec::new();
    for (shelf, version) in cases {
        faults.push(fault(shelf, version).await);
    }
    insta::assert_snapshot!(faults.join("\n\n"));
}

#[tokio::test]
async fn a_login_that_is_wrong_is_told_without_its_password() {
    let server = guarded(Answer::ok("{}").private()).open();
    let auth = r#"{"auths":{"SERVER":{"username":"ci","password":"wr0ng"}}}"#;
    let broken = r#"{"credsStore":"not-on-this-machine"}"#;
    let mut faults = Vec::new();
    for config in [
        &auth.replace("SERVER", &server.host()),
        broken,
        r#"{"auths": s3cret}"#,
    ] {
        let case = Case::known(config);
        let fault = case.fetch(&web(&server), Some("1.2.0")).await.unwrap_err();
        let home = case.home.path().display().to_string();
        faults.push(told(&fault, &server.host()).replace(&home, "HOME"));
    }
    let all = faults.join("\n\n");
    assert!(!all.contains("wr0ng") && !all.contains("s3cret"), "{all}");
    insta::assert_snapshot!(all);
}
