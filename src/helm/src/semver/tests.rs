use super::{Constraint, Version};

const VERSIONS: [&str; 12] = [
    "1.2.3",
    "1.2.4",
    "1.3.0",
    "2.0.0",
    "0.2.5",
    "0.0.3",
    "1.2.3-beta",
    "1.2.4-rc.1",
    "2.0.0-alpha",
    "1.20.5+k3s1",
    "v1.2",
    "1",
];

/// Observed with Helm 3.21.4.
const TABLE: [(&str, &str); 18] = [
    ("!=1.2.3", ".TTTTT...TTT"),
    (">1.2", "..TT.....T.."),
    ("<=1.2", "TT..TT....TT"),
    ("~1", "TTT......TTT"),
    ("~1.2", "TT........T."),
    ("^0.2", "....T......."),
    ("^0", "....TT......"),
    ("*", "TTTTTT...TTT"),
    ("1.2 - 2.3", "TTTT.....TT."),
    (">=1.2.3-0", "TTTT..TTTT.."),
    ("~1.2.3-0", "TT....TT...."),
    ("^1.2.3-alpha", "TTT...TT.T.."),
    (">1.2.3-beta", "TTTT...TTT.."),
    ("1.2.3+b", "T..........."),
    ("=1", "TTT......TTT"),
    (">1", "...T........"),
    ("<1", "....TT......"),
    (">=1.19-0 <1.25-0", ".........T.."),
];

#[test]
fn the_truth_table_of_helm() {
    for (constraint, expected) in TABLE {
        let parsed = Constraint::parse(constraint).unwrap();
        let row: String = VERSIONS
            .iter()
            .map(|version| {
                if parsed.check(&Version::parse(version).unwrap()) {
                    'T'
                } else {
                    '.'
                }
            })
            .collect();
        assert_eq!(row, expected, "{constraint}");
    }
}

#[test]
fn a_group_with_a_prerelease_takes_prereleases() {
    let constraint = Constraint::parse(">=1.19-0 <1.25").unwrap();
    assert!(constraint.check(&Version::parse("v1.24.3-gke").unwrap()));
}

#[test]
fn improper_constraints() {
    for text in ["", "1.2 ||", "1.2,", "==1.2", ">", "a"] {
        let error = Constraint::parse(text).unwrap_err();
        assert!(
            error.starts_with("improper constraint: \""),
            "{text}: {error}"
        );
    }
}

/// Masterminds' own expressions, which the words must be cut by.
fn by_expression(text: &str) -> Option<Vec<Vec<String>>> {
    const VERSION: &str = r"v?([0-9xX*|]+)(\.[0-9xX*|]+)?(\.[0-9xX*|]+)?(-[0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*)?(?:\+[0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*)?";
    const BLANK: &str = r"[\t\n\f\r ]";
    let one = format!(r"(=|!=|>=|=>|<=|=<|>|<|~>|~|\^)?{BLANK}*{VERSION}");
    let group = format!(r"^{BLANK}*{one}{BLANK}*(?:(?:{BLANK}+|,{BLANK}*){one}{BLANK}*)*$");
    let regex = |text: &str| regex::Regex::new(text).unwrap();
    if !regex(&group).is_match(text) {
        return None;
    }
    let parts = |found: regex::Captures<'_>| -> Vec<String> {
        let part = |at| found.get(at).map_or("", |part| part.as_str()).to_owned();
        (1..=5).map(part).collect()
    };
    Some(regex(&one).captures_iter(text).map(parts).collect())
}

proptest::proptest! {
    #[test]
    fn words_are_those_of_the_expressions(text in "([=!<>~^]{0,2}[ ,]{0,2}v?[0-9x*|.+a-]{1,6}[ ,\t]{0,2}){0,4}") {
        let parts = |word: super::comparator::Word<'_>| {
            let parts = [word.operator, word.major, word.minor, word.patch, word.prerelease];
            parts.map(str::to_owned).to_vec()
        };
        let words = super::comparator::words(&text);
        let words = words.map(|words| words.into_iter().map(parts).collect::<Vec<_>>());
        proptest::prop_assert_eq!(words, by_expression(&text));
    }
}

#[test]
fn versions_are_read_leniently_or_strictly() {
    for (text, shown) in [
        ("v1.2", "1.2.0"),
        ("01.2.3", "1.2.3"),
        ("1.2.3-a.1+b", "1.2.3-a.1+b"),
    ] {
        assert_eq!(Version::parse(text).unwrap().to_string(), shown);
        assert_eq!(Version::parse_strict(text).is_ok(), text == shown);
    }
    for text in ["", "x", "1.2.3.4", "1.2.3-", "1..2", "1.2.3-a..b", " 1"] {
        assert_eq!(
            Version::parse(text).unwrap_err(),
            "invalid semantic version",
            "{text}"
        );
    }
    let zero = "version segment starts with 0";
    assert_eq!(Version::parse("1.2.3-01").unwrap_err(), zero);
}

#[test]
fn versions_are_ordered() {
    let ordered = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
    ];
    let versions: Vec<Version> = ordered.iter().map(|v| Version::parse(v).unwrap()).collect();
    assert!(versions.is_sorted_by(|a, b| a < b));
}
