//! Charts from an HTTP repository: a small server on loopback answers what each case needs.

pub(crate) mod charts;
mod deps;
mod oci;
mod pull;
mod registry;
pub(crate) mod server;
mod tls;

use charts::{archive, digest, told, version};
use rollbook::diag::{Diagnostic, Kind};
use rollbook::files::MemoryFiles;
use rollbook::repo::{
    Access, Cache, ChartRequest, ChartSource, Charts, Credentials, Fetched, Known,
};
use server::{Answer, Server};
use std::fs;
use std::sync::Arc;
use tempfile::TempDir;

/// An index with one chart at one version.
pub(crate) fn index(url: &str, digest: &str) -> Answer {
    let digest = digest.trim_start_matches("sha256:");
    Answer::ok(format!(
        "apiVersion: v1\nentries:\n  web:\n  - {{name: web, version: 1.2.0, digest: {digest}, urls: ['{url}']}}\n"
    ))
}

fn request(repo: &str) -> ChartRequest {
    ChartRequest {
        chart: "web".into(),
        repo: Some(repo.into()),
        version: Some("^1".into()),
        base: "".into(),
    }
}

struct Case {
    charts: Charts,
    home: TempDir,
}

impl Case {
    fn new(credentials: Credentials) -> Case {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::new(home.path().join("charts"));
        let files = Arc::new(MemoryFiles::default());
        let access = Access {
            credentials,
            ..Access::new(cache)
        };
        let charts = Charts::new(files, access);
        Case { charts, home }
    }

    async fn fetch(&self, repo: &str) -> Result<Arc<Fetched>, Diagnostic> {
        self.charts.fetch(&request(repo)).await
    }

    /// How many archives are kept.
    fn kept(&self) -> usize {
        let files = fs::read_dir(self.home.path().join("charts"))
            .into_iter()
            .flatten();
        let bytes = files.map(|file| fs::read(file.unwrap().path()).unwrap());
        bytes.filter(|bytes| bytes.starts_with(b"\x1f\x8b")).count()
    }
}

#[tokio::test]
async fn a_fleet_downloads_a_chart_once_and_a_second_run_not_at_all() {
    let web = archive("web", "1.2.0");
    let server = Server::start([
        ("/stable/index.yaml", index("files/web.tgz", &digest(&web))),
        ("/stable/files/web.tgz", Answer::ok(web.clone())),
    ]);
    let case = Case::new(Credentials::default());
    let repo = server.url("stable");
    let all = futures_util::future::join_all((0..50).map(|_| case.fetch(&repo))).await;
    let first = all[0].as_ref().unwrap();
    assert_eq!(first.reference.digest.as_deref(), Some(&*digest(&web)));
    assert!(all.iter().all(|f| Arc::ptr_eq(f.as_ref().unwrap(), first)));
    assert_eq!(
        server.asked(),
        ["/stable/index.yaml", "/stable/files/web.tgz"]
    );

    let cache = Cache::new(case.home.path().join("charts"));
    let files = Arc::new(MemoryFiles::default());
    let again = Charts::new(files, Access::new(cache));
    let again = Case {
        charts: again,
        home: case.home,
    };
    again.fetch(&repo).await.unwrap();
    assert_eq!(server.asked().last().unwrap(), "/stable/index.yaml");
}

#[tokio::test]
async fn an_index_that_is_still_the_same_is_not_sent_again() {
    let web = archive("web", "1.2.0");
    let server = Server::start([
        (
            "/index.yaml",
            index("web.tgz", &digest(&web)).tagged("\"7\""),
        ),
        ("/web.tgz", Answer::ok(web)),
    ]);
    let first = Case::new(Credentials::default());
    first.fetch(&server.url("")).await.unwrap();
    let cache = first.home.path().join("charts");
    let run = |with: fn(Access) -> Access| {
        let access = with(Access::new(Cache::new(&cache)));
        Charts::new(Arc::new(MemoryFiles::default()), access)
    };
    let request = request(&server.url(""));
    run(|access| access).fetch(&request).await.unwrap();
    assert_eq!(server.asked(), ["/index.yaml", "/web.tgz", "/index.yaml"]);
    assert_eq!(server.statuses(), [200, 200, 304]);
    let mut kept = Access::new(Cache::new(&cache));
    kept.asked.skip_refresh = true;
    let kept = Charts::new(Arc::new(MemoryFiles::default()), kept);
    kept.fetch(&request).await.unwrap();
    assert_eq!(server.asked().len(), 3);
}

