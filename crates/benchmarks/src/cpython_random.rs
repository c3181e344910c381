//! CPython's `random.Random`, bit for bit: MT19937, its seeding, and the methods that data sets were ordered with.
//!
//! Matches CPython 3.11. Sample order, few-shot choice and shuffled options of the frameworks that we compare with
//! are decided by these numbers.

use sha2::{Digest, Sha256, Sha512};

const N: usize = 624;
const M: usize = 397;

/// A generator in the state in which CPython's would be.
#[derive(Clone)]
pub struct CPythonRandom {
    state: [u32; N],
    index: usize,
}

impl CPythonRandom {
    /// `random.Random(seed)` for a whole number (the sign is dropped, as there).
    pub fn from_int(seed: u64) -> Self {
        let low = seed as u32;
        let high = (seed >> 32) as u32;
        if high == 0 { Self::from_key(&[low]) } else { Self::from_key(&[low, high]) }
    }

    /// `random.Random(seed)` for text: the number whose bytes are the text and its SHA-512.
    pub fn from_text(seed: &str) -> Self {
        let mut bytes = seed.as_bytes().to_vec();
        bytes.extend_from_slice(&Sha512::digest(seed.as_bytes()));
        bytes.reverse();
        let mut key: Vec<u32> = bytes
            .chunks(4)
            .map(|chunk| chunk.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte)))
            .collect();
        while key.len() > 1 && key.last() == Some(&0) {
            key.pop();
        }
        Self::from_key(&key)
    }

    /// The generator that a text's SHA-256 seeds, by its first eight bytes: how EvalScope 1.14 orders options, so that
    /// a sample's order does not depend on its neighbours.
    pub fn from_digest_of(text: &str) -> Self {
        let digest = Sha256::digest(text.as_bytes());
        Self::from_int(digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// `init_by_array` of the reference implementation.
    fn from_key(key: &[u32]) -> Self {
        let mut state = [0u32; N];
        state[0] = 19_650_218;
        for i in 1..N {
            let previous = state[i - 1];
            state[i] = 1_812_433_253u32.wrapping_mul(previous ^ previous >> 30).wrapping_add(i as u32);
        }
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            let mixed = (state[i - 1] ^ state[i - 1] >> 30).wrapping_mul(1_664_525);
            state[i] = (state[i] ^ mixed).wrapping_add(key[j]).wrapping_add(j as u32);
            i += 1;
            j += 1;
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
            if j >= key.len() {
                j = 0;
            }
        }
        for _ in 0..N - 1 {
            let mixed = (state[i - 1] ^ state[i - 1] >> 30).wrapping_mul(1_566_083_941);
            state[i] = (state[i] ^ mixed).wrapping_sub(i as u32);
            i += 1;
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        state[0] = 0x8000_0000;
        CPythonRandom { state, index: N }
    }

    fn refill(&mut self) {
        for i in 0..N {
            let y = self.state[i] & 0x8000_0000 | self.state[(i + 1) % N] & 0x7fff_ffff;
            let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + M) % N] ^ y >> 1 ^ odd;
        }
        self.index = 0;
    }

    fn next_u32(&mut self) -> u32 {
        if self.index >= N {
            self.refill();
        }
        let mut y = self.state[self.index];
        self.index += 1;
        y ^= y >> 11;
        y ^= y << 7 & 0x9d2c_5680;
        y ^= y << 15 & 0xefc6_0000;
        y ^ y >> 18
    }

    /// `getrandbits(k)` for k from 0 to 64.
    pub fn bits(&mut self, k: u32) -> u64 {
        match k {
            0 => 0,
            1..=32 => u64::from(self.next_u32() >> (32 - k)),
            _ => {
                let low = u64::from(self.next_u32());
                let high = u64::from(self.next_u32() >> (64 - k.min(64)));
                high << 32 | low
            }
        }
    }

    /// `random()`: a number from 0 up to but not 1, with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        let a = f64::from(self.next_u32() >> 5);
        let b = f64::from(self.next_u32() >> 6);
        (a * 67_108_864.0 + b) / 9_007_199_254_740_992.0
    }

    /// `_randbelow(n)`: a number from 0 up to but not `n`; 0 for `n` = 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 {
            return 0;
        }
        let k = usize::BITS - n.leading_zeros();
        loop {
            let drawn = self.bits(k) as usize;
            if drawn < n {
                return drawn;
            }
        }
    }

    /// `shuffle(items)`.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.below(i + 1);
            items.swap(i, j);
        }
    }

    /// `sample(range(n), k)`: `k` distinct numbers below `n`, in drawn order. `k` is cut to `n`.
    pub fn sample(&mut self, n: usize, k: usize) -> Vec<usize> {
        let k = k.min(n);
        // CPython draws from a pool when that is smaller than a set of k numbers would be.
        let mut pool_up_to = 21usize;
        if k > 5 {
            pool_up_to += 4usize.pow(((3 * k) as f64).log(4.0).ceil() as u32);
        }
        if n <= pool_up_to {
            let mut pool: Vec<usize> = (0..n).collect();
            return (0..k)
                .map(|i| {
                    let j = self.below(n - i);
                    let drawn = pool[j];
                    pool[j] = pool[n - i - 1];
                    drawn
                })
                .collect();
        }
        let mut drawn: Vec<usize> = Vec::with_capacity(k);
        while drawn.len() < k {
            let j = self.below(n);
            if !drawn.contains(&j) {
                drawn.push(j);
            }
        }
        drawn
    }

    /// `choices(range(n), k=k)`: `k` numbers below `n`, drawn with replacement.
    pub fn choices(&mut self, n: usize, k: usize) -> Vec<usize> {
        (0..k).map(|_| (self.unit() * n as f64).floor() as usize).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        seed: serde_json::Value,
        bits: Vec<(u32, u64)>,
        unit: f64,
        shuffle: (usize, Vec<usize>),
        sample: (usize, usize, Vec<usize>),
        choices: (usize, Vec<usize>),
    }

    /// Vectors of CPython 3.11.7, drawn in this order from one generator each.
    #[test]
    fn equal_to_cpython() {
        let text = include_str!("../vectors/cpython_random.jsonl");
        for (number, line) in text.lines().enumerate() {
            let case: Case = serde_json::from_str(line).unwrap();
            let mut random = match &case.seed {
                serde_json::Value::String(text) => CPythonRandom::from_text(text),
                seed => CPythonRandom::from_int(seed.as_u64().unwrap()),
            };
            for (k, bits) in &case.bits {
                assert_eq!(random.bits(*k), *bits, "line {number}");
            }
            assert_eq!(random.unit(), case.unit, "line {number}");
            let mut items: Vec<usize> = (0..case.shuffle.0).collect();
            random.shuffle(&mut items);
            assert_eq!(items, case.shuffle.1, "line {number}");
            let (n, k, drawn) = &case.sample;
            assert_eq!(&random.sample(*n, *k), drawn, "line {number}");
            assert_eq!(random.choices(case.choices.0, case.choices.1.len()), case.choices.1, "line {number}");
        }
    }

    /// From the specification of EvalScope 0.5: two lists shuffled in turn by one generator.
    #[test]
    fn state_carries_over() {
        let mut random = CPythonRandom::from_int(42);
        let (mut first, mut second) = ([0, 1, 2, 3, 4], [0, 1, 2, 3, 4]);
        random.shuffle(&mut first);
        random.shuffle(&mut second);
        assert_eq!((first, second), ([3, 1, 2, 4, 0], [3, 2, 0, 4, 1]));
    }
}
