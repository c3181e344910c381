//! Hostile input comes to an end.

#[path = "support/growing.rs"]
mod growing;
mod support;

use evalscope_math::{Mode, Reason, Side, Verdict, compare, extract, same_number};
use proptest::prelude::*;

/// Workers of a server have no more stack than this.
fn with_little_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(work);
    assert!(thread.is_ok_and(|thread| thread.join().is_ok()));
}

#[test]
fn hostile_answers_are_refused() {
    with_little_stack(|| {
        for text in support::hostile_texts() {
            for mode in Mode::all() {
                assert!(!mode.compare("8", &text).is_equal(), "{} {text:.40}", mode.name());
                let refuses = mode == Mode::MathVerify;
                assert!(refuses || mode.compare(&text, &text).is_equal(), "{} {text:.40}", mode.name());
            }
        }
    });
}

#[test]
fn more_parts_of_the_line_than_are_looked_at_are_no_verdict() {
    let line = |points: i32| {
        let points: Vec<String> = (0..points).map(|point| point.to_string()).collect();
        format!("\\mathbb{{R}}\\setminus\\{{{}\\}}", points.join(","))
    };
    assert_eq!(compare(&line(20), "(0,1)"), Verdict::Different);
    assert_eq!(compare(&line(80), "(0,1)").name(), "unparsed");
}

#[test]
fn large_numbers_are_exact() {
    let large = "123456789".repeat(20);
    assert_eq!(compare(&large, &format!("\\frac{{{large}0}}{{10}}")), Verdict::Equal);
    assert_eq!(compare(&large, &format!("{}8", &large[..large.len() - 1])), Verdict::Different);
}

/// Values beyond what is computed, and how they compare with 0.5 and 8.
const OUT_OF_REACH: [(&str, Option<Verdict>); 16] = [
    ("\\sin(9^{9^{9^9}})", None),
    ("\\cos(9^{9^9})+1", None),
    ("\\tan(10^{40}\\pi+1)", None),
    ("\\sin(3^{150})", None),
    ("\\cos((10^{60})!)", None),
    ("2^{-9^{9^9}}", None),
    ("\\frac{1}{9^{9^{9^9}}}", None),
    ("9^{9^9}-8^{9^9}+2^{9^9}", None),
    ("\\sqrt{10^{100}+1}-10^{50}", None),
    ("9^{9^{9^9}}", Some(Verdict::Different)),
    ("2\\cdot 9^{9^9}", Some(Verdict::Different)),
    ("(10^{60})!", Some(Verdict::Different)),
    ("\\left|2^{9^9}\\right|", Some(Verdict::Different)),
    ("\\sin(2)", Some(Verdict::Different)),
    ("\\frac{1}{0}", Some(Verdict::Different)),
    ("\\infty", Some(Verdict::Different)),
];

#[test]
fn values_out_of_reach_are_no_verdict() {
    for (text, verdict) in OUT_OF_REACH {
        for other in ["0.5", "8", "\\sqrt{2}"] {
            for found in [compare(text, other), compare(other, text)] {
                match verdict {
                    Some(verdict) => assert_eq!(found, verdict, "{text} {other}"),
                    None => assert!(matches!(found, Verdict::Unparsed(_)), "{text} {other}: {found}"),
                }
            }
        }
        assert_eq!(compare(text, &format!("{text} ")), Verdict::Equal);
    }
    assert_eq!(compare("9^{9^9}", "9^{9^8}").name(), "unparsed");
    let long: Vec<String> = (0..150).map(|number| number.to_string()).collect();
    let turned: Vec<String> = (0..150).rev().map(|number| number.to_string()).collect();
    assert_eq!(compare(&long.join(","), &turned.join(",")).name(), "unparsed");
}

#[test]
fn decimals_that_are_far_apart_cost_little() {
    let decimals: Vec<String> = (0..30).map(|number| format!("{number}.{number:03}")).collect();
    let turned: Vec<String> = decimals.iter().rev().cloned().collect();
    let set = |parts: &[String]| format!("\\{{{}\\}}", parts.join(","));
    assert_eq!(Mode::MathVerify.compare(&set(&decimals), &set(&turned)), Verdict::Equal);
    assert_eq!(Mode::MathVerify.compare(&set(&decimals), &set(&turned[1..])), Verdict::Different);
}

#[test]
fn long_periods_and_sums_are_paid_for() {
    let too_complex = Verdict::Unparsed(Reason::TooComplex);
    let period = |digits: usize| format!("0.{}\\overline{{3}}", "7".repeat(digits));
    assert_eq!(compare("0.5", &period(100)), Verdict::Different);
    assert_eq!(compare("0.5", &period(1_900)), too_complex);
    let cells = ["x"; 6].join("&");
    let determinant = format!("\\begin{{vmatrix}}{}\\end{{vmatrix}}", vec![cells; 6].join("\\\\"));
    assert_eq!(Mode::MathVerify.compare("8.5x", &determinant), too_complex);
}

#[test]
fn texts_beyond_the_limit_are_compared_as_they_stand() {
    let spaced = |times: usize| ("1+".repeat(times) + "1", "1 + ".repeat(times) + "1");
    let ((short, same), (long, other)) = (spaced(400), spaced(2_000));
    assert_eq!(compare(&short, &same), Verdict::Equal);
    assert_eq!(compare(&long, &format!(" {long} ")), Verdict::Equal);
    assert_eq!(compare(&long, &other), Verdict::Unparsed(Reason::TooLong(Side::Answer)));
}

#[test]
fn rounding_down_does_not_depend_on_the_last_bit() {
    for (text, value) in [
        ("\\lfloor\\log_2 8\\rfloor", "3"),
        ("\\lceil\\sqrt{2}\\sqrt{8}\\rceil", "4"),
        ("\\lfloor\\pi\\rfloor", "3"),
    ] {
        assert_eq!(compare(text, value), Verdict::Equal, "{text}");
    }
}

#[test]
fn what_fuel_is_left_does_not_depend_on_the_order() {
    let part = "s^\\circ i0.5n(1E-71)";
    for times in 1..24 {
        let product = part.repeat(times);
        assert_eq!(compare(part, &product).is_equal(), compare(&product, part).is_equal(), "{times}");
    }
}

#[test]
fn formulas_that_grow_by_themselves_come_back() {
    with_little_stack(|| {
        for (target, answer) in growing::growing_formulas() {
            let found = Mode::MathVerify.compare(&target, &answer);
            assert!(!found.is_equal(), "{target:.60} {answer:.60}");
            let _ = Mode::MathVerify.compare(&answer, &target);
        }
    });
}

#[test]
fn bound_names_are_not_mixed_up() {
    let is_equal = |target: &str, answer: &str| Mode::MathVerify.compare(target, answer).is_equal();
    assert!(is_equal("2", r"\lim_{x\to1}\lim_{y\to2} xy"));
    assert!(!is_equal("1", r"\lim_{x\to1}\lim_{y\to2} xy"));
    assert!(is_equal("3", r"\lim_{x\to1}\lim_{x\to3} x"));
    let twice = |power: &str| format!(r"\sum_{{a=1}}^{{n}}\sum_{{b=1}}^{{m}}2^{{{power}}}");
    assert!(!is_equal(&twice("a+2b"), &twice("2a+b")));
    assert!(is_equal(&twice("a+2b"), &twice("a+2b")));
    assert!(is_equal(&twice("a+2b"), r"\sum_{k=1}^{n}\sum_{l=1}^{m}2^{k+2l}"));
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