/// Nothing that Helm takes is refused, nothing that it leaves out is taken.
const ODD: &str = "
apiVersion: v1
entries:
  web:
  - null
  - {name: web, version: 1.2.0, urls: ['files/web.tgz', 'https://mirror.example.net/web.tgz']}
  - {name: web, version: not a version, urls: [web.tgz]}
  - {name: web, urls: [web.tgz]}
  - {version: 9.0.0, urls: [web.tgz]}
  - {name: web, version: 8.0.0, type: plugin, urls: [web.tgz]}
  - {name: web, version: 1.10, digest: '', unknown: field, urls: [ten.tgz]}
  - {name: web, version: 1.3.0, urls: null}
  gone: null
generated: 2026-01-01T00:00:00Z
";

#[tokio::test]
async fn indexes_of_every_kind_are_read() {
    let server = Server::start([
        ("/stable/index.yaml", Answer::ok(ODD)),
        ("/stable/files/web.tgz", Answer::ok(archive("web", "1.2.0"))),
    ]);
    let case = Case::new(Credentials::default());
    let mut chart = request(&server.url("stable"));
    chart.version = Some("1.2.0".into());
    assert_eq!(version(&case.charts.fetch(&chart).await), "1.2.0");
    let repo = server.url("stable/");
    let versions = case.charts.versions(&repo, "web").await.unwrap();
    assert_eq!(versions, ["1.2.0", "1.1"]);
    chart.version = Some("1.3.0".into());
    let fault = case.charts.fetch(&chart).await.unwrap_err();
    insta::assert_snapshot!(told(&fault, &server.host()), @"http://HOST/stable tells no URL for chart web 1.3.0");
}

#[tokio::test]
async fn a_repository_has_the_name_that_helm_knows() {
    let web = archive("web", "1.2.0");
    let server = Server::start([
        ("/index.yaml", index("web.tgz", &digest(&web)).private()),
        ("/web.tgz", Answer::ok(web).private()),
    ]);
    let text = format!(
        "repositories:\n- {{name: stable, url: '{}', username: ci, password: s3cret}}\n",
        server.url("")
    );
    let known = Known::parse(&text, "repositories.yaml").unwrap();
    let home = tempfile::tempdir().unwrap();
    let access = Access {
        credentials: known.credentials(),
        known,
        ..Access::new(Cache::new(home.path()))
    };
    let charts = Charts::new(Arc::new(MemoryFiles::default()), access);
    let ask = |chart: &str, repo: Option<&str>| ChartRequest {
        chart: chart.into(),
        repo: repo.map(Arc::from),
        version: None,
        base: "".into(),
    };
    for (chart, repo) in [
        ("stable/web", None),
        ("web", Some("@stable")),
        ("web", Some("alias:stable")),
    ] {
        assert_eq!(version(&charts.fetch(&ask(chart, repo)).await), "1.2.0");
    }
    let mut faults = Vec::new();
    for (chart, repo) in [("stabel/web", None), ("web", Some("@stabel"))] {
        let fault = charts.fetch(&ask(chart, repo)).await.unwrap_err();
        faults.push(told(&fault, &server.host()));
    }
    insta::assert_snapshot!(faults.join("\n\n"));
}

