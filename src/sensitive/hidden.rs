//! Secret texts that belong together. The main type here is [`Hidden`].

use super::{Mask, Sensitive, Veil};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Secret texts that must not stand in what is shown, sealed where they are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Hidden(Arc<BTreeSet<Sensitive<String>>>);

impl Hidden {
    /// Shorter ones stand in every text by chance.
    const TELLING: usize = 4;
    /// Shorter lines of a text that has several (`debug = no`) say nothing.
    const TELLING_LINE: usize = 8;

    /// These texts, and each line of those that have several.
    pub fn new(texts: impl IntoIterator<Item = Sensitive<String>>) -> Hidden {
        let mut hidden = BTreeSet::new();
        for text in texts {
            let whole = text.0.trim();
            if whole.len() >= Self::TELLING && !is_a_word(whole) {
                hidden.insert(Sensitive(whole.to_owned()));
            }
            let several = whole.contains('\n');
            let lines = whole.lines().map(str::trim).filter(|line| {
                // The frame of a key is no part of it.
                several && line.len() >= Self::TELLING_LINE && !line.starts_with("-----")
            });
            hidden.extend(lines.map(|line| Sensitive(line.to_owned())));
        }
        Hidden(Arc::new(hidden))
    }

    /// Whether nothing is hidden.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The texts, to seal them.
    pub fn texts(&self) -> impl Iterator<Item = &Sensitive<String>> {
        self.0.iter()
    }

    /// These texts, and those.
    #[must_use]
    pub fn and(&self, other: &Hidden) -> Hidden {
        Hidden(Arc::new(self.0.union(&other.0).cloned().collect()))
    }

    /// What takes them out of whatever is shown.
    pub fn veil(&self, mask: &Mask) -> Veil {
        Veil::new(mask, self.0.iter())
    }
}

/// Whether the text of a Secret is looked for elsewhere too: short ones and words (`postgres`) stand
/// there by chance.
pub fn is_telling(text: &str) -> bool {
    let word = || text.len() < 16 && text.bytes().all(|byte| byte.is_ascii_lowercase());
    text.len() >= 6 && !word()
}

/// Words of configuration are no secrets, whatever holds them.
fn is_a_word(text: &str) -> bool {
    let words = ["true", "false", "null", "none"];
    words.contains(&text.to_lowercase().as_str())
}
