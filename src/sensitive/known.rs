//! What vaults gave away in this process. The main type here is [`Known`].

use super::{Hidden, Mask, Sensitive, Veil};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Every text that a vault opened, known to whoever writes: the last door before a terminal, a log
/// or a file. Clones share what they know.
#[derive(Clone, Default)]
pub struct Known(Arc<RwLock<Texts>>);

#[derive(Default)]
struct Texts {
    secret: BTreeSet<Sensitive<String>>,
    public: BTreeSet<String>,
    veil: Arc<Veil>,
    /// Something was learnt after the veil was made.
    stale: bool,
}

impl Known {
    /// This text is secret from now on.
    pub fn note(&self, text: &Sensitive<String>) {
        let mut texts = self.write();
        if !texts.is_public(text) {
            texts.stale |= texts.secret.insert(text.clone());
        }
    }

    /// These names are seen by everybody, even where a vault holds (a part of) one of them too.
    pub fn except(&self, names: impl IntoIterator<Item = String>) {
        let mut texts = self.write();
        texts.public.extend(names);
        let secret = std::mem::take(&mut texts.secret);
        texts.secret = secret.into_iter().filter(|t| !texts.is_public(t)).collect();
        texts.stale = true;
    }

    /// Those that stand in `text`.
    pub fn within(&self, text: &str) -> Vec<Sensitive<String>> {
        let texts = self.read();
        let within = texts
            .secret
            .iter()
            .filter(|secret| text.contains(&*secret.0));
        within.cloned().collect()
    }

    /// What takes them out; as of now.
    pub fn veil(&self) -> Arc<Veil> {
        let texts = self.read();
        if !texts.stale {
            return texts.veil.clone();
        }
        drop(texts);
        let mut texts = self.write();
        if texts.stale {
            let hidden = Hidden::new(texts.secret.iter().cloned());
            texts.veil = Arc::new(hidden.veil(&Mask::Plain));
            texts.stale = false;
        }
        texts.veil.clone()
    }

    fn read(&self) -> RwLockReadGuard<'_, Texts> {
        self.0.read().unwrap_or_else(|broken| broken.into_inner())
    }

    fn write(&self) -> RwLockWriteGuard<'_, Texts> {
        self.0.write().unwrap_or_else(|broken| broken.into_inner())
    }
}

impl Texts {
    fn is_public(&self, text: &Sensitive<String>) -> bool {
        let text = text.0.trim();
        self.public.iter().any(|name| name.contains(text))
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_learnt_later_is_hidden_too() {
        let known = Known::default();
        let hide = |text: &str| known.veil().hide(text).into_owned();
        assert_eq!(hide("hunter2 at prod-db"), "hunter2 at prod-db");
        known.note(&Sensitive::new("hunter2\n".to_owned()));
        assert_eq!(hide("hunter2 at prod-db"), "(secret) at prod-db");
        known.clone().note(&Sensitive::new("prod-db".to_owned()));
        assert_eq!(hide("hunter2 at prod-db"), "(secret) at (secret)");
        known.except(["c1-prod-db".to_owned()]);
        assert_eq!(hide("hunter2 at prod-db"), "(secret) at prod-db");
    }
}
