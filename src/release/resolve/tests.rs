use super::*;
use crate::files::MemoryFiles;
use crate::inventory::{Sources, load};
use crate::vars::Vault;
use crate::yaml::shown_in_tests;
use serde_json::json;

fn fleet(text: &str) -> Arc<Fleet> {
    let mut files = MemoryFiles::default();
    for file in text.split("== ").skip(1) {
        let (path, content) = file.split_once('\n').unwrap();
        files.insert(path, content.as_bytes());
    }
    let vault = Vault::default();
    let request = Sources {
        sources: &["inv".to_owned()],
        playbook_dir: None,
        unseal: &vault,
    };
    let inventory = load(&files, &request).unwrap();
    Fleet::new(inventory, Arc::default(), Arc::new(vault)).unwrap()
}

fn resolved(fleet: &Arc<Fleet>, host: &str) -> Result<TargetSpec, Diagnostics> {
    resolve(&Templar::new(fleet.scope(host)), &None)
}

const FLEET: &str = "== inv/group_vars/all.yml
cluster: {context: prod-sp, uid: 5f0c1e9a}
limits: {max_targets: 50}
conflicts: {default: keep, rules: [{managers: [kubectl-edit], paths: [/spec/replicas], policy: take}]}
ignore: [{kind: Deployment, manager: sleeper, path: /spec/replicas}]
release:
  chart: web
  repo: https://charts.example.net
  version: 1.2.3
  values_files: [values/web.yml]
  values: {image: {tag: '{{ release.version }}', pull: Always}, hosts: [a, b], node: {x: 1}}
extra: {more: {deep: '{{ inventory_hostname }}'}}
== inv/hosts.yml
clients:
  hosts:
    c1:
    c2:
      namespace: other
      release: {version: 1.3.0, name: web2, create_namespace: true, values: {image: {pull: ~}, hosts: [c], node: ~}}
    c3: {release: {values: '{{ extra }}'}}
    c4: {release: {state: absent}, cluster: {recording: demo}}
";

#[test]
fn fields_merge_along_the_layers_and_values_by_helms_rule() {
    let fleet = fleet(FLEET);
    let c1 = resolved(&fleet, "c1").unwrap();
    assert_eq!((&*c1.namespace, &*c1.release.name), ("c1", "c1"));
    assert_eq!(
        c1.release.values,
        json!({"image": {"tag": "1.2.3", "pull": "Always"}, "hosts": ["a", "b"], "node": {"x": 1}})
    );
    assert_eq!(c1.release.values_files, [Arc::from("inv/values/web.yml")]);
    assert_eq!(c1.guard.limits.max_targets, Some(50));
    assert_eq!(c1.guard.conflicts.default, OnConflict::Keep);
    assert_eq!(c1.guard.conflicts.rules[0].policy, OnConflict::Take);
    let replicas = manifest::Path::fields(&["spec", "replicas"]);
    assert_eq!(c1.guard.ignore[0].path, Some(replicas));

    let c2 = resolved(&fleet, "c2").unwrap();
    assert_eq!((&*c2.namespace, &*c2.release.name), ("other", "web2"));
    assert_eq!(
        c2.release.values,
        json!({"image": {"tag": "1.3.0", "pull": null}, "hosts": ["c"], "node": null})
    );
    assert!(c2.release.create_namespace);
    let place = |path: &[&str]| format!("{:?}", c2.release.place_of(path).unwrap());
    assert_eq!(place(&["image", "tag"]), "inv/group_vars/all.yml:10:25");
    assert_eq!(place(&["hosts"]), "inv/hosts.yml:6:103");

    let c3 = resolved(&fleet, "c3").unwrap();
    assert_eq!(
        c3.release.values["more"],
        json!({"deep": "c3"}),
        "a template that gives a mapping merges like one"
    );
    assert_eq!(c3.release.values["hosts"], json!(["a", "b"]));

    let c4 = resolved(&fleet, "c4").unwrap();
    assert_eq!(c4.release.state, ReleaseState::Absent);
    assert_eq!(c4.cluster.connection, Connection::Recording("demo".into()));
}

#[test]
fn all_faults_of_a_target_are_told_with_their_places() {
    let cases = [
        "c2a7dv: {release: {vesion: 12.1.2410}}",
        "c: {release: {version: 12.1, state: presnt, values: [], values_files: 1, values_from: relese}}",
        "c: {release: {chart: ''}, cluster: {context: a, recording: b}, limits: {max_target: 5}}",
        "c: {cluster: {contxt: a, uid: 50000000}, conflicts: {default: kepe, rules: [{policies: 1}]}, ignore: 1}",
        "c: {conflicts: {rules: [{paths: [spec.replicas], policy: take}]}, ignore: [{path: replicas}]}",
        "c: {release: web}",
        "c: {release: {values: {a: '{{ nope }}'}}}",
        "c: {namespace: 5, cluster: }",
    ];
    let mut text = String::new();
    for case in cases {
        let files = format!(
            "== inv/group_vars/all.yml\ncluster: {{context: x}}\nrelease: {{chart: web}}\n== inv/hosts.yml\nall:\n  hosts:\n    {case}\n"
        );
        let fleet = fleet(&files);
        let host = case.split(':').next().unwrap();
        text += &format!(
            "{}--\n",
            shown_in_tests(&resolved(&fleet, host).unwrap_err())
        );
    }
    insta::assert_snapshot!(text);
}

#[test]
fn the_faults_of_all_targets_are_gathered_each_with_its_target() {
    let fleet =
        fleet("== inv/hosts.yml\nall: {vars: {release: {chrt: web}}, hosts: {'c[1:9]': }}\n");
    let hosts: Vec<Arc<str>> = fleet
        .inventory()
        .hosts()
        .map(|host| host.name.clone())
        .collect();
    let faults = resolve_all(&fleet, &hosts, &None).unwrap_err();
    let targets: Vec<_> = faults
        .0
        .iter()
        .filter_map(|f| f.target.as_deref())
        .collect();
    // What has a place of its own is told by it, once for all of them.
    assert_eq!((faults.0.len(), targets.len()), (27, 9));
    assert_eq!(&targets[..3], ["c1", "c2", "c3"]);
    let flag = Some(Arc::new(ClusterRef {
        connection: Connection::InCluster,
        uid: None,
    }));
    let faults = resolve_all(&fleet, &hosts, &flag).unwrap_err();
    assert_eq!(faults.0.len(), 18, "the cluster is named now");
}
