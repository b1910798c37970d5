//! Rules where a table of cases says more than a chart.

use super::address::{is_mail, is_page, is_request};
use super::{deprecated, names};

/// As `helm lint` of 3.21.4 has it.
#[test]
fn mail_addresses() {
    let good = [
        "a@x.ne-t",
        "a@a.b.c.dd",
        "a@x~y.net",
        "a@1.net",
        "A.B@X.NET",
    ];
    let bad = [
        "a@x.n-", "a@x..net", "a@.net", "a@x.net-", "a@x.net_", "a", "",
    ];
    assert_eq!(good.map(is_mail), [true; 5]);
    assert_eq!(bad.map(is_mail), [false; 7]);
}

#[test]
fn pages_and_requests_are_not_the_same() {
    assert!(is_page("example.net") && !is_request("example.net"));
    assert!(!is_page("mailto:a@example") || is_request("mailto:a@example"));
    assert!(is_request("data:image/png;base64,AAAA"));
    assert!(!is_request(""));
}

/// Every line of the table can be read, and says since when.
#[test]
fn deprecated_kinds() {
    let table = include_str!("deprecated.txt");
    for line in table.lines() {
        let mut words = line.split(' ');
        let (version, kind) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let told = deprecated::warning(version, kind, (1, 99));
        assert!(told.is_some_and(|text| text.contains(kind)), "{line}");
        assert_eq!(deprecated::warning(version, kind, (1, 0)), None, "{line}");
    }
}

#[test]
fn names_of_kinds_have_their_own_rules() {
    assert!(names::check("Role", "system:a").is_ok());
    assert!(names::check("ConfigMap", "system:a").is_err());
    assert!(names::check("service", "1a").is_err());
    assert!(
        names::check("Namespace", "a.b").is_err_and(|why| why.ends_with("must not contain dots"))
    );
}
