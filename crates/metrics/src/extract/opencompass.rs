//! Answers as OpenCompass 0.2 finds them, but for options: free answers to BBH, blanks of AGIEval, programs for MBPP,
//! and the general clean-up of short answers.

use crate::answer::{Answer, Reply};
use crate::extract::boxed_0_5;
use crate::python::trim;
use crate::score::equal::general as general_text;
use fancy_regex::Regex;
use std::sync::LazyLock;

fn compiled<const N: usize>(patterns: [&str; N]) -> [Regex; N] {
    patterns.map(|pattern| Regex::new(pattern).expect("the regex is a literal"))
}

/// Returns the reply up to its first comma, full stop or line end, without punctuation and articles, spaces single.
///
/// Never nothing: of an empty reply, empty text. Source: `general_postprocess` of OpenCompass 0.2 (ms-opencompass 0.1.6).
pub(super) fn general(reply: &Reply) -> Option<Answer> {
    Some(Answer::made(general_text(reply.text)))
}

/// Returns the line after the first `answer is `, without a final full stop; of bold text in it, the inside.
///
/// Never nothing: without the marker, the first line. A second marker ends the answer. Source: `bbh_freeform_postprocess`
/// of OpenCompass 0.2 (ms-opencompass 0.1.6).
pub(super) fn bbh_free(reply: &Reply) -> Option<Answer> {
    static BOLD: LazyLock<[Regex; 1]> = LazyLock::new(|| compiled([r"\*\*(.*?)\*\*"]));
    let mut parts = reply.text.split("answer is ");
    let first = parts.next().unwrap_or_default();
    let part = parts.next().map_or(first, trim);
    let line = trim(part.split('\n').next().unwrap_or_default());
    let line = line.strip_suffix('.').map_or(line, trim);
    let bold = BOLD[0].captures(line).ok().flatten().and_then(|captures| captures.get(1));
    let found = bold.map_or(line, |inside| inside.as_str());
    let start = found.as_ptr() as usize - reply.text.as_ptr() as usize;
    Some(Answer::at(reply.text, start, start + found.len()))
}

/// Returns the answer to a question with a blank: in the last box, else on the last line that has two dollar signs
/// between the outer two of them, else after the last `=`, else the last number.
///
/// Of a box or dollar signs with `=` in them, what follows the last one. Text up to the last `答案是` or `The answer is
/// therefore` does not count. Nothing when nothing of this is there, or the last box does not close. Source:
/// `parse_math_answer` of OpenCompass 0.2 (ms-opencompass 0.1.6).
pub(super) fn agieval_blank(reply: &Reply) -> Option<Answer> {
    static DOLLARS: LazyLock<[Regex; 1]> = LazyLock::new(|| compiled([r"\$(.*)\$"]));
    static NUMBER: LazyLock<[Regex; 1]> = LazyLock::new(|| compiled([r"(?:\$)?\d+(?:\.\d+)?(?![\w\d])"]));
    let text = without_lead(reply.text);
    if text.contains("\\boxed") {
        let (start, end) = boxed_0_5::last_closed(text)?;
        return Some(Answer::made(after_equals(&text[start..end])));
    }
    let last = |regex: &Regex, group: usize| {
        let found = regex.captures_iter(text).filter_map(Result::ok).last()?;
        Some(found.get(group)?.as_str())
    };
    if let Some(inside) = last(&DOLLARS[0], 1).map(after_equals).filter(|inside| !inside.is_empty()) {
        return Some(Answer::made(inside));
    }
    if text.contains('=') {
        let after = after_equals(text).trim_end_matches('.');
        // The original looks for a backslash and an n here, not for a line end.
        return Some(Answer::made(after.split("\\n").next().unwrap_or_default()));
    }
    last(&NUMBER[0], 0).map(Answer::made)
}

