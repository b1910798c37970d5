//! Canaries: secret values (of Secrets, of the vault) that must not be found in anything that a whole run leaves behind: its
//! output at the highest verbosity, its errors, plans (unpacked), journals, recordings, previews.

use crate::controlplane::{self, ControlPlane};
use crate::main_job::{Desk, Said};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::path::Path;

/// A value of the inventory that stands in a Secret, and one of the vault that does.
const SECRETS: [&str; 2] = ["canary-secret-5c07", "canary-vaulted-8d1f"];

const CHART: [(&str, &str); 2] = [
    (
        "Chart.yaml",
        "apiVersion: v2\nname: birds\nversion: 1.0.0\n",
    ),
    (
        "templates/all.yaml",
        r#"apiVersion: v1
kind: Secret
metadata: {name: birds}
stringData: {password: {{ .Values.password | quote }}, token: {{ .Values.token | quote }}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: birds}
data: {mode: {{ .Values.mode | quote }}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: birds}
spec:
  replicas: 1
  selector: {matchLabels: {app: birds}}
  template:
    metadata:
      labels: {app: birds}
      annotations: {mode: {{ .Values.mode | quote }}, test/outcome: {{ .Values.outcome | quote }}}
    spec:
      containers:
        - name: birds
          image: registry.example.net/birds:1
          env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: birds, key: token}}}]
"#,
    ),
];

const HOSTS: &str = r#"all:
  vars:
    cluster: CLUSTER
    token: !vault |
      $ANSIBLE_VAULT;1.1;AES256
      39343730646364656563393365616133396166653261613135326665383332353365346634366431
      6663303065366133323134303237303562393062646231610a393631336438373461623961666636
      32653165373936316431393266386463343230623731363133353834336365343631613534346565
      3233393933363865340a323235316433353136633731633739333263313062366466316434353162
      33323737376263323463303766343937323030333062643364353261636331656332
    release:
      name: birds
      chart: CHART
      create_namespace: true
      values: {password: canary-secret-5c07, token: "{{ token }}", mode: "{{ mode | default('a') }}",
               outcome: "{{ outcome | default('') }}"}
  children:
    clients: {hosts: {TARGET: }}
"#;

/// Everything that was printed so far.
struct Birds {
    desk: Desk,
    heard: Vec<(String, String)>,
}

impl Birds {
    fn new(plane: &ControlPlane) -> Birds {
        let desk = Desk::new();
        std::fs::create_dir_all(desk.path("birds/templates")).unwrap();
        for (name, text) in CHART {
            std::fs::write(desk.path("birds").join(name), text).unwrap();
        }
        let cluster = format!(
            "{{context: test, kubeconfig: {}}}",
            plane.kubeconfig().display()
        );
        let hosts = HOSTS
            .replace("CLUSTER", &cluster)
            .replace("CHART", &desk.arg("birds"))
            .replace("TARGET", &plane.name("birds"));
        std::fs::create_dir(desk.path("inventory")).unwrap();
        std::fs::write(desk.path("inventory/hosts.yml"), hosts).unwrap();
        Birds {
            desk,
            heard: Vec::new(),
        }
    }

    fn call(&mut self, call: &str) -> Said {
        let call = call.replace("DESK/", &self.desk.arg(""));
        let words = call.split(' ').map(str::to_owned);
        let said = self.desk.rollbook(words);
        self.heard
            .push((call.clone(), format!("{}{}", said.out, said.err)));
        said
    }

    /// A verb over the inventory, with the vault's password, as loud as can be.
    fn over(&mut self, call: &str) -> Said {
        let common =
            "-i DESK/inventory --vault-password-file fixtures/inventory/vault/password -vvv";
        let (verb, rest) = call.split_once(' ').unwrap_or((call, ""));
        self.call(format!("{verb} {common} {rest}").trim_end())
    }
}

/// The ways in which a value may stand somewhere.
fn forms(secret: &str) -> [String; 2] {
    [secret.to_owned(), STANDARD.encode(secret)]
}

fn check(place: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for form in SECRETS.iter().flat_map(|secret| forms(secret)) {
        let at = text.find(&form);
        let around = at.map(|at| text[at.saturating_sub(200)..at].to_owned());
        assert!(at.is_none(), "{form} in {place}, after: {around:?}");
    }
}

/// All files below, and what is packed in them. The inventory is where the secrets come from.
fn check_files(directory: &Path) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("inventory") {
            continue;
        }
        if path.is_dir() {
            check_files(&path);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let place = path.display().to_string();
        check(&place, &bytes);
        // Every place where a zstd frame may begin, gzip alike.
        for at in 0..bytes.len().saturating_sub(4) {
            if bytes[at..].starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
                let mut unpacked = Vec::new();
                let mut reader = zstd::Decoder::new(&bytes[at..]).unwrap().single_frame();
                if std::io::Read::read_to_end(&mut reader, &mut unpacked).is_ok() {
                    check(&format!("{place}, unpacked at {at}"), &unpacked);
                }
            }
        }
    }
}

#[test]
fn secrets_are_in_nothing_that_a_run_leaves_behind() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let mut birds = Birds::new(plane);
    birds.over("plan --diff --show full").done();
    birds.over("apply -y --diff").done();
    birds
        .over("plan -e mode=b --diff --show full --out DESK/saved.plan")
        .done();
    birds.call("apply DESK/saved.plan --diff -vvv").done();
    let failed = birds.over("apply -y -e mode=c -e outcome=crashloop --format json");
    assert_ne!(failed.code, 0, "{}", failed.out);
    birds.over("plan -e mode=b --format json").done();
    birds.over("status").done();
    birds.over("inventory explain").code.to_string();
    birds.over("record --out DESK/recording").done();
    birds.over("preview playbooks/update.yml --accept").done();
    birds.over("backout --all -y --diff").done();
    birds.call("runs").done();
    birds.call("runs --format json").done();
    for run in rollbook::journal::list(&birds.desk.path("state")) {
        birds.call(&format!("runs show {run} --format json")).done();
    }
    for (call, heard) in &birds.heard {
        check(call, heard.as_bytes());
    }
    check_files(&birds.desk.path(""));
}
