//! The first option that one of OpenCompass's rules finds in a reply, and its first capital letter.
//!
//! The rules are kept with their slips: two are fused by a comma that was forgotten, and where the first group of a
//! rule is a space, the rule finds nothing.

use crate::answer::{Answer, Reply};
use crate::python::{trim, trim_start};
use fancy_regex::Regex;
use std::sync::OnceLock;

/// `[O` stands for the class of options, `END` for the end of the text.
const RULES: [&str; 51] = [
    r"答案是?\s*([O])",
    r"答案是?\s*：\s*([O])",
    r"答案是?\s*:\s*([O])",
    r"答案选项应?该?是\s*([O])",
    r"答案选项应?该?为\s*([O])",
    r"答案应该?是\s*([O])",
    r"答案应该?选\s*([O])",
    r"答案选项为?\s*：\s*([O])",
    r"答案选项为?\s+\(?\*?\*?([O])\*?\*?\)?",
    r"答案选项是?\s*:\s*([O])",
    r"答案为\s*([O])",
    r"答案选\s*([O])",
    r"选择?\s*([O])",
    r"故选?\s*([O])只有选?项?\s?([O])\s?是?对",
    r"只有选?项?\s?([O])\s?是?错",
    r"只有选?项?\s?([O])\s?不?正确",
    r"只有选?项?\s?([O])\s?错误",
    r"说法不?对选?项?的?是\s?([O])",
    r"说法不?正确选?项?的?是\s?([O])",
    r"说法错误选?项?的?是\s?([O])",
    r"([O])\s?是正确的",
    r"([O])\s?是正确答案",
    r"选项\s?([O])\s?正确",
    r"所以答\s?([O])",
    r"所以\s?([O][.。$]?END)",
    r"所有\s?([O][.。$]?END)",
    r"[\s，：:,]([O])[。，,\.]?END",
    r"[\s，,：:][故即]([O])[。\.]?END",
    r"[\s，,：:]因此([O])[。\.]?END",
    r"[是为。]\s?([O])[。\.]?END",
    r"因此\s?([O])[。\.]?END",
    r"显然\s?([O])[。\.]?END",
    r"答案是\s?(\S+)(?:。|END)",
    r"答案应该是\s?(\S+)(?:。|END)",
    r"答案为\s?(\S+)(?:。|END)",
    r"(?i)ANSWER\s*:\s*([O])",
    r"[Tt]he answer is:?\s+\(?([O])\)?",
    r"[Tt]he answer is:?\s+\(?\*?\*?([O])\*?\*?\)?",
    r"[Tt]he answer is option:?\s+\(?([O])\)?",
    r"[Tt]he correct answer is:?\s+\(?([O])\)?",
    r"[Tt]he correct answer is option:?\s+\(?([O])\)?",
    r"[Tt]he correct answer is:?.*?boxed\{([O])\}",
    r"[Tt]he correct option is:?.*?boxed\{([O])\}",
    r"[Tt]he correct answer option is:?.*?boxed\{([O])\}",
    r"[Tt]he answer to the question is:?\s+\(?([O])\)?",
    r"^选项\s?([O])",
    r"^([O])\s?选?项",
    r"(\s|^)[O][\s。，,：:\.$]",
    r"1.\s?(.*?)END",
    r"([O]):",
    r"([O])",
];

/// Options that a question can have.
const MOST: usize = 26;

/// The rules for so many options, compiled when they are first needed.
fn rules(options: &str) -> Option<&'static [Regex]> {
    static COMPILED: [OnceLock<Vec<Regex>>; MOST + 1] = [const { OnceLock::new() }; MOST + 1];
    let compile = || {
        RULES
            .iter()
            .map(|rule| {
                let pattern = rule.replace("[O", &format!("[{options}")).replace("END", r"\z");
                Regex::new(&format!("(?s){pattern}")).expect("the regex is a literal")
            })
            .collect()
    };
    Some(COMPILED.get(options.len())?.get_or_init(compile))
}

/// Returns the first option in what the first fitting rule finds; nothing when no rule fits, or without options.
///
/// Source: `first_option_postprocess` of OpenCompass 0.2 (as EvalScope 1.14.1 runs it, ms-opencompass 0.1.6).
pub(super) fn first_option(reply: &Reply) -> Option<Answer> {
    first_among(reply, &reply.labels.concat())
}

/// Returns the first of the letters A to E, found in the same way, however many options the question has.
///
/// Source: the same with `options='ABCDE'`, as OpenCompass 0.2 calls it for AGIEval (ms-opencompass 0.1.6).
pub(super) fn first_of_five(reply: &Reply) -> Option<Answer> {
    first_among(reply, "ABCDE")
}

fn first_among(reply: &Reply, options: &str) -> Option<Answer> {
    if options.is_empty() || !options.chars().all(|c| c.is_ascii_uppercase()) {
        return None;
    }
    let lead = reply.text.len() - trim_start(reply.text).len();
    let text = trim(reply.text);
    for rule in rules(options)? {
        let Ok(Some(captures)) = rule.captures(text) else { continue };
        let group = captures.get(1).filter(|group| !group.as_str().is_empty());
        let Some(found) = group.or_else(|| captures.get(0)) else { continue };
        let option = options.chars().find_map(|option| Some((option, found.as_str().find(option)?)));
        if let Some((option, at)) = option {
            let start = lead + found.start() + at;
            return Some(Answer::at(reply.text, start, start + option.len_utf8()));
        }
    }
    None
}

/// Returns the first capital letter of the reply; nothing when it has none.
///
/// Source: `first_capital_postprocess` of OpenCompass 0.2 (ms-opencompass 0.1.6).
pub(super) fn first_capital(reply: &Reply) -> Option<Answer> {
    let (start, letter) = reply.text.char_indices().find(|(_, c)| c.is_uppercase())?;
    Some(Answer::at(reply.text, start, start + letter.len_utf8()))
}
