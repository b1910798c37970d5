//! Against a scripted API server: what it answers is written down, what it was asked is kept.

use super::*;
use crate::manifest::parse;
use crate::manifest::schema::Schema;
use kube::{Client, Config};
use std::collections::VecDeque;
use std::sync::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// One answer: code, header lines, body. `None` closes the connection without any.
type Reply = Option<(u16, &'static str, String)>;

/// What the server will say, and what it heard (method, path and user agent).
#[derive(Default)]
struct Script {
    replies: VecDeque<Reply>,
    heard: Vec<String>,
}

struct Server {
    url: String,
    script: Arc<Mutex<Script>>,
}

impl Server {
    async fn start(replies: impl IntoIterator<Item = Reply>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script {
            replies: replies.into_iter().collect(),
            heard: Vec::new(),
        }));
        let shared = script.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Server { url, script }
    }

    /// A client that pauses for nothing.
    fn transport(&self, policy: Policy) -> Transport {
        let mut config = Config::new(self.url.parse().unwrap());
        config.default_retry = false;
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::try_from(config).unwrap();
        Transport::new(client, self.url.as_str().into(), "7f3a", policy)
    }

    fn heard(&self) -> Vec<String> {
        self.script.lock().unwrap().heard.clone()
    }
}

async fn serve(stream: TcpStream, script: Arc<Mutex<Script>>) {
    let mut stream = BufReader::new(stream);
    while let Some(head) = read_request(&mut stream).await {
        let reply = {
            let mut script = script.lock().unwrap();
            script.heard.push(head);
            script.replies.pop_front().flatten()
        };
        let Some((code, headers, body)) = reply else {
            return;
        };
        let length = body.len();
        let text = format!("HTTP/1.1 {code} x\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
        if stream.get_mut().write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let (mut lines, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|n| *n > 0)?;
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        lines.push(line);
    }
    stream.read_exact(&mut vec![0; length]).await.ok()?;
    let agent = lines.iter().find_map(|l| l.strip_prefix("user-agent: "));
    let request = lines.first()?.strip_suffix(" HTTP/1.1")?;
    Some(format!("{request} [{}]", agent.unwrap_or("")))
}

const EAGER: Policy = Policy {
    tries: 3,
    pause: Duration::ZERO,
    budget: Duration::from_secs(30),
    patience: Duration::from_secs(30),
};

fn ok(body: &str) -> Reply {
    Some((200, "", body.to_owned()))
}

fn refused(code: u16, message: &str) -> Reply {
    let body = format!(r#"{{"kind": "Status", "message": "{message}"}}"#);
    Some((code, "", body))
}

fn config_maps() -> Resource {
    Resource {
        gvk: Gvk::new("v1", "ConfigMap"),
        plural: "configmaps".to_owned(),
        namespaced: true,
        listable: true,
    }
}

fn page(names: &[&str], token: &str) -> Reply {
    let item = |name: &&str| format!(r#"{{"metadata": {{"name": "{name}", "namespace": "c1"}}}}"#);
    let items: Vec<String> = names.iter().map(item).collect();
    ok(&format!(
        r#"{{"metadata": {{"continue": "{token}"}}, "items": [{}]}}"#,
        items.join(",")
    ))
}

async fn names(server: &Server) -> Result<Vec<String>, ClusterError> {
    let resource = config_maps();
    let transport = server.transport(EAGER);
    let keep = |item: &str| Live::read(&resource.gvk, item, objects::any);
    let lives = Listing::of(&resource).read(&transport, keep).await?;
    Ok(lives.iter().map(|live| live.id.name.to_string()).collect())
}

#[tokio::test]
async fn names_itself_and_its_run() {
    let server = Server::start([ok("{}")]).await;
    let transport = server.transport(EAGER);
    transport
        .send(&Call::get("x", "/x".to_owned()))
        .await
        .unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        server.heard(),
        [format!("GET /x [rollbook/{version} (run 7f3a)]")]
    );
    assert_eq!(transport.sent(), 1);
}

#[tokio::test]
async fn a_read_is_tried_again_when_the_connection_breaks_and_on_429() {
    let throttled = Some((429, "retry-after: 0\r\n", "{}".to_owned()));
    let server = Server::start([None, throttled, ok("{}")]).await;
    let transport = server.transport(EAGER);
    transport
        .send(&Call::get("x", "/x".to_owned()))
        .await
        .unwrap();
    assert_eq!(transport.sent(), 3);
}

#[tokio::test]
async fn gives_up_after_the_last_try_and_says_what_and_where() {
    let server = Server::start([]).await;
    let transport = server.transport(EAGER);
    let error = transport
        .send(&Call::get("namespace c1", "/x".to_owned()))
        .await
        .err()
        .unwrap();
    assert_eq!(transport.sent(), 3);
    let text = error.to_string().replace(&server.url, "SERVER");
    assert!(
        text.starts_with("SERVER does not answer: namespace c1: "),
        "{text}"
    );
    assert!(text.ends_with("(tried 3 times)"), "{text}");
}

#[tokio::test]
async fn a_500_about_the_object_is_said_once_and_another_is_tried_again() {
    let typed = "failed to create typed patch object (c1/web; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema";
    let leader = "etcdserver: leader changed";
    let server = Server::start([refused(500, typed), refused(500, leader), ok("{}")]).await;
    let transport = server.transport(EAGER);
    let call = Call::get("Deployment web", "/x".to_owned());
    let error = transport.send(&call).await.err().unwrap();
    assert!(
        matches!(&error, ClusterError::Invalid { message, .. } if message == typed),
        "{error}"
    );
    transport.send(&call).await.unwrap();
    assert_eq!(transport.sent(), 3);
}

#[tokio::test]
async fn reads_all_pages() {
    let server = Server::start([page(&["a", "b"], "next/1"), page(&["c"], "")]).await;
    assert_eq!(names(&server).await.unwrap(), ["a", "b", "c"]);
    let second = &server.heard()[1];
    assert!(
        second.starts_with("GET /api/v1/configmaps?limit=2000&continue=next%2F1 "),
        "{second}"
    );
}

#[tokio::test]
async fn a_list_that_expires_between_pages_is_begun_again_once() {
    let expired = || refused(410, "The provided continue parameter is too old");
    let again = [
        page(&["a"], "t"),
        expired(),
        page(&["a"], "t"),
        page(&["b"], ""),
    ];
    let server = Server::start(again).await;
    assert_eq!(names(&server).await.unwrap(), ["a", "b"]);
    let twice = [page(&["a"], "t"), expired(), page(&["a"], "t"), expired()];
    let server = Server::start(twice).await;
    assert!(names(&server).await.is_err());
}

const CORE: &str = r#"{"kind": "APIGroupDiscoveryList", "items": [{"metadata": {}, "versions": [{"version": "v1", "freshness": "Current", "resources": [
    {"resource": "configmaps", "responseKind": {"kind": "ConfigMap"}, "scope": "Namespaced", "verbs": ["list"]}]}]}]}"#;
