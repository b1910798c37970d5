//! What differs between the Helms that can be imitated. The main type here is [`Profile`].

use super::kubernetes::{self, Kubernetes};

/// Which nulls of chart defaults survive coalescing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// 3.20.1 to 3.21: kept.
    Kept,
    /// 4.2 and later: dropped.
    Dropped,
}

/// How a rendered file is cut into documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Splitter {
    /// Helm 3: pieces are trimmed on both sides.
    Trimmed,
    /// Helm 4.2.4 and later: only the left side is trimmed, and `---` must start a line.
    Lines,
}

/// Helm's main line. In 4, `.Chart` is a map with Go field names, all documents of a values file
/// count, webhook configurations have a place in the install order, there are more functions,
/// and Go's type names and the words of errors and warnings are others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Helm 3.
    Three,
    /// Helm 4.
    Four,
}

/// One Helm to render like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name, such as `3.21`.
    pub name: &'static str,
    /// What `.Capabilities.HelmVersion.Version` says.
    pub helm_version: &'static str,
    /// The main line.
    pub line: Line,
    /// The treatment of nulls.
    pub nulls: Nulls,
    /// The document splitter.
    pub splitter: Splitter,
    /// Whether an index of `--set` that is not closed ends the argument instead of being a fault.
    pub open_index_ends: bool,
    /// What is assumed of a cluster where there is none.
    pub kubernetes: Kubernetes,
}

impl Profile {
    /// Helm 3.21, the default; compared with 3.21.4.
    pub const HELM_3: Profile = Profile {
        name: "3.21",
        helm_version: "v3.21.4",
        line: Line::Three,
        nulls: Nulls::Kept,
        splitter: Splitter::Trimmed,
        open_index_ends: false,
        kubernetes: kubernetes::V1_36,
    };

    /// Helm 4.2 as of 4.2.4. By its sources it renders as 4.3.1 does but for the cluster it assumes
    /// and the end of an index.
    pub const HELM_4_2: Profile = Profile {
        name: "4.2",
        helm_version: "v4.2.4",
        line: Line::Four,
        nulls: Nulls::Dropped,
        splitter: Splitter::Lines,
        open_index_ends: false,
        kubernetes: kubernetes::V1_36,
    };

    /// Helm 4.3; compared with 4.3.1.
    pub const HELM_4_3: Profile = Profile {
        name: "4.3",
        helm_version: "v4.3.1",
        open_index_ends: true,
        kubernetes: kubernetes::V1_37,
        ..Profile::HELM_4_2
    };

    /// Every profile, oldest first.
    pub const ALL: [Profile; 3] = [Profile::HELM_3, Profile::HELM_4_2, Profile::HELM_4_3];

    /// Whether this is a Helm 4.
    pub fn is_four(&self) -> bool {
        self.line == Line::Four
    }
}

impl Default for Profile {
    fn default() -> Profile {
        Profile::HELM_3
    }
}
