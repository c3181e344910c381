//! A model that anybody can compute: its logits are a hash of all tokens before.

/// Tokens: all bytes, a beginning and an end.
pub const VOCABULARY: usize = 258;
/// The token that texts begin with.
pub const BOS: u32 = 256;

/// A text with it ends a worker that is to turn it into tokens.
pub const CRASH_IN_TEXT: char = '\u{5}';
/// A worker that computes it stops and never goes on.
pub const STOP: char = '\u{6}';
/// A worker that computes it ends.
pub const CRASH: char = '\u{7}';

/// Logits after these tokens. Small letters are likely, the end is not.
pub fn logits(tokens: &[u32]) -> Vec<f32> {
    let seed = tokens.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, token| {
        (hash ^ u64::from(*token)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let likely = u64::from(b'a')..=u64::from(b'z');
    (0..VOCABULARY as u64)
        .map(|token| {
            let mut mixed =
                (seed ^ token.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed ^= mixed >> 31;
            let noise = (mixed >> 40) as f32 / (1 << 22) as f32;
            noise + if likely.contains(&token) { 8.0 } else { 0.0 }
        })
        .collect()
}
