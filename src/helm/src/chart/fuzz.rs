//! Seeded mutations for tests that ask for no panic and no hang.

/// What means something in YAML, in `--set` or in paths.
const SIGNS: &[u8] = b"-:{}[],.='\"&*!|>\\#\n \t";

/// A small generator: the same seed gives the same mutations everywhere.
pub(crate) struct Random(u64);

impl Random {
    /// Starts with a seed.
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        // Knuth's MMIX constants; the high bits are the good ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }

    /// The bytes with a few of them changed, doubled or taken out.
    pub(crate) fn mutate(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(4) {
                0 if !bytes.is_empty() => bytes[at] = self.below(256) as u8,
                1 if !bytes.is_empty() => bytes[at] = SIGNS[self.below(SIGNS.len())],
                2 if !bytes.is_empty() => {
                    bytes.remove(at);
                }
                _ => {
                    let end = (at + 1 + self.below(20)).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        bytes
    }
}
