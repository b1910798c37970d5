//! Where Helm keeps new releases: `HELM_DRIVER`. The main type here is [`Driver`].
//!
//! Releases that are there already stay where they are, whatever it says.

use crate::diag::Diagnostic;

/// A driver of Helm whose releases rollbook reads and writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Driver {
    /// `secret`, `secrets`, or nothing.
    #[default]
    Secret,
    /// `configmap`, `configmaps`.
    ConfigMap,
}

impl Driver {
    /// What `HELM_DRIVER` says. Releases kept elsewhere would not be seen: each target would look as
    /// if nothing were installed.
    pub fn parse(text: &str) -> Result<Driver, Diagnostic> {
        let fault = match text {
            "" | "secret" | "secrets" => return Ok(Driver::Secret),
            "configmap" | "configmaps" => return Ok(Driver::ConfigMap),
            "sql" => Diagnostic::error("HELM_DRIVER=sql: releases kept in a database are not seen")
                .note("every target would look as if its release were not installed")
                .hint("unset HELM_DRIVER where the releases are in Secrets or ConfigMaps; else move them there first"),
            "memory" => Diagnostic::error("HELM_DRIVER=memory: nothing would remember the releases")
                .note("Helm forgets them when it ends; no plan, backout or history could find them")
                .hint("unset HELM_DRIVER; rollbook plan and preview write nothing anyway"),
            other => Diagnostic::error(format!("HELM_DRIVER={other} is no driver of Helm"))
                .hint("secret, configmap, or unset HELM_DRIVER"),
        };
        Err(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_in_helms_words() {
        for (text, driver) in [
            ("", Driver::Secret),
            ("secrets", Driver::Secret),
            ("configmap", Driver::ConfigMap),
        ] {
            assert_eq!(Driver::parse(text).unwrap(), driver, "{text}");
        }
        for text in ["sql", "memory", "Secret"] {
            assert!(Driver::parse(text).is_err(), "{text}");
        }
    }
}