const GROUPS: &str = r#"{"kind": "APIGroupDiscoveryList", "items": [{"metadata": {"name": "metrics.k8s.io"}, "versions": [
    {"version": "v1beta1", "freshness": "Stale"}]}]}"#;

/// A cluster whose discovery is scripted before `replies`.
async fn cluster(replies: Vec<Reply>) -> (Server, KubeCluster) {
    let discovery = [ok(CORE), ok(GROUPS), ok(r#"{"gitVersion": "v1.36.3"}"#)];
    scripted(discovery.into_iter().chain(replies)).await
}

async fn scripted(replies: impl IntoIterator<Item = Reply>) -> (Server, KubeCluster) {
    let server = Server::start(replies).await;
    let cluster = KubeCluster {
        transport: Arc::new(server.transport(EAGER)),
        identity: Identity {
            name: "scripted".into(),
            server: server.url.as_str().into(),
            uid: "u".into(),
        },
        discovery: RwLock::default(),
        feeds: watch::Feeds::default(),
        defined: Mutex::default(),
    };
    (server, cluster)
}

fn config_map() -> Arc<crate::manifest::Object> {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    Arc::new(parse(text, "c1", &Schema::default()).unwrap().remove(0))
}

/// A definition is accepted a moment before its kind is served.
#[tokio::test]
async fn the_kind_of_a_definition_written_here_is_waited_for() {
    let group = |name: &str, resource: &str, kind: &str| {
        format!(
            r#"{{"metadata": {{"name": "{name}"}}, "versions": [{{"version": "v1", "resources": [
            {{"resource": "{resource}", "responseKind": {{"kind": "{kind}"}}, "scope": "Cluster"}}]}}]}}"#
        )
    };
    let groups = |items: &[String]| {
        let items = items.join(",");
        ok(&format!(
            r#"{{"kind": "APIGroupDiscoveryList", "items": [{items}]}}"#
        ))
    };
    let definitions = group(
        "apiextensions.k8s.io",
        "customresourcedefinitions",
        "CustomResourceDefinition",
    );
    let widgets = group("example.net", "widgets", "Widget");
    let version = || ok(r#"{"gitVersion": "v1.36.3"}"#);
    let made = || ok(r#"{"metadata": {"name": "a"}}"#);
    let before = || {
        [
            ok(CORE),
            groups(std::slice::from_ref(&definitions)),
            version(),
        ]
    };
    let after = [ok(CORE), groups(&[definitions.clone(), widgets]), version()];
    let replies = [made()].into_iter().chain(before()).chain(after);
    let replies = before().into_iter().chain(replies).chain([made()]);
    let (server, cluster) = scripted(replies).await;
    let text = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.net}\n\
                spec: {group: example.net, names: {kind: Widget}}\n---\n\
                apiVersion: example.net/v1\nkind: Widget\nmetadata: {name: a}\n";
    for object in parse(text, "c1", &Schema::default()).unwrap() {
        cluster
            .write(&Write::Create(Arc::new(object)))
            .await
            .unwrap();
    }
    let heard = server.heard();
    let last = heard.last().unwrap();
    assert!(
        last.starts_with("POST /apis/example.net/v1/widgets?"),
        "{heard:?}"
    );
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_not_sent_twice() {
    let (server, cluster) = cluster(vec![None, ok("{}")]).await;
    let error = cluster
        .write(&Write::Create(config_map()))
        .await
        .err()
        .unwrap();
    assert!(
        error.to_string().ends_with("it may have been done)"),
        "{error}"
    );
    let posts = server
        .heard()
        .into_iter()
        .filter(|heard| heard.starts_with("POST"));
    assert_eq!(posts.count(), 1);
}

#[tokio::test]
async fn few_namespaces_are_listed_one_by_one() {
    let live = r#"{"metadata": {"name": "c1"}}"#;
    let found = page(&["a"], "");
    let (server, cluster) = cluster(vec![ok(live), found]).await;
    let request = ViewRequest {
        namespaces: ["c1".into()].into(),
        kinds: [
            Gvk::new("v1", "ConfigMap"),
            Gvk::new("metrics.k8s.io/v1beta1", "PodMetrics"),
        ]
        .into(),
        ..ViewRequest::default()
    };
    // Discovery is asked again, because a dead API may have come back.
    cluster.capabilities().await.unwrap();
    let view = cluster.view(&request).await.unwrap();
    assert_eq!(view.objects.len(), 1);
    assert_eq!(view.unknown.len(), 1, "a dead aggregated API is unknown");
    assert!(view.unserved.is_empty());
    let last = server.heard().pop().unwrap();
    let path = "GET /api/v1/namespaces/c1/configmaps?limit=500&labelSelector=app.kubernetes.io%2Fmanaged-by%3DHelm ";
    assert!(last.starts_with(path), "{last}");
}

#[tokio::test]
async fn above_a_share_of_the_namespaces_one_list_serves_all() {
    let item = |n: usize| format!(r#"{{"metadata": {{"name": "c{n}"}}}}"#);
    let all: Vec<String> = (0..20).map(item).collect();
    let namespaces = ok(&format!(
        r#"{{"metadata": {{}}, "items": [{}]}}"#,
        all.join(",")
    ));
    let replies = vec![namespaces, refused(403, "no"), page(&["a"], "")];
    let (server, cluster) = cluster(replies).await;
    let names = (0..10).map(|n| Arc::from(format!("c{n}")));
    let request = ViewRequest {
        namespaces: names.collect(),
        kinds: [Gvk::new("v1", "ConfigMap")].into(),
        ..ViewRequest::default()
    };
    // The rest of the script is over: namespaces but one can't be listed.
    assert!(cluster.view(&request).await.is_err());
    let heard = server.heard();
    assert!(
        heard[3].starts_with("GET /api/v1/namespaces?limit=500"),
        "{heard:?}"
    );
    assert!(
        heard[4].starts_with("GET /api/v1/configmaps?limit=500"),
        "{heard:?}"
    );
    assert!(
        heard[5].starts_with("GET /api/v1/namespaces/c"),
        "falls back when forbidden: {heard:?}"
    );
}
