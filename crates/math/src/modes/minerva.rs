//! MATH as `minerva_math` of lm-evaluation-harness 0.4.13 scores it (the rules of Lewkowycz et al. 2022).

use super::lewkowycz::{REMOVED, REPLACED, unwrapped, with_braced_fractions};
use super::sympy;
use crate::compare::have_no_difference;
use crate::extract::{Found, Rule};
use crate::fuel::Fuel;
use regex::{Captures, Regex};
use std::sync::LazyLock;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the regex is a literal")
}

/// Returns the answer in `Final Answer: The final answer is … . I hope it is correct.`, of which the end may be missing.
pub(crate) fn extract(reply: &str) -> Option<Found> {
    const END: &str = "I hope it is correct.";
    static ANSWER: LazyLock<Regex> =
        LazyLock::new(|| regex(r"Final Answer: The final answer is(.*?). I hope it is correct."));
    let ended = format!("{reply}{END}");
    let inside = ANSWER.captures(&ended)?.get(1)?;
    let text = inside.as_str().trim();
    let start = inside.start() + inside.as_str().len() - inside.as_str().trim_start().len();
    let span = start..start + text.len();
    let is_in_reply = span.end <= reply.len();
    Some(if is_in_reply {
        Found::at(reply, span, Rule::Pattern)
    } else {
        Found::made(text.to_owned(), Rule::Pattern)
    })
}

/// Returns whether both are the same text after normalisation, or formulas whose difference is 0.
///
/// Source: `exact_match` of `minerva_math` in lm-evaluation-harness 0.4.13, which reads both with SymPy 1.14.0 and asks
/// it to simplify their difference. They are read as there, and where it does not find that the difference is 0, they
/// are not equal.
pub(crate) fn is_equal(target: &str, answer: &str) -> bool {
    let (target, answer) = (normal(target), normal(answer));
    if target == answer && !target.is_empty() {
        return true;
    }
    let formulas = sympy::read(&target).zip(sympy::read(&answer));
    let fuel = Fuel::full();
    formulas.is_some_and(|(target, answer)| {
        have_no_difference(&target, &answer, &fuel) && sympy::is_found_equal(&target, &answer, &fuel)
    })
}

fn normal(answer: &str) -> String {
    static GROUPS: LazyLock<Regex> = LazyLock::new(|| regex(r"^-?\d{1,3}(,\d{3})+$"));
    let text = answer.rsplit('=').next().unwrap_or_default();
    let text = unwrapped(without_dollars(&without_words(text)));
    let text = with_braced_roots(&with_braced_fractions(&text)).replace('$', "");
    if GROUPS.is_match(&text) { text.replace(',', "") } else { text }
}

fn is_word(removed: &&str) -> bool {
    removed.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Units go first as words, then wherever they stand outside of commands.
fn without_words(text: &str) -> String {
    static AS_WORDS: LazyLock<Regex> = LazyLock::new(|| {
        let words: Vec<&str> = REMOVED.into_iter().filter(is_word).collect();
        regex(&format!(r"\b(?:{})\b", words.join("|")))
    });
    let is_command = |start: usize| text[..start].ends_with('\\');
    let kept = |found: &Captures| {
        found.get(0).filter(|word| is_command(word.start())).map_or("", |word| word.as_str()).to_owned()
    };
    let mut text = AS_WORDS.replace_all(text, kept).into_owned();
    for (before, after) in REPLACED {
        text = text.replace(before, after);
    }
    for removed in REMOVED {
        if !text.contains(removed) {
            continue;
        }
        text = if is_word(&removed) { outside_commands(&text, removed) } else { text.replace(removed, "") };
    }
    text
}

/// Takes a word out wherever it stands, but not out of the name of a command.
fn outside_commands(text: &str, word: &str) -> String {
    static COMMAND: LazyLock<Regex> = LazyLock::new(|| regex(r"\\[a-zA-Z]+"));
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for command in COMMAND.find_iter(text) {
        kept.push_str(&text[at..command.start()].replace(word, ""));
        kept.push_str(command.as_str());
        at = command.end();
    }
    kept + &text[at..].replace(word, "")
}

/// What stands between dollar signs.
fn without_dollars(text: &str) -> String {
    static FORMULA: LazyLock<Regex> = LazyLock::new(|| regex(r".*?\$(.*?)\$.*"));
    FORMULA.replace_all(text, "$$$1$$").into_owned()
}

/// Braces around arguments of one sign: `\sqrt2`, `\sqrt[3]2`.
fn with_braced_roots(text: &str) -> String {
    static HIGHER: LazyLock<Regex> = LazyLock::new(|| regex(r"sqrt(\[[^\]]*\])(\w)"));
    static SQUARE: LazyLock<Regex> = LazyLock::new(|| regex(r"sqrt([^{\[])"));
    let text = HIGHER.replace_all(text, "sqrt$1{$2}");
    SQUARE.replace_all(&text, "sqrt{$1}").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_of_the_examples_is_found() {
        let found = extract("Final Answer: The final answer is $[2,5)$. I hope it is correct.").unwrap();
        assert_eq!(found.text, "$[2,5)$");
        assert_eq!(extract("The answer is 3."), None);
    }

    #[test]
    fn texts_are_normalised() {
        assert_eq!(normal("x = \\frac12 \\text{ inches}"), "\\frac{1}{2}");
        assert_eq!(normal("2\\pi cm"), "2\\pi");
        assert_eq!(normal("1,000"), "1000");
        assert_eq!(normal("0,1"), "0,1");
        assert_eq!(normal("\\left(1\\right)"), "\\left(1\\right)");
    }

    #[test]
    fn formulas_may_differ_as_texts() {
        assert!(is_equal("\\frac{1}{2}", "0.5"));
        assert!(is_equal("(x+1)^2", "x^2+2x+1"));
        assert!(is_equal("[2,5)", "[2,5)"));
        assert!(!is_equal("1,2", "2,1"));
        assert!(!is_equal("\\frac{1}{3}", "0.333333"));
    }
}
