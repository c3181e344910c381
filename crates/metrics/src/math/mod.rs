//! Mathematical answers, as benchmarks score them: `evalscope-math` behind the names of extractors and metrics.

use crate::answer::{Answer, Reply};
use evalscope_math::{Found, Mode};

pub mod whole;

fn answer(text: &str, found: Found) -> Answer {
    let span = found.literal_span(text).map(|span| (span.start, span.end));
    Answer { text: found.text, span }
}

/// Returns the final answer of a solution; see [`evalscope_math::extract()`].
pub(crate) fn final_answer(reply: &Reply) -> Option<Answer> {
    Mode::EvalScope.extract(reply.text).map(|found| answer(reply.text, found))
}

/// Returns the final answer of a solution as EvalScope 1.14.1 prints it; see [`evalscope_math::printed()`].
pub(crate) fn printed_answer(reply: &Reply) -> Option<Answer> {
    evalscope_math::printed(reply.text)
        .filter(|text| !text.is_empty())
        .map(|text| Answer { text, span: None })
}

/// Returns the normalised answer in the first sentence that holds `final answer`, else in the first of all.
///
/// A sentence ends at any full stop, so that of `0.5` it is `0`. Never nothing. Source: `_math_postprocess` of
/// `competition_math` in EvalScope 0.5.2.
pub(crate) fn final_answer_0_5(reply: &Reply) -> Option<Answer> {
    Mode::EvalScope05.extract(reply.text).map(|found| answer(reply.text, found))
}

/// Returns the inside of the last `\boxed{…}`, else the normalised answer in the first sentence that holds `final answer`
/// or `answer is`, else in the first of all.
///
/// Never nothing. Source: `math_postprocess_v2` of OpenCompass 0.2 (ms-opencompass 0.1.6).
pub(crate) fn final_answer_opencompass(reply: &Reply) -> Option<Answer> {
    Mode::OpenCompass.extract(reply.text).map(|found| answer(reply.text, found))
}

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
pub(crate) fn equal(answer: &str, targets: &[String]) -> f64 {
    share(Mode::EvalScope, answer, targets)
}

/// Returns 1 if answer and target are the same text after normalisation, else 0.
///
/// More is better. No target gives 0. Fractions, roots, degrees, percent signs, units in `\text{ …}` and a short `x=`
/// are normalised; no arithmetic, so `0.25` is not `\frac{1}{4}`. What the normalisation cannot take apart, as a
/// `\sqrt` at the end, is compared as it is. Source: `_is_equiv` of `competition_math` in EvalScope 0.5.2.
pub(crate) fn equal_0_5(answer: &str, targets: &[String]) -> f64 {
    share(Mode::EvalScope05, answer, targets)
}

/// Returns 1 if answer and target are the same text after normalisation, else 0.
///
/// More is better. No target gives 0. Source: `MATHEvaluator` with `version='v2'` of OpenCompass 0.2 (ms-opencompass
/// 0.1.6).
pub(crate) fn equal_opencompass(answer: &str, targets: &[String]) -> f64 {
    share(Mode::OpenCompass, answer, targets)
}

fn share(mode: Mode, answer: &str, targets: &[String]) -> f64 {
    f64::from(u8::from(targets.iter().any(|target| mode.compare(target, answer).is_equal())))
}
