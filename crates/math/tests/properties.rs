//! What must hold for every number, formula and set.

use evalscope_math::{Verdict, compare};
use proptest::prelude::*;

fn grouped(number: u64, separator: &str) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push_str(separator);
        }
        text.push(digit);
    }
    text
}

/// A formula of numbers and names, in LaTeX.
fn formula() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (0_u32..100).prop_map(|number| number.to_string()),
        Just("x".to_owned()),
        Just("y".to_owned()),
        Just("\\pi".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        let two = (inner.clone(), inner);
        prop_oneof![
            two.clone().prop_map(|(a, b)| format!("({a}+{b})")),
            two.clone().prop_map(|(a, b)| format!("({a}-{b})")),
            two.clone().prop_map(|(a, b)| format!("({a})({b})")),
            two.clone().prop_map(|(a, b)| format!("\\frac{{{a}}}{{{b}+101}}")),
            two.clone().prop_map(|(a, _)| format!("\\sqrt{{{a}}}")),
            two.prop_map(|(a, _)| format!("({a})^2")),
        ]
    })
}

/// An answer of any kind, with formulas in it.
fn answer() -> impl Strategy<Value = String> {
    let kinds = prop_oneof![
        Just(("", "", "")),
        Just(("x=", "", "")),
        Just(("", "=x", "")),
        Just(("", "=", "")),
        Just(("", "<", "")),
        Just(("x\\ge ", "", "")),
        Just(("(", ",", ")")),
        Just(("[", ",", ")")),
        Just(("\\{", ",", "\\}")),
        Just(("", ",", "")),
        Just(("\\begin{pmatrix}", "\\\\", "\\end{pmatrix}")),
    ];
    (kinds, formula(), formula()).prop_map(|((open, between, close), a, b)| match between {
        "" | "=x" => format!("{open}{a}{between}{close}"),
        _ => format!("{open}{a}{between}{b}{close}"),
    })
}

proptest! {
    #[test]
    fn the_verdict_is_the_same_both_ways(a in answer(), b in answer()) {
        prop_assert_eq!(compare(&a, &b).is_equal(), compare(&b, &a).is_equal());
    }

    #[test]
    fn an_equation_for_a_name_is_what_it_gives(a in formula()) {
        let (named, given, other) = (format!("n={a}"), format!("{a}+0=n"), format!("({a})^2+9999=n"));
        prop_assert!(compare(&a, &named).is_equal());
        prop_assert!(compare(&given, &a).is_equal());
        prop_assert!(!compare("n", &other).is_equal());
    }

    #[test]
    fn a_formula_is_itself_rewritten(a in formula(), b in formula()) {
        let same = [
            (format!("{a}+{b}"), format!("{b}+{a}")),
            (format!("({a})({b})"), format!("({b}) \\cdot ({a})")),
            (format!("({a})-({b})"), format!("-(({b})-({a}))")),
            (a.clone(), format!("\\left({a}\\right)")),
            (a.clone(), format!("$\\displaystyle {a}$")),
            (format!("\\frac{{{a}}}{{7}}"), format!("\\dfrac{{3({a})}}{{21}}")),
            (format!("({a}, {b})"), format!("\\left({a},{b}\\right)")),
            (format!("\\{{{a}, {b}\\}}"), format!("\\{{{b},{a}\\}}")),
        ];
        for (left, right) in same {
            let verdict = compare(&left, &right);
            prop_assert!(verdict.is_equal(), "{} | {}: {:?}", left, right, verdict);
        }
    }

    #[test]
    fn a_formula_is_not_itself_and_one(a in formula()) {
        let verdict = compare(&a, &format!("{a}+1"));
        prop_assert!(!verdict.is_equal(), "{}: {:?}", a, verdict);
    }

    #[test]
    fn a_fraction_is_its_multiples(above in -9_999_i64..9_999, below in 1_i64..999, factor in 1_i64..99) {
        let target = format!("\\frac{{{above}}}{{{below}}}");
        prop_assert_eq!(compare(&target, &format!("{}/{}", above * factor, below * factor)), Verdict::Equal);
        prop_assert_eq!(compare(&target, &format!("{}/{}", above * factor + 1, below * factor)), Verdict::Different);
    }

    #[test]
    fn notation_does_not_change_a_number(number in 0_u64..10_000_000_000) {
        let digits = number.to_string();
        for text in [
            grouped(number, ","),
            grouped(number, "{,}"),
            grouped(number, ",\\!"),
            grouped(number, " "),
            format!("{number}.0"),
            format!("{number}\\times 10^0"),
            format!("{number}000E-3"),
            format!("\\frac{{{}}}{{2}}", 2 * number),
            format!("\\text{{{number}}}"),
            format!("{number} \\text{{ apples}}"),
        ] {
            prop_assert_eq!(compare(&digits, &text), Verdict::Equal, "{}", text);
        }
    }

    #[test]
    fn units_scale(number in 1_u32..100_000) {
        prop_assert_eq!(compare(&format!("{number}\\text{{ m}}"), &format!("{number}00\\text{{ cm}}")), Verdict::Equal);
        prop_assert_eq!(compare(&format!("{number}\\text{{ m}}"), &format!("{number}\\text{{ cm}}")), Verdict::Different);
        prop_assert_eq!(compare(&format!("{number}\\%"), &format!("\\frac{{{number}}}{{100}}")), Verdict::Equal);
    }

    #[test]
    fn roots_come_out_of_products(a in 2_u32..60, b in 2_u32..60) {
        let target = format!("{a}\\sqrt{{{b}}}");
        let (same, other) = (format!("\\sqrt{{{}}}", a * a * b), format!("\\sqrt{{{}}}", a * a * b + 1));
        prop_assert!(compare(&target, &same).is_equal());
        prop_assert!(!compare(&target, &other).is_equal());
    }
}
