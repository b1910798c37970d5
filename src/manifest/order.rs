//! The order of apply and of delete: Helm's tables.

use super::Object;

/// The kinds in Helm's install order. Kinds that are not here come last, by name.
const INSTALL: [&str; 38] = [
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
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// The kinds in Helm's uninstall order, which is not the install order reversed.
const UNINSTALL: [&str; 38] = [
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "Ingress",
    "IngressClass",
    "Service",
    "CronJob",
    "Job",
    "StatefulSet",
    "HorizontalPodAutoscaler",
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "Pod",
    "DaemonSet",
    "RoleBindingList",
    "RoleBinding",
    "RoleList",
    "Role",
    "ClusterRoleBindingList",
    "ClusterRoleBinding",
    "ClusterRoleList",
    "ClusterRole",
    "CustomResourceDefinition",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
    "ConfigMap",
    "SecretList",
    "Secret",
    "ServiceAccount",
    "PodDisruptionBudget",
    "PodSecurityPolicy",
    "LimitRange",
    "ResourceQuota",
    "NetworkPolicy",
    "Namespace",
    "PriorityClass",
];

/// Sorts into install order; equal kinds keep their order.
pub fn install_order<O: AsRef<Object>>(objects: &mut [O]) {
    objects.sort_by(|a, b| rank(&INSTALL, a.as_ref()).cmp(&rank(&INSTALL, b.as_ref())));
}

/// Sorts into uninstall order; equal kinds keep their order.
pub fn uninstall_order<O: AsRef<Object>>(objects: &mut [O]) {
    objects.sort_by(|a, b| rank(&UNINSTALL, a.as_ref()).cmp(&rank(&UNINSTALL, b.as_ref())));
}

fn rank<'o>(order: &[&str], object: &'o Object) -> (usize, &'o str) {
    let kind = &*object.id.kind;
    match order.iter().position(|known| *known == kind) {
        Some(at) => (at, ""),
        None => (order.len(), kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{parse, schema::Schema};
    use std::sync::Arc;

    fn sorted(kinds: &[&str], sort: fn(&mut [Arc<Object>])) -> String {
        let text =
            |kind: &&str| format!("---\napiVersion: v1\nkind: {kind}\nmetadata: {{name: x}}\n");
        let text: String = kinds.iter().map(text).collect();
        let objects = parse(&text, "n", &Schema::default()).unwrap();
        let mut objects: Vec<Arc<Object>> = objects.into_iter().map(Arc::new).collect();
        sort(&mut objects);
        let kinds: Vec<&str> = objects.iter().map(|o| &*o.id.kind).collect();
        kinds.join(" ")
    }

    #[test]
    fn helms_orders() {
        let kinds = [
            "Zebra",
            "Ingress",
            "Deployment",
            "Apple",
            "Service",
            "Secret",
            "Namespace",
        ];
        assert_eq!(
            sorted(&kinds, install_order),
            "Namespace Secret Service Deployment Ingress Apple Zebra"
        );
        assert_eq!(
            sorted(&kinds, uninstall_order),
            "Ingress Service Deployment Secret Namespace Apple Zebra"
        );
    }
}
