//! From two texts to a verdict.

use super::formulas::{NamesAre, has_no_difference};
use super::values::Comparer;
use crate::fuel::Fuel;
use crate::read::{Parsed, folded, has_complex_names, normalized, parse, parse_normalized, without_capital};
use crate::rules::{Form, Rules, Units};
use crate::tree::{Node, Value};
use crate::verdict::{Reason, Side, Verdict};

/// Longer texts are compared as they stand: no answer is so long, and each rule goes over all of it.
const LONGEST: usize = 4_096;

/// Returns whether both texts are the same value, by these rules.
///
/// Where the rules are the same both ways, the pair is taken in one order: what is done first decides what is not done
/// any more when the fuel is used up.
pub(crate) fn verdict(target: &str, answer: &str, rules: Rules) -> Verdict {
    if rules.form == Form::Any && (answer.len(), answer) < (target.len(), target) {
        return in_order(answer, target, rules).turned();
    }
    in_order(target, answer, rules)
}

fn in_order(target: &str, answer: &str, rules: Rules) -> Verdict {
    for (text, side) in [(target, Side::Target), (answer, Side::Answer)] {
        if text.len() > LONGEST {
            let is_same = target.trim() == answer.trim();
            return if is_same { Verdict::Equal } else { Verdict::Unparsed(Reason::TooLong(side)) };
        }
    }
    let (wanted, given) = (folded(target), folded(answer));
    for (text, side) in [(&wanted, Side::Target), (&given, Side::Answer)] {
        if text.is_empty() {
            return Verdict::Unparsed(Reason::Empty(side));
        }
    }
    if wanted == given {
        return Verdict::Equal;
    }
    let fuel = Fuel::full();
    let side_of =
        |side| Verdict::Unparsed(if fuel.is_empty() { Reason::TooComplex } else { Reason::Unreadable(side) });
    let sides = (without_capital(target, answer), without_capital(answer, target));
    let Some(wanted) = parse(&sides.0, rules, &fuel) else { return side_of(Side::Target) };
    let Some(given) = parse(&sides.1, rules, &fuel) else { return side_of(Side::Answer) };
    of_comparison(same(wanted, given, &Comparer { rules, fuel: &fuel }), &fuel)
}

fn of_comparison(is_equal: bool, fuel: &Fuel) -> Verdict {
    match is_equal {
        true => Verdict::Equal,
        false if fuel.is_empty() => Verdict::Unparsed(Reason::TooComplex),
        false if fuel.has_doubt() => Verdict::Unparsed(Reason::OutOfReach),
        false => Verdict::Different,
    }
}

/// Returns whether both texts are the same value for Math-Verify 0.9.0, to which names that may be complex numbers are
/// others than real ones.
pub(crate) fn math_verify_verdict(target: &str, answer: &str) -> Verdict {
    let fuel = Fuel::full();
    let mut sides = Vec::new();
    for (text, side) in [(target, Side::Target), (answer, Side::Answer)] {
        if text.len() > LONGEST {
            return Verdict::Unparsed(Reason::TooLong(side));
        }
        let text = normalized(text);
        if text.is_empty() {
            return Verdict::Unparsed(Reason::Empty(side));
        }
        match parse_normalized(&text, &fuel) {
            Some(value) => sides.push((has_complex_names(&text) && value.has_names(), value)),
            None if fuel.is_empty() => return Verdict::Unparsed(Reason::TooComplex),
            None => return Verdict::Unparsed(Reason::Unreadable(side)),
        }
    }
    let [(is_complex, wanted), (is_other_complex, given)] = sides.as_slice() else {
        return Verdict::Different;
    };
    let is_apart = is_complex != is_other_complex && wanted.has_names() && given.has_names();
    let comparer = Comparer { rules: Rules::MATH_VERIFY, fuel: &fuel };
    of_comparison(!is_apart && (wanted == given || comparer.equal(wanted, given)), &fuel)
}

fn same(mut target: Parsed, answer: Parsed, comparer: &Comparer) -> bool {
    if let (Some(unit), Some(other)) = (&target.unit, &answer.unit)
        && unit.is_other_scale(other)
    {
        return false;
    }
    if let (Some(unit), Some(other), Units::Compared) = (&target.unit, &answer.unit, comparer.rules.units) {
        let Some(factor) = unit.factor_to(other) else { return false };
        if let Value::Scalar(node) = target.value {
            let factor = Node::Number { value: factor, is_decimal: false };
            target.value = Value::Scalar(if factor == Node::whole(1) {
                node
            } else {
                Node::Product(vec![factor, node])
            });
        }
    }
    // What is written alike costs no fuel: sets of sets would.
    target.value == answer.value || comparer.equal(&target.value, &answer.value)
}

/// Returns whether both texts are numbers and the same one, by the rules of [`crate::compare`].
pub fn same_number(a: &str, b: &str) -> bool {
    let fuel = Fuel::full();
    let number = |text: &str| {
        let has_digit = text.contains(|c: char| c.is_ascii_digit());
        if has_digit {
            parse(text, Rules::EVALSCOPE, &fuel).filter(|parsed| is_number(&parsed.value))
        } else {
            None
        }
    };
    let Some((a, b)) = number(a).zip(number(b)) else { return false };
    Comparer { rules: Rules::EVALSCOPE, fuel: &fuel }.equal(&a.value, &b.value)
}

/// Whether a value is a number, without names in it.
fn is_number(value: &Value) -> bool {
    match value {
        Value::Scalar(node) => !node.has_symbols(),
        _ => false,
    }
}

/// Returns whether two formulas, whose names may be complex numbers, have the difference 0; nothing is rounded.
pub(crate) fn have_no_difference(a: &Node, b: &Node, fuel: &Fuel) -> bool {
    has_no_difference(a, b, NamesAre::Complex, fuel)
}
