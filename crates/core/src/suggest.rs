//! The nearest known name to a mistyped one.

/// The candidate nearest to `word`, when it is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.is_empty() {
        return None;
    }
    let word = word.to_lowercase();
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (edit_distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= limit || begins_alike(&word, &candidate.to_lowercase()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Whether nearly all of `word` stands at the beginning of `candidate`: `few_shots` and `few_shot_num`.
fn begins_alike(word: &str, candidate: &str) -> bool {
    let common = word.chars().zip(candidate.chars()).take_while(|(a, b)| a == b).count();
    let length = word.chars().count();
    common == length || common >= 4 && common * 4 >= length * 3
}

/// Levenshtein distance, in characters; a swap of neighbours counts one.
fn edit_distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let substitute = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut best = substitute.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(rows[i - 2][j - 2] + 1);
                }
                best
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant() {
        let names = ["gsm8k", "mmlu", "hellaswag", "truthful_qa"];
        assert_eq!(nearest("gms8k", names), Some("gsm8k"));
        assert_eq!(nearest("truthfulqa", names), Some("truthful_qa"));
        assert_eq!(nearest("hella", names), Some("hellaswag"));
        assert_eq!(nearest("something", names), None);
        assert_eq!(nearest("", ["a", "b"]), None);
    }
}
