//! The ways in which programs find and compare mathematical answers.

use crate::compare::{math_verify_verdict, verdict};
use crate::extract::{Found, extract, extract_as_math_verify};
use crate::modes::{evalscope_0_5, gsm8k, hendrycks, minerva, opencompass};
use crate::rules::Rules;
use crate::verdict::Verdict;
use regex::Regex;
use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// A way of finding and comparing answers.
///
/// ```
/// use evalscope_math::{Mode, Verdict};
///
/// let mode: Mode = "hendrycks_math".parse()?;
/// assert_eq!(mode.compare(r"\frac{1}{2}", "0.5"), Verdict::Equal);
/// assert_eq!(mode.compare(r"\frac{1}{4}", "0.25"), Verdict::Different);
/// assert_eq!(mode.extract("It is $7$.").map(|found| found.text).as_deref(), Some("7"));
/// # Ok::<(), evalscope_math::UnknownMode>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// Mathematics: what [`crate::extract()`] and [`crate::compare()`] do.
    #[default]
    Default,
    /// EvalScope 1.14.1, which calls Math-Verify 0.9.0; but what that misreads is read as it is meant.
    EvalScope,
    /// Math-Verify 0.9.0 as EvalScope 1.14.1 calls it, with its misreadings of plain text.
    MathVerify,
    /// `competition_math` of EvalScope 0.5.2: the first sentence with `final answer`; equal texts after normalisation.
    EvalScope05,
    /// `hendrycks_math` of lm-evaluation-harness 0.4.13: between the first and the last `$`; equal texts after
    /// normalisation.
    HendrycksMath,
    /// `minerva_math` of lm-evaluation-harness 0.4.13, its `exact_match`: after `Final Answer: The final answer is`;
    /// equal texts after normalisation, or formulas whose difference is 0.
    Minerva,
    /// `gsm8k` of lm-evaluation-harness 0.4.13 with `strict-match`: the number after `####`, as text.
    Gsm8kStrict,
    /// `gsm8k` of lm-evaluation-harness 0.4.13 with `flexible-extract`: the last number, as text.
    Gsm8kFlexible,
    /// `math` of OpenCompass 0.2: in the last box, else the sentence with `answer is`; equal texts after two
    /// normalisations.
    OpenCompass,
}

/// All modes with their names.
const NAMES: [(Mode, &str); 9] = [
    (Mode::Default, "default"),
    (Mode::EvalScope, "evalscope-1.14"),
    (Mode::MathVerify, "math-verify-0.9"),
    (Mode::EvalScope05, "evalscope-0.5"),
    (Mode::HendrycksMath, "hendrycks_math"),
    (Mode::Minerva, "minerva"),
    (Mode::Gsm8kStrict, "gsm8k-strict"),
    (Mode::Gsm8kFlexible, "gsm8k-flexible"),
    (Mode::OpenCompass, "opencompass-0.2"),
];

/// Modes that rewrite or search answers take longer ones as they stand: no answer is so long, and each rule goes over
/// all of it.
const LONGEST_TEXT: usize = 4_096;

/// Of longer texts, only the end is searched for the formula that Math-Verify would see. It reads no longer ones.
const LONGEST_SEEN: usize = 2_048;

impl Mode {
    /// Returns all modes.
    pub fn all() -> impl Iterator<Item = Mode> {
        NAMES.iter().map(|(mode, _)| *mode)
    }

