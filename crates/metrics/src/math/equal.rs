//! Equality of mathematical answers.

use super::{clean, compare, parse};

/// Returns 1 if the answer is the same mathematical value as one of the targets, else 0.
///
/// Range 0 to 1, without a unit; more is better. An empty answer, or no target, gives 0.
///
/// Numbers are compared exactly, of any size: `0.75`, `3/4`, `\frac{3}{4}` and `75\%` are one; so are `10` and `10%`,
/// `1,000` and `1000`, `2\sqrt{2}` and `\sqrt{8}`. If one of the two is a decimal, both are rounded to six places
/// first, so `0.333333` is `1/3` and `0.3333` is not. Formulas are equal when their expanded forms are, or when they
/// agree at several points. The order counts in tuples and intervals, not in sets. `x = 5` is `5`. Units, currency
/// signs, `\text{…}` after a number and case do not count. What cannot be parsed is compared as text.
///
/// Definition: `verify` of Math-Verify 0.9.0, called as EvalScope 1.14.1 calls it. We differ on purpose where its
/// parser misreads plain answers, and then accept what is right:
///
/// - a final full stop does not count: `15.` is 15 (there no answer at all);
/// - `3 1/2` is 7/2 (there 2), `1 234` is 1234 (there 235), `x=1,234` is 1234 (there a set of two);
/// - `18元` and `18 dollars` are 18;
/// - `-5%` is -5 as `5%` is 5;
/// - `2 > x > 1` is `1 < x < 2`, and `-2x < 6` is `x > -3`.
pub fn metric(answer: &str, targets: &[String]) -> f64 {
    f64::from(u8::from(targets.iter().any(|target| is_equal(answer, target))))
}

/// Returns whether both texts are numbers and the same one.
pub fn same_number(a: &str, b: &str) -> bool {
    let number = |text: &str| {
        let has_digit = text.contains(|c: char| c.is_ascii_digit());
        if has_digit { parse::parse(text).filter(compare::is_number) } else { None }
    };
    number(a).zip(number(b)).is_some_and(|(a, b)| compare::equal(&a, &b))
}

fn is_equal(answer: &str, target: &str) -> bool {
    let folded = clean::folded(answer);
    if folded.is_empty() {
        return false;
    }
    if folded == clean::folded(target) {
        return true;
    }
    let values = parse::parse(target).zip(parse::parse(answer));
    values.is_some_and(|(target, answer)| compare::equal(&target, &answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_one(answer: &str, target: &str) -> bool {
        metric(answer, &[target.to_owned()]) == 1.0
    }

    #[test]
    fn numbers_are_recognised_and_words_are_not() {
        assert!(same_number("1,000", "1000"));
        assert!(same_number("$0.50", "1/2"));
        assert!(!same_number("e", "e"));
        assert!(!same_number("x1", "x1"));
        assert!(!same_number("", ""));
    }

    #[test]
    fn hostile_input_is_refused_soon() {
        let deep = format!("{}1{}", "(".repeat(900), ")".repeat(900));
        let roots = format!("{}2{}", "\\sqrt{".repeat(300), "}".repeat(300));
        let powers = "9^{9^{9^{9^{9}}}}".to_owned();
        let sums = "(a+b+c+d+f+g+h+k)^{12}(a-b-c-d)^{12}".to_owned();
        let minus = format!("{}1", "-".repeat(1_900));
        let commas = "1,".repeat(990) + "1";
        let factorial = "99999!!!".to_owned();
        let exponent = "1E999999999999".to_owned();
        let long = "7".repeat(100_000);
        let unclosed = "\\boxed{".repeat(200);
        for text in [deep, roots, powers, sums, minus, commas, factorial, exponent, long, unclosed] {
            assert!(!is_one(&text, "8"), "{text:.40}");
            assert!(is_one(&text, &text), "{text:.40}");
        }
    }

    #[test]
    fn large_numbers_are_exact() {
        let large = "123456789".repeat(20);
        assert!(is_one(&large, &format!("\\frac{{{large}0}}{{10}}")));
        assert!(!is_one(&large, &format!("{}8", &large[..large.len() - 1])));
    }

    proptest! {
        #[test]
        fn any_text_is_compared_without_panic(answer in "[-0-9a-z\\\\{}()\\[\\]^_/%$.,=<>| +*!&\n元]{0,40}", target in ".{0,30}") {
            let value = metric(&answer, std::slice::from_ref(&target));
            prop_assert!(value == 0.0 || value == 1.0);
            let _ = same_number(&answer, &target);
        }

        #[test]
        fn a_fraction_is_its_multiples(above in -9_999_i64..9_999, below in 1_i64..999, factor in 1_i64..99) {
            let target = format!("\\frac{{{above}}}{{{below}}}");
            let multiple = format!("{}/{}", above * factor, below * factor);
            prop_assert!(is_one(&multiple, &target));
            let other = format!("{}/{}", above * factor + 1, below * factor);
            prop_assert!(!is_one(&other, &target));
        }

        #[test]
        fn thousands_separators_do_not_count(number in 0_u64..10_000_000_000) {
            let digits = number.to_string();
            let mut grouped = String::new();
            for (index, digit) in digits.chars().enumerate() {
                if index > 0 && (digits.len() - index) % 3 == 0 {
                    grouped.push(',');
                }
                grouped.push(digit);
            }
            prop_assert!(is_one(&grouped, &digits));
        }
    }
}
