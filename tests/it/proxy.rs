//! A scripted proxy between rollbook and the API server. The main type here is [`Proxy`].
//!
//! Faults are injected here, never by a branch in the program that only tests take. The proxy
//! speaks plain HTTP on loopback and forwards as the administrator; a script says of each request
//! what becomes of it.

use crate::controlplane::ControlPlane;
use futures_util::TryStreamExt;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

type Fault = Box<dyn std::error::Error + Send + Sync>;
type Reply = Response<BoxBody<Bytes, Fault>>;

/// A request, as the script sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// `GET`, `PATCH`, …
    pub method: String,
    /// Path and query.
    pub path: String,
    /// How many requests came before it.
    pub number: usize,
}

impl Seen {
    /// Whether it changes something.
    pub fn writes(&self) -> bool {
        self.method != "GET" && !self.path.contains("dryRun=") && !self.path.contains("selfsubject")
    }

    /// Whether it is a watch.
    pub fn watches(&self) -> bool {
        self.path.contains("watch=")
    }
}

/// What becomes of a request.
#[derive(Clone)]
pub enum Act {
    /// It is forwarded.
    Pass,
    /// The connection is closed without an answer, and the server never sees it.
    Reset,
    /// The server sees it; the answer is lost.
    Lose,
    /// This is answered, and the server never sees it.
    Answer(u16, &'static [(&'static str, &'static str)], &'static str),
    /// It is forwarded after a while.
    Slow(Duration),
    /// It is forwarded when somebody says `true`.
    Hold(watch::Receiver<bool>),
    /// As a watch: it ends with an error event that says the version is too old.
    Gone,
}

type Script = Box<dyn Fn(&Seen) -> Act + Send + Sync>;

/// A running proxy; it ends with the test.
pub struct Proxy {
    kubeconfig: PathBuf,
    state: Arc<State>,
    _home: tempfile::TempDir,
}

struct State {
    client: reqwest::Client,
    server: String,
    seen: Mutex<Vec<Seen>>,
    script: Mutex<Script>,
}

impl Proxy {
    /// Between rollbook and the control plane; everything passes.
    pub async fn start(plane: &ControlPlane) -> Proxy {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let home = tempfile::tempdir().expect("a temporary directory");
        let kubeconfig = home.path().join("kubeconfig");
        std::fs::write(&kubeconfig, config(port)).expect("it can be written");
        let state = Arc::new(State {
            client: client(plane),
            server: server(&plane.kubeconfig()),
            seen: Mutex::default(),
            script: Mutex::new(Box::new(|_| Act::Pass)),
        });
        tokio::spawn(accept(listener, state.clone()));
        Proxy {
            kubeconfig,
            state,
            _home: home,
        }
    }

    /// A kubeconfig that leads through the proxy; its one context is `test`.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// From now on this decides.
    pub fn script(&self, script: impl Fn(&Seen) -> Act + Send + Sync + 'static) {
        *self.state.script.lock().expect("no test panicked in it") = Box::new(script);
    }

    /// The requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.state
            .seen
            .lock()
            .expect("no test panicked in it")
            .clone()
    }
}

fn config(port: u16) -> String {
    format!(
        "apiVersion: v1\nkind: Config\n\
         clusters: [{{name: test, cluster: {{server: \"http://127.0.0.1:{port}\"}}}}]\n\
         users: [{{name: test, user: {{}}}}]\n\
         contexts: [{{name: test, context: {{cluster: test, user: test}}}}]\n"
    )
}

/// The URL that a kubeconfig of the control plane names.
fn server(kubeconfig: &Path) -> String {
    let text = std::fs::read_to_string(kubeconfig).expect("up.sh wrote it");
    let url = text.split('"').find(|part| part.starts_with("https://"));
    url.expect("it names a server").to_owned()
}

