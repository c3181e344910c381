//! Extractors: from a reply to the answer in it.

mod bbh;
mod boxed_0_5;
mod code;
mod gaokao;
mod letters;
mod multipl_e;
mod number;
mod opencompass;
mod option_0_5;
mod option_opencompass;
mod option_text;
mod trivia;

pub use crate::answer::{Answer, Reply};
use crate::math;
use crate::python::{trim, trim_start};
pub(crate) use letters::marked as marked_letter;

/// A named way from a reply to its answer.
#[derive(Debug)]
pub struct Extractor {
    /// Name in benchmark files.
    pub name: &'static str,
    /// What it takes, and whose behaviour it has.
    pub about: &'static str,
    /// Finds the answer, or nothing.
    pub run: fn(&Reply) -> Option<Answer>,
}

const TABLE: &[Extractor] = &[
    Extractor {
        name: "answer_letter",
        about: "the label after the last `ANSWER:`, else the last capital letter; EvalScope 1.14",
        run: letters::english,
    },
    Extractor {
        name: "answer_letter_zh",
        about: "the label after the last `答案：`, else the last capital letter; EvalScope 1.14",
        run: letters::chinese,
    },
    Extractor {
        name: "answer_letters",
        about: "all labels after the last `ANSWER:`, sorted; EvalScope 1.14",
        run: letters::english_several,
    },
    Extractor {
        name: "answer_letters_zh",
        about: "all labels after the last `答案：`, sorted; EvalScope 1.14",
        run: letters::chinese_several,
    },
    Extractor {
        name: "bbh_choice",
        about: "the letter after the last `So the answer is`; EvalScope 1.14",
        run: bbh::choice,
    },
    Extractor {
        name: "bbh_free",
        about: "the line after the last `So the answer is`, out of bold; EvalScope 1.14",
        run: bbh::free,
    },
    Extractor {
        name: "bbh_choice_0_5",
        about: "the first capital letter after the first `answer is`; EvalScope 0.5",
        run: bbh::choice_0_5,
    },
    Extractor {
        name: "bbh_free_0_5",
        about: "the word after `Answer:` and the like, else the line after `answer is`; EvalScope 0.5",
        run: bbh::free_0_5,
    },
    Extractor {
        name: "first_option_0_5",
        about: "the first letter that one of 45 rules finds; EvalScope 0.5",
        run: option_0_5::first_option,
    },
    Extractor {
        name: "first_option",
        about: "the first option that one of 51 rules finds; OpenCompass 0.2",
        run: option_opencompass::first_option,
    },
    Extractor {
        name: "first_of_five",
        about: "the first of the letters A to E that one of 51 rules finds, however many options there are; OpenCompass \
                0.2 for AGIEval",
        run: option_opencompass::first_of_five,
    },
    Extractor {
        name: "first_capital",
        about: "the first capital letter; OpenCompass 0.2",
        run: option_opencompass::first_capital,
    },
    Extractor {
        name: "nearest_option",
        about: "the option whose label or text is nearest to the reply by edits of characters; OpenCompass 0.2 for \
                Social IQa",
        run: option_text::nearest,
    },
    Extractor {
        name: "option_or_text",
        about: "the letter from A to J after `answer is` or `Answer:`, else the option whose text stands there; \
                SuperGPQA of EvalScope 1.14",
        run: option_text::super_gpqa,
    },
    Extractor {
        name: "gsm8k_0_5",
        about: "the last number, without signs of thousands; EvalScope 0.5",
        run: number::last_number_0_5,
    },
    Extractor {
        name: "math_answer",
        about: "the final answer of a solution: in the last \\boxed{}, after the last `answer is` or `ANSWER:`, else \
                the last number",
        run: math::final_answer,
    },
    Extractor {
        name: "math_printed",
        about: "the final answer of a solution in the notation of Math-Verify 0.9, as `\\frac{1}{4}` of `\\frac14`: of the \
                boxes at the end, else what its search finds in the text; EvalScope 1.14, for the examples of MATH",
        run: math::printed_answer,
    },
    Extractor {
        name: "boxed_0_5",
        about: "the inside of the last \\boxed{}; EvalScope 0.5, for the gold solutions of MATH",
        run: boxed_0_5::last_boxed,
    },
    Extractor {
        name: "math_0_5",
        about: "the sentence with `final answer`, else the first one, normalised; EvalScope 0.5",
        run: math::final_answer_0_5,
    },
    Extractor {
        name: "trivia_answer",
        about: "the line after the last `ANSWER:`, else the reply, without case, punctuation and articles; \
                EvalScope 1.14",
        run: trivia::short_answer,
    },
    Extractor {
        name: "code_block",
        about: "the inside of the first fenced block, else the whole reply; HumanEval of EvalScope 1.14",
        run: code::block_or_all,
    },
    Extractor {
        name: "mbpp_code",
        about: "the first fenced block before `[DONE]`, else the first function, without the tests after it; MBPP of \
                EvalScope 1.14",
        run: code::mbpp,
    },
    Extractor {
        name: "humaneval_0_5",
        about: "the body of the function in the first fenced block, indented by four; HumanEval of EvalScope 0.5",
        run: code::humaneval_0_5,
    },
    Extractor {
        name: "last_code_block",
        about: "the lines between the last two that hold a fence; nothing when there is only one; LiveCodeBench of \
                EvalScope 1.14",
        run: code::last_block,
    },
    Extractor {
        name: "multipl_e_cpp",
        about: "the first block, closed or open, up to `int main()`; MultiPL-E of EvalScope 1.14",
        run: multipl_e::cpp,
    },
    Extractor {
        name: "multipl_e_go",
        about: "the first block that says it is Go, else the first one, closed before open; MultiPL-E of EvalScope 1.14",
        run: multipl_e::go,
    },
    Extractor {
        name: "multipl_e_java",
        about: "the first block, closed or open, with the class `Main` renamed `Solution`; MultiPL-E of EvalScope 1.14",
        run: multipl_e::java,
    },
    Extractor {
        name: "multipl_e_js",
        about: "the first block, closed before open, with its carriage returns; MultiPL-E of EvalScope 1.14",
        run: multipl_e::js,
    },
    Extractor {
        name: "multipl_e_rs",
        about: "the first block, closed or open; MultiPL-E of EvalScope 1.14",
        run: multipl_e::rs,
    },
    Extractor {
        name: "multipl_e_sh",
        about: "the first block, closed or open, else all lines that are not blank; MultiPL-E of EvalScope 1.14",
        run: multipl_e::sh,
    },
    Extractor {
        name: "bbh_free_opencompass",
        about: "the line after the first `answer is`, out of bold; OpenCompass 0.2",
        run: opencompass::bbh_free,
    },
    Extractor {
        name: "agieval_blank",
        about: "what stands in the last box, between dollar signs or after the last `=`, else the last number; \
                OpenCompass 0.2",
        run: opencompass::agieval_blank,
    },
    Extractor {
        name: "math_opencompass",
        about: "the inside of the last \\boxed{}, else the sentence with `answer is`, else the first one, normalised; \
                OpenCompass 0.2",
        run: math::final_answer_opencompass,
    },
    Extractor {
        name: "mbpp_opencompass",
        about: "the program between `[BEGIN]` and `[DONE]`, or in a fenced block; MBPP of OpenCompass 0.2",
        run: opencompass::mbpp,
    },
    Extractor {
        name: "lcsts_summary",
        about: "the first line, without a mark of a list and Chinese punctuation at its ends; LCSTS of OpenCompass 0.2",
        run: opencompass::lcsts_summary,
    },
    Extractor {
        name: "gaokao_each",
        about: "the capital letter after each `【答案】`, as many as there are targets, else the first ones of the reply; \
                OpenCompass 0.2",
        run: gaokao::each,
    },
    Extractor {
        name: "gaokao_several",
        about: "all letters A to D after the first `【答案】`, else in the last ten characters; OpenCompass 0.2",
        run: gaokao::several,
    },
    Extractor {
        name: "gaokao_blanks",
        about: "the first five of the letters A to G; OpenCompass 0.2",
        run: gaokao::blanks,
    },
    Extractor {
        name: "general",
        about: "the reply up to its first comma, full stop or line end, without punctuation and articles; OpenCompass 0.2",
        run: opencompass::general,
    },
    Extractor { name: "whole", about: "the reply, trimmed", run: whole },
    Extractor { name: "first_line", about: "the first line that is not blank, trimmed", run: first_line },
];

