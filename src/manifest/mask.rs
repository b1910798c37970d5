//! What people and machines may read of an object.

use super::Object;
use crate::sensitive::{Sensitive, Veil};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Holds a whole object, secrets included.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl Object {
    /// The body to show: whatever the veil knows is masked wherever it stands, a Secret's values and
    /// the last-applied annotation always; `managedFields` are left out.
    pub fn masked(&self, veil: &Veil) -> Value {
        let mut body = self.clear().clone();
        if let Some(metadata) = body["metadata"].as_object_mut() {
            metadata.remove("managedFields");
        }
        let applied = body
            .pointer_mut("/metadata/annotations")
            .and_then(|annotations| annotations.get_mut(LAST_APPLIED));
        let applied = applied.map(|applied| veil.of(applied.take().to_string().as_bytes()));
        let values = self.masked_values(&mut body, veil);
        let mut body = veil.hide_value(&body);
        for (field, masked) in values {
            body[field] = masked;
        }
        if let Some(applied) = applied {
            body["metadata"]["annotations"][LAST_APPLIED] = applied.into();
        }
        body
    }

    /// Takes the values of a Secret out of its body; gives them back masked.
    fn masked_values(&self, body: &mut Value, veil: &Veil) -> Vec<(&'static str, Value)> {
        if !self.is_secret() {
            return Vec::new();
        }
        let mut take = |field| body.get_mut(field).map(Value::take);
        let data = take("data").map(|values| mask_values(values, veil, decoded));
        let texts = take("stringData").map(|values| mask_values(values, veil, |text| text.into()));
        let fields = [("data", data), ("stringData", texts)].into_iter();
        let masked = fields.filter_map(|(field, values)| Some((field, values?)));
        masked.collect()
    }

    /// The texts of a Secret, as they are written and as they are meant.
    pub fn secrets(&self) -> Vec<Sensitive<String>> {
        if !self.is_secret() {
            return Vec::new();
        }
        let texts = |field: &str| {
            let values = self.clear()[field].as_object().into_iter().flatten();
            let texts = values.filter_map(|(_, value)| value.as_str().map(str::to_owned));
            texts.collect::<Vec<_>>()
        };
        let data = texts("data");
        let meant = data
            .iter()
            .filter_map(|text| String::from_utf8(decoded(text)).ok());
        let meant: Vec<String> = meant.collect();
        let all = texts("stringData").into_iter().chain(meant).chain(data);
        all.map(Sensitive::new).collect()
    }

    /// Whether its kind is Secret.
    pub fn is_secret(&self) -> bool {
        &*self.id.kind == "Secret" && self.id.group.is_empty()
    }
}

fn mask_values(mut values: Value, veil: &Veil, bytes: fn(&str) -> Vec<u8>) -> Value {
    let Some(map) = values.as_object_mut() else {
        // Not what a Secret is; it may hold anything.
        veil.cover(&mut values);
        return values;
    };
    for value in map.values_mut().filter(|value| !value.is_null()) {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        *value = veil.of(&bytes(&text)).into();
    }
    values
}

/// Equal secrets have equal masks however they were written.
fn decoded(text: &str) -> Vec<u8> {
    let compact: String = text.split_whitespace().collect();
    STANDARD.decode(compact).unwrap_or_else(|_| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{parse, schema::Schema};
    use crate::sensitive::Mask;

    #[test]
    fn fact_3_secrets_are_masked() {
        let text = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  annotations:\n    \
            kubectl.kubernetes.io/last-applied-configuration: '{\"data\":\"hunter2\"}'\n\
            data: {a: aHVudGVyMg==, b: \"aHVudGVyMg==\\n\", n: }\nstringData: {c: hunter2, d: hunter3}\n";
        let secret = parse(text, "n", &Schema::default()).unwrap().remove(0);
        let shown = secret.masked(&Veil::open(&Mask::Keyed([7; 32])));
        assert_eq!(shown["data"]["a"], shown["data"]["b"]);
        assert_eq!(shown["data"]["a"], shown["stringData"]["c"]);
        assert_ne!(shown["stringData"]["c"], shown["stringData"]["d"]);
        for clear in ["hunter", "aHVudGVy"] {
            assert!(!shown.to_string().contains(clear));
        }
        assert_eq!(secret.masked(&Veil::default())["data"]["a"], "(secret)");
        assert!(!format!("{secret:?}").contains("hunter"));
    }
}
