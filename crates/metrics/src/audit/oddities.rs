//! What is odd about a reply, whatever its answer is worth.

use evalscope_core::{FinishReason, Oddity};

/// A reply as the server sent it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Its text.
    pub text: &'a str,
    /// Reasoning that the server keeps apart.
    pub reasoning: Option<&'a str>,
    /// Why it ended.
    pub finish: &'a FinishReason,
}

/// Tags around reasoning in a reply.
const THINK: &str = "<think>";
const THINK_END: &str = "</think>";

/// Beginnings of replies that decline, in lower case and with plain apostrophes.
const REFUSALS: [&str; 24] = [
    "i'm sorry, but",
    "i'm sorry, i ",
    "i am sorry, but",
    "i am sorry, i ",
    "sorry, but i ",
    "sorry, i can",
    "i apologize, but",
    "i cannot ",
    "i can't ",
    "i can not ",
    "i could not find",
    "i won't ",
    "i will not ",
    "i'm unable to",
    "i am unable to",
    "i'm not able to",
    "i am not able to",
    "as an ai",
    "抱歉",
    "很抱歉",
    "非常抱歉",
    "对不起",
    "我无法",
    "我不能",
];

/// Returns what is odd about a reply; each at most once, in a fixed order.
///
/// Empty: no text but white space, reasoning left out. Truncated: it ended at the token limit, or (context full)
/// before that because prompt and reply fill the context. Unfinished thinking: a last `<think>` without its end, or
/// reasoning that was cut before any text came. Refused: the server withheld it, or its
/// text begins, after white space and markup, with one of 24 phrases in English and Chinese such as `I'm sorry, but`.
/// A reply that declines in other words is not found.
pub fn oddities(seen: Seen<'_>) -> Vec<Oddity> {
    // Most replies have no tags, and looking for one from the start is faster.
    let has_end = seen.text.contains(THINK_END);
    let end = if has_end { seen.text.rfind(THINK_END) } else { None };
    let answer = end.map_or(seen.text, |at| &seen.text[at + THINK_END.len()..]);
    // A model may begin to think again after it has ended.
    let open = answer.find(THINK);
    let is_open = open.is_some();
    let answer = open.map_or(answer, |at| &answer[..at]);
    let is_empty = answer.trim().is_empty();
    let is_full = *seen.finish == FinishReason::Context;
    let is_cut = is_full || *seen.finish == FinishReason::Length;
    let has_reasoning = seen.reasoning.is_some_and(|reasoning| !reasoning.trim().is_empty());
    let found = [
        (Oddity::Empty, is_empty),
        (Oddity::Truncated, is_cut),
        (Oddity::ContextFull, is_full),
        (Oddity::Refused, *seen.finish == FinishReason::ContentFilter || declines(answer)),
        (Oddity::UnfinishedThinking, is_open || (is_empty && is_cut && has_reasoning)),
    ];
    found.into_iter().filter(|(_, is_so)| *is_so).map(|(oddity, _)| oddity).collect()
}

fn declines(answer: &str) -> bool {
    let start: String = answer
        .trim_start_matches(|c: char| c.is_whitespace() || "*#>\"“".contains(c))
        .chars()
        .take(20)
        .map(|c| if c == '’' { '\'' } else { c })
        .collect();
    let start = start.to_lowercase();
    REFUSALS.iter().any(|phrase| start.starts_with(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        text: String,
        #[serde(default)]
        reasoning: Option<String>,
        #[serde(default)]
        finish: FinishReason,
        out: Vec<Oddity>,
        from: String,
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "tests read vectors")]
    fn vectors() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/audit_oddities.jsonl");
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let case: Case = serde_json::from_str(line).unwrap();
            assert!(!case.from.is_empty(), "{line}");
            let reasoning = case.reasoning.as_deref();
            let found = oddities(Seen { text: &case.text, reasoning, finish: &case.finish });
            assert_eq!(found, case.out, "{line}");
        }
    }
}
