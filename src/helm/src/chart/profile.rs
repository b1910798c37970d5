//! What differs between Helm's minor versions. The main type here is [`Profile`].

/// Which nulls of chart defaults survive coalescing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// 3.20.1 to 3.21: kept.
    Kept,
    /// 4.2: dropped.
    Dropped,
}

/// How a rendered file is cut into documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Splitter {
    /// Helm 3: pieces are trimmed on both sides.
    Trimmed,
    /// Helm 4.2.4: only the left side is trimmed, and `---` must start a line.
    Lines,
}

/// One Helm to render like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name, such as `3.21`.
    pub name: &'static str,
    /// What `.Capabilities.HelmVersion.Version` says.
    pub helm_version: &'static str,
    /// The Kubernetes version where none is given.
    pub kube_version: &'static str,
    /// The treatment of nulls.
    pub nulls: Nulls,
    /// The document splitter.
    pub splitter: Splitter,
    /// `.Chart` is a map with Go field names.
    pub chart_is_map: bool,
    /// Webhook configurations have a place in the install order.
    pub webhooks_ordered: bool,
    /// All documents of a values file count, not only the first.
    pub multi_document_values: bool,
    /// The name of the values type in `typeOf`.
    pub values_type: &'static str,
}

impl Profile {
    /// Helm 3.21, the default.
    pub const HELM_3: Profile = Profile {
        name: "3.21",
        helm_version: "v3.21.4",
        kube_version: "v1.36.0",
        nulls: Nulls::Kept,
        splitter: Splitter::Trimmed,
        chart_is_map: false,
        webhooks_ordered: false,
        multi_document_values: false,
        values_type: "chartutil.Values",
    };

    /// Helm 4.2.
    pub const HELM_4: Profile = Profile {
        name: "4.2",
        helm_version: "v4.2.4",
        kube_version: "v1.36.0",
        nulls: Nulls::Dropped,
        splitter: Splitter::Lines,
        chart_is_map: true,
        webhooks_ordered: true,
        multi_document_values: true,
        values_type: "common.Values",
    };
}

impl Default for Profile {
    fn default() -> Profile {
        Profile::HELM_3
    }
}
