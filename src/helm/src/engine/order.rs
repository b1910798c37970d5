//! The order in which Helm installs and uninstalls kinds.

/// Helm's install order; kinds that are not here come last, by name.
const INSTALL: [&str; 36] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
];

/// What Helm 4 puts behind them.
const INSTALL_4: [&str; 2] = [
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// The place of a kind in an install: compare these, keep equal ones in order.
pub fn install_rank(kind: &str, webhooks: bool) -> (usize, &str) {
    let known = || INSTALL.iter().chain(INSTALL_4.iter().filter(|_| webhooks));
    match known().position(|name| *name == kind) {
        Some(at) => (at, ""),
        None => (usize::MAX, kind),
    }
}

/// The place of a kind in an uninstall: install order turned round, unknown
/// kinds still last.
pub fn uninstall_rank(kind: &str, webhooks: bool) -> (usize, &str) {
    match install_rank(kind, webhooks) {
        (usize::MAX, kind) => (usize::MAX, kind),
        (at, _) => (INSTALL.len() + INSTALL_4.len() - at, ""),
    }
}
