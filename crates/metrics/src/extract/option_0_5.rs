//! The first option that one of 45 rules finds in a reply, as EvalScope 0.5.2 did for multiple choice.
//!
//! The rules are kept with their slips: two are fused by a comma that was forgotten, and `[O]` stands in a class with
//! the bars between the letters.

use crate::answer::{Answer, Reply};
use fancy_regex::Regex;
use std::sync::LazyLock;

/// `O` stands for the options, `$` for Python's end of text (before a last line feed too).
const RULES: [&str; 45] = [
    r"答案是?\s?([O])",
    r"答案是?\s?：([O])",
    r"答案是?\s?:([O])",
    r"答案应该?是\s?([O])",
    r"答案应该?选\s?([O])",
    r"答案为\s?([O])",
    r"答案选\s?([O])",
    r"选择?\s?([O])",
    r"故选?\s?([O])只有选?项?\s?([O])\s?是?对",
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
    r"1.\s?([O])[.。$]?END",
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
    r"答案是(.*?)[O]",
    r"答案为(.*?)[O]",
    r"固选(.*?)[O]",
    r"答案应该是(.*?)[O]",
    r"[Tt]he answer is [O]",
    r"[Tt]he correct answer is [O]",
    r"[Tt]he correct answer is:\n[O]",
    r"(\s|^)[O][\s。，,\.$]",
    r"[O]",
    r"^选项\s?([O])",
    r"^([O])\s?选?项",
    r"(\s|^)[O][\s。，,：:\.$]",
    r"(\s|^)[O](\s|END)",
    r"1.\s?(.*?)END",
];

const OPTIONS: [&str; 4] = ["A", "B", "C", "D"];

/// Returns the first of A to D in what the first fitting rule matches; empty text when no rule fits.
///
/// Source: `ResponseParser.parse_first_option_with_choices` of EvalScope 0.5.2.
pub(super) fn first_option(reply: &Reply) -> Option<Answer> {
    static COMPILED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        RULES
            .iter()
            .map(|rule| {
                let pattern = rule.replace("[O", "[A|B|C|D").replace("END", r"(?=\n?\z)");
                Regex::new(&pattern).expect("the regex is a literal")
            })
            .collect()
    });
    for rule in COMPILED.iter() {
        let Ok(Some(found)) = rule.find(reply.text) else { continue };
        let option = OPTIONS.iter().find_map(|option| Some((*option, found.as_str().find(option)?)));
        if let Some((option, at)) = option {
            let start = found.start() + at;
            return Some(Answer::at(reply.text, start, start + option.len()));
        }
    }
    // The reference gives empty text.
    Some(Answer::made(""))
}
