//! From the samples of a benchmark to one number, where that is not the mean: over the repeats of a question, and over all.

mod set;
mod sets;

use crate::bleu::Tokenizer;
use crate::python::trim;
use crate::repeats;
use set::Set;
use sets::{Bleu, Chrf, Matthews, Surprise, Ter, Weighted, instructions, targets};
use std::fmt::Debug;

/// A scored sample, one of the repeats of its question.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'a> {
    /// What the metric gave.
    pub value: f64,
    /// The answer, when one was found.
    pub answer: Option<&'a str>,
    /// The accepted answers.
    pub targets: &'a [String],
}

/// Adds samples up to one number.
pub trait Accumulate: Debug {
    /// Adds the samples that a question was asked in.
    fn add(&mut self, samples: &[Scored]);
    /// The number; nothing when there is none, as without samples.
    fn value(&self) -> Option<f64>;
    /// Its standard error, by the jackknife ([`crate::stats::jackknife_standard_error`]) over questions, or over clusters of
    /// them: for each question, in the order in which they were added, the number of its cluster, from 0 without gaps.
    /// Nothing for fewer than two of them, and where the number without one of them is missing.
    fn standard_error(&self, clusters: Option<&[usize]>) -> Option<f64>;
}

/// How an aggregate works.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// The repeats of a question to its value, and `k` of them where that matters; then the mean over questions.
    Question(fn(&[Scored], usize) -> Option<f64>),
    /// All samples at once.
    Set(fn() -> Box<dyn Accumulate>),
}

/// A named way from samples to one number.
#[derive(Debug)]
pub struct Aggregate {
    /// Name in benchmark files.
    pub name: &'static str,
    /// Definition and source.
    pub about: &'static str,
    /// Lowest and highest value; nothing when they are the metric's.
    pub range: Option<(f64, f64)>,
    /// Whether more is better; nothing when that is the metric's.
    pub higher_is_better: Option<bool>,
    /// How it works.
    pub kind: Kind,
}

const fn over_repeats(
    name: &'static str,
    about: &'static str,
    run: fn(&[Scored], usize) -> Option<f64>,
) -> Aggregate {
    Aggregate { name, about, range: None, higher_is_better: None, kind: Kind::Question(run) }
}

const fn over_all(
    name: &'static str,
    about: &'static str,
    range: (f64, f64),
    higher_is_better: bool,
    start: fn() -> Box<dyn Accumulate>,
) -> Aggregate {
    Aggregate {
        name,
        about,
        range: Some(range),
        higher_is_better: Some(higher_is_better),
        kind: Kind::Set(start),
    }
}

const PERCENT: (f64, f64) = (0.0, 100.0);
const FROM_ONE: (f64, f64) = (1.0, f64::INFINITY);
const FROM_ZERO: (f64, f64) = (0.0, f64::INFINITY);

