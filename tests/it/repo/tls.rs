//! Certificates: whom a connection trusts, and that nothing leaves its protection.

use super::charts::{archive, digest, told};
use super::registry::Shelf;
use super::server::{Answer, Server};
use super::{index, request};
use rollbook::diag::Diagnostic;
use rollbook::files::MemoryFiles;
use rollbook::repo::{
    Access, Asked, Cache, ChartRequest, ChartSource, Charts, Tls, install_crypto,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// A home with the certificate of a server on this machine.
struct Case {
    home: TempDir,
    config: Arc<ServerConfig>,
}

impl Case {
    fn new() -> Case {
        install_crypto();
        let home = tempfile::tempdir().unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        fs::write(home.path().join("ca.pem"), made.cert.pem()).unwrap();
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        Case {
            home,
            config: Arc::new(config),
        }
    }

    fn ca_file(&self) -> Tls {
        Tls {
            ca_file: Some(self.path("ca.pem")),
            ..Tls::default()
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    async fn fetch(&self, request: ChartRequest, tls: Tls) -> Result<String, Diagnostic> {
        let asked = Asked {
            tls,
            ..Asked::default()
        };
        let access = Access {
            asked,
            ..Access::new(Cache::new(self.path("cache")))
        };
        let charts = Charts::new(Arc::new(MemoryFiles::default()), access);
        let fetched = charts.fetch(&request).await?;
        Ok(fetched.reference.version.to_string())
    }
}

fn of_registry(server: &Server) -> ChartRequest {
    ChartRequest {
        chart: format!("oci://{}/team/web", server.host()).into(),
        repo: None,
        ..request("")
    }
}

#[tokio::test]
async fn only_known_authorities_are_trusted() {
    let (case, web) = (Case::new(), archive("web", "1.2.0"));
    let answers = [
        ("/index.yaml", index("web.tgz", &digest(&web))),
        ("/web.tgz", Answer::ok(web)),
    ];
    let server = Server::secure(answers, case.config.clone());
    let ask = || request(&server.url("").replace("http://", "https://"));
    let stranger = case.fetch(ask(), Tls::default()).await.unwrap_err();
    insta::assert_snapshot!(told(&stranger, &server.host()));
    assert_eq!(case.fetch(ask(), case.ca_file()).await.unwrap(), "1.2.0");
    let any = Tls {
        insecure: true,
        ..Tls::default()
    };
    assert_eq!(case.fetch(ask(), any).await.unwrap(), "1.2.0");
}

#[tokio::test]
async fn a_registry_with_a_certificate_is_asked_by_https() {
    let case = Case::new();
    let server = Server::secure(Shelf::of(&["1.2.0"]).answers, case.config.clone());
    assert_eq!(
        case.fetch(of_registry(&server), case.ca_file())
            .await
            .unwrap(),
        "1.2.0"
    );
}

#[tokio::test]
async fn nothing_goes_from_https_to_http() {
    let (case, web) = (Case::new(), archive("web", "1.2.0"));
    let open = Server::start([("/web.tgz", Answer::ok(web.clone()))]);
    let weak = r#"Bearer realm="http://HOST/token",service="charts""#;
    let answers = [
        ("/index.yaml", index("web.tgz", &digest(&web))),
        ("/web.tgz", Answer::moved(&open.url("web.tgz"))),
    ];
    let repository = Server::secure(answers, case.config.clone());
    let shelf = Shelf::of(&["1.2.0"]).each(|answer| answer.only("Bearer t0ken", weak));
    let registry = Server::secure(shelf.answers, case.config.clone());
    let redirected = request(&repository.url("").replace("http://", "https://"));
    let faults = [
        case.fetch(redirected, case.ca_file()).await.unwrap_err(),
        case.fetch(of_registry(&registry), case.ca_file())
            .await
            .unwrap_err(),
    ];
    assert!(open.asked().is_empty());
    let told = faults.iter().map(|fault| told(fault, &repository.host()));
    let told = told
        .map(|text| text.replace(&registry.host(), "HOST"))
        .collect::<Vec<_>>();
    insta::assert_snapshot!(told.join("\n\n"));
}

#[tokio::test]
async fn files_that_hold_no_certificate_are_told() {
    let case = Case::new();
    let text = case.path("text");
    fs::write(&text, "s3cret").unwrap();
    let of = |ca: Option<PathBuf>, cert: Option<PathBuf>, key: Option<PathBuf>| Tls {
        ca_file: ca,
        cert_file: cert,
        key_file: key,
        insecure: false,
    };
    let some = || Some(text.clone());
    let mut faults = Vec::new();
    for tls in [
        of(Some(case.path("nowhere.pem")), None, None),
        of(some(), None, None),
        of(None, some(), some()),
        of(None, some(), None),
    ] {
        let fault = case
            .fetch(request("https://localhost:1"), tls)
            .await
            .unwrap_err();
        faults.push(told(&fault, &case.home.path().display().to_string()));
    }
    insta::assert_snapshot!(faults.join("\n\n"));
}
