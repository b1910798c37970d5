//! No template may crash or hang the process.

use super::support::{StillHost, on_large_stack};
use helm::chart::{Chart, File, Profile, UserValues};
use helm::engine::RenderOptions;
use helm::sprig::chapters;
use helm::template::{Context, Error, TemplateSet};
use helm::value::Value;
use serde_json::json;

/// Renders one template, with limits low enough for a test.
fn render(text: &str) -> Result<String, String> {
    run(text).map_err(|error| error.to_string())
}

fn run(text: &str) -> Result<String, Error> {
    on_large_stack(|| {
        let set = TemplateSet::parse([("c/t", text)], chapters());
        let set = set?;
        let mut context = Context::new(&StillHost);
        context.limits.steps = 20_000;
        context.limits.output = 1 << 20;
        context.limits.nodes = 2_000_000;
        let (mut out, data) = (String::new(), Value::from_json(&json!({"a": [1, 2, 3]})));
        set.execute("c/t", &data, &mut context, &mut out)?;
        Ok(out)
    })
}

fn error(text: &str) -> String {
    render(text).expect_err("an error")
}

#[test]
fn recursive_include_ends_as_in_helm() {
    let error = error("{{ define \"t\" }}{{ include \"t\" . }}{{ end }}{{ include \"t\" . }}");
    let start = "template: c/t:1:47: executing \"c/t\" at <include \"t\" .>: error calling include: \
                 template: c/t:1:19: executing \"t\" at <include \"t\" .>: error calling include: ";
    let end = "at <include \"t\" .>: error calling include: rendering template has a nested \
               reference name: t: unable to execute template";
    assert!(error.starts_with(start), "{}", &error[..300]);
    assert!(error.ends_with(end), "{}", &error[error.len() - 300..]);
    assert_eq!(error.matches("error calling include").count(), 1002);
}

#[test]
fn recursive_template_ends() {
    let error = error("{{ define \"t\" }}{{ template \"t\" . }}{{ end }}{{ template \"t\" . }}");
    assert!(
        error.ends_with("exceeded maximum template depth (100000)"),
        "{error}"
    );
}

#[test]
fn recursive_tpl_ends() {
    let error = error("{{ $t := \"{{ tpl .t . }}\" }}{{ tpl $t (dict \"t\" $t) }}");
    assert!(error.ends_with("exceeded maximum template depth (100000)"));
}

/// Found by fuzzing: Helm 4's words for a chain of thousands of calls took minutes.
#[test]
fn a_long_chain_is_told_in_the_words_of_either_helm() {
    let error = run("{{ $t := \"{{ tpl .t . }}\" }}{{ tpl $t (dict \"t\" $t) }}");
    let error = error.expect_err("an error");
    assert!(error.steps().len() > 1000);
    // With what Helm says between the calls it is no chain that Helm 4 takes apart.
    assert!(error.clone().stacked().to_string() == error.to_string());
}

#[test]
fn long_loops_end() {
    let error = error("{{ range 100000000 }}{{ range 100000000 }}{{ end }}{{ end }}");
    assert!(error.ends_with("more than 20000 loop iterations and template calls"));
}

#[test]
fn many_calls_end() {
    let mut text = String::from("{{ define \"t0\" }}{{ end }}");
    for level in 1..40 {
        let below = level - 1;
        text += &format!(
            "{{{{ define \"t{level}\" }}}}{{{{ include \"t{below}\" . }}}}{{{{ include \"t{below}\" . }}}}{{{{ end }}}}"
        );
    }
    text += "{{ include \"t39\" . }}";
    assert!(error(&text).ends_with("more than 20000 loop iterations and template calls"));
}

#[test]
fn growing_text_ends() {
    let error = error("{{ $x := \"ab\" }}{{ range 64 }}{{ $x = print $x $x }}{{ end }}");
    assert!(error.ends_with("output is longer than the limit of 1048576 bytes"));
}

#[test]
fn growing_output_ends() {
    let error = error("{{ range 20000 }}{{ printf \"%1000d\" 1 }}{{ end }}");
    assert!(error.ends_with("output is longer than the limit of 1048576 bytes"));
}

