//! Exact match and F1 of reading comprehension as SQuAD 1.1's official script defines them.

use crate::python;
use std::collections::HashMap;

/// Returns the text in lower case, without punctuation and articles, with single spaces.
pub fn normalize(text: &str) -> String {
    let bare = python::without_punctuation(&text.to_lowercase());
    python::with_single_spaces(&python::without_articles(&bare))
}

/// Returns 1 if the answer is a target after [`normalize`], else 0.
///
/// 0 or 1, more is better; of several targets any counts. No target gives 0; an answer that normalises to nothing equals
/// a target that does. Source: `exact_match_score` of `evaluate-v1.1.py` of SQuAD 1.1.
pub fn exact(answer: &str, targets: &[String]) -> f64 {
    let answer = normalize(answer);
    f64::from(u8::from(targets.iter().any(|target| normalize(target) == answer)))
}

/// Returns the harmonic mean of precision and recall of the normalised words, each counted as often as it stands there.
///
/// 0 to 1, more is better; of several targets the best. Nothing in common gives 0, also when both texts are empty (SQuAD
/// 2.0 gives 1 there). No target gives 0. Source: `f1_score` of `evaluate-v1.1.py` of SQuAD 1.1.
pub fn f1(answer: &str, targets: &[String]) -> f64 {
    let answer = normalize(answer);
    let answer: Vec<&str> = python::split(&answer).collect();
    targets.iter().map(|target| f1_of(&answer, &normalize(target))).fold(0.0, f64::max)
}

fn f1_of(answer: &[&str], target: &str) -> f64 {
    let target: Vec<&str> = python::split(target).collect();
    let mut left: HashMap<&str, usize> = HashMap::new();
    target.iter().for_each(|word| *left.entry(word).or_default() += 1);
    let mut shared = 0_usize;
    for word in answer {
        if let Some(count) = left.get_mut(word).filter(|count| **count > 0) {
            *count -= 1;
            shared += 1;
        }
    }
    if shared == 0 {
        return 0.0;
    }
    let (precision, recall) = (shared as f64 / answer.len() as f64, shared as f64 / target.len() as f64);
    2.0 * precision * recall / (precision + recall)
}
