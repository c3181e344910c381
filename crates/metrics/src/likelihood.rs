//! Perplexity and bits per byte from log-likelihoods of texts.

/// Log-likelihood and lengths of a text, or of many added up.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Likelihood {
    /// Sum of the natural logarithms of the tokens' probabilities.
    pub sum: f64,
    /// Words, by [`words`].
    pub words: u64,
    /// Bytes in UTF-8.
    pub bytes: u64,
}

impl Likelihood {
    /// Returns that of a text with the log-likelihood that a model gave it.
    pub fn of(text: &str, sum: f64) -> Likelihood {
        Likelihood { sum, words: words(text), bytes: text.len() as u64 }
    }

    /// Adds another text.
    pub fn add(&mut self, other: &Likelihood) {
        self.sum += other.sum;
        self.words += other.words;
        self.bytes += other.bytes;
    }

    /// Returns the perplexity of a word: e to the mean negative log-likelihood of all words of all texts.
    ///
    /// 1 upwards, less is better. Nothing without words. Source: `word_perplexity` of lm-evaluation-harness 0.4.13.
    pub fn word_perplexity(&self) -> Option<f64> {
        (self.words > 0).then(|| (-self.sum / self.words as f64).exp())
    }

    /// Returns the perplexity of a byte, as [`Likelihood::word_perplexity`] over bytes.
    ///
    /// Nothing without bytes. Source: `byte_perplexity` of lm-evaluation-harness 0.4.13.
    pub fn byte_perplexity(&self) -> Option<f64> {
        (self.bytes > 0).then(|| (-self.sum / self.bytes as f64).exp())
    }

    /// Returns the bits that a byte takes: the binary logarithm of [`Likelihood::byte_perplexity`].
    ///
    /// 0 upwards, less is better. Nothing without bytes. Source: `bits_per_byte` of lm-evaluation-harness 0.4.13.
    pub fn bits_per_byte(&self) -> Option<f64> {
        (self.bytes > 0).then(|| -self.sum / self.bytes as f64 / std::f64::consts::LN_2)
    }
}

/// Returns the pieces between white space, empty ones at the ends included: `re.split(r"\s+", text)` of the harness.
pub fn words(text: &str) -> u64 {
    let mut count = 1;
    let mut was_space = false;
    for c in text.chars() {
        let is_space = crate::python::is_space(c);
        count += u64::from(is_space && !was_space);
        was_space = is_space;
    }
    count
}

/// Returns the perplexity of samples: e to the mean negative log-likelihood, every sample counting the same.
///
/// 1 upwards, less is better. Nothing without samples. Source: `perplexity` of lm-evaluation-harness 0.4.13 (LAMBADA).
pub fn perplexity(sums: &[f64]) -> Option<f64> {
    (!sums.is_empty()).then(|| (-crate::stats::mean(sums)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perplexities_are_the_harnesss() {
        // lm-evaluation-harness 0.4.13: weighted_perplexity and bits_per_byte of [(-10, 3), (-25.5, 7)] and bytes 11, 31.
        let mut all = Likelihood::of("a bc\u{1f}déf gh", -10.0);
        assert_eq!((all.words, all.bytes), (4, 12));
        all = Likelihood { sum: -10.0, words: 3, bytes: 11 };
        all.add(&Likelihood { sum: -25.5, words: 7, bytes: 31 });
        let close = |value: Option<f64>, wanted: f64| (value.unwrap() - wanted).abs() < 1e-12 * wanted;
        assert!(close(all.word_perplexity(), 3.55_f64.exp()));
        assert!(close(all.byte_perplexity(), (35.5_f64 / 42.0).exp()));
        assert!(close(all.bits_per_byte(), 35.5 / 42.0 / 2.0_f64.ln()));
        assert!(close(perplexity(&[-1.0, -2.0]), 1.5_f64.exp()));
        assert_eq!((words(" a b "), words(""), words("a\n\n b")), (4, 1, 2));
        assert_eq!((Likelihood::default().word_perplexity(), perplexity(&[])), (None, None));
    }
}
