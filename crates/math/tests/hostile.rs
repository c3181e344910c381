//! Hostile input comes to an end.

use evalscope_math::{Mode, Verdict, compare, extract, same_number};
use proptest::prelude::*;

#[test]
fn hostile_answers_are_refused_soon() {
    let deep = format!("{}1{}", "(".repeat(900), ")".repeat(900));
    let roots = format!("{}2{}", "\\sqrt{".repeat(300), "}".repeat(300));
    let powers = "9^{9^{9^{9^{9}}}}".to_owned();
    let tower = "9^9^9^9".to_owned();
    let sums = "(a+b+c+d+f+g+h+k)^{12}(a-b-c-d)^{12}".to_owned();
    let minus = format!("{}1", "-".repeat(1_900));
    let commas = "1,".repeat(990) + "1";
    let factorial = "99999!!!".to_owned();
    let exponent = "1E999999999999".to_owned();
    let long = "7".repeat(1_000_000);
    let unclosed = "\\boxed{".repeat(200);
    for text in [deep, roots, powers, tower, sums, minus, commas, factorial, exponent, long, unclosed] {
        for mode in Mode::all() {
            assert!(!mode.compare("8", &text).is_equal(), "{text:.40}");
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
