//! References, challenges and manifests as text.

use super::challenge::Challenge;
use super::reference::{Reference, tag_of, version_of};
use super::registry::{is_here, next_link};
use crate::repo::tests::told;
use proptest::prelude::*;
use url::Url;

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn parts(text: &str) -> (String, String, Option<String>, Option<String>) {
    let reference = Reference::parse(text).unwrap();
    (
        reference.registry,
        reference.repository,
        reference.tag,
        reference.digest,
    )
}

fn some(
    registry: &str,
    repository: &str,
    tag: Option<&str>,
) -> (String, String, Option<String>, Option<String>) {
    (
        registry.to_owned(),
        repository.to_owned(),
        tag.map(str::to_owned),
        None,
    )
}

#[test]
fn references_are_read_as_helm_reads_them() {
    for (text, is) in [
        (
            "oci://r.example.net/web",
            some("r.example.net", "web", None),
        ),
        (
            "oci://r.example.net/a/b-c/web:1.2.0",
            some("r.example.net", "a/b-c/web", Some("1.2.0")),
        ),
        (
            "oci://localhost:5000/web:1.0.0+b.1",
            some("localhost:5000", "web", Some("1.0.0_b.1")),
        ),
        ("oci://[::1]:5000/web", some("[::1]:5000", "web", None)),
        ("r.example.net/web", some("r.example.net", "web", None)),
    ] {
        assert_eq!(parts(text), is, "{text}");
    }
    let pinned = parts(&format!("oci://r.example.net/web:1.2.0@{DIGEST}"));
    assert_eq!(
        (pinned.2.as_deref(), pinned.3.as_deref()),
        (Some("1.2.0"), Some(DIGEST))
    );
}

#[test]
fn what_is_no_reference_is_told() {
    let texts = [
        "oci://web",
        "oci:///web",
        "oci://r.example.net/",
        "oci://r.example.net/Web",
        "oci://r.example.net/a//web",
        "oci://r.example.net/web:",
        "oci://r.example.net/web:a tag",
        "oci://r.example.net/web@sha256:12",
        "oci://r.example.net:port/web",
        "oci://r.example.net/../web",
        "oci://r.example.net/web?x=y",
        "oci://ci:s3cret@r.example.net/web",
    ];
    let all: Vec<String> = texts
        .iter()
        .map(|text| told(&Reference::parse(text).unwrap_err()))
        .collect();
    let all = all.join("\n\n");
    assert!(!all.contains("s3cret"));
    insta::assert_snapshot!(all);
}

#[test]
fn dockers_own_registry_has_three_names() {
    let hub = Reference::parse("oci://docker.io/library/web").unwrap();
    assert_eq!(hub.host(), "registry-1.docker.io");
    assert_eq!(hub.server(), "https://index.docker.io/v1/");
    assert_eq!(hub.registry, "docker.io");
}

#[test]
fn challenges_are_read() {
    let bearer = |realm: &str, service: Option<&str>, scope: Option<&str>| Challenge::Bearer {
        realm: realm.to_owned(),
        service: service.map(str::to_owned),
        scope: scope.map(str::to_owned),
    };
    for (header, is) in [
        (r#"Basic realm="charts""#, Some(Challenge::Basic)),
        ("Basic", Some(Challenge::Basic)),
        (
            r#"Bearer realm="https://t.example.net/token",service="r",scope="repository:a/b:pull,push""#,
            Some(bearer(
                "https://t.example.net/token",
                Some("r"),
                Some("repository:a/b:pull,push"),
            )),
        ),
        (
            r#"bearer Realm=https://t.example.net , service = "a \"b\"""#,
            Some(bearer("https://t.example.net", Some("a \"b\""), None)),
        ),
        (
            r#"Basic realm="x", Bearer realm="https://t.example.net""#,
            Some(bearer("https://t.example.net", None, None)),
        ),
        (r#"Bearer service="r""#, None),
        ("Negotiate", None),
        ("", None),
    ] {
        assert_eq!(Challenge::parse(header), is, "{header}");
    }
}

#[test]
fn the_next_page_is_found() {
    assert_eq!(
        next_link(r#"</v2/x?last=b>; rel="next""#),
        Some("/v2/x?last=b")
    );
    assert_eq!(next_link(r#"</a>; rel="prev", </b>; rel=next"#), Some("/b"));
    assert_eq!(next_link(r#"</a>; rel="last""#), None);
    assert_eq!(next_link("nonsense"), None);
}

#[test]
fn only_this_machine_is_asked_without_tls() {
    let here = |url: &str| is_here(&Url::parse(url).unwrap());
    for url in [
        "https://localhost:5000/",
        "https://127.0.0.1/",
        "https://127.1.2.3/",
        "https://[::1]:5000/",
    ] {
        assert!(here(url), "{url}");
    }
    for url in [
        "https://registry.example.net/",
        "https://localhost.example.net/",
        "https://127.0.0.1.example.net/",
        "https://10.0.0.1/",
        "https://[fe80::1]/",
    ] {
        assert!(!here(url), "{url}");
    }
}

proptest! {
    #[test]
    fn what_a_reference_prints_is_read_as_the_same(
        host in "[a-z][a-z0-9]{0,8}(\\.[a-z]{2,5})?(:[1-9][0-9]{0,3})?",
        path in "[a-z0-9]{1,6}((\\.|_|__|-{1,3})[a-z0-9]{1,4})?(/[a-z0-9]{1,6}){0,3}",
        tag in proptest::option::of("[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,20}"),
        pinned in any::<bool>(),
    ) {
        let reference = Reference {
            registry: host,
            repository: path,
            tag,
            digest: pinned.then(|| DIGEST.to_owned()),
        };
        prop_assert_eq!(Reference::parse(&reference.to_string()).unwrap(), reference);
    }

    #[test]
    fn no_text_makes_a_reference_that_leaves_its_registry(text in "\\PC{0,60}") {
        if let Ok(reference) = Reference::parse(&text) {
            let url = Url::parse(&format!("https://{}/v2/", reference.registry)).unwrap();
            let joined = url.join(&format!("{}/tags/list", reference.repository)).unwrap();
            prop_assert_eq!(joined.origin(), url.origin());
            prop_assert!(joined.path().starts_with("/v2/"));
            prop_assert!(url.username().is_empty() && joined.query().is_none());
        }
    }

    #[test]
    fn a_version_survives_its_tag(version in "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}(-[a-z0-9.-]{1,8})?(\\+[a-z0-9.-]{1,8})?") {
        prop_assert!(!tag_of(&version).contains('+'));
        prop_assert_eq!(version_of(&tag_of(&version)), version);
    }

    #[test]
    fn no_header_breaks_the_reader(header in "\\PC{0,80}") {
        Challenge::parse(&header);
        next_link(&header);
    }
}
