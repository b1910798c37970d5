//! What the case files can't ask Helm: objects, strict mode, our own messages.

use super::{Body, Call, Context, Error, Function, Param, TemplateSet, chart_message};
use crate::Host;
use crate::value::{Dict, Object, Value};
use serde_json::json;
use std::any::Any;
use std::rc::Rc;

struct StillHost;

impl Host for StillHost {
    fn now(&self) -> jiff::Zoned {
        jiff::Zoned::default()
    }

    fn random(&self, out: &mut [u8]) {
        out.fill(0);
    }
}

/// A struct with a field, a pointer method `String`, and methods.
struct Version;

impl Object for Version {
    fn type_name(&self) -> &str {
        "test.Version"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Major" => Some("1".into()),
            "Inner" => Some(Value::Object(Rc::new(Version))),
            _ => None,
        }
    }

    fn signature(&self, name: &str) -> Option<(&'static [Param], bool)> {
        (name == "Has").then_some((&[Param::Str], false))
    }

    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        match name {
            "Has" => Some(Ok(Value::Bool(args.first()?.as_str() == Some("apps/v1")))),
            "Count" => i64::try_from(args.len()).ok().map(Value::Int).map(Ok),
            "Broken" => Some(Err("it broke".into())),
            _ => None,
        }
    }

    fn print(&self) -> String {
        "{1}".into()
    }

    fn print_in_place(&self) -> Option<String> {
        Some("v1".into())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn fail(_call: &mut Call<'_>, args: &[Value]) -> Result<Value, String> {
    Err(chart_message(args[0].as_str().unwrap_or_default()))
}

static FUNCTIONS: &[Function] = &[Function {
    name: "fail",
    params: &[Param::Str],
    variadic: false,
    body: Body::Value(fail),
}];

fn render_with(text: &str, strict: bool) -> Result<String, Error> {
    let sources = [
        ("c/templates/_h.tpl", HELPERS),
        ("c/templates/a.yaml", text),
    ];
    let set = TemplateSet::parse(sources, &[FUNCTIONS])?;
    let mut data: Dict = [("v".into(), Value::Object(Rc::new(Version)))]
        .into_iter()
        .collect();
    data.insert("m", Value::from_json(&json!({"n": null, "s": "x"})));
    let mut context = Context::new(&StillHost);
    context.strict = strict;
    let mut out = String::new();
    set.execute("c/templates/a.yaml", &data.into(), &mut context, &mut out)?;
    Ok(out)
}

const HELPERS: &str = "{{- define \"inner\" }}\n\t{{ fail (printf \"no %s\" .m.s) }}\n{{ end }}\n\
                       {{- define \"outer\" }}{{ include \"inner\" . }}{{ end }}";

fn render(text: &str) -> String {
    match render_with(text, false) {
        Ok(out) => out,
        Err(error) => error.to_string(),
    }
}

#[test]
fn objects_have_fields_and_methods() {
    let at = "template: c/templates/a.yaml:1:5: executing \"c/templates/a.yaml\" at";
    let cases = [
        ("{{ .v.Major }}", "1".to_owned()),
        ("{{ .v.Inner.Major }}", "1".into()),
        (
            "{{ .v.Has \"apps/v1\" }}{{ .v.Has \"x\" }}",
            "truefalse".into(),
        ),
        ("{{ \"apps/v1\" | .v.Has }}", "true".into()),
        ("{{ if .v.Has \"apps/v1\" }}yes{{ end }}", "yes".into()),
        ("{{ .v.Count 1 2 3 }}", "3".into()),
        (
            "{{ .v.Has }}",
            format!("{at} <.v.Has>: wrong number of args for Has: want 1 got 0"),
        ),
        (
            "{{ .v.Nope }}",
            format!("{at} <.v.Nope>: can't evaluate field Nope in type interface {{}}"),
        ),
        (
            "{{ .v.Broken }}",
            format!("{at} <.v.Broken>: error calling Broken: it broke"),
        ),
        (
            "{{ .v.Major 1 }}",
            format!("{at} <.v.Major>: Major has arguments but cannot be invoked as function"),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(render(text), expected, "{text}");
    }
}

#[test]
fn a_field_prints_by_its_pointer_method_and_an_argument_does_not() {
    assert_eq!(
        render("{{ .v.Inner }} {{ print .v.Inner }} {{ .v }}"),
        "v1 {1} {1}"
    );
    assert_eq!(
        render("{{ $x := .v.Inner }}{{ $x }}{{ with .v.Inner }}{{ . }}{{ end }}"),
        "v1v1"
    );
}

#[test]
fn strict_mode_refuses_missing_keys() {
    let strict = |text| render_with(text, true).map_err(|error| error.cause().to_owned());
    assert_eq!(
        strict("{{ .m.q }}"),
        Err("map has no entry for key \"q\"".into())
    );
    assert_eq!(strict("{{ .m.n }}"), Ok(String::new()));
    assert_eq!(
        strict("{{ (.m.n).q }}"),
        Err("nil data; no entry for key \"q\"".into())
    );
}

#[test]
fn an_author_message_comes_out_alone() {
    let error = render_with("a: 1\nb: {{ include \"outer\" . }}", false).expect_err("an error");
    assert_eq!(
        error.to_string(),
        "execution error at (c/templates/a.yaml:2:6): no x"
    );
    assert_eq!(error.chart_message(), Some("no x"));
    let steps: Vec<_> = error
        .steps()
        .into_iter()
        .map(|step| (step.line, step.template))
        .collect();
    let names = ["c/templates/a.yaml", "outer", "inner"].map(|name| Some(name.to_owned()));
    assert_eq!(steps, [2, 4, 2].into_iter().zip(names).collect::<Vec<_>>());
    insta::assert_snapshot!(error.go_text(), @r#"template: c/templates/a.yaml:2:6: executing "c/templates/a.yaml" at <include "outer" .>: error calling include: template: c/templates/_h.tpl:4:24: executing "outer" at <include "inner" .>: error calling include: template: c/templates/_h.tpl:2:4: executing "inner" at <fail (printf "no %s" .m.s)>: error calling fail: no x"#);
    insta::assert_snapshot!(error.explain(), @r#"
    no x
      --> c/templates/_h.tpl:2:4
     2 | 	{{ fail (printf "no %s" .m.s) }}
       | 	   ^
      called from c/templates/_h.tpl:4:24: include "inner" .
      called from c/templates/a.yaml:2:6: include "outer" .
    "#);
}

#[test]
fn other_errors_are_explained_too() {
    let errors = [
        "{{ .m.s.x.y }}",
        "a\n{{ if }}",
        "{{ tpl \"{{ nope }}\" . }}",
    ];
    let texts = errors.map(|text| render_with(text, false).expect_err("an error").explain());
    insta::assert_snapshot!(texts.join("\n\n"), @r#"
    can't evaluate field x in type interface {}
      --> c/templates/a.yaml:1:5
     1 | {{ .m.s.x.y }}
       |      ^

    missing value for if
      --> c/templates/a.yaml:2
     2 | {{ if }}

    function "nope" not defined
      --> gotpl:1
     1 | {{ nope }}
      called from c/templates/a.yaml:1:3: tpl "{{ nope }}" .
    "#);
}