/// All extractors.
pub fn extractors() -> &'static [Extractor] {
    TABLE
}

/// The extractor of this name.
pub fn extractor(name: &str) -> Option<&'static Extractor> {
    TABLE.iter().find(|known| known.name == name)
}

/// Returns the reply without white space at its ends; of an empty reply, empty text.
fn whole(reply: &Reply) -> Option<Answer> {
    let start = reply.text.len() - trim_start(reply.text).len();
    let end = start + trim(reply.text).len();
    Some(Answer::at(reply.text, start, end))
}

/// Returns the first line that is not blank, without white space at its ends; of a blank reply, nothing.
fn first_line(reply: &Reply) -> Option<Answer> {
    let line = trim(reply.text.lines().find(|line| !trim(line).is_empty())?);
    let start = reply.text.find(line)?;
    Some(Answer::at(reply.text, start, start + line.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        r#in: String,
        #[serde(default = "four")]
        options: usize,
        /// Texts of the options, where an extractor looks at them.
        #[serde(default)]
        choices: Vec<String>,
        /// How many targets there are, where that matters.
        #[serde(default)]
        targets: usize,
        out: Option<String>,
        /// The program and version that gave `out`, or the definition.
        from: String,
    }

    fn four() -> usize {
        4
    }

    /// Every extractor has vectors, and does what they say.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "tests read vectors")]
    fn vectors() {
        for extractor in extractors() {
            let path = format!("{}/vectors/{}.jsonl", env!("CARGO_MANIFEST_DIR"), extractor.name);
            let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{path} is missing"));
            for (number, line) in text.lines().enumerate() {
                let case: Case = serde_json::from_str(line).unwrap();
                assert!(!case.from.is_empty(), "{path}:{}: says not where it is from", number + 1);
                let options = if case.choices.is_empty() { case.options } else { case.choices.len() };
                let labels: Vec<String> =
                    (0..options).map(|n| char::from(b'A' + n as u8).to_string()).collect();
                let answer = (extractor.run)(&Reply {
                    text: &case.r#in,
                    labels: &labels,
                    choices: &case.choices,
                    targets: case.targets,
                });
                if let Some(Answer { text, span: Some((start, end)) }) = &answer {
                    assert_eq!(&case.r#in[*start..*end], text, "{path}:{}: span", number + 1);
                }
                let found = answer.map(|answer| answer.text);
                assert_eq!(found, case.out, "{path}:{}: {:?}", number + 1, case.r#in);
            }
        }
    }
}
