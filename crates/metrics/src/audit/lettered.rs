//! Which letters stand for the options of a question whose answer is one of them.

use regex::Regex;
use std::sync::LazyLock;

/// An answer without the brackets around it.
pub(super) fn bare(target: &str) -> &str {
    target.trim().trim_matches(['(', ')', '[', ']', '（', '）'])
}

/// Whether a target is one capital letter, in brackets perhaps.
pub fn is_letter(target: &str) -> bool {
    matches!(bare(target).as_bytes(), [b'A'..=b'Z'])
}

/// Returns the labels of the options among which the target is: those of the sample, else those that stand before options
/// in the question (`(A)`, `A.`, `A、`), from A on without a gap. Nothing when the target is none of them.
pub fn lettered(labels: &[String], question: &str, target: &str) -> Option<Vec<String>> {
    static LABEL: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?:^|[\s(（])([A-Z])[)）.．、:：]").expect("the regex is a literal"));
    if !is_letter(target) {
        return None;
    }
    let mut shown = labels.to_vec();
    if shown.is_empty() {
        let standing: Vec<&str> =
            LABEL.captures_iter(question).map(|found| found.extract::<1>().1[0]).collect();
        let in_turn = ('A'..='Z').map(String::from);
        shown = in_turn.take_while(|label| standing.contains(&label.as_str())).collect();
    }
    (shown.len() > 1 && shown.iter().any(|label| label == bare(target))).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_those_of_the_sample_or_stand_in_the_question() {
        let joined = |question: &str, target: &str| lettered(&[], question, target).map(|all| all.concat());
        let bbh = "Which one?\nOptions:\n(A) red\n(B) blue\n(C) grey";
        assert_eq!(joined(bbh, "(A)").as_deref(), Some("ABC"));
        assert_eq!(joined(bbh, "C").as_deref(), Some("ABC"));
        assert_eq!(joined(bbh, "(D)"), None);
        assert_eq!(joined("下列正确的是\nA．红\nB．蓝", "B").as_deref(), Some("AB"));
        assert_eq!(joined("What stands for potassium?", "K"), None);
        assert_eq!(joined("Point A. Where is it?", "A"), None, "one label is no choice");
        let given = ["A", "B"].map(str::to_owned);
        assert_eq!(lettered(&given, "", "B").as_deref(), Some(&given[..]));
        assert_eq!(lettered(&given, bbh, "C"), None);
        assert_eq!(lettered(&given, "", "AB"), None);
    }
}
