//! IFEval: whether a reply follows instructions that a program can check, such as a number of words.
//!
//! The 25 checkers of google-research's `instruction_following_eval`, as lm-evaluation-harness 0.4.13 has them. A target is
//! a JSON object with `instruction_id_list` and `kwargs`, as in the rows of the data set. Where the reference would
//! draw a missing argument at random, ours counts the instruction as not followed, the same each time.

mod arguments;
mod form;
mod text;

use arguments::Arguments;
use serde::Deserialize;
use serde_json::{Map, Value};

/// How a reply is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As it is.
    Strict,
    /// Also without asterisks, without its first line, without its last line, and all together; one that follows is
    /// enough.
    Loose,
}

/// A checker: whether the text follows the instruction; nothing when an argument is missing.
type Check = fn(&str, &Arguments) -> Option<bool>;

/// All checkers, by the data set's names.
const CHECKERS: [(&str, Check); 25] = [
    ("keywords:existence", text::has_keywords),
    ("keywords:frequency", text::has_keyword_often),
    ("keywords:forbidden_words", text::has_no_forbidden_word),
    ("keywords:letter_frequency", text::has_letter_often),
    ("language:response_language", text::is_in_language),
    ("length_constraints:number_sentences", form::has_sentences),
    ("length_constraints:number_paragraphs", form::has_paragraphs),
    ("length_constraints:number_words", form::has_words),
    ("length_constraints:nth_paragraph_first_word", form::has_first_word),
    ("detectable_content:number_placeholders", form::has_placeholders),
    ("detectable_content:postscript", form::has_postscript),
    ("detectable_format:number_bullet_lists", form::has_bullets),
    ("detectable_format:constrained_response", text::is_one_of_three),
    ("detectable_format:number_highlighted_sections", form::has_highlights),
    ("detectable_format:multiple_sections", form::has_sections),
    ("detectable_format:json_format", form::is_json),
    ("detectable_format:title", form::has_title),
    ("combination:two_responses", form::is_two_responses),
    ("combination:repeat_prompt", text::repeats_prompt),
    ("startend:end_checker", text::ends_with_phrase),
    ("change_case:capital_word_frequency", text::has_capital_words),
    ("change_case:english_capital", text::is_english_capitals),
    ("change_case:english_lowercase", text::is_english_lowercase),
    ("punctuation:no_comma", text::has_no_comma),
    ("startend:quotation", text::is_quoted),
];

/// The columns of a row that say what is asked.
#[derive(Debug, Clone, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    instruction_id_list: Vec<String>,
    #[serde(default)]
    kwargs: Vec<Option<Map<String, Value>>>,
}

/// Returns for each instruction whether the reply follows it; nothing when the target is not the JSON that it should be.
///
/// An instruction of an unknown name is not followed, nor is any by an empty reply. Source: `test_instruction_following_strict`
/// and `_loose`. Two checkers ask more than rules: languages are told by the crate `langdetect`, a port of the Python package
/// 1.0.9 that the reference uses, with the seed 0, where the reference has none and so can differ from itself on short or
/// mixed texts; sentences are split by [`crate::sentences`].
pub fn followed(reply: &str, target: &str, reading: Reading) -> Option<Vec<bool>> {
    let asked: Asked = serde_json::from_str(target).ok()?;
    let replies = match reading {
        Reading::Strict => vec![reply.to_owned()],
        Reading::Loose => loosely(reply),
    };
    let replies: Vec<String> =
        replies.into_iter().filter(|text| !crate::python::trim(text).is_empty()).collect();
    let follows = |(place, name): (usize, &String)| {
        let arguments = Arguments::new(asked.kwargs.get(place).cloned().flatten().unwrap_or_default());
        let check = CHECKERS.iter().find(|(known, _)| known == name).map(|(_, check)| check);
        check.is_some_and(|check| replies.iter().any(|reply| check(reply, &arguments) == Some(true)))
    };
    Some(asked.instruction_id_list.iter().enumerate().map(follows).collect())
}

/// The eight readings of a reply.
fn loosely(reply: &str) -> Vec<String> {
    let lines: Vec<&str> = reply.split('\n').collect();
    let part = |from: usize, to: usize| {
        let lines = lines.get(from..to).unwrap_or_default();
        crate::python::trim(&lines.join("\n")).to_owned()
    };
    let last = lines.len() - 1;
    let cut = [part(1, lines.len()), part(0, last), part(1, last)];
    let plain = |text: &String| text.replace('*', "");
    let mut all = vec![reply.to_owned(), plain(&reply.to_owned())];
    all.extend(cut.iter().cloned());
    all.extend(cut.iter().map(plain));
    all
}

/// Returns how many instructions a target has; 0 when it cannot be read.
pub fn count(target: &str) -> usize {
    serde_json::from_str::<Asked>(target).map_or(0, |asked| asked.instruction_id_list.len())
}

/// Returns 1 if the reply follows every instruction of the target, else 0.
///
/// More is better. A target that cannot be read gives 0. Source: `prompt_level_strict_acc` and `prompt_level_loose_acc`.
pub fn all(reply: &str, targets: &[String], reading: Reading) -> f64 {
    let found = targets.first().and_then(|target| followed(reply, target, reading));
    f64::from(u8::from(found.is_some_and(|found| !found.contains(&false))))
}

/// Returns the share of the target's instructions that the reply follows.
///
/// 0 to 1, more is better. A target without instructions, and one that cannot be read, gives 0. The reference's
/// `inst_level_strict_acc` and `inst_level_loose_acc` are means over all instructions of all samples: the aggregate
/// `ifeval_instructions`.
pub fn share(reply: &str, targets: &[String], reading: Reading) -> f64 {
    let found = targets.first().and_then(|target| followed(reply, target, reading)).unwrap_or_default();
    let count = found.iter().filter(|follows| **follows).count();
    count as f64 / found.len().max(1) as f64
}
