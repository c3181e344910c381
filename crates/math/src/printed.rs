//! Answers as EvalScope 1.14.1 prints them in its examples.

use crate::extract::{Group, Rule, extract_as_math_verify, group_around};
use crate::read::normalized;

/// Returns the final answer of a solution as EvalScope 1.14.1 prints it: where Math-Verify 0.9.0 finds it, in its notation.
///
/// Without a box that is what Math-Verify's search finds in the text: an announced answer or the last one, by its patterns.
///
/// What is in a box or between marks of mathematics loses its dress and its units and gets braces; a number in prose
/// loses its signs of thousands. A box that is not closed, which is no solution's, is not read as there.
///
/// ```
/// assert_eq!(evalscope_math::printed(r"It is $\boxed{\frac14}$.").as_deref(), Some(r"\frac{1}{4}"));
/// assert_eq!(evalscope_math::printed("So 1,200 are left.").as_deref(), Some("1200"));
/// ```
pub fn printed(solution: &str) -> Option<String> {
    let found = extract_as_math_verify(solution)?;
    let group = found.spans.last().and_then(|last| group_around(solution, last.clone()));
    if found.rule != Rule::Boxed {
        return Some(match group {
            Some(group) => {
                joined(&group, group.parts.iter().map(|span| normalized(&solution[span.0..span.1])))
            }
            None => plain(&found.text),
        });
    }
    // A brace behind the formula of the answer makes Math-Verify look at the text as a whole.
    let group = group.filter(|group| !solution[group.end..].contains('}'));
    Some(match group {
        Some(group) => {
            let boxed = group.parts.iter().map(|span| boxed_in(&solution[span.0..span.1]));
            let boxed: Vec<Option<String>> = boxed.collect();
            // Of the formulas that are listed, those up to the last one with a box count that all have one.
            let end = boxed.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
            let start = boxed[..end].iter().rposition(Option::is_none).map_or(0, |before| before + 1);
            joined(&group, boxed.into_iter().take(end).skip(start).flatten())
        }
        None => normalized(&found.text),
    })
}

/// Formulas that are listed, with the percent sign behind them.
fn joined(group: &Group, formulas: impl Iterator<Item = String>) -> String {
    let printed = formulas.collect::<Vec<_>>().join(" and ");
    if group.is_percent && !printed.contains('%') { printed + "%" } else { printed }
}

/// What is in the boxes of a formula, if it has some.
fn boxed_in(formula: &str) -> Option<String> {
    let found = extract_as_math_verify(formula).filter(|found| found.rule == Rule::Boxed);
    found.map(|found| normalized(&found.text))
}

/// A number without signs of thousands and leading zeros; what is none stays.
fn plain(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    if !digits.chars().all(|c| c.is_ascii_digit() || ",. %".contains(c)) {
        return text.to_owned();
    }
    let (whole, point) =
        match digits.find('.').or_else(|| digits.rfind(',').filter(|_| !has_thousands(digits))) {
            Some(at) => digits.split_at(at),
            None => (digits, ""),
        };
    let whole = whole.replace([',', ' '], "");
    // A sign keeps the zeros behind it.
    let whole = if sign.is_empty() { whole.trim_start_matches('0') } else { whole.as_str() };
    let whole = if whole.is_empty() { "0" } else { whole };
    format!("{sign}{whole}{}", point.replace(',', "."))
}

/// Whether the commas and spaces of a number part it into thousands.
fn has_thousands(digits: &str) -> bool {
    let mut groups = digits.split([',', ' ']);
    let first = groups.next().unwrap_or_default();
    matches!(first.len(), 1..=3) && !first.starts_with('0') && groups.all(|group| group.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::printed;

    /// What EvalScope 1.14.1's `extract_answer` gives.
    #[test]
    fn answers_are_printed_as_evalscope_does() {
        for (solution, answer) in [
            (r"It is $\boxed{\frac{\sqrt5-1}{2}}$.", r"\frac{\sqrt{5}-1}{2}"),
            (r"Thus \[\boxed{\left( 3, \frac{\pi}{2} \right)}.\]", r"( 3, \frac{\pi}{2} )"),
            (r"Hence $\boxed{\frac14}$.", r"\frac{1}{4}"),
            (r"We get $\boxed{\dfrac{2}{3}}$.", r"\frac{2}{3}"),
            (r"So $\boxed{12\text{ cm}^2}$.", "12"),
            (r"That is $\boxed{14{,}400}$.", "14,400"),
            (r"So $\boxed{50\%}$.", r"50\%"),
            (r"$\boxed{0.5}$", r"\frac{1}{2}"),
            (r"Thus $x = \boxed{2}$ or $x = \boxed{-3}$.", "2 and -3"),
            ("The answer is $5$.", "5"),
            ("$x$ is $5$ or $7$.", "5 and 7"),
            (r"It is $\boxed{x+11}$ or $\boxed{11+x}$.", "x+11 and 11+x"),
            (r"It is $\boxed{12x -34}$, or $\boxed{-34 + 12x}$.", "-34 + 12x"),
            (r"It is $\boxed{1}$, or $\boxed{2}$, by $\frac{2}{2}$.", "1,2"),
            (r"It is $x=2$ and $\boxed{6}$, $7$ is none.", "6"),
            (r"So $\boxed{20}$ percent of them.", "20%"),
            ("So 1,200 are left", "1200"),
            ("In all 1,5 kg", "1.5"),
        ] {
            assert_eq!(printed(solution).as_deref(), Some(answer), "{solution}");
        }
        assert_eq!(printed("I cannot say."), None);
    }
}
