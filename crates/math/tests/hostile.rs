//! Hostile input comes to an end.

mod support;

use evalscope_math::{Mode, Verdict, compare, extract, same_number};
use proptest::prelude::*;

#[test]
fn hostile_answers_are_refused() {
    for text in support::hostile_texts() {
        for mode in Mode::all() {
            assert!(!mode.compare("8", &text).is_equal(), "{} {text:.40}", mode.name());
            let refuses = mode == Mode::MathVerify;
            assert!(refuses || mode.compare(&text, &text).is_equal(), "{} {text:.40}", mode.name());
        }
    }
}

#[test]
fn large_numbers_are_exact() {
    let large = "123456789".repeat(20);
    assert_eq!(compare(&large, &format!("\\frac{{{large}0}}{{10}}")), Verdict::Equal);
    assert_eq!(compare(&large, &format!("{}8", &large[..large.len() - 1])), Verdict::Different);
}

proptest! {
    #[test]
    fn any_text_is_compared_without_panic(
        answer in "[-0-9a-z\\\\{}()\\[\\]^_/%$.,=<>| +*!&\n元]{0,40}",
        target in ".{0,30}",
    ) {
        for mode in Mode::all() {
            let _ = mode.compare(&target, &answer);
            let _ = mode.extract(&answer);
        }
        let _ = same_number(&answer, &target);
        let _ = extract(&target);
    }
}
