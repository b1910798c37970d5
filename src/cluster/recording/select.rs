//! Label selectors, as the API server reads them: `a=b,c!=d,e,!f`.

use serde_json::Value;

/// Whether an object's labels meet `selector`.
pub(super) fn matches(body: &Value, selector: &str) -> bool {
    let label = |name: &str| body["metadata"]["labels"][name.trim()].as_str();
    let terms = selector
        .split(',')
        .map(str::trim)
        .filter(|term| !term.is_empty());
    terms.into_iter().all(|term| {
        if let Some((name, value)) = term.split_once("!=") {
            return label(name) != Some(value.trim());
        }
        if let Some((name, value)) = term.split_once('=') {
            return label(name) == Some(value.trim_start_matches('=').trim());
        }
        match term.strip_prefix('!') {
            Some(name) => label(name).is_none(),
            None => label(term).is_some(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_equality_and_existence() {
        let body = json!({"metadata": {"labels": {"app": "web", "tier": "front"}}});
        for selector in [
            "",
            "app=web",
            "app==web, tier",
            "app!=db",
            "!gone",
            "gone!=x",
        ] {
            assert!(matches(&body, selector), "{selector}");
        }
        for selector in ["app=db", "app!=web", "gone", "!app"] {
            assert!(!matches(&body, selector), "{selector}");
        }
    }
}
