//! Canaries: secret values (of Secrets, of the vault) that must not be found in anything that a whole run leaves behind: its
//! output at the highest verbosity, its errors, plans (unpacked), journals, recordings, previews.

use crate::controlplane::{self, ControlPlane};
use crate::main_job::{Desk, Said};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rollbook::sensitive::Sensitive;
use rollbook::vars::Vault;
use std::path::Path;

/// A value of the inventory that stands in a Secret.
const PLAIN: &str = "canary-secret-5c07";
/// Values of a vault: before and after it was changed, and of a file that is a vault as a whole.
const OLD: &str = "canary-old-8d1f/&x";
const NEW: &str = "canary-new '2b9e'+y";
const OF_FILE: &str = "canary-file-77aa";
/// A number of a vault.
const PIN: &str = "73195502";
const SECRETS: [&str; 5] = [PLAIN, OLD, NEW, OF_FILE, PIN];

/// They stand in Secrets, in literals of an environment, in URLs, in a header, in annotations, in
/// configuration of every kind, in hooks and notes, and in what containers say.
const CHART: [(&str, &str); 3] = [
    (
        "Chart.yaml",
        "apiVersion: v2\nname: birds\nversion: 1.0.0\n",
    ),
    ("templates/NOTES.txt", "Log in with {{ .Values.token }}\n"),
    (
        "templates/all.yaml",
        r#"apiVersion: v1
kind: Secret
metadata: {name: birds}
stringData: {password: {{ .Values.password | quote }}, token: {{ .Values.token | quote }}}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: birds
  annotations: {birds/url: "https://{{ .Values.file }}@example.net"}
data:
  mode: {{ .Values.mode | quote }}
  url: "postgres://app:{{ .Values.token | urlquery }}@db.example.net/app"
  whole: {{ .Values.url | quote }}
  pin: {{ .Values.pin | quote }}
  header: {{ printf "app:%s" .Values.token | b64enc | quote }}
  config.json: {{ dict "token" .Values.token "pin" .Values.pin | toJson | quote }}
  config.ini: |
    [app]
    token = {{ .Values.token }}
    mode = {{ .Values.mode }}
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
      annotations:
        mode: {{ .Values.mode | quote }}
        test/outcome: {{ .Values.outcome | quote }}
        test/logs: {{ printf "hello %s, %s\n" .Values.token .Values.password | quote }}
        test/logs-previous: {{ printf "panic: %s %s\n" .Values.token .Values.password | quote }}
    spec:
      containers:
        - name: birds
          image: registry.example.net/birds:1
          args: [--quiet, {{ printf "--token=%s" .Values.token | quote }}, {{ .Values.mode | quote }}]
          env:
            - {name: TOKEN, value: {{ .Values.token | quote }}}
            - {name: PASSWORD, value: {{ .Values.password | quote }}}
            - {name: FILE, value: {{ .Values.file | quote }}}
---
apiVersion: v1
kind: Pod
metadata:
  name: birds-test
  annotations:
    helm.sh/hook: test
    test/outcome: complete
    test/logs: {{ printf "tested %s, %s\n" .Values.token .Values.password | quote }}
spec:
  restartPolicy: Never
  containers: [{name: test, image: registry.example.net/birds:1, env: [{name: TOKEN, value: {{ .Values.token | quote }}}]}]
"#,
    ),
];

const HOSTS: &str = r#"all:
  vars:
    cluster: CLUSTER
    old: !vault |
OLD
    new: !vault |
NEW
    pin: !vault |
PIN
    token: "{{ new if which | default('old') == 'new' else old }}"
    release:
      name: birds
      chart: CHART
      create_namespace: true
      values: {password: canary-secret-5c07, token: "{{ token }}", mode: "{{ mode | default('a') }}", pin: "{{ pin | int }}",
               url: "redis://:{{ token | urlencode }}@cache", file: "{{ file }}", outcome: "{{ outcome | default('') }}"}
  children:
    clients: {hosts: {TARGET: }}
"#;

/// Tasks that say what they should not.
const TALK: &str = r#"- hosts: all
  tasks:
    - ansible.builtin.debug: {var: token}
    - ansible.builtin.debug: {msg: "it is {{ token }} and {{ file }}"}
    - ansible.builtin.debug: {var: release.values}
    - ansible.builtin.set_fact: {kept: "{{ token | b64encode }}"}
    - ansible.builtin.debug: {var: kept}
    - ansible.builtin.assert: {that: "token == 'x'", fail_msg: "{{ token }} is not x"}
      ignore_errors: true
    - ansible.builtin.fail: {msg: "{{ file }} is wrong"}
"#;

/// Everything that was printed so far.
struct Birds {
    desk: Desk,
    target: String,
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
        let target = plane.name("birds");
        let hosts = HOSTS
            .replace("CLUSTER", &cluster)
            .replace("CHART", &desk.arg("birds"))
            .replace("TARGET", &target)
            .replace("OLD\n", &vaulted(OLD))
            .replace("NEW\n", &vaulted(NEW))
            .replace("PIN\n", &vaulted(PIN));
        let vault = closed(&format!("file: {OF_FILE}\n"));
        std::fs::create_dir_all(desk.path("inventory/group_vars")).unwrap();
        std::fs::write(desk.path("inventory/group_vars/clients.yml"), vault).unwrap();
        std::fs::write(desk.path("inventory/hosts.yml"), hosts).unwrap();
        std::fs::write(desk.path("talk.yml"), TALK).unwrap();
        Birds {
            desk,
            target,
            heard: Vec::new(),
        }
    }

    fn call(&mut self, call: &str) -> Said {
        let call = call.replace("DESK/", &self.desk.arg(""));
        let words = call.split_whitespace().map(str::to_owned);
        let said = self.desk.rollbook(words);
        self.heard
            .push((call.clone(), format!("{}{}", said.out, said.err)));
        said
    }

    /// A verb over the inventory, with the vault's password, as loud as can be.
    fn over(&mut self, call: &str) -> Said {
        let common =
            "-i DESK/inventory --vault-password-file fixtures/inventory/vault/password -vvv";
        let call = call.replace("TARGET", &self.target);
        self.call(&format!("{call} {common}"))
    }
}

