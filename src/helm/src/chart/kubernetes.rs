//! The Kubernetes that a Helm assumes where there is no cluster: that of the client library it
//! was built with. The main type here is [`Kubernetes`].

/// A version and what it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kubernetes {
    /// Such as `v1.36.0`.
    pub version: &'static str,
    /// Every group and version that the library knows, in its order, between blanks.
    api_versions: &'static str,
}

impl Kubernetes {
    /// The API versions, in the library's order.
    pub fn api_versions(&self) -> impl Iterator<Item = &'static str> {
        self.api_versions.split_whitespace()
    }
}

/// client-go 0.36: Helm 3.21 and 4.2.
pub const V1_36: Kubernetes = Kubernetes {
    version: "v1.36.0",
    api_versions: "v1
        admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1alpha1
        admissionregistration.k8s.io/v1beta1 internal.apiserver.k8s.io/v1alpha1
        apps/v1 apps/v1beta1 apps/v1beta2
        authentication.k8s.io/v1 authentication.k8s.io/v1alpha1 authentication.k8s.io/v1beta1
        authorization.k8s.io/v1 authorization.k8s.io/v1beta1
        autoscaling/v1 autoscaling/v2 batch/v1 batch/v1beta1
        certificates.k8s.io/v1 certificates.k8s.io/v1beta1 certificates.k8s.io/v1alpha1
        coordination.k8s.io/v1alpha2 coordination.k8s.io/v1beta1 coordination.k8s.io/v1
        discovery.k8s.io/v1 discovery.k8s.io/v1beta1 events.k8s.io/v1 events.k8s.io/v1beta1
        extensions/v1beta1
        flowcontrol.apiserver.k8s.io/v1 flowcontrol.apiserver.k8s.io/v1beta1
        flowcontrol.apiserver.k8s.io/v1beta2 flowcontrol.apiserver.k8s.io/v1beta3
        networking.k8s.io/v1 networking.k8s.io/v1beta1
        node.k8s.io/v1 node.k8s.io/v1alpha1 node.k8s.io/v1beta1 policy/v1 policy/v1beta1
        rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1
        rbac.authorization.k8s.io/v1alpha1
        resource.k8s.io/v1 resource.k8s.io/v1beta2 resource.k8s.io/v1beta1 resource.k8s.io/v1alpha3
        scheduling.k8s.io/v1alpha2 scheduling.k8s.io/v1beta1 scheduling.k8s.io/v1
        storage.k8s.io/v1beta1 storage.k8s.io/v1 storage.k8s.io/v1alpha1
        storagemigration.k8s.io/v1beta1
        apiextensions.k8s.io/v1beta1 apiextensions.k8s.io/v1",
};

/// client-go 0.37: Helm 4.3.
pub const V1_37: Kubernetes = Kubernetes {
    version: "v1.37.0",
    api_versions: "v1
        admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1alpha1
        admissionregistration.k8s.io/v1beta1 internal.apiserver.k8s.io/v1alpha1
        apps/v1 apps/v1beta1 apps/v1beta2
        authentication.k8s.io/v1 authentication.k8s.io/v1alpha1 authentication.k8s.io/v1beta1
        authorization.k8s.io/v1 authorization.k8s.io/v1beta1
        autoscaling/v1 autoscaling/v2 batch/v1 batch/v1beta1
        certificates.k8s.io/v1 certificates.k8s.io/v1beta1 certificates.k8s.io/v1alpha1
        coordination.k8s.io/v1alpha2 coordination.k8s.io/v1beta1 coordination.k8s.io/v1
        discovery.k8s.io/v1 discovery.k8s.io/v1beta1 events.k8s.io/v1 events.k8s.io/v1beta1
        extensions/v1beta1
        flowcontrol.apiserver.k8s.io/v1 flowcontrol.apiserver.k8s.io/v1beta1
        flowcontrol.apiserver.k8s.io/v1beta2 flowcontrol.apiserver.k8s.io/v1beta3
        lifecycle.k8s.io/v1alpha1
        networking.k8s.io/v1 networking.k8s.io/v1beta1
        node.k8s.io/v1 node.k8s.io/v1alpha1 node.k8s.io/v1beta1 policy/v1 policy/v1beta1
        rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1
        rbac.authorization.k8s.io/v1alpha1
        resource.k8s.io/v1 resource.k8s.io/v1beta2 resource.k8s.io/v1beta1 resource.k8s.io/v1alpha3
        scheduling.k8s.io/v1alpha3 scheduling.k8s.io/v1beta1 scheduling.k8s.io/v1
        storage.k8s.io/v1beta1 storage.k8s.io/v1 storage.k8s.io/v1alpha1
        storagemigration.k8s.io/v1 storagemigration.k8s.io/v1beta1
        apiextensions.k8s.io/v1beta1 apiextensions.k8s.io/v1",
};