/// What follows the last `=` but for spaces; all of a text without one.
fn after_equals(text: &str) -> &str {
    text.rsplit_once('=').map_or(text, |(_, after)| after.trim_start_matches(' '))
}

/// The text after the marks that examples would have taught.
fn without_lead(text: &str) -> &str {
    ["The answer is therefore", "答案是"].iter().fold(text, |text, mark| {
        let at = if text.starts_with(mark) { Some(0) } else { text.rfind(mark) };
        at.map_or(text, |at| trim(&text[at + mark.len()..]))
    })
}

/// Returns the first line of the reply, without a mark of a list and without Chinese punctuation at its ends.
///
/// A line that begins with `1. ` or `- ` loses that everywhere. Never nothing. Source: `lcsts_postprocess` of OpenCompass
/// 0.2 (ms-opencompass 0.1.6).
pub(super) fn lcsts_summary(reply: &Reply) -> Option<Answer> {
    let line = trim(reply.text).split('\n').next().unwrap_or_default();
    let mut line = trim(&line.replace("своей", "")).to_owned();
    for mark in ["1. ", "- "] {
        if line.starts_with(mark) {
            line = line.replace(mark, "");
        }
    }
    Some(Answer::made(line.trim_matches(['“', '，', '。', '！', '”'])))
}

/// Returns the program of a reply to MBPP: between `[BEGIN]` and `[DONE]`, in a fenced block, or before a fence, by the
/// first of 20 rules that fits, else the whole reply; in any case up to the first fence or `DONE`.
///
/// Never nothing. Source: `MBPPEvaluator` of OpenCompass 0.2 (ms-opencompass 0.1.6).
pub(super) fn mbpp(reply: &Reply) -> Option<Answer> {
    static RULES: LazyLock<[Regex; 20]> = LazyLock::new(|| {
        compiled([
            r"(?s)\[BEGIN\]\s*'(.*)'\s*\[DONE\]",
            r"(?s)BEGIN\s*'(.*)'\s*\[DONE\]",
            r"(?s)\[BEGIN\]\s*'(.*)'\s*DONE",
            r"(?s)BEGIN\s*'(.*)'\s*DONE",
            r"(?s)\[BEGIN\]\s*'(.*)\s*\[DONE\]",
            r"(?s)BEGIN\s*'(.*)\s*\[DONE\]",
            r"(?s)\[BEGIN\]\s*'(.*)\s*DONE",
            r"(?s)BEGIN\s*'(.*)\s*DONE",
            r"(?s)\[BEGIN\]\s*(.*)\s*\[DONE\]",
            r"(?s)BEGIN\s*(.*)\s*\[DONE\]",
            r"(?s)\[BEGIN\]\s*(.*)\s*DONE",
            r"(?s)BEGIN\s*(.*)\s*DONE",
            r"(?s)```python\s*(.*)\s*```",
            r"(?s)```\s*(.*)\s*```",
            r"(?s)```python\s*(.*)\s*\z",
            r"(?s)```\s*(.*)\s*\z",
            r"(?s)(.*)\s*```.*",
            r"(?s)\[BEGIN\]\s*'(.*)",
            r"(?s)\[BEGIN\](.*)",
            r"(?s)'(.*)'\s*\[DONE\]",
        ])
    });
    static END: LazyLock<[Regex; 1]> = LazyLock::new(|| compiled([r"'?\s*\[?DONE\]?"]));
    let found = RULES.iter().find_map(|rule| rule.captures(reply.text).ok().flatten()?.get(1));
    let text = found.map_or(reply.text, |found| found.as_str());
    let text = text.split("```").next().unwrap_or_default();
    let end = END[0].find(text).ok().flatten().map_or(text.len(), |end| end.start());
    let program = text[..end].replace("\\_", "_");
    let program = trim(&program);
    let place = reply.text.find(program).filter(|_| !program.is_empty());
    Some(Answer { text: program.to_owned(), span: place.map(|start| (start, start + program.len())) })
}
