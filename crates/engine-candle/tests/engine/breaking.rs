//! Breaks files at random, so that a seed makes the same again.

/// splitmix64.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % most.max(1) as u64) as usize
    }
}

/// Numbers with which files lie.
const LIES: [u64; 8] = [0, 1, 2, 0x7fff_ffff, 0xffff_ffff, 1 << 33, u64::MAX / 8, u64::MAX];

/// Breaks the bytes in one way, or in several.
pub fn break_bytes(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        // Most of a file is weights, and most of what can go wrong is before them.
        let reach = if random.below(4) == 0 { bytes.len() } else { bytes.len().min(8192) };
        let at = random.below(reach);
        match random.below(5) {
            0 => bytes.truncate(at),
            1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            2 if at + 8 <= bytes.len() => {
                bytes[at..at + 8].copy_from_slice(&LIES[random.below(LIES.len())].to_le_bytes());
            }
            3 if at < bytes.len() => drop(bytes.remove(at)),
            _ => bytes.insert(at.min(bytes.len()), random.below(256) as u8),
        }
    }
}
