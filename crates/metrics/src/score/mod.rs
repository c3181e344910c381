//! Metrics: what an answer, or a set of log-likelihoods, is worth.

mod choice;
pub(crate) mod equal;
mod opencompass;
mod overlap;
mod reference;
mod truthful;

use crate::math;
use evalscope_core::{ContinuationScore, Execution, ExecutionVerdict};
use reference::{INSTRUCTIONS, MATCHES, ROUGE, TRANSLATION};

/// A metric over an answer and the accepted targets.
#[derive(Debug)]
pub struct TextMetric {
    /// Name in benchmark files.
    pub name: &'static str,
    /// Definition and source.
    pub about: &'static str,
    /// Lowest and highest value.
    pub range: (f64, f64),
    /// Whether more is better.
    pub higher_is_better: bool,
    /// The value.
    pub run: fn(answer: &str, targets: &[String]) -> f64,
}

impl TextMetric {
    /// Returns the value of a reply in which no answer was found: the worst one, or, where that has no bound, that of an
    /// empty answer.
    pub fn without_answer(&self, targets: &[String]) -> f64 {
        let worst = if self.higher_is_better { self.range.0 } else { self.range.1 };
        if worst.is_finite() { worst } else { (self.run)("", targets) }
    }
}

/// Continuations with their log-likelihoods, and which are right.
#[derive(Debug, Clone, Copy)]
pub struct ChoiceInput<'a> {
    /// One for each continuation.
    pub scores: &'a [ContinuationScore],
    /// The texts whose lengths normalise.
    pub choices: &'a [String],
    /// Which continuations are right.
    pub correct: &'a [bool],
}

/// What a choice metric found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChoiceVerdict {
    /// The value.
    pub value: f64,
    /// The continuation that was chosen, when one is.
    pub chosen: Option<usize>,
}

/// A metric over log-likelihoods.
#[derive(Debug)]
pub struct ChoiceMetric {
    /// Name in benchmark files.
    pub name: &'static str,
    /// Definition and source.
    pub about: &'static str,
    /// Lowest and highest value.
    pub range: (f64, f64),
    /// The value.
    pub run: fn(&ChoiceInput) -> ChoiceVerdict,
}

/// A metric over what became of a program.
#[derive(Debug)]
pub struct ExecutionMetric {
    /// Name in benchmark files.
    pub name: &'static str,
    /// Definition and source.
    pub about: &'static str,
    /// Lowest and highest value. A reply without a program scores the lowest.
    pub range: (f64, f64),
    /// The value.
    pub run: fn(&Execution) -> f64,
}

const fn share(
    name: &'static str,
    about: &'static str,
    run: fn(answer: &str, targets: &[String]) -> f64,
) -> TextMetric {
    TextMetric { name, about, range: (0.0, 1.0), higher_is_better: true, run }
}

const TEXT: &[TextMetric] = &[
    share(
        "equal",
        "1 if the answer is a target, both trimmed, else 0; `exact_match` of EvalScope 0.5",
        equal::equal,
    ),
    share(
        "equal_folded",
        "1 if the answer is a target, both trimmed and in lower case, else 0; `accuracy` of EvalScope 1.14",
        equal::equal_folded,
    ),
    share(
        "equal_bare",
        "1 if the answer is a target, both in lower case and without ASCII punctuation, else 0; `exact_match` of \
         lm-eval with `ignore_case` and `ignore_punctuation`",
        equal::equal_bare,
    ),
    share(
        "equal_general",
        "1 if the answer is a target, or is it after both are cut at the first comma, full stop or line end and lose \
         punctuation and articles, else 0; OpenCompass 0.2",
        equal::equal_general,
    ),
    share(
        "multi_choice",
        "share of the right letters that were chosen, 0 if a wrong one was; `multi_choice_acc` of EvalScope 1.14",
        equal::multi_choice,
    ),
    share(
        "gsm8k_equal_0_5",
        "1 if the numbers differ by at most 0.0001; EvalScope 0.5, where 08 is no number",
        equal::gsm8k_0_5,
    ),
    share("math_equal", "1 if answer and target are the same mathematical value, else 0", math::equal),
    share(
        "whole_number",
        "1 if the answer is written as a whole number and is the target, else 0; EvalScope 1.14 for AIME",
        math::whole::metric,
    ),
    share(
        "math_equal_0_5",
        "1 if answer and target are the same text after MATH's own normalisation, else 0; EvalScope 0.5",
        math::equal_0_5,
    ),
    share(
        "short_answer",
        "1 if the answer equals a target or holds it as whole words, without case and punctuation, or is the same \
         number",
        equal::short_answer,
    ),
    share(
        "bleu_1",
        "share of the answer's words in the target, cut short for brevity; BLEU-1 alone, no smoothing",
        overlap::bleu_1,
    ),
    share("bleu_2", "the same for pairs of words", overlap::bleu_2),
    share("bleu_3", "the same for triples of words", overlap::bleu_3),
    share("bleu_4", "the same for runs of four words", overlap::bleu_4),
    share(
        "rouge_1_r",
        "share of the target's distinct words that the answer has (ROUGE-1 recall)",
        overlap::rouge_1_r,
    ),
    share(
        "rouge_1_p",
        "share of the answer's distinct words that the target has (ROUGE-1 precision)",
        overlap::rouge_1_p,
    ),
    share("rouge_1_f", "harmonic mean of rouge_1_r and rouge_1_p", overlap::rouge_1_f),
    share("rouge_2_r", "ROUGE-2 recall: pairs of words", overlap::rouge_2_r),
    share("rouge_2_p", "ROUGE-2 precision", overlap::rouge_2_p),
    share("rouge_2_f", "harmonic mean of rouge_2_r and rouge_2_p", overlap::rouge_2_f),
    share(
        "rouge_l_r",
        "ROUGE-L recall: longest common subsequence over the target's length",
        overlap::rouge_l_r,
    ),
    share("rouge_l_p", "ROUGE-L precision: the same over the answer's length", overlap::rouge_l_p),
    share("rouge_l_f", "harmonic mean of rouge_l_r and rouge_l_p", overlap::rouge_l_f),
];

