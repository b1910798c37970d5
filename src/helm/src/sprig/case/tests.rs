use super::super::tests::printed;

fn check(name: &str, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(
            printed(name, &[(*text).into()]),
            *expected,
            "{name} {text:?}"
        );
    }
}

#[test]
fn words_are_cut_as_xstrings_cuts_them() {
    check(
        "snakecase",
        &[
            ("HTTPServer", "http_server"),
            ("NoHTTPS", "no_https"),
            ("GO_PATH", "go_path"),
            ("GO PATH", "go_path"),
            ("http2xx", "http_2xx"),
            ("HTTP20xOK", "http_20x_ok"),
            ("Duration2m3s", "duration_2m3s"),
            ("Bld4Floor3rd", "bld4_floor_3rd"),
            ("fooBar2Baz", "foo_bar2_baz"),
            ("foo.Bar", "foo.bar"),
            ("_camel-case", "_camel_case"),
            ("", ""),
        ],
    );
    check(
        "kebabcase",
        &[("NameV2", "name-v2"), ("FirstName", "first-name")],
    );
    check(
        "camelcase",
        &[
            ("http_server", "HttpServer"),
            ("HTTP_SERVER", "HttpServer"),
            ("foo-bar baz", "FooBarBaz"),
            ("_complex__case_", "_Complex_Case_"),
            ("a", "A"),
            ("__", "___"),
        ],
    );
}

#[test]
fn case_is_mapped_character_by_character() {
    check("upper", &[("stra\u{df}e \u{e9}", "STRA\u{df}E \u{c9}")]);
    check(
        "title",
        &[
            ("it's c.d", "It'S C.D"),
            ("hello wORLD foo-bar", "Hello WORLD Foo-Bar"),
        ],
    );
    check("untitle", &[("Hello World", "hello world")]);
    check("swapcase", &[("This Is A.Test", "tHIS iS a.tEST")]);
}
