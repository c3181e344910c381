//! Evaluates metrics over JSON lines, for `differential/`: one question a line on stdin, one value a line on stdout.

use evalscope_metrics::aggregate::{Kind, Scored, aggregate};
use evalscope_metrics::bleu::{self, Orders, Smoothing, Tokenizer};
use evalscope_metrics::ifeval::{Reading, followed};
use evalscope_metrics::likelihood::Likelihood;
use evalscope_metrics::matthews::Matthews;
use evalscope_metrics::{chrf, paired, repeats, score, sentences, stats, ter};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{BufRead, Error, Write};

/// A question.
#[derive(Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
enum Question {
    Text { metric: String, answer: String, targets: Vec<String> },
    Corpus { metric: String, answers: Vec<String>, targets: Vec<Vec<String>> },
    Sentences { text: String },
    Followed { answer: String, target: String, loose: bool },
    Paired { values: Vec<f64> },
    Bootstrap { values: Vec<f64> },
    Clustered { values: Vec<f64>, clusters: Vec<u64> },
    Mcnemar { losses: u64, wins: u64 },
    Matthews { answers: Vec<String>, targets: Vec<String> },
    Likelihood { texts: Vec<String>, sums: Vec<f64> },
    Pass { count: u64, right: u64, k: u64 },
    Detectable { error: f64, freedom: f64, significance: f64, power: f64 },
    Set { aggregate: String, questions: Vec<Vec<Sample>>, clusters: Option<Vec<usize>> },
}

/// A scored sample.
#[derive(Deserialize)]
struct Sample {
    value: f64,
    answer: String,
    targets: Vec<String>,
}

impl Sample {
    fn scored(&self) -> Scored<'_> {
        Scored { value: self.value, answer: Some(&self.answer), targets: &self.targets }
    }
}

fn main() -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let question: Question = serde_json::from_str(&line?)?;
        writeln!(out, "{}", answer(question))?;
    }
    Ok(())
}

fn answer(question: Question) -> Value {
    match question {
        Question::Text { metric, answer, targets } => {
            json!(score::text_metric(&metric).map(|metric| (metric.run)(&answer, &targets)))
        }
        Question::Corpus { metric, answers, targets } => json!(corpus(&metric, &answers, &targets)),
        Question::Sentences { text } => json!(sentences::sentences(&text)),
        Question::Followed { answer, target, loose } => {
            json!(followed(&answer, &target, if loose { Reading::Loose } else { Reading::Strict }))
        }
        Question::Paired { values } => json!(paired::paired_difference(&values).map(|found| [
            found.mean,
            found.standard_error,
            found.interval_95.0,
            found.interval_95.1,
            found.p_value
        ])),
        Question::Bootstrap { values } => json!(paired::paired_bootstrap(&values, 42).map(|found| [
            found.interval_95.0,
            found.interval_95.1,
            found.p_value
        ])),
        Question::Clustered { values, clusters } => {
            json!(stats::clustered_standard_error(&values, &clusters))
        }
        Question::Mcnemar { losses, wins } => {
            json!([paired::mcnemar(losses, wins), paired::mcnemar_corrected(losses, wins)])
        }
        Question::Matthews { answers, targets } => {
            let mut counted = Matthews::default();
            answers.into_iter().zip(targets).for_each(|(answer, target)| counted.add(answer, target));
            json!(counted.value())
        }
        Question::Likelihood { texts, sums } => {
            let mut all = Likelihood::default();
            texts.iter().zip(sums).for_each(|(text, sum)| all.add(&Likelihood::of(text, sum)));
            json!([all.word_perplexity(), all.byte_perplexity(), all.bits_per_byte()])
        }
        Question::Pass { count, right, k } => {
            json!([repeats::pass_at_k(count, right, k), repeats::pass_hat_k(count, right, k)])
        }
        Question::Detectable { error, freedom, significance, power } => {
            json!(paired::minimum_detectable_effect(error, freedom, significance, power))
        }
        Question::Set { aggregate, questions, clusters } => {
            json!(set(&aggregate, &questions, clusters.as_deref()))
        }
    }
}

/// The number of a set, and its standard error.
fn set(name: &str, questions: &[Vec<Sample>], clusters: Option<&[usize]>) -> Option<[Option<f64>; 2]> {
    let Kind::Set(start) = aggregate(name)?.kind else { return None };
    let mut all = start();
    for question in questions {
        all.add(&question.iter().map(Sample::scored).collect::<Vec<_>>());
    }
    Some([all.value(), all.standard_error(clusters)])
}

fn corpus(metric: &str, answers: &[String], targets: &[Vec<String>]) -> Option<f64> {
    let samples = answers.iter().zip(targets);
    match metric {
        "bleu" => {
            let mut all = bleu::Statistics::default();
            samples.for_each(|(a, t)| all.add(&bleu::Statistics::of(a, t, Tokenizer::Mteval13a)));
            Some(all.score(Smoothing::Exponential, Orders::All))
        }
        "chrf" | "chrf_plus_plus" => {
            let words = if metric == "chrf" { 0 } else { 2 };
            let mut all = chrf::Statistics::default();
            samples.for_each(|(a, t)| all.add(&chrf::Statistics::of(a, t, words)));
            Some(all.score())
        }
        "ter" => {
            let mut all = ter::Statistics::default();
            samples.for_each(|(a, t)| all.add(&ter::Statistics::of(a, t)));
            Some(all.score())
        }
        _ => None,
    }
}
