//! Python's generator, so that `random(seed=…)` and `shuffle(seed=…)` give what they give in
//! Ansible: people derive minutes of cron jobs from host names. The main type here is [`Dice`].

use minijinja::value::Value;
use sha2::{Digest, Sha512};

const WORDS: usize = 624;
const SHIFT: usize = 397;

/// The Mersenne Twister (MT19937), seeded as `random.Random(seed)` does.
pub(super) struct Dice {
    state: [u32; WORDS],
    next: usize,
}

impl Dice {
    /// Numbers that repeat with the seed; without one nobody can foretell them.
    pub(super) fn new(seed: Option<&Value>) -> Dice {
        let key = match seed {
            Some(seed) => match i128::try_from(seed.clone()) {
                Ok(number) if seed.is_number() => number.unsigned_abs().to_be_bytes().to_vec(),
                _ => of_text(seed.to_string().as_bytes()),
            },
            None => of_text(
                jiff::Timestamp::now()
                    .as_nanosecond()
                    .to_string()
                    .as_bytes(),
            ),
        };
        Dice::of(&words(&key))
    }

    /// `init_by_array`.
    fn of(key: &[u32]) -> Dice {
        let mut state = [0; WORDS];
        let mut last: u32 = 19_650_218;
        state[0] = last;
        for (at, word) in (1..).zip(&mut state[1..]) {
            last = (last ^ (last >> 30))
                .wrapping_mul(1_812_433_253)
                .wrapping_add(at);
            *word = last;
        }
        let mut at = 1;
        for (number, word) in (0_u32..).zip(key.iter().cycle().take(WORDS.max(key.len()))) {
            let place = number % u32::try_from(key.len()).unwrap_or(1);
            let mixed = (state[at] ^ mixing(state[at - 1], 1_664_525))
                .wrapping_add(*word)
                .wrapping_add(place);
            at = stored(&mut state, at, mixed);
        }
        for _ in 1..WORDS {
            let number = u32::try_from(at).unwrap_or(0);
            let mixed = (state[at] ^ mixing(state[at - 1], 1_566_083_941)).wrapping_sub(number);
            at = stored(&mut state, at, mixed);
        }
        state[0] = 0x8000_0000;
        Dice { state, next: WORDS }
    }

    fn word(&mut self) -> u32 {
        if self.next == WORDS {
            self.turn();
        }
        let mut word = self.state[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    fn turn(&mut self) {
        for at in 0..WORDS {
            let joined =
                (self.state[at] & 0x8000_0000) | (self.state[(at + 1) % WORDS] & 0x7fff_ffff);
            let odd = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[at] = self.state[(at + SHIFT) % WORDS] ^ (joined >> 1) ^ odd;
        }
        self.next = 0;
    }

    /// `getrandbits`, up to 64.
    fn bits(&mut self, count: u32) -> u64 {
        match count {
            0 => 0,
            1..=32 => u64::from(self.word() >> (32 - count)),
            _ => u64::from(self.word()) | self.bits(count - 32) << 32,
        }
    }

    /// `_randbelow`: a number below the limit, each as likely.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        let limit = limit.max(1) as u64;
        let count = u64::BITS - limit.leading_zeros();
        loop {
            let number = self.bits(count);
            if number < limit {
                return usize::try_from(number).unwrap_or(0);
            }
        }
    }
}

fn mixing(word: u32, factor: u32) -> u32 {
    (word ^ (word >> 30)).wrapping_mul(factor)
}

/// Keeps a word; the place after the last is the second.
fn stored(state: &mut [u32; WORDS], at: usize, word: u32) -> usize {
    state[at] = word;
    if at + 1 < WORDS {
        return at + 1;
    }
    state[0] = state[WORDS - 1];
    1
}

/// A text and its hash, as one large number.
fn of_text(text: &[u8]) -> Vec<u8> {
    [text, &Sha512::digest(text)].concat()
}

/// A big-endian number as 32-bit words, the lowest first; zero is one word.
fn words(number: &[u8]) -> Vec<u32> {
    let significant = number.iter().skip_while(|byte| **byte == 0);
    let bytes: Vec<u8> = significant.copied().collect();
    let word = |chunk: &[u8]| {
        chunk
            .iter()
            .fold(0, |word, byte| word << 8 | u32::from(*byte))
    };
    let words: Vec<u32> = bytes.rchunks(4).map(word).collect();
    if words.is_empty() { vec![0] } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `60 | random(seed=…)` and `10000000000 | random(seed=…)` of ansible-core 2.19.14.
    #[test]
    fn numbers_are_pythons() {
        let cases = [
            (Value::from("c0aa1p"), 17, 5_490_776_107),
            (Value::from("host.example.net"), 42, 1_877_027_116),
            (Value::from(42), 40, 2_746_317_213),
            (Value::from("é"), 26, 1_787_138_474),
            (Value::from(0), 54, 7_921_731_533),
        ];
        for (seed, minute, large) in cases {
            assert_eq!(Dice::new(Some(&seed)).below(60), minute, "{seed}");
            assert_eq!(
                Dice::new(Some(&seed)).below(10_000_000_000),
                large,
                "{seed}"
            );
        }
        let one_of_many = Dice::new(None).below(usize::MAX);
        assert_ne!(one_of_many, Dice::new(None).below(usize::MAX));
    }
}
