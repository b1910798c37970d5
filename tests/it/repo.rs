//! Charts from an HTTP repository: a small server on loopback answers what each case needs.

pub(crate) mod server;

use flate2::Compression;
use flate2::write::GzEncoder;
use rollbook::diag::{Diagnostic, Kind};
use rollbook::files::MemoryFiles;
use rollbook::repo::{Cache, ChartRequest, ChartSource, Charts, Content, Credentials, Fetched};
use server::{Answer, Server};
use std::fs;
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) fn archive(name: &str, version: &str) -> Vec<u8> {
    let text = format!("apiVersion: v2\nname: {name}\nversion: {version}\n");
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let path = format!("{name}/Chart.yaml");
    tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    tar.into_inner().unwrap().finish().unwrap()
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    Content::Archive(bytes.into()).digest()
}

/// An index with one chart at one version.
pub(crate) fn index(url: &str, digest: &str) -> Answer {
    let digest = digest.trim_start_matches("sha256:");
    Answer::ok(format!(
        "apiVersion: v1\nentries:\n  web:\n  - {{name: web, version: 1.2.0, digest: {digest}, urls: ['{url}']}}\n"
    ))
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
        let charts = Charts::new(files, cache, credentials).unwrap();
        Case { charts, home }
    }

    async fn fetch(&self, repo: &str) -> Result<Arc<Fetched>, Diagnostic> {
        let request = ChartRequest {
            chart: "web".into(),
            repo: Some(repo.into()),
            version: Some("^1".into()),
            base: "".into(),
        };
        self.charts.fetch(&request).await
    }

    fn kept(&self) -> usize {
        let files = fs::read_dir(self.home.path().join("charts"));
        files.map_or(0, Iterator::count)
    }
}

fn told(fault: &Diagnostic, server: &Server) -> String {
    let mut lines = vec![fault.message.clone()];
    lines.extend(fault.notes.clone());
    lines.extend(fault.hint.iter().map(|h| format!("try: {h}")));
    lines.join("\n").replace(&server.url(""), "http://HOST/")
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
    let again = Charts::new(files, cache, Credentials::default()).unwrap();
    let again = Case {
        charts: again,
        home: case.home,
    };
    again.fetch(&repo).await.unwrap();
    assert_eq!(server.asked().last().unwrap(), "/stable/index.yaml");
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
    insta::with_settings!({filters => vec![("[0-9a-f]{64}", "DIGEST")]}, {
        insta::assert_snapshot!(told(&fault, &server), @r"
        http://HOST/web.tgz is not what the index says
        index    sha256:DIGEST
        archive  sha256:DIGEST
        try: ask who publishes the chart; it was replaced, or the download is broken
        ");
    });
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
    insta::assert_snapshot!(told(&fault, &server), @r"
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
    insta::assert_snapshot!(told(&fault, &server), @"http://HOST/web.tgz holds chart web 1.3.0, but the index says web 1.2.0");
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
    insta::assert_snapshot!(told(&fault, &server), @r"
    http://HOST/index.yaml answered 401 Unauthorized
    no user and password are known for it
    try: helm repo add --username …, or ROLLBOOK_REPO_AUTH=https://USER:PASSWORD@HOST/PATH
    ");
    let lines = server.url("").replace("http://", "http://ci:wrong@");
    let wrong = Case::new(Credentials::from_lines(&lines).unwrap());
    let fault = wrong.fetch(&server.url("")).await.unwrap_err();
    insta::assert_snapshot!(told(&fault, &server), @r"
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
            Answer::ok("entries: {webb: [{version: 3.0.0}]}"),
        ),
        ("/page/index.yaml", Answer::ok("<html>[</html>")),
    ]);
    let case = Case::new(Credentials::default());
    let mut faults = Vec::new();
    for repo in ["", "other", "page", "nothing"] {
        let fault = case.fetch(&server.url(repo)).await.unwrap_err();
        faults.push(told(&fault, &server));
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
