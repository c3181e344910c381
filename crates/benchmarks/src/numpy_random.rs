//! NumPy's `default_rng(seed).permutation(n)`, bit for bit: how Hugging Face's `datasets`, and so EvalScope 1.14, shuffles rows.
//!
//! Matches NumPy 2.4: PCG64 (XSL-RR 128/64), seeded by a `SeedSequence`. Nothing else of NumPy's generators is here.

/// Words of 32 bits that a seed is stirred into.
const POOL: usize = 4;
const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;

/// The numbers below `n` in the order of `default_rng(seed).permutation(n)`.
pub(crate) fn permutation(seed: u64, n: usize) -> Vec<usize> {
    let mut random = Pcg64::from_seed(seed);
    let mut items: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        let j = random.up_to(i as u64);
        items.swap(i, j as usize);
    }
    items
}

struct Pcg64 {
    state: u128,
    increment: u128,
    /// The upper half of the last 64 bits, when only the lower one was asked for.
    half: Option<u32>,
}

impl Pcg64 {
    fn from_seed(seed: u64) -> Self {
        let [a, b, c, d] = seed_words(seed).map(u128::from);
        let mut random = Pcg64 { state: 0, increment: (c << 64 | d) << 1 | 1, half: None };
        random.step();
        random.state = random.state.wrapping_add(a << 64 | b);
        random.step();
        random
    }

    fn step(&mut self) {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(self.increment);
    }

    fn next_u64(&mut self) -> u64 {
        self.step();
        let folded = (self.state >> 64) as u64 ^ self.state as u64;
        folded.rotate_right((self.state >> 122) as u32)
    }

    fn next_u32(&mut self) -> u32 {
        self.half.take().unwrap_or_else(|| {
            let both = self.next_u64();
            self.half = Some((both >> 32) as u32);
            both as u32
        })
    }

    /// A number from 0 to `most`: as many bits as it has, drawn until they are no more than it.
    fn up_to(&mut self, most: u64) -> u64 {
        let mask = u64::MAX >> most.leading_zeros();
        loop {
            let drawn =
                if most > u64::from(u32::MAX) { self.next_u64() } else { u64::from(self.next_u32()) } & mask;
            if drawn <= most {
                return drawn;
            }
        }
    }
}

/// `SeedSequence(seed).generate_state(4, uint64)`.
fn seed_words(seed: u64) -> [u64; 4] {
    let mut factor = 0x43b0_d7e5u32;
    let mut hash = |value: u32| {
        let value = value ^ factor;
        factor = factor.wrapping_mul(0x931e_8875);
        let value = value.wrapping_mul(factor);
        value ^ value >> 16
    };
    let mut pool = [seed as u32, (seed >> 32) as u32, 0, 0].map(&mut hash);
    for source in 0..POOL {
        for target in (0..POOL).filter(|target| *target != source) {
            let mixed = pool[target]
                .wrapping_mul(0xca01_f9dd)
                .wrapping_sub(hash(pool[source]).wrapping_mul(0x4973_f715));
            pool[target] = mixed ^ mixed >> 16;
        }
    }
    let mut factor = 0x8b51_f9ddu32;
    let mut word = |at: usize| {
        let value = pool[at % POOL] ^ factor;
        factor = factor.wrapping_mul(0x58f3_8ded);
        let value = value.wrapping_mul(factor);
        u64::from(value ^ value >> 16)
    };
    [0, 2, 4, 6].map(|at| word(at) | word(at + 1) << 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        seed: u64,
        permutation: Vec<usize>,
    }

    /// Vectors of NumPy 2.4.6.
    #[test]
    fn equal_to_numpy() {
        for (number, line) in include_str!("../vectors/numpy_random.jsonl").lines().enumerate() {
            let case: Case = serde_json::from_str(line).unwrap();
            assert_eq!(permutation(case.seed, case.permutation.len()), case.permutation, "line {number}");
        }
    }

    #[test]
    fn none_and_one_have_one_order() {
        assert_eq!((permutation(42, 0), permutation(42, 1)), (vec![], vec![0]));
    }
}
