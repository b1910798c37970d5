//! Dependencies of charts. The charts are those of `fixtures/deps`; digests of lock files are
//! those that `helm dependency update` 3.21.4 wrote for them.

use super::charts::{archive, digest, pack, told};
use super::index;
use super::registry::Shelf;
use super::server::{Answer, Server};
use rollbook::diag::Diagnostic;
use rollbook::repo::dependencies::Manager;
use rollbook::repo::{Access, Cache, Charts, Verify};
use rollbook::state::DiskFiles;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// A copy of the charts, and what was told about them.
struct Case {
    home: TempDir,
    lines: Mutex<Vec<String>>,
}

impl Case {
    fn new() -> Case {
        let case = Case {
            home: tempfile::tempdir().unwrap(),
            lines: Mutex::default(),
        };
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/deps");
        copy(&fixtures, case.home.path());
        case
    }

    /// With another chart whose dependencies are these.
    fn of(dependencies: &str) -> Case {
        let case = Case::new();
        let text =
            format!("apiVersion: v2\nname: own\nversion: 0.1.0\ndependencies:\n{dependencies}");
        fs::create_dir(case.path("own")).unwrap();
        fs::write(case.path("own/Chart.yaml"), text).unwrap();
        case
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn list(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(name)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    async fn run(&self, chart: &str, build: bool, now: &str) -> Result<(), Diagnostic> {
        let access = Access::new(Cache::new(self.path("cache")));
        let charts = Charts::new(Arc::new(DiskFiles), access);
        let tell = |line: &str| self.lines.lock().unwrap().push(line.to_owned());
        let manager = Manager {
            charts: &charts,
            chart: self.path(chart),
            verify: &Verify::Never,
            now: now.parse().unwrap(),
            tell: &tell,
        };
        match build {
            true => manager.build().await,
            false => manager.update().await,
        }
    }

    async fn update(&self, chart: &str) -> Result<(), Diagnostic> {
        self.run(chart, false, "2026-01-02T03:04:05.67Z[UTC]").await
    }

    async fn build(&self, chart: &str) -> Result<(), Diagnostic> {
        self.run(chart, true, "2026-01-02T03:04:05.67Z[UTC]").await
    }

    fn fault(&self, fault: &Diagnostic) -> String {
        told(fault, &self.home.path().display().to_string())
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

#[tokio::test]
async fn update_writes_the_lock_that_helm_writes() {
    let case = Case::new();
    case.update("app").await.unwrap();
    insta::assert_snapshot!(case.read("app/Chart.lock"), @r#"
    dependencies:
    - name: web
      repository: file://../web
      version: 1.4.0
    - name: base
      repository: file://../base
      version: 0.9.1
    digest: sha256:fde2462a46e81d8b8d04c89c3c076254bf5024019c926e90c1ae3eb545439d2c
    generated: "2026-01-02T03:04:05.67Z"
    "#);
    assert_eq!(case.list("app/charts"), ["base-0.9.1.tgz", "web-1.4.0.tgz"]);
    assert_eq!(
        *case.lines.lock().unwrap(),
        ["Saving 2 charts", "Deleting outdated charts"]
    );
    case.run("v1", false, "2026-01-02T03:04:05-03:00[-03:00]")
        .await
        .unwrap();
    insta::assert_snapshot!(case.read("v1/requirements.lock"), @r#"
    dependencies:
    - name: web
      repository: file://../web
      version: 1.4.0
    digest: sha256:cb431db0054067e60bf0d879a912e2deceeb845b50820fec38bf938aa61eb2b0
    generated: "2026-01-02T03:04:05-03:00"
    "#);
}

#[tokio::test]
async fn build_brings_what_the_lock_says_or_nothing() {
    let case = Case::new();
    case.update("app").await.unwrap();
    let packed = fs::read(case.path("app/charts/web-1.4.0.tgz")).unwrap();
    let files = helm::chart::archive::unpack(&packed).unwrap();
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Chart.yaml",
            ".helmignore",
            "templates/NOTES.txt",
            "values.yaml"
        ]
    );
    fs::remove_dir_all(case.path("app/charts")).unwrap();
    case.build("app").await.unwrap();
    assert_eq!(
        fs::read(case.path("app/charts/web-1.4.0.tgz")).unwrap(),
        packed
    );

    let text = case.read("app/Chart.yaml").replace("0.x", "0.9");
    fs::write(case.path("app/Chart.yaml"), text).unwrap();
    let fault = case.build("app").await.unwrap_err();
    insta::assert_snapshot!(case.fault(&fault), @r"
    the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml)
    try: rollbook chart deps update CHART
    ");
}

#[tokio::test]
async fn a_choice_that_stays_keeps_its_lock() {
    let case = Case::new();
    case.update("app").await.unwrap();
    let before = case.read("app/Chart.lock");
    case.run("app", false, "2027-01-01T00:00:00Z[UTC]")
        .await
        .unwrap();
    assert_eq!(case.read("app/Chart.lock"), before);
}

fn served() -> (Server, Server) {
    let chart = archive("web", "1.2.0");
    let http = Server::start([
        ("/index.yaml", index("files/web-1.2.0.tgz", &digest(&chart))),
        ("/files/web-1.2.0.tgz", Answer::ok(chart)),
    ]);
    (http, Shelf::of(&["1.2.0", "1.9.0+b1", "2.0.0"]).open())
}

#[tokio::test]
async fn repositories_and_registries_serve_ranges() {
    let (http, oci) = served();
    let (http, oci) = (http.url(""), format!("oci://{}/team", oci.host()));
    let case = Case::of(&format!(
        "- {{name: web, version: ^1, repository: '{http}'}}\n\
         - {{name: web, alias: again, version: 1.x, repository: '{http}'}}\n\
         - {{name: web, alias: third, version: <2, repository: '{oci}'}}\n\
         - {{name: web, alias: fourth, version: 2.0.0, repository: '{oci}'}}\n"
    ));
    case.update("own").await.unwrap();
    let lock = case.read("own/Chart.lock");
    let versions: Vec<&str> = lock.lines().filter(|l| l.contains("version:")).collect();
    assert_eq!(
        versions.join(","),
        "  version: 1.2.0,  version: 1.2.0,  version: 1.9.0+b1,  version: 2.0.0"
    );
    assert_eq!(
        case.list("own/charts"),
        ["web-1.2.0.tgz", "web-1.9.0+b1.tgz", "web-2.0.0.tgz"]
    );
    let lines = case
        .lines
        .lock()
        .unwrap()
        .join("\n")
        .replace(&http, "HTTP")
        .replace(&oci, "OCI");
    insta::assert_snapshot!(lines, @r"
    Saving 4 charts
    Downloading web from repo HTTP
    Already downloaded web from repo HTTP
    Downloading web from repo OCI
    Downloading web from repo OCI
    Deleting outdated charts
    ");
}

#[tokio::test]
async fn old_archives_go_and_what_somebody_put_there_stays() {
    let (http, _) = served();
    let url = http.url("");
    let case = Case::of(&format!(
        "- {{name: web, version: ^1, repository: '{url}'}}\n- {{name: local, version: 1.x}}\n"
    ));
    let charts = case.path("own/charts");
    let local = "apiVersion: v2\nname: local\nversion: 1.0.0\n";
    fs::create_dir_all(charts.join("local")).unwrap();
    fs::write(charts.join("local/Chart.yaml"), local).unwrap();
    fs::write(charts.join("local-0.1.0.tgz"), archive("local", "0.1.0")).unwrap();
    fs::write(charts.join("web-1.0.0.tgz"), archive("web", "1.0.0")).unwrap();
    case.update("own").await.unwrap();
    assert_eq!(
        case.list("own/charts"),
        ["local", "local-0.1.0.tgz", "web-1.2.0.tgz"]
    );
}

#[tokio::test]
async fn a_fault_leaves_everything_as_it_was() {
    let (http, _) = served();
    let (url, gone) = (
        http.url(""),
        Server::start([("/index.yaml", index("gone.tgz", "0"))]),
    );
    let case = Case::of(&format!(
        "- {{name: web, version: ^1, repository: '{url}'}}\n\
         - {{name: web, alias: b, version: ^1, repository: '{}'}}\n",
        gone.url("")
    ));
    fs::create_dir(case.path("own/charts")).unwrap();
    fs::write(
        case.path("own/charts/web-1.0.0.tgz"),
        archive("web", "1.0.0"),
    )
    .unwrap();
    let fault = case.update("own").await.unwrap_err();
    assert_eq!(
        told(&fault, &gone.host()),
        "http://HOST/gone.tgz answered 404 Not Found"
    );
    assert_eq!(case.list("own"), ["Chart.yaml", "charts"]);
    assert_eq!(case.list("own/charts"), ["web-1.0.0.tgz"]);
}

#[tokio::test]
async fn what_can_not_be_served_is_told() {
    let (http, _) = served();
    let url = http.url("");
    let cases = [
        format!(
            "- {{name: web, version: ^2, repository: '{url}'}}\n- {{name: base, version: 2.x, repository: 'file://../base'}}\n"
        ),
        format!("- {{name: webb, version: ^1, repository: '{url}'}}\n"),
        format!("- {{name: web, version: new, repository: '{url}'}}\n"),
        format!("- {{name: web, repository: '{url}'}}\n"),
        "- {name: web, version: ^1, repository: stable}\n".to_owned(),
        "- {name: web, version: ^1, repository: '@stable'}\n".to_owned(),
        "- {name: web, version: ^1, repository: 'file://../nowhere'}\n".to_owned(),
        "- {name: web, version: ^1}\n".to_owned(),
    ];
    let mut faults = Vec::new();
    for dependencies in cases {
        let case = Case::of(&dependencies);
        let fault = case.update("own").await.unwrap_err();
        faults.push(case.fault(&fault).replace(&http.host(), "SERVER"));
    }
    let case = Case::new();
    let packed = pack("app", &[("Chart.yaml", &case.read("app/Chart.yaml"))]);
    fs::write(case.path("app-0.1.0.tgz"), packed).unwrap();
    faults.push(case.fault(&case.update("app-0.1.0.tgz").await.unwrap_err()));
    fs::write(case.path("elsewhere"), "dependencies: []\ndigest: ''\n").unwrap();
    std::os::unix::fs::symlink(case.path("elsewhere"), case.path("app/Chart.lock")).unwrap();
    faults.push(case.fault(&case.update("app").await.unwrap_err()));
    insta::assert_snapshot!(faults.join("\n\n"));
}
