use super::super::tests::{call, printed};

#[test]
fn a_url_is_taken_apart_and_put_together() {
    for url in [
        "http://user:p%40ss@example.com:8080/a%20b?x=1#frag",
        "mailto:joe@example.com",
        "//host/path",
        "/only/path",
        "https://[::1]:80/",
    ] {
        let parts = call("urlParse", &[url.into()]).unwrap();
        assert_eq!(printed("urlJoin", &[parts]), url);
    }
}

#[test]
fn faults_have_gos_texts() {
    for (url, fault) in [
        ("http://a b/", "invalid character \" \" in host name"),
        (":x", "missing protocol scheme"),
        ("a:b%zz", ""),
        ("/%zz", "invalid URL escape \"%zz\""),
        ("http://h:port/", "invalid port \":port\" after host"),
    ] {
        let answer = printed("urlParse", &[url.into()]);
        let expected = format!("error: unable to parse url: parse \"{url}\": {fault}");
        assert!(fault.is_empty() || answer == expected, "{answer}");
    }
}