const TABLE: &[Aggregate] = &[
    over_repeats(
        "pass_at_k",
        "how likely one of k repeats is right (value 1), without bias; k is `k`, else all repeats",
        |samples, k| repeats::pass_at_k(samples.len() as u64, right(samples), k as u64),
    ),
    over_repeats("pass_hat_k", "how likely k repeats are all right, without bias (pass^k)", |samples, k| {
        repeats::pass_hat_k(samples.len() as u64, right(samples), k as u64)
    }),
    over_repeats("mean_at_k", "mean of the first k repeats (avg@k)", |samples, k| {
        let values: Vec<f64> = samples.iter().map(|sample| sample.value).collect();
        repeats::mean_at_k(&values, k)
    }),
    over_repeats(
        "majority_at_k",
        "value of the answer that most of the first k repeats gave, the first of equals; blank ones do not vote; 0 when none does",
        |samples, k| {
            let said = |answer: &&str| !trim(answer).is_empty();
            let answers: Vec<Option<&str>> =
                samples.iter().map(|sample| sample.answer.filter(said)).collect();
            let is_enough = k > 0 && k <= samples.len();
            is_enough.then(|| repeats::majority_at_k(&answers, k).map_or(0.0, |place| samples[place].value))
        },
    ),
    over_all(
        "matthews",
        "Matthews' correlation of answers with the first target, for any number of classes",
        (-1.0, 1.0),
        true,
        || Box::new(Set::new(Matthews)),
    ),
    over_all(
        "corpus_bleu",
        "BLEU of all answers together, tokenizer 13a; `corpus_bleu` of sacrebleu 2.6",
        PERCENT,
        true,
        || Box::new(Set::new(Bleu(Tokenizer::Mteval13a))),
    ),
    over_all("corpus_bleu_intl", "the same with the tokenizer intl", PERCENT, true, || {
        Box::new(Set::new(Bleu(Tokenizer::International)))
    }),
    over_all("corpus_bleu_zh", "the same with the tokenizer zh", PERCENT, true, || {
        Box::new(Set::new(Bleu(Tokenizer::Chinese)))
    }),
    over_all("corpus_bleu_char", "the same with characters as words", PERCENT, true, || {
        Box::new(Set::new(Bleu(Tokenizer::Characters)))
    }),
    over_all(
        "corpus_chrf",
        "chrF of all answers together; `corpus_chrf` of sacrebleu 2.6",
        PERCENT,
        true,
        || Box::new(Set::new(Chrf(0))),
    ),
    over_all("corpus_chrf_plus_plus", "chrF++ of all answers together", PERCENT, true, || {
        Box::new(Set::new(Chrf(2)))
    }),
    over_all(
        "corpus_ter",
        "TER of all answers together; `corpus_ter` of sacrebleu 2.6",
        FROM_ZERO,
        false,
        || Box::new(Set::new(Ter)),
    ),
    over_all(
        "perplexity",
        "e to the negative mean of log-likelihoods (LAMBADA in lm-eval)",
        FROM_ONE,
        false,
        || {
            Box::new(Set::new(Surprise(|texts| {
                (texts.samples > 0).then(|| (-texts.all.sum / texts.samples as f64).exp())
            })))
        },
    ),
    over_all(
        "word_perplexity",
        "perplexity of a word of the target, from log-likelihoods; lm-eval 0.4",
        FROM_ONE,
        false,
        || Box::new(Set::new(Surprise(|texts| texts.all.word_perplexity()))),
    ),
    over_all(
        "byte_perplexity",
        "perplexity of a byte of the target, from log-likelihoods; lm-eval 0.4",
        FROM_ONE,
        false,
        || Box::new(Set::new(Surprise(|texts| texts.all.byte_perplexity()))),
    ),
    over_all(
        "bits_per_byte",
        "bits that a byte of the target takes, from log-likelihoods; lm-eval 0.4",
        FROM_ZERO,
        false,
        || Box::new(Set::new(Surprise(|texts| texts.all.bits_per_byte()))),
    ),
    over_all(
        "ifeval_instructions",
        "mean over all instructions of all samples; `inst_level_strict_acc` and `inst_level_loose_acc` of IFEval",
        (0.0, 1.0),
        true,
        || Box::new(Set::new(Weighted(instructions))),
    ),
    over_all(
        "mean_over_targets",
        "mean in which a sample counts as often as it has targets; OpenCompass 0.2 for GAOKAO-Bench",
        (0.0, 1.0),
        true,
        || Box::new(Set::new(Weighted(targets))),
    ),
];

/// All aggregates.
pub fn aggregates() -> &'static [Aggregate] {
    TABLE
}

/// The aggregate of this name.
pub fn aggregate(name: &str) -> Option<&'static Aggregate> {
    TABLE.iter().find(|known| known.name == name)
}

