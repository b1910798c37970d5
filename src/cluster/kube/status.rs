//! What the API server says when it refuses. The main type here is [`Status`].
//!
//! Parsed causes instead of matched texts, where there are causes. Messages may quote values
//! and whole objects; nothing of an object leaves through an error text.

use crate::cluster::ClusterError;
use crate::ownership::manager_words;
use crate::plan::FieldConflict;
use crate::release::OnConflict;
use http::StatusCode;
use serde::Deserialize;

/// The `Status` object of a refusal.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub(super) message: String,
    pub(super) reason: String,
    pub(super) details: Details,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Details {
    causes: Vec<Cause>,
    #[serde(rename = "retryAfterSeconds")]
    retry_after: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cause {
    reason: String,
    message: String,
    field: String,
}

impl Status {
    /// Reads a body; one that is no `Status` (a proxy's page) gives only the code.
    pub(super) fn read(body: &[u8]) -> Status {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// Whether a 500 is a permanent answer about this object.
    pub(super) fn is_answer(&self) -> bool {
        self.is_malformed() || self.is_too_large() || self.is_dead_webhook()
    }

    /// Seconds the server asks to wait.
    pub(super) fn retry_after(&self) -> Option<u64> {
        Some(self.details.retry_after).filter(|seconds| *seconds > 0)
    }

    /// Whether a 429 means that a disruption budget forbids an eviction.
    pub(super) fn is_eviction(&self) -> bool {
        self.details
            .causes
            .iter()
            .any(|c| c.reason == "DisruptionBudget")
    }

    fn is_malformed(&self) -> bool {
        // The second one: values that no type check sees (a quantity, base64).
        self.message.contains("failed to create typed patch object")
            || self.message.contains("failed to convert new object")
    }

    /// For etcd, or for the way there.
    fn is_too_large(&self) -> bool {
        self.message.contains("request is too large")
            || self
                .message
                .contains("trying to send message larger than max")
    }

    fn is_dead_webhook(&self) -> bool {
        self.message.contains("failed calling webhook")
    }

    /// The error of a refusal of `what`; `secret` objects are not quoted at all.
    pub(super) fn error(&self, code: StatusCode, what: &str, secret: bool) -> ClusterError {
        match code.as_u16() {
            401 | 403 => ClusterError::Forbidden(self.text(code, secret)),
            404 => ClusterError::NotFound(what.to_owned()),
            409 => self.conflict(what),
            400 | 413 | 415 | 422 => self.invalid(code, what, secret),
            500 if self.is_malformed() || self.is_too_large() => self.invalid(code, what, secret),
            500 if self.is_dead_webhook() => ClusterError::Unreachable(self.text(code, secret)),
            429 | 500.. => ClusterError::Unreachable(self.text(code, secret)),
            _ => ClusterError::Other(self.text(code, secret)),
        }
    }

    fn conflict(&self, what: &str) -> ClusterError {
        let of_fields = |c: &&Cause| c.reason == "FieldManagerConflict";
        let fields = self.details.causes.iter().filter(of_fields);
        let fields: Vec<_> = fields.map(Cause::field_conflict).collect();
        match fields.is_empty() {
            false => ClusterError::Conflict(fields),
            true if self.reason == "AlreadyExists" => ClusterError::AlreadyExists(what.to_owned()),
            true => ClusterError::Moved(what.to_owned()),
        }
    }

    fn invalid(&self, code: StatusCode, what: &str, secret: bool) -> ClusterError {
        let causes = &self.details.causes;
        if causes.iter().any(|c| c.field == "metadata.uid") {
            return ClusterError::Moved(what.to_owned());
        }
        let immutable = causes.iter().filter(|c| c.is_immutable());
        ClusterError::Invalid {
            message: self.text(code, secret),
            immutable: immutable.map(|c| c.field.clone()).collect(),
        }
    }

    fn text(&self, code: StatusCode, secret: bool) -> String {
        if self.message.is_empty() {
            return format!("the server answered {code}");
        }
        without_quotes(&self.message, secret)
    }
}

impl Cause {
    /// The message is `conflict with "NAME" [with subresource "scale"] using apps/v1 …`.
    fn field_conflict(&self) -> FieldConflict {
        let mut quoted = self.message.split('"').skip(1).step_by(2);
        let manager = quoted.next().unwrap_or("unknown");
        let subresource = quoted.next().unwrap_or("");
        FieldConflict {
            path: self.field.clone(),
            manager: manager_words(manager, subresource),
            policy: OnConflict::Fail,
        }
    }

    /// The wordings of the built-in kinds: Job and Deployment selectors, Service addresses,
    /// StatefulSet and PersistentVolumeClaim specs.
    fn is_immutable(&self) -> bool {
        let wordings = [
            "field is immutable",
            "may not change once set",
            "is immutable after creation",
            "updates to statefulset spec for fields other than",
            "cannot change roleRef",
            "is immutable when `immutable` is set",
        ];
        wordings.iter().any(|w| self.message.contains(w))
    }
}

/// The server's words without the values they quote: whole objects always, every value of a
/// Secret.
fn without_quotes(message: &str, secret: bool) -> String {
    let mut text = String::new();
    let mut rest = message;
    while let Some((at, end)) = next_quote(rest, secret) {
        text.push_str(&rest[..at]);
        text.push_str(if secret { "(secret)" } else { "(object)" });
        rest = &rest[end..];
    }
    text.push_str(rest);
    text
}

/// Where the next value to leave out begins and ends.
fn next_quote(text: &str, secret: bool) -> Option<(usize, usize)> {
    let openers = [
        "Invalid value: ",
        "Unsupported value: ",
        "Duplicate value: ",
        "got ",
    ];
    let starts = openers.iter().flat_map(|opener| {
        text.match_indices(opener)
            .map(move |(at, _)| at + opener.len())
    });
    let quotes = starts.filter_map(|at| {
        let value = &text[at..];
        let len = value_len(value)?;
        let whole_object = !value.starts_with('"') && value[..len].contains('{');
        (secret || whole_object).then_some((at, at + len))
    });
    quotes.filter(|(at, end)| end > at).min()
}

/// The length of the value that `text` begins with: a quoted text, an object, or one word.
fn value_len(text: &str) -> Option<usize> {
    if let Some(quoted) = text.strip_prefix('"') {
        return Some(closing_quote(quoted).map_or(text.len(), |at| at + 2));
    }
    let word = text.find([':', ',', ' ', '\n']).unwrap_or(text.len());
    match text.find('{') {
        // An object's end can't be told from a brace inside its texts: everything up to the last one.
        Some(open) if open <= word || text.starts_with('&') => text.rfind('}').map(|at| at + 1),
        _ => Some(word),
    }
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Status {
        Status::read(text.as_bytes())
    }

    #[test]
    fn reads_the_causes_of_a_conflict() {
        let status = read(
            r#"{"reason": "Conflict", "message": "Apply failed with 2 conflicts", "details": {"causes": [
            {"reason": "FieldManagerConflict", "message": "conflict with \"kubectl\" with subresource \"scale\" using apps/v1", "field": ".spec.replicas"},
            {"reason": "FieldManagerConflict", "message": "conflict with \"kubectl-edit\" using apps/v1", "field": ".spec.paused"}]}}"#,
        );
        let error = status.error(StatusCode::CONFLICT, "Deployment web", false);
        insta::assert_debug_snapshot!(error);
    }

    #[test]
    fn what_is_too_large_for_etcd_is_an_answer() {
        let status = read(r#"{"message": "etcdserver: request is too large"}"#);
        assert!(status.is_answer());
        let error = status.error(StatusCode::INTERNAL_SERVER_ERROR, "Secret a", false);
        assert!(matches!(error, ClusterError::Invalid { .. }), "{error:?}");
    }

    #[test]
    fn tells_the_other_409s_and_422s_apart() {
        let exists = read(r#"{"reason": "AlreadyExists", "message": "x"}"#);
        let moved = read(r#"{"reason": "Conflict", "message": "uid mismatch"}"#);
        let uid = read(
            r#"{"reason": "Invalid", "details": {"causes": [{"field": "metadata.uid", "message": "field is immutable"}]}}"#,
        );
        let errors = [
            exists.error(StatusCode::CONFLICT, "Secret a", true),
            moved.error(StatusCode::CONFLICT, "Secret a", true),
            uid.error(StatusCode::UNPROCESSABLE_ENTITY, "Secret a", true),
            Status::default().error(StatusCode::BAD_GATEWAY, "Secret a", true),
        ];
        let texts = errors.map(|e| e.to_string()).join("\n");
        insta::assert_snapshot!(texts, @r"
        Secret a already exists
        Secret a has changed since it was read
        Secret a has changed since it was read
        the server answered 502 Bad Gateway
        ");
    }

    #[test]
    fn names_immutable_fields_without_the_object() {
        let status = read(
            r#"{"message": "Job.batch \"a\" is invalid: spec.template: Invalid value: core.PodTemplateSpec{Spec:core.PodSpec{Env:\"hunter2\"}}: field is immutable",
            "details": {"causes": [{"field": "spec.template", "message": "Invalid value: core.PodTemplateSpec{}: field is immutable"}]}}"#,
        );
        let error = status.error(StatusCode::UNPROCESSABLE_ENTITY, "Job a", false);
        insta::assert_debug_snapshot!(error);
    }

    #[test]
    fn quotes_nothing_of_a_secret() {
        let cases = [
            "data[a b]: Invalid value: \"hunter\\\"2\": a valid config key must consist of x",
            "failed to create typed patch object (n/a; /v1, Kind=Secret): .stringData.pin: expected string, got &value.valueUnstructured{Value:4711}",
            "metadata.name: Invalid value: 4711: must be text",
        ];
        let texts = cases.map(|c| without_quotes(c, true)).join("\n");
        insta::assert_snapshot!(texts, @r"
        data[a b]: Invalid value: (secret): a valid config key must consist of x
        failed to create typed patch object (n/a; /v1, Kind=Secret): .stringData.pin: expected string, got (secret)
        metadata.name: Invalid value: (secret): must be text
        ");
    }

    #[test]
    fn keeps_small_values_of_other_kinds() {
        let text = "spec.replicas: Invalid value: -1: must be greater than or equal to 0";
        assert_eq!(without_quotes(text, false), text);
    }
}
