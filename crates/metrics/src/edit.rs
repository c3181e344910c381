//! How near an answer is to a target by the edits of characters that lead from one to the other.

use rapidfuzz::distance::{indel, levenshtein};

/// Characters of a text that are compared at most: the work grows with the product of both lengths.
const MAX_CHARACTERS: usize = 200_000;

fn best(targets: &[String], value: impl Fn(&str) -> f64) -> f64 {
    targets.iter().map(|target| value(target)).fold(0.0, f64::max)
}

/// Returns the edits that lead from one text to the other, each of which inserts, deletes or replaces a character.
///
/// Of texts of more than 200,000 characters their beginnings are compared. Source: Levenshtein's distance.
pub fn distance(one: &str, other: &str) -> usize {
    let cut = |text: &str| text.chars().take(MAX_CHARACTERS).collect::<Vec<char>>();
    levenshtein::distance(cut(one), cut(other))
}

/// Returns 1 − edits / length of the longer text, where an edit inserts, deletes or replaces a character.
///
/// 0 to 1, more is better; two empty texts give 1, of several targets the best counts, and no target gives 0. Of texts of
/// more than 200,000 characters their beginnings are compared. Source: Levenshtein's distance as RepoEval normalises it;
/// `Levenshtein.normalized_similarity` of rapidfuzz 3.14.
pub fn edit_similarity(answer: &str, targets: &[String]) -> f64 {
    let cut = |text: &str| text.chars().take(MAX_CHARACTERS).collect::<Vec<char>>();
    let answer = cut(answer);
    best(targets, |target| levenshtein::normalized_similarity(answer.iter().copied(), cut(target)))
}

/// Returns 1 − edits / length of both texts, where an edit inserts or deletes a character.
///
/// 0 to 1, more is better; otherwise as [`edit_similarity`]. Source: `fuzz.ratio` of thefuzz and rapidfuzz over 100, by
/// which LongBench and RepoBench score code.
pub fn indel_similarity(answer: &str, targets: &[String]) -> f64 {
    let cut = |text: &str| text.chars().take(MAX_CHARACTERS).collect::<Vec<char>>();
    let answer = cut(answer);
    best(targets, |target| indel::normalized_similarity(answer.iter().copied(), cut(target)))
}