#[tokio::test]
async fn a_wrong_digest_is_refused_and_nothing_is_kept() {
    let web = archive("web", "1.2.0");
    let promised = digest(b"another");
    let server = Server::start([
        ("/index.yaml", index("web.tgz", &promised)),
        ("/web.tgz", Answer::ok(web)),
    ]);
    let case = Case::new(Credentials::default());
    let fault = case.fetch(&server.url("")).await.unwrap_err();
    assert_eq!(fault.kind, Kind::Refused);
    insta::assert_snapshot!(told(&fault, &server.host()), @r"
    http://HOST/web.tgz is not what the index says
    index    sha256:DIGEST
    archive  sha256:DIGEST
    try: ask who publishes the chart; it was replaced, or the download is broken
    ");
    assert_eq!(case.kept(), 0);
}

#[tokio::test]
async fn a_broken_download_is_not_kept() {
    let web = archive("web", "1.2.0");
    let server = Server::start([
        ("/index.yaml", index("web.tgz", &digest(&web))),
        ("/web.tgz", Answer::cut(web)),
    ]);
    let case = Case::new(Credentials::default());
    let fault = case.fetch(&server.url("")).await.unwrap_err();
    assert_eq!(fault.kind, Kind::Unreachable);
    insta::assert_snapshot!(told(&fault, &server.host()), @r"
    http://HOST/web.tgz does not answer
    end of file before message length reached
    ");
    assert_eq!(case.kept(), 0);
}

#[tokio::test]
async fn an_archive_that_is_another_chart_is_refused() {
    let other = archive("web", "1.3.0");
    let server = Server::start([
        ("/index.yaml", index("web.tgz", &digest(&other))),
        ("/web.tgz", Answer::ok(other)),
    ]);
    let case = Case::new(Credentials::default());
    let fault = case.fetch(&server.url("")).await.unwrap_err();
    insta::assert_snapshot!(told(&fault, &server.host()), @"http://HOST/web.tgz holds chart web 1.3.0, but the index says web 1.2.0");
}

#[tokio::test]
async fn a_login_is_sent_to_its_own_host_only() {
    let web = archive("web", "1.2.0");
    let cdn = Server::start([("/web.tgz", Answer::ok(web.clone()))]);
    let elsewhere = cdn.url("web.tgz").replace("127.0.0.1", "localhost");
    let server = Server::start([("/index.yaml", index(&elsewhere, &digest(&web)).private())]);
    let case = Case::new(Credentials::default());
    let with_user = server.url("").replace("http://", "http://ci:s3cret@");
    case.fetch(&with_user).await.unwrap();
    assert_eq!(server.logins(), ["Basic Y2k6czNjcmV0"]);
    assert_eq!(cdn.logins(), [""]);
}

#[tokio::test]
async fn a_missing_login_and_a_wrong_one_are_told_apart() {
    let server = Server::start([("/index.yaml", index("web.tgz", "0").private())]);
    let none = Case::new(Credentials::default());
    let fault = none.fetch(&server.url("")).await.unwrap_err();
    insta::assert_snapshot!(told(&fault, &server.host()), @r"
    http://HOST/index.yaml answered 401 Unauthorized
    no user and password are known for it
    try: helm repo add --username …, or ROLLBOOK_REPO_AUTH=https://USER:PASSWORD@HOST/PATH
    ");
    let lines = server.url("").replace("http://", "http://ci:wrong@");
    let wrong = Case::new(Credentials::from_lines(&lines).unwrap());
    let fault = wrong.fetch(&server.url("")).await.unwrap_err();
    insta::assert_snapshot!(told(&fault, &server.host()), @r"
    http://HOST/index.yaml answered 401 Unauthorized
    as user ci
    ");
}

#[tokio::test]
async fn a_redirect_is_followed() {
    let web = archive("web", "1.2.0");
    let server = Server::start([
        ("/index.yaml", index("latest.tgz", &digest(&web))),
        ("/latest.tgz", Answer::moved("/web.tgz")),
        ("/web.tgz", Answer::ok(web)),
    ]);
    let case = Case::new(Credentials::default());
    case.fetch(&server.url("")).await.unwrap();
    assert_eq!(case.kept(), 1);
}

#[tokio::test]
async fn what_a_repository_has_not_is_told() {
    let server = Server::start([
        ("/index.yaml", index("gone.tgz", "0")),
        (
            "/other/index.yaml",
            Answer::ok("{apiVersion: v1, entries: {webb: [{name: webb, version: 3.0.0}]}}"),
        ),
        ("/page/index.yaml", Answer::ok("<html>[</html>")),
    ]);
    let case = Case::new(Credentials::default());
    let mut faults = Vec::new();
    for repo in ["", "other", "page", "nothing"] {
        let fault = case.fetch(&server.url(repo)).await.unwrap_err();
        faults.push(told(&fault, &server.host()));
    }
    insta::assert_snapshot!(faults.join("\n\n"), @r#"
    http://HOST/gone.tgz answered 404 Not Found

    http://HOST/other has no chart web
    try: webb

    http://HOST/page/index.yaml is not the index of a chart repository
    invalid type: string "<html>[</html>", expected a map with `entries`

    http://HOST/nothing/index.yaml answered 404 Not Found
    "#);
}