#[test]
fn deep_blocks_end_at_parse_time() {
    let text = "{{ if . }}".repeat(100_000);
    assert_eq!(
        error(&text),
        "parse error at (c/t:1): max expression depth exceeded"
    );
}

#[test]
fn deep_parentheses_end_at_parse_time() {
    let text = format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(
        error(&text),
        "parse error at (c/t:1): max expression depth exceeded"
    );
}

/// Parsing fits a thread of 2 MiB, which is what test threads have.
#[test]
fn parsing_needs_little_stack() {
    let text = "{{ if (print (print 1)) }}".repeat(10_000);
    assert!(TemplateSet::parse([("c/t", &*text)], chapters()).is_err());
}

#[test]
fn a_dict_in_itself_is_printed_to_a_depth() {
    let text = "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $d }}";
    assert!(render(text).is_ok_and(|out| out.contains("...")));
}

#[test]
fn deep_values_are_dropped() {
    let text = "{{ $d := dict }}{{ range 19000 }}{{ $d = dict \"d\" $d }}{{ end }}{{ len $d }}";
    assert_eq!(render(text), Ok("1".into()));
}

#[test]
fn steps_are_shared_by_the_files_of_a_render() {
    let set = TemplateSet::parse([("c/t", "{{ range 60 }}{{ end }}")], chapters());
    let set = set.expect("a set");
    let mut context = Context::new(&StillHost);
    context.limits.steps = 100;
    let mut out = String::new();
    assert!(
        set.execute("c/t", &Value::Nil, &mut context, &mut out)
            .is_ok()
    );
    assert!(
        set.execute("c/t", &Value::Nil, &mut context, &mut out)
            .is_err()
    );
}

/// A dict that holds another twice, and so on, is small and endless to walk.
const ENDLESS: &str = "{{ $d := dict }}{{ range 60 }}{{ $d = dict \"a\" $d \"b\" $d }}{{ end }}\
                       {{ $e := dict }}{{ range 60 }}{{ $e = dict \"a\" $e \"b\" $e }}{{ end }}";

/// Why a chart of one template fails, with the limits that renders have.
fn chart_error(text: &str) -> String {
    on_large_stack(|| {
        let about = "apiVersion: v2\nname: c\nversion: 0.1.0\n";
        let files = [("Chart.yaml", about), ("templates/a.yaml", text)];
        let files = files.map(|(name, text)| File::new(name, text.as_bytes()));
        let chart = Chart::load(files.to_vec()).expect("a chart");
        let options = RenderOptions::new("rel", "default", Profile::HELM_3);
        let rendered = helm::engine::render(&chart, &UserValues::default(), &options, &StillHost);
        rendered.expect_err("an error").to_string()
    })
}

#[test]
fn endlessly_shared_values_are_refused_by_whoever_walks_them() {
    let walks = [
        "$d",
        "toYaml $d",
        "toJson $d",
        "toToml $d",
        "printf \"%v\" $d",
        "quote $d",
        "deepCopy $d | len",
        "deepEqual $d $e",
        "merge $d $e | len",
        "mergeOverwrite $d $e | len",
    ];
    let why = "the value has more than 1000000 parts, counting each place it is in";
    for walk in walks {
        let error = chart_error(&format!("{ENDLESS}{{{{ {walk} }}}}"));
        assert!(error.ends_with(why), "{walk}: {error}");
    }
}

#[test]
fn dicts_in_themselves_are_not_merged() {
    let text = "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $e := dict }}\
                {{ $_ := set $e \"d\" $e }}{{ merge $d $e | len }}";
    assert!(error(text).ends_with("error calling merge: the dicts nest without an end"));
}

/// Many walks, each of which would be fine, are too many in the end.
#[test]
fn walks_are_counted_together() {
    let text = "{{ $d := dict }}{{ range 15 }}{{ $d = dict \"a\" $d \"b\" $d }}{{ end }}\
                {{ range 10000 }}{{ $_ := deepCopy $d }}{{ end }}";
    assert!(error(text).ends_with("functions looked at more than 2000000 values"));
}