fn client(plane: &ControlPlane) -> reqwest::Client {
    let ca =
        std::fs::read(plane.kubeconfig().with_file_name("pki/ca.crt")).expect("up.sh wrote it");
    let ca = reqwest::Certificate::from_pem(&ca).expect("a certificate");
    // As the program does: the first one to say so counts.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .tls_certs_only([ca])
        .no_proxy()
        .build()
        .expect("a client")
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, state.clone()));
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    let service = service_fn(|request| answer(request, state.clone()));
    let server = hyper::server::conn::http1::Builder::new();
    // A connection that the script closes ends in an error, which is the point.
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: Request<Incoming>, state: Arc<State>) -> Result<Reply, Fault> {
    let act = state.act(&request);
    match act {
        Act::Pass => state.forward(request).await,
        Act::Reset => Err("the script closes it".into()),
        Act::Lose => {
            let answered = state.forward(request).await?;
            answered.into_body().collect().await?;
            Err("the script loses the answer".into())
        }
        Act::Answer(code, headers, body) => scripted(code, headers, body),
        Act::Slow(time) => {
            tokio::time::sleep(time).await;
            state.forward(request).await
        }
        Act::Hold(mut until) => {
            // A test that ended without a word lets everything go.
            let _ = until.wait_for(|go| *go).await;
            state.forward(request).await
        }
        Act::Gone => scripted(200, &[], GONE),
    }
}

const GONE: &str = "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\
    \"message\":\"too old resource version\",\"reason\":\"Expired\",\"code\":410}}\n";

fn scripted(code: u16, headers: &[(&str, &str)], body: &'static str) -> Result<Reply, Fault> {
    let response = Response::builder()
        .status(code)
        .header("content-type", "application/json");
    let with = |response: hyper::http::response::Builder, (name, value): &(&str, &str)| {
        response.header(*name, *value)
    };
    let body = Full::new(Bytes::from(body)).map_err(Fault::from).boxed();
    Ok(headers.iter().fold(response, with).body(body)?)
}

impl State {
    fn act(&self, request: &Request<Incoming>) -> Act {
        let mut all = self.seen.lock().expect("no test panicked in it");
        let seen = Seen {
            method: request.method().to_string(),
            path: request.uri().to_string(),
            number: all.len(),
        };
        all.push(seen.clone());
        drop(all);
        let script = self.script.lock().expect("no test panicked in it");
        script(&seen)
    }

    async fn forward(&self, request: Request<Incoming>) -> Result<Reply, Fault> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let url = format!("{}{}", self.server, parts.uri);
        let mut headers = parts.headers;
        headers.remove("host");
        headers.remove("content-length");
        let sent = self.client.request(parts.method, url).headers(headers);
        let answered = sent.bearer_auth("admin-token").body(body).send().await?;
        let mut response = Response::builder().status(answered.status());
        for (name, value) in answered.headers() {
            let hop = [
                "transfer-encoding",
                "content-length",
                "content-encoding",
                "connection",
            ];
            if !hop.contains(&name.as_str()) {
                response = response.header(name, value);
            }
        }
        let stream = answered
            .bytes_stream()
            .map_ok(Frame::data)
            .map_err(Fault::from);
        Ok(response.body(BodyExt::boxed(StreamBody::new(stream)))?)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_answered_and_what_is_scripted_is_not_sent() {
    let Some(plane) = crate::controlplane::require() else {
        return;
    };
    let proxy = Proxy::start(plane).await;
    let get = |path: &str| {
        let mut kubectl = plane.command("kubectl");
        kubectl.env("KUBECONFIG", proxy.kubeconfig());
        kubectl.args(["--context", "test", "get", "--raw", path]);
        kubectl
    };
    let run = |mut command: std::process::Command| {
        tokio::task::spawn_blocking(move || command.output().expect("kubectl starts"))
    };
    let answered = run(get("/version")).await.expect("it ends");
    let told = String::from_utf8_lossy(&answered.stderr);
    assert!(answered.status.success(), "{told} {:?}", proxy.seen());
    proxy.script(|_| Act::Answer(403, &[], "{}"));
    assert!(
        !run(get("/version"))
            .await
            .expect("it ends")
            .status
            .success()
    );
    assert!(proxy.seen().iter().any(|seen| seen.path == "/version"));
}
