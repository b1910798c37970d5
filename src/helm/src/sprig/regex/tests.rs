use super::super::tests::printed;
use super::compile;

#[test]
fn classes_are_ascii_as_in_go() {
    for (pattern, text, matches) in [
        (r"^\d$", "\u{663}", false),
        (r"^\w+$", "\u{e9}", false),
        (r"^.$", "\u{e9}", true),
        (r"^[\d-z]+$", "1-z", true),
        (r"^[]a]+$", "]a", true),
        (r"\Qa.b\E", "a.b", true),
        (r"\Qa.b\E", "axb", false),
        (r"^x{,3}$", "x{,3}", true),
        (r"^a{$", "a{", true),
        (r"^\123$", "S", true),
        (r"^[[:word:]]+$", "a_1", true),
        (r"^\<$", "<", true),
        (r"^[a&&b]+$", "&a", true),
        (r"(?i)^abc$", "ABC", true),
        (r"^\x{41}\x42$", "AB", true),
        (r"^\pL\p{Greek}$", "a\u{3b1}", true),
        (r"\Bb", "ab", true),
    ] {
        let found = compile(pattern).map(|regex| regex.is_match(text));
        assert_eq!(found, Ok(matches), "{pattern} {text}");
    }
}

#[test]
fn faults_have_gos_texts() {
    for (pattern, fault) in [
        ("[", "missing closing ]: `[`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("*", "missing argument to repetition operator: `*`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("a{2,1}", "invalid repeat count: `{2,1}`"),
        ("(a", "missing closing ): `(a`"),
        ("a)", "unexpected ): `a)`"),
        ("[z-a]", "invalid character class range: `z-a`"),
        (r"\Z", r"invalid escape sequence: `\Z`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("a\\", "trailing backslash at end of expression: ``"),
        (r"\pX", r"invalid character class range: `\pX`"),
        ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
    ] {
        let error = compile(pattern).err().unwrap_or_default();
        assert_eq!(error, format!("error parsing regexp: {fault}"), "{pattern}");
    }
}

#[test]
fn a_replacement_names_the_longest_group() {
    let replace = |template: &str| {
        printed(
            "regexReplaceAll",
            &["a(x*)b".into(), "-ab-axxb-".into(), template.into()],
        )
    };
    assert_eq!(replace("${1}W"), "-W-xxW-");
    assert_eq!(replace("$1W"), "---");
    assert_eq!(replace("$$1"), "-$1-$1-");
    assert_eq!(replace("${1"), "-${1-${1-");
}