const CHOICE: &[ChoiceMetric] = &[
    ChoiceMetric {
        name: "argmax_sum",
        about: "1 if the likeliest continuation is right; the first of equals (`acc` of lm-eval)",
        range: (0.0, 1.0),
        run: choice::argmax_sum,
    },
    ChoiceMetric {
        name: "argmax_per_character",
        about: "the same, log-likelihood divided by the characters of the text (`acc_norm` of lm-eval)",
        range: (0.0, 1.0),
        run: choice::argmax_per_character,
    },
    ChoiceMetric {
        name: "argmax_per_byte",
        about: "the same, divided by the UTF-8 bytes of the text (`acc_bytes` of lm-eval)",
        range: (0.0, 1.0),
        run: choice::argmax_per_byte,
    },
    ChoiceMetric {
        name: "argmax_per_token",
        about: "the same, divided by the tokens of the continuation",
        range: (0.0, 1.0),
        run: choice::argmax_per_token,
    },
    ChoiceMetric {
        name: "greedy",
        about: "1 if every token of a right continuation is the model's likeliest (`acc` of lm-eval for LAMBADA)",
        range: (0.0, 1.0),
        run: choice::greedy,
    },
    ChoiceMetric {
        name: "mc1",
        about: "1 if the first continuation, which is the right one, is the likeliest (TruthfulQA MC1)",
        range: (0.0, 1.0),
        run: choice::mc1,
    },
    ChoiceMetric {
        name: "mc2",
        about: "probability of the right continuations, normalised over all (TruthfulQA MC2)",
        range: (0.0, 1.0),
        run: choice::mc2,
    },
    ChoiceMetric {
        name: "log_likelihood",
        about: "log-likelihood of the first continuation, for the aggregates of perplexity",
        range: (f64::NEG_INFINITY, 0.0),
        run: choice::log_likelihood,
    },
];

const EXECUTION: &[ExecutionMetric] = &[ExecutionMetric {
    name: "passed",
    about: "1 if the program came to its end, tests included, else 0; its mean over samples is pass@1, and with \
            repeats pass@k follows from it, without bias (Chen et al. 2021)",
    range: (0.0, 1.0),
    run: passed,
}];

fn passed(execution: &Execution) -> f64 {
    f64::from(u8::from(execution.verdict == ExecutionVerdict::Passed))
}

/// All metrics over what became of programs.
pub fn execution_metrics() -> &'static [ExecutionMetric] {
    EXECUTION
}

/// The metric over what became of programs of this name.
pub fn execution_metric(name: &str) -> Option<&'static ExecutionMetric> {
    EXECUTION.iter().find(|known| known.name == name)
}

/// All metrics over answers.
pub fn text_metrics() -> impl Iterator<Item = &'static TextMetric> {
    [TEXT, opencompass::TABLE, MATCHES, TRANSLATION, ROUGE, truthful::TABLE, INSTRUCTIONS]
        .into_iter()
        .flatten()
}

/// The metric over answers of this name.
pub fn text_metric(name: &str) -> Option<&'static TextMetric> {
    text_metrics().find(|known| known.name == name)
}

/// All metrics over log-likelihoods.
pub fn choice_metrics() -> &'static [ChoiceMetric] {
    CHOICE
}

/// The metric over log-likelihoods of this name.
pub fn choice_metric(name: &str) -> Option<&'static ChoiceMetric> {
    CHOICE.iter().find(|known| known.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        answer: String,
        targets: Vec<String>,
        out: f64,
        /// The program and version that gave `out`, or the definition.
        from: String,
    }

    /// Every metric over answers has vectors, and does what they say.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "tests read vectors")]
    fn vectors() {
        for metric in text_metrics() {
            let path = format!("{}/vectors/{}.jsonl", env!("CARGO_MANIFEST_DIR"), metric.name);
            let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{path} is missing"));
            for (number, line) in text.lines().enumerate() {
                let case: Case = serde_json::from_str(line).unwrap();
                assert!(!case.from.is_empty(), "{path}:{}: says not where it is from", number + 1);
                let value = (metric.run)(&case.answer, &case.targets);
                assert!((value - case.out).abs() < 1e-6, "{path}:{}: {value} for {line}", number + 1);
            }
        }
    }
}
