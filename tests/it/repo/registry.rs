//! An OCI registry of prepared answers. The main type here is [`Shelf`].

use super::charts::{archive, digest};
use super::server::{Answer, Server};

const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
const LAYER: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/// What a registry has, before it is opened.
#[derive(Default)]
pub struct Shelf {
    /// The answers by path.
    pub answers: Vec<(String, Answer)>,
}

/// A descriptor in JSON.
pub fn descriptor(kind: &str, bytes: &[u8]) -> String {
    let (digest, size) = (digest(bytes), bytes.len());
    format!(r#"{{"mediaType":"{kind}","digest":"{digest}","size":{size}}}"#)
}

/// The manifest of a chart.
pub fn manifest(chart: &[u8]) -> String {
    image(CONFIG, &[descriptor(LAYER, chart)])
}

/// A manifest with this config and these layers.
pub fn image(config: &str, layers: &[String]) -> String {
    let (config, layers) = (descriptor(config, b"{}"), layers.join(","));
    format!(r#"{{"schemaVersion":2,"config":{config},"layers":[{layers}]}}"#)
}

impl Shelf {
    /// Charts `web` at these versions, with a list of tags.
    pub fn of(versions: &[&str]) -> Shelf {
        let mut shelf = Shelf::default();
        for version in versions {
            shelf.chart(&version.replace('+', "_"), &archive("web", version));
        }
        let tags: Vec<String> = versions
            .iter()
            .map(|version| format!("\"{}\"", version.replace('+', "_")))
            .collect();
        let list = format!(r#"{{"name":"team/web","tags":[{}]}}"#, tags.join(","));
        shelf.with("/v2/team/web/tags/list", Answer::ok(list))
    }

    /// A chart behind a tag.
    pub fn chart(&mut self, tag: &str, chart: &[u8]) {
        let manifest = manifest(chart);
        let name = digest(manifest.as_bytes());
        for name in [tag, &name] {
            let path = format!("/v2/team/web/manifests/{name}");
            self.answers.push((path, Answer::ok(manifest.clone())));
        }
        let path = format!("/v2/team/web/blobs/{}", digest(chart));
        self.answers.push((path, Answer::ok(chart)));
    }

    /// Another answer, which counts before an earlier one of the same path.
    pub fn with(mut self, path: impl Into<String>, answer: Answer) -> Shelf {
        self.answers.push((path.into(), answer));
        self
    }

    /// Every answer changed.
    pub fn each(self, change: impl Fn(Answer) -> Answer) -> Shelf {
        let answers = self.answers.into_iter();
        Shelf {
            answers: answers
                .map(|(path, answer)| (path, change(answer)))
                .collect(),
        }
    }

    /// Opens it.
    pub fn open(self) -> Server {
        Server::start(self.answers)
    }
}
