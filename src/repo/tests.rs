//! Choosing versions, local charts, logins, the cache.

use super::credentials::split;
use super::*;
use crate::files::{Files, MemoryFiles};
use helm::chart::File;
use helm::chart::dir::Directory;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use url::Url;

fn chart_yaml(name: &str, version: &str) -> Vec<u8> {
    format!("apiVersion: v2\nname: {name}\nversion: {version}\n").into_bytes()
}

fn shelf() -> MemoryFiles {
    let mut files = MemoryFiles::default();
    for version in ["1.0.0", "1.2.0", "1.10.0", "2.0.0-rc.1"] {
        let path = format!("charts/web-{version}/Chart.yaml");
        files.insert(path, chart_yaml("web", version));
    }
    files.insert("charts/webapp/Chart.yaml", chart_yaml("webapp", "9.0.0"));
    files.insert("charts/web-broken/values.yaml", *b"a: 1");
    files
}

fn request(chart: &str, repo: Option<&str>, version: Option<&str>) -> ChartRequest {
    ChartRequest {
        chart: chart.into(),
        repo: repo.map(Arc::from),
        version: version.map(Arc::from),
        base: PathBuf::new(),
    }
}

async fn fetch(request: ChartRequest) -> Result<Arc<Fetched>, Diagnostic> {
    let files: Arc<dyn Files> = Arc::new(shelf());
    let nowhere = Access::new(Cache::new("/nonexistent"));
    Charts::new(files, nowhere).fetch(&request).await
}

async fn pinned(version: Option<&str>) -> String {
    let fetched = fetch(request("web", Some("charts"), version)).await;
    fetched.unwrap().reference.version.to_string()
}

pub(super) fn told(fault: &Diagnostic) -> String {
    let hint = fault.hint.iter().map(|h| format!("try: {h}"));
    let lines = std::iter::once(fault.message.clone()).chain(fault.notes.clone());
    lines.chain(hint).collect::<Vec<_>>().join("\n")
}

async fn fault(request: ChartRequest) -> String {
    told(&fetch(request).await.unwrap_err())
}

#[tokio::test]
async fn a_range_is_pinned_to_the_newest_version_in_it() {
    assert_eq!(pinned(None).await, "1.10.0");
    assert_eq!(pinned(Some("~1.2")).await, "1.2.0");
    assert_eq!(pinned(Some(">=1.0.0-0")).await, "2.0.0-rc.1");
    assert_eq!(pinned(Some("2.0.0-rc.1")).await, "2.0.0-rc.1");
}

#[tokio::test]
async fn a_path_is_a_chart() {
    let fetched = fetch(request("charts/webapp", None, None)).await.unwrap();
    assert_eq!(&*fetched.reference.name, "webapp");
    assert!(
        fetched
            .reference
            .digest
            .as_deref()
            .unwrap()
            .starts_with("sha256:")
    );
}

#[tokio::test]
async fn what_is_not_there_is_named_with_what_is() {
    insta::assert_snapshot!(fault(request("web", Some("charts"), Some("1.3.0"))).await, @r"
    charts has no version 1.3.0 of chart web
    try: 2.0.0-rc.1, 1.10.0, 1.2.0, 1.0.0
    ");
    insta::assert_snapshot!(fault(request("webap", Some("charts"), None)).await, @r"
    charts has no chart webap
    try: webapp
    ");
    insta::assert_snapshot!(fault(request("charts/webap", None, None)).await, @r"
    there is no chart at charts/webap
    try: charts/webapp
    ");
    insta::assert_snapshot!(fault(request("mysql", None, None)).await, @r"
    there is no chart at mysql
    release.repo is not set, so the chart is taken for a path
    ");
    insta::assert_snapshot!(fault(request("web", Some("chart"), None)).await, @r"
    there is no directory of charts at chart
    try: release.repo is an https:// or oci:// URL, or a directory of charts
    ");
    insta::assert_snapshot!(fault(request("web", Some("charts"), Some("new"))).await, @r#"
    "new" is neither a version nor a range of versions
    improper constraint: "new"
    "#);
    insta::assert_snapshot!(fault(request("charts/web-broken", None, None)).await, @r"
    charts/web-broken is not a chart
    Chart.yaml file is missing
    ");
}

#[test]
fn a_digest_tells_directories_apart() {
    let directory = |path: &str, text: &str| {
        Content::Directory(Directory {
            files: vec![File::new(path, text.as_bytes())],
            ..Directory::default()
        })
        .digest()
    };
    assert_eq!(directory("a", "bc"), directory("a", "bc"));
    assert_ne!(directory("a", "bc"), directory("ab", "c"));
    assert_ne!(directory("a", "bc"), directory("a", "bd"));
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[test]
fn a_login_goes_where_it_belongs() {
    let lines = "https://ci:p%40ss@charts.example.net/stable\n";
    let known = Credentials::from_lines(lines).unwrap();
    let login = known.of(&url("https://charts.example.net/stable")).unwrap();
    assert_eq!((&*login.user, &**login.password.reveal()), ("ci", "p@ss"));
    for elsewhere in [
        "https://charts.example.net/stables",
        "https://charts.example.net",
        "http://charts.example.net/stable",
        "https://charts.example.org/stable",
    ] {
        assert_eq!(known.of(&url(elsewhere)), None, "{elsewhere}");
    }
    let repo = url("https://charts.example.net/stable");
    assert!(login.goes_to(&url("https://charts.example.net/files/a.tgz"), &repo));
    assert!(!login.goes_to(&url("https://cdn.example.net/a.tgz"), &repo));
}

#[test]
fn helms_own_file_of_repositories_is_read() {
    let text = "repositories:\n- {name: a, url: 'https://a.example.net', username: u, password: p, pass_credentials_all: true}\n- {name: b, url: 'https://b.example.net', username: '', password: ''}\n";
    let known = Known::parse(text, "repositories.yaml")
        .unwrap()
        .credentials();
    let repo = url("https://a.example.net/charts");
    let login = known.of(&repo).unwrap();
    assert!(login.goes_to(&url("https://cdn.example.net/a.tgz"), &repo));
    assert_eq!(known.of(&url("https://b.example.net")), None);
}

#[test]
fn faults_of_credentials_do_not_quote_them() {
    let lines = Credentials::from_lines("charts.example.net s3cret").unwrap_err();
    let file = Known::parse("repositories: s3cret", "repositories.yaml").unwrap_err();
    for fault in [lines, file] {
        assert!(!told(&fault).contains("s3cret"), "{}", told(&fault));
    }
}

#[test]
fn the_user_part_leaves_the_url() {
    let (clean, login) = split(url("https://me:a+b%26c@charts.example.net/x?y=1"));
    assert_eq!(clean.as_str(), "https://charts.example.net/x?y=1");
    assert_eq!(login.unwrap().password.reveal(), "a+b&c");
    assert!(split(url("https://charts.example.net")).1.is_none());
}

#[test]
fn the_cache_is_private_and_believes_no_name() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("charts");
    let cache = Cache::new(&directory);
    let bytes: Arc<[u8]> = (*b"archive").into();
    let digest = Content::Archive(bytes.clone()).digest();
    assert!(cache.get(&digest).is_none());
    cache.put(&digest, &bytes);
    assert!(cache.get(&digest).is_some());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let entry = fs::read_dir(&directory).unwrap().next().unwrap().unwrap();
    assert_eq!((mode(&directory), mode(&entry.path())), (0o700, 0o600));
    fs::write(entry.path(), "broken").unwrap();
    assert!(cache.get(&digest).is_none());
}
