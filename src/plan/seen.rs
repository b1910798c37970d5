//! What may be seen of a change. The main type here is [`Seen`].
//!
//! The one way from a change to people and machines: bodies are shown as they come out of here.

use super::ObjectChange;
use crate::diff::{self, Hunk};
use crate::manifest::Object;
use crate::manifest::schema::Schema;
use crate::sensitive::Veil;
use serde_json::Value;

/// The bodies of a change, masked, without what the server writes beside them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// What is live.
    pub live: Option<Value>,
    /// What will be live.
    pub result: Option<Value>,
}

impl ObjectChange {
    /// What may be seen of it.
    pub fn seen(&self, veil: &Veil) -> Seen {
        let shown = |object: &Object| diff::content(&object.masked(veil));
        match (self.live.as_deref(), self.result.as_deref()) {
            (Some(live), Some(result)) if touches(live, veil) || touches(result, veil) => {
                let (mut old, mut new) = (live.clear().clone(), result.clear().clone());
                let schema = Schema::default();
                diff::cover(&mut old, &mut new, schema.place(&self.gvk), veil);
                Seen {
                    live: Some(shown(&live.with_body(old))),
                    result: Some(shown(&result.with_body(new))),
                }
            }
            (live, result) => Seen {
                live: live.map(shown),
                result: result.map(shown),
            },
        }
    }

    /// The hunks of the change: what is shown under `~ Kind name`. Of a create or delete there are
    /// none. What is mere noise is left out unless `noise`, or where there is nothing else.
    pub fn hunks(&self, veil: &Veil, noise: bool) -> Vec<Hunk> {
        let Seen {
            live: Some(old),
            result: Some(new),
        } = self.seen(veil)
        else {
            return Vec::new();
        };
        let schema = Schema::default();
        let at = schema.place(&self.gvk);
        match noise || self.noise.is_some() {
            true => diff::object(&old, &new, at),
            false => diff::telling(&old, &new, at),
        }
    }

    /// Takes secrets out of the words about it.
    pub(super) fn veil(&mut self, veil: &Veil) {
        let words = [
            &mut self.why,
            &mut self.restarts,
            &mut self.address,
            &mut self.unverified,
        ];
        for words in words.into_iter().flatten() {
            *words = veil.hide(words).into_owned();
        }
        for (path, why) in &mut self.not_ours {
            *path = veil.hide(path).into_owned();
            *why = veil.hide(why).into_owned();
        }
    }
}

fn touches(object: &Object, veil: &Veil) -> bool {
    veil.touches_value(object.clear())
}
