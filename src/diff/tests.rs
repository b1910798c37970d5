use super::*;
use crate::manifest::Gvk;
use crate::manifest::schema::Schema;
use serde_json::{Value, json};

fn shown(old: &Value, new: &Value) -> String {
    let schema = Schema::default();
    let at = schema.place(&Gvk::new("apps/v1", "Deployment"));
    let lines: Vec<String> = object(old, new, at)
        .iter()
        .flat_map(|h| h.lines().collect::<Vec<_>>())
        .collect();
    lines.join("\n")
}

fn deployment(edit: impl FnOnce(&mut Value)) -> Value {
    let mut object = json!({"metadata": {"name": "web", "labels": {"helm.sh/chart": "web-1"}}, "spec": {"replicas": 2, "template": {"spec": {
        "containers": [{"name": "app", "image": "app:1", "args": ["a", "b"], "resources": {"limits": {"cpu": "1", "memory": "3Gi"}}},
            {"name": "side", "image": "side:1", "env": [{"name": "A", "value": "1"}]}]}}}});
    edit(&mut object);
    object
}

#[test]
fn a_container_with_its_parents() {
    let new = deployment(|o| {
        let app = &mut o["spec"]["template"]["spec"]["containers"][0];
        app["image"] = json!("app:2");
        app["resources"]["limits"]["memory"] = json!("4Gi");
        o["spec"]["replicas"] = json!(3);
    });
    insta::assert_snapshot!(shown(&deployment(|_| {}), &new), @r"
    @@ spec @@
    - replicas: 2
    + replicas: 3
    @@ spec.template.spec.containers[name=app] @@
    - image: app:1
    + image: app:2
      name: app
      resources:
        limits:
    -     memory: 3Gi
    +     memory: 4Gi
    ");
}

#[test]
fn items_come_and_go() {
    let new = deployment(|o| {
        let containers = &mut o["spec"]["template"]["spec"]["containers"];
        containers[1]["env"] = json!([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]);
        containers[0]["args"] = json!(["a"]);
    });
    insta::assert_snapshot!(shown(&deployment(|_| {}), &new), @r#"
    @@ spec.template.spec.containers[name=app] @@
      args:
    - - b
      name: app
    @@ spec.template.spec.containers[name=side] @@
      env:
    + - name: B
    +   value: "2"
      name: side
    "#);
}

#[test]
fn a_text_of_several_lines_is_compared_line_by_line() {
    let ini = |size: u8| json!({"data": {"app.ini": format!("[General]\nMaxStringSize={size}\nother=1\n"), "x": "1"}});
    insta::assert_snapshot!(shown(&ini(1), &ini(10)), @r#"
    @@ data["app.ini"] @@
    - MaxStringSize=1
    + MaxStringSize=10
    "#);
}

#[test]
fn a_map_that_was_not_there() {
    let new = deployment(|o| o["metadata"]["annotations"] = json!({"a/b": "c"}));
    insta::assert_snapshot!(shown(&deployment(|_| {}), &new), @r"
    @@ metadata @@
    + annotations:
    +   a/b: c
    ");
}

#[test]
fn noise_is_classified() {
    let schema = Schema::default();
    let at = schema.place(&Gvk::new("apps/v1", "Deployment"));
    let of = |edit: &dyn Fn(&mut Value)| noise(&deployment(|_| {}), &deployment(edit), at);
    assert_eq!(of(&|_| {}), None);
    let label = |o: &mut Value| o["metadata"]["labels"]["helm.sh/chart"] = json!("web-2");
    assert_eq!(of(&label), Some(Noise::ChartLabel));
    let template = |o: &mut Value| o["spec"]["template"]["metadata"] = json!({"annotations": {}});
    assert_eq!(of(&template), None);
    let limits = |o: &mut Value| {
        o["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"] =
            json!("3072Mi");
    };
    assert_eq!(of(&limits), Some(Noise::Quantity));
    let args = |o: &mut Value| {
        o["spec"]["template"]["spec"]["containers"][0]["args"] = json!(["b", "a"]);
    };
    assert_eq!(of(&args), Some(Noise::Order));
    let both = |o: &mut Value| {
        label(o);
        o["spec"]["replicas"] = json!(1);
    };
    assert_eq!(of(&both), None);
}

#[test]
fn checksums_are_noise() {
    let schema = Schema::default();
    let at = schema.place(&Gvk::new("apps/v1", "Deployment"));
    let with = |sum: &str| json!({"spec": {"template": {"metadata": {"annotations": {"checksum/config": sum}}}}});
    assert_eq!(noise(&with("a"), &with("b"), at), Some(Noise::Checksum));
}

#[test]
fn fact_26_names_of_the_target_are_taken_out() {
    let names = ["c2a7dv", "c2"];
    assert_eq!(
        neutral("host c2a7dv.example.net/c2 c2x", &names),
        "host <target>.example.net/<target> c2x"
    );
    assert_eq!(neutral("- (secret 9f3c)", &names), "- (secret)");
}

#[test]
fn a_patch_leads_from_one_to_the_other() {
    let (old, new) = (
        deployment(|_| {}),
        deployment(|o| o["spec"]["replicas"] = json!(5)),
    );
    assert_eq!(
        patch(&old, &new),
        json!([{"op": "replace", "path": "/spec/replicas", "value": 5}])
    );
}

#[test]
fn step_1f_content_is_without_what_the_server_writes() {
    let live = json!({"metadata": {"name": "a", "uid": "u", "managedFields": [], "annotations": {"deployment.kubernetes.io/revision": "1"}}, "status": {}});
    assert_eq!(content(&live), json!({"metadata": {"name": "a"}}));
}

#[test]
fn text_has_three_lines_of_context() {
    let hunks = text("a\nb\nc\nd\ne\nf\n", "a\nb\nc\nd\ne\ng\n");
    let lines: Vec<String> = hunks
        .iter()
        .flat_map(|h| h.lines().collect::<Vec<_>>())
        .collect();
    assert_eq!(lines, ["  c", "  d", "  e", "- f", "+ g"]);
}

#[test]
fn an_item_that_leaves_out_a_default_of_its_key() {
    let schema = Schema::default();
    let at = schema.place(&Gvk::new("v1", "Service"));
    let service = |port: u32| json!({"spec": {"ports": [{"port": 80, "nodePort": port}]}});
    let hunks = object(&service(31044), &service(31045), at);
    let lines: Vec<String> = hunks.iter().flat_map(Hunk::lines).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    @@ spec.ports[port=80,protocol=TCP] @@
    - nodePort: 31044
    + nodePort: 31045
      port: 80
    ");
}
