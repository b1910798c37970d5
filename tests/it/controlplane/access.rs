//! Kubeconfigs of people and service accounts with fewer rights than the administrator.

use super::ControlPlane;
use std::path::{Path, PathBuf};

impl ControlPlane {
    /// A person without any rights.
    pub fn kubeconfig_of_alice(&self) -> PathBuf {
        self.run.join("kubeconfig.alice")
    }

    /// Another one, whose only right is what a test of theirs gives them.
    pub fn kubeconfig_of_bob(&self) -> PathBuf {
        self.with_token("bob", "bob-token")
    }

    /// The service account of `fixtures/rbac/<name>.yaml`, which the file binds to its role.
    pub fn kubeconfig_of(&self, account: &str) -> PathBuf {
        let manifest =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/rbac/{account}.yaml"));
        self.kubeconfig_of_manifest(&manifest, &format!("rollbook-{account}"))
    }

    /// A service account of a manifest.
    pub fn kubeconfig_of_manifest(&self, manifest: &Path, account: &str) -> PathBuf {
        let manifest = manifest.to_string_lossy();
        self.kubectl(&["apply", "--server-side", "-f", &manifest]);
        let token = self.kubectl(&["-n", "rollbook", "create", "token", account]);
        self.with_token(account, token.trim())
    }

    fn with_token(&self, name: &str, token: &str) -> PathBuf {
        let alice = std::fs::read_to_string(self.kubeconfig_of_alice()).expect("up.sh wrote it");
        let path = self.run.join(format!("kubeconfig.{name}"));
        let mine = alice.replace("alice-token", token);
        std::fs::write(&path, mine).expect("the run directory is ours");
        path
    }
}

/// Sends a ConfigMap as somebody; says whether it was accepted and what was answered.
fn apply(plane: &ControlPlane, kubeconfig: &Path, namespace: &str, flag: &str) -> (bool, String) {
    let config_map = r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "sent"}}"#;
    let mut command = plane.command("kubectl");
    command
        .args(["apply", "--server-side", "-f", "-", "-n", namespace, flag])
        .env("KUBECONFIG", kubeconfig);
    let output = super::feed(&mut command, config_map);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), text)
}

#[test]
fn a_dry_run_account_can_dry_run_and_nothing_else() {
    let Some(plane) = super::require() else {
        return;
    };
    let namespace = plane.namespace("rbac");
    let account = plane.kubeconfig_of("dry-run");
    let (accepted, text) = apply(plane, &account, &namespace, "--dry-run=server");
    assert!(accepted, "{text}");
    // The API server takes a second or two to learn of a new policy.
    let denied = (0..2000).find_map(|_| {
        let (accepted, text) = apply(plane, &account, &namespace, "--dry-run=none");
        (!accepted).then_some(text)
    });
    let text = denied.expect("a real write must be denied");
    assert!(
        text.contains("this account may only send dry runs"),
        "{text}"
    );
}

#[test]
fn a_read_account_and_alice_cannot_even_dry_run() {
    let Some(plane) = super::require() else {
        return;
    };
    let namespace = plane.namespace("rbac");
    for account in [plane.kubeconfig_of("read"), plane.kubeconfig_of_alice()] {
        let (accepted, text) = apply(plane, &account, &namespace, "--dry-run=server");
        assert!(!accepted && text.contains("forbidden"), "{text}");
    }
}

#[test]
fn takes_manifests_on_stdin() {
    let Some(plane) = super::require() else {
        return;
    };
    let namespace = plane.namespace("stdin");
    let made = plane.kubectl_with(
        &["apply", "-n", &namespace, "-f", "-"],
        r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "made"}}"#,
    );
    assert_eq!(made, "configmap/made created\n");
}