/// A vault with the password of `fixtures/inventory/vault`.
fn closed(plain: &str) -> String {
    let mut vault = Vault::default();
    vault.add(None, &Sensitive::new(b"pw".to_vec()));
    vault.close(plain.as_bytes()).unwrap().unwrap()
}

/// The same as a block of YAML.
fn vaulted(plain: &str) -> String {
    let closed = closed(plain);
    closed
        .lines()
        .map(|line| format!("      {line}\n"))
        .collect()
}

/// The ways in which a value may stand somewhere: as it is, in a URL, in JSON, in base64 from any of
/// three offsets (of which the first and last characters depend on what is beside it).
fn forms(secret: &str) -> Vec<String> {
    let escaped = |byte: u8| match byte {
        b'a'..=b'z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    let url: String = secret.bytes().map(escaped).collect();
    let json = secret.replace('&', "\\u0026").replace('\'', "\\u0027");
    let mut forms = vec![secret.to_owned(), json, url.replace("%20", "+"), url];
    for offset in 0..3 {
        let encoded = STANDARD.encode(format!("{}{secret}", &"abc"[..offset]));
        let whole = encoded.trim_end_matches('=');
        forms.push(whole[if offset == 0 { 0 } else { offset + 1 }..whole.len() - 2].to_owned());
    }
    forms
}

fn check(place: &str, bytes: &[u8]) {
    check_for(&SECRETS, place, bytes);
}

fn check_for(secrets: &[&str], place: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for form in secrets.iter().flat_map(|secret| forms(secret)) {
        let at = text.find(&form);
        let around = at.map(|at| text[at.saturating_sub(200)..at].to_owned());
        assert!(at.is_none(), "{form} in {place}, after: {around:?}");
    }
}

fn check_previews(directory: &Path) {
    assert!(directory.read_dir().unwrap().next().is_some());
    check_files(directory);
}

/// All files below, and what is packed in them. The inventory is where the secrets come from.
fn check_files(directory: &Path) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        // What is previewed lies in the midst of it.
        if path.ends_with("inventory") {
            check_previews(&path.join("previews"));
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
    change(&mut birds);
    look(&mut birds);
    for (call, heard) in &birds.heard {
        // An inventory is shown as it is written: what stands in it in plain is plain.
        let plain = usize::from(call.starts_with("inventory "));
        check_for(&SECRETS[plain..], call, heard.as_bytes());
    }
    check_files(&birds.desk.path(""));
}

/// Plans, runs, a failure.
fn change(birds: &mut Birds) {
    birds.over("plan --diff --show full").done();
    birds.over("apply -y --diff").done();
    // Another password: of the old one only the cluster knows.
    let plan = birds.over("plan -e which=new --diff --show full").done();
    for line in [
        "- --token=(secret",
        "value: (secret",
        "url: postgres://app:(secret",
    ] {
        assert!(plan.contains(line), "a change shows: {plan}");
    }
    birds.over("plan -e which=new --format json").done();
    birds
        .over("plan -e which=new -e mode=b --diff --show full --out DESK/saved.plan")
        .done();
    birds.call("apply DESK/saved.plan --diff -vvv").done();
    for format in ["text", "json"] {
        let call = format!("apply -y -e which=new -e mode=c-{format} -e outcome=crashloop --diff");
        let failed = birds.over(&format!("{call} --format {format}"));
        assert_ne!(failed.code, 0, "{}", failed.out);
        assert!(failed.out.contains("panic: (secret)"), "{}", failed.out);
    }
    birds.over("plan -e mode=b --format json").done();
}

/// What is asked of a fleet, and a way back.
fn look(birds: &mut Birds) {
    let tested = birds.over("test --logs -e which=new TARGET").done();
    assert!(tested.contains("tested (secret), (secret)"), "{tested}");
    birds.over("status").done();
    birds.over("history TARGET").done();
    birds.over("inventory host TARGET");
    birds.over("inventory list");
    for key in [
        "",
        "token",
        "release.values.token",
        "release.values.url",
        "file",
    ] {
        for format in ["text", "json"] {
            let call = format!("inventory explain TARGET {key} --format {format}");
            birds.over(&call);
        }
    }
    for format in ["text", "json"] {
        let talk = format!("apply DESK/talk.yml -y --format {format}");
        let said = birds.over(&talk);
        assert_eq!(said.code, 2, "{}{}", said.out, said.err);
    }
    birds
        .over("record -e which=new --out DESK/recording")
        .done();
    birds
        .over("preview -e which=new playbooks/update.yml --accept")
        .done();
    // Back to what crashed.
    assert_eq!(birds.over("backout --all -y --diff").code, 2);
    birds.call("runs").done();
    birds.call("runs --format json").done();
    for run in rollbook::journal::list(&birds.desk.path("state")) {
        birds.call(&format!("runs show {run} --format json")).done();
        birds.call(&format!("runs show {run} -vvv")).done();
    }
}
