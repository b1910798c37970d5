//! The texts of answers, whose memory serves again. The main type here is [`Text`].
//!
//! A page is megabytes of text that is read once. To get such memory from the system and give it
//! back for each page is a tenth of the work of a plan.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// So many wait for the next answer,
const MOST: usize = 2;
/// each of no more than this,
const LARGE: usize = 4 << 20;
/// and of no less: what is small is cheap.
const SMALL: usize = 1 << 18;

/// Memory of texts that were read.
#[derive(Default)]
pub(super) struct Spares {
    waiting: Mutex<Vec<Vec<u8>>>,
}

/// The text of an answer.
pub(super) struct Text {
    bytes: Vec<u8>,
    spares: Arc<Spares>,
}

impl Spares {
    /// An empty text, for an answer that may be `long`.
    pub(super) fn text(self: &Arc<Spares>, long: bool) -> Text {
        let spare = long.then(|| self.with(Vec::pop)).flatten();
        Text {
            bytes: spare.unwrap_or_default(),
            spares: self.clone(),
        }
    }

    fn with<R>(&self, what: impl FnOnce(&mut Vec<Vec<u8>>) -> R) -> R {
        what(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Text {
    /// Adds what came.
    pub(super) fn push(&mut self, data: &[u8]) {
        self.bytes.extend_from_slice(data);
    }
}

impl Deref for Text {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        if (SMALL..=LARGE).contains(&self.bytes.capacity()) {
            let mut spare = std::mem::take(&mut self.bytes);
            spare.clear();
            self.spares.with(|waiting| {
                if waiting.len() < MOST {
                    waiting.push(spare);
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_a_long_answer_serves_the_next() {
        let spares = Arc::new(Spares::default());
        let mut page = spares.text(true);
        page.push(&vec![b'x'; SMALL]);
        let at = page.as_ptr();
        drop(page);
        assert_ne!(spares.text(false).as_ptr(), at);
        let again = spares.text(true);
        assert_eq!((again.as_ptr(), again.len()), (at, 0));
        let mut small = spares.text(true);
        small.push(b"x");
        drop((again, small));
        let many: Vec<Text> = (0..2 * MOST)
            .map(|_| {
                let mut page = spares.text(true);
                page.push(&vec![b'x'; SMALL]);
                page
            })
            .collect();
        drop(many);
        assert_eq!(spares.with(|waiting| waiting.len()), MOST);
    }
}