    /// Returns its name.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(mode, _)| *mode == self).map_or("", |(_, name)| name)
    }

    /// Returns the mode of this name.
    pub fn named(name: &str) -> Option<Mode> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(mode, _)| *mode)
    }

    /// Returns the answer in a reply, or nothing when it has none.
    pub fn extract(self, reply: &str) -> Option<Found> {
        match self {
            Mode::Default | Mode::EvalScope => extract(reply),
            Mode::MathVerify => extract_as_math_verify(reply),
            Mode::EvalScope05 => Some(evalscope_0_5::extract(reply)),
            Mode::HendrycksMath => Some(hendrycks::extract(reply)),
            Mode::Minerva => minerva::extract(reply),
            Mode::Gsm8kStrict => gsm8k::strict(reply),
            Mode::Gsm8kFlexible => gsm8k::flexible(reply),
            Mode::OpenCompass => Some(opencompass::extract(reply)),
        }
    }

    /// Returns whether an answer is the target. The modes that compare texts know only equal and different.
    pub fn compare(self, target: &str, answer: &str) -> Verdict {
        let of_texts = |is_equal: bool| if is_equal { Verdict::Equal } else { Verdict::Different };
        let is_of_rules = matches!(self, Mode::Default | Mode::EvalScope | Mode::MathVerify);
        if !is_of_rules && target.len().max(answer.len()) > LONGEST_TEXT {
            return of_texts(target.trim() == answer.trim());
        }
        match self {
            Mode::Default => verdict(target, answer, Rules::DEFAULT),
            Mode::EvalScope => verdict(target, answer, Rules::EVALSCOPE),
            Mode::MathVerify => math_verify_verdict(&seen(target), &seen(answer)),
            Mode::EvalScope05 | Mode::HendrycksMath => of_texts(hendrycks::is_equal(answer, target)),
            Mode::Minerva => of_texts(minerva::is_equal(target, answer)),
            Mode::Gsm8kStrict | Mode::Gsm8kFlexible => of_texts(gsm8k::is_equal(target, answer)),
            Mode::OpenCompass => of_texts(opencompass::is_equal(answer, target)),
        }
    }
}

/// What Math-Verify sees of an answer: the last formula between marks. One that does not begin with a mark is put
/// between dollar signs before, by EvalScope 1.14.1.
fn seen(text: &str) -> String {
    static SCIENTIFIC: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+$").expect("the regex is a literal")
    });
    let text = text.trim();
    let is_marked = ["$", "\\(", "\\[", "\\boxed", "\\fbox"].iter().any(|mark| text.starts_with(mark));
    let may_be_prose = || text.contains(['$', '\n']) || text.to_lowercase().contains("answer");
    let found = match () {
        () if text.len() > LONGEST_SEEN => {
            let end = &text[text.ceil_char_boundary(text.len() - LONGEST_SEEN)..];
            let found = extract_as_math_verify(end).filter(|_| text.len() <= 2 * LONGEST_TEXT);
            return found.map_or_else(|| text.to_owned(), |found| found.text);
        }
        () if SCIENTIFIC.is_match(text) => return text.replace('e', "E"),
        () if is_marked => extract_as_math_verify(text),
        () if may_be_prose() => extract_as_math_verify(&format!("${text}$")),
        () => return text.to_owned(),
    };
    found.map_or_else(String::new, |found| found.text)
}

impl fmt::Display for Mode {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// A name that no mode has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownMode {
    /// The name.
    pub name: String,
}

impl fmt::Display for UnknownMode {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        let names: Vec<&str> = Mode::all().map(Mode::name).collect();
        write!(out, "there is no mode `{}`, only {}", self.name, names.join(", "))
    }
}

impl Error for UnknownMode {}

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(name: &str) -> Result<Mode, UnknownMode> {
        Mode::named(name).ok_or_else(|| UnknownMode { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_compared_as_they_stand() {
        let spaced = |count: usize| ("1+".repeat(count) + "1", "1 + ".repeat(count) + "1");
        for mode in [Mode::EvalScope05, Mode::HendrycksMath, Mode::OpenCompass] {
            let ((short, same), (long, other)) = (spaced(100), spaced(5_000));
            assert!(mode.compare(&short, &same).is_equal(), "{mode}");
            assert!(!mode.compare(&long, &other).is_equal(), "{mode}");
            assert!(mode.compare(&long, &format!(" {long}")).is_equal(), "{mode}");
        }
    }
}