/// Samples with the highest possible verdict.
fn right(samples: &[Scored]) -> u64 {
    samples.iter().filter(|sample| sample.value >= 1.0).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_question(name: &str, samples: &[(f64, Option<&str>)], k: usize) -> Option<f64> {
        let samples: Vec<Scored> = samples
            .iter()
            .map(|(value, answer)| Scored { value: *value, answer: *answer, targets: &[] })
            .collect();
        match aggregate(name).unwrap().kind {
            Kind::Question(run) => run(&samples, k),
            Kind::Set(_) => None,
        }
    }

    fn of_set(name: &str, samples: &[(f64, &str, &str)]) -> Option<f64> {
        let Kind::Set(start) = aggregate(name).unwrap().kind else { return None };
        let mut all = start();
        for (value, answer, target) in samples {
            all.add(&[Scored { value: *value, answer: Some(answer), targets: &[(*target).to_owned()] }]);
        }
        all.value()
    }

    #[test]
    fn repeats_become_a_value() {
        let samples = [(1.0, Some("a")), (0.0, Some("b")), (0.0, Some("b")), (1.0, None)];
        assert_eq!(of_question("pass_at_k", &samples, 2), Some(1.0 - 1.0 / 6.0));
        assert!((of_question("pass_hat_k", &samples, 2).unwrap() - 1.0 / 6.0).abs() < 1e-12);
        assert_eq!(of_question("mean_at_k", &samples, 4), Some(0.5));
        assert_eq!(of_question("majority_at_k", &samples, 4), Some(0.0));
        assert_eq!(of_question("majority_at_k", &samples, 1), Some(1.0));
        assert_eq!(of_question("majority_at_k", &[(0.5, None)], 1), Some(0.0));
        let blank = [(0.0, Some("")), (0.0, Some(" ")), (0.0, Some("")), (1.0, Some("a"))];
        assert_eq!(of_question("majority_at_k", &blank, 4), Some(1.0));
        assert_eq!(of_question("majority_at_k", &blank, 3), Some(0.0));
        assert_eq!(of_question("pass_at_k", &samples, 5), None);
    }

    /// Numbers of sets and their errors are the references', of all questions and of all but one or a cluster in turn.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "tests read vectors")]
    fn sets_have_their_errors() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/sets.jsonl");
        let lines = std::fs::read_to_string(path).unwrap();
        for case in lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()) {
            let Kind::Set(start) = aggregate(case["aggregate"].as_str().unwrap()).unwrap().kind else {
                panic!("{case}")
            };
            let mut all = start();
            for question in case["questions"].as_array().unwrap() {
                let read = |sample: &serde_json::Value| -> (f64, String, Vec<String>) {
                    serde_json::from_value(serde_json::json!([
                        sample["value"],
                        sample["answer"],
                        sample["targets"]
                    ]))
                    .unwrap()
                };
                let read: Vec<_> = question.as_array().unwrap().iter().map(read).collect();
                let scored = read.iter().map(|(value, answer, targets)| Scored {
                    value: *value,
                    answer: Some(answer),
                    targets,
                });
                all.add(&scored.collect::<Vec<_>>());
            }
            let clusters: Option<Vec<usize>> = serde_json::from_value(case["clusters"].clone()).unwrap();
            let found = [all.value(), all.standard_error(clusters.as_deref())];
            let wanted = [case["value"].as_f64(), case["error"].as_f64()];
            for (found, wanted) in found.into_iter().zip(wanted) {
                let is_close = match (found, wanted) {
                    (Some(found), Some(wanted)) => (found - wanted).abs() <= 1e-9 * wanted.abs().max(1.0),
                    (found, wanted) => found == wanted,
                };
                assert!(is_close, "{found:?}, not {wanted:?}: {case}");
            }
        }
    }

    #[test]
    fn samples_become_a_number() {
        assert_eq!(of_set("matthews", &[(1.0, "a", "a"), (1.0, "b", "b")]), Some(1.0));
        assert_eq!(of_set("matthews", &[(1.0, "a\u{1c}", "a"), (1.0, "b", "\u{1f}b")]), Some(1.0));
        let bleu = of_set("corpus_bleu", &[(0.0, "a b c d", "a b c d"), (0.0, "x", "y")]).unwrap();
        // sacrebleu 2.6.0: corpus_bleu(["a b c d", "x"], [["a b c d", "y"]]).
        assert!((bleu - 94.574_160_900_317_65).abs() < 1e-9, "{bleu}");
        let perplexity = of_set("word_perplexity", &[(-2.0, "", "two words"), (-1.0, "", "one")]).unwrap();
        assert!((perplexity - 1.0_f64.exp()).abs() < 1e-12);
        let one = r#"{"instruction_id_list": ["a"]}"#;
        let three = r#"{"instruction_id_list": ["a", "b", "c"]}"#;
        assert_eq!(of_set("ifeval_instructions", &[(0.0, "", one), (1.0, "", three)]), Some(0.75));
        assert_eq!(of_set("perplexity", &[]), None);
    }
}
