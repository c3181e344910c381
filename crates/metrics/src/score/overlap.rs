//! BLEU and ROUGE: how many words an answer shares with a target.
//!
//! As EvalScope 1.14.1 and 0.5.2 score `general_qa`, which compare with one target. Of several targets, the one with
//! the highest value counts. Without targets, and for an empty answer, the value is 0.

use crate::python;
use crate::rouge::longest_common;
use crate::words;
use regex::Regex;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::LazyLock;

fn best(targets: &[String], value: impl Fn(&str) -> f64) -> f64 {
    targets.iter().map(|target| value(target)).fold(0.0, f64::max)
}

/// BLEU of runs of `N` words alone: their clipped precision times the brevity penalty, without smoothing.
///
/// `sentence_bleu` of NLTK 3.10.4 with the weight 1 for one order and 0 for the others; 0 when no word is shared.
fn bleu<const N: usize>(answer: &str, targets: &[String]) -> f64 {
    let cut = |text: &str| if words::is_chinese(text) { words::jieba(text) } else { words::english(text) };
    let answer = cut(answer);
    best(targets, |target| bleu_of(&answer, &cut(target), N))
}

fn bleu_of(answer: &[String], target: &[String], order: usize) -> f64 {
    if answer.is_empty() || clipped_matches(answer, target, 1) == 0 {
        return 0.0;
    }
    let runs = (answer.len() + 1).saturating_sub(order).max(1);
    let precision = clipped_matches(answer, target, order) as f64 / runs as f64;
    let is_shorter = answer.len() <= target.len();
    let brevity = if is_shorter { (1.0 - target.len() as f64 / answer.len() as f64).exp() } else { 1.0 };
    brevity * precision
}

fn counts(words: &[String], order: usize) -> HashMap<&[String], usize> {
    let mut counts = HashMap::new();
    for run in words.windows(order) {
        *counts.entry(run).or_default() += 1;
    }
    counts
}

/// Runs of the answer in the target, each at most as often as it stands there.
fn clipped_matches(answer: &[String], target: &[String], order: usize) -> usize {
    let target = counts(target, order);
    counts(answer, order)
        .into_iter()
        .map(|(run, count)| count.min(target.get(run).copied().unwrap_or(0)))
        .sum()
}

/// How much is shared, of how much in the answer and in the target.
struct Overlap {
    shared: usize,
    answer: usize,
    target: usize,
}

/// Which of the three values is asked for.
enum Part {
    Recall,
    Precision,
    Harmonic,
}

impl Overlap {
    fn value(&self, part: &Part) -> f64 {
        let share = |of: usize| if of == 0 { 0.0 } else { self.shared as f64 / of as f64 };
        let (recall, precision) = (share(self.target), share(self.answer));
        match part {
            Part::Recall => recall,
            Part::Precision => precision,
            // rouge-chinese 1.0.3 adds this to keep from dividing by 0, so equal texts have 0.999999995.
            Part::Harmonic => 2.0 * (precision * recall / (precision + recall + 1e-8)),
        }
    }
}

/// Distinct runs of words that both have.
fn rouge_n(order: usize, part: &Part, answer: &str, targets: &[String]) -> f64 {
    rouge(answer, targets, part, |answer, target| {
        let (answer, target) = (distinct(answer.windows(order)), distinct(target.windows(order)));
        Overlap { shared: answer.intersection(&target).count(), answer: answer.len(), target: target.len() }
    })
}

fn distinct<T: Hash + Eq>(runs: impl Iterator<Item = T>) -> HashSet<T> {
    runs.collect()
}

/// Words of the longest common subsequence.
fn rouge_l(part: &Part, answer: &str, targets: &[String]) -> f64 {
    rouge(answer, targets, part, |answer, target| Overlap {
        shared: longest_common(answer, target),
        answer: answer.len(),
        target: target.len(),
    })
}

fn rouge(
    answer: &str,
    targets: &[String],
    part: &Part,
    overlap: impl Fn(&[String], &[String]) -> Overlap,
) -> f64 {
    let answer = rouge_words(answer);
    best(targets, |target| {
        let target = rouge_words(target);
        if answer.is_empty() || target.is_empty() { 0.0 } else { overlap(&answer, &target).value(part) }
    })
}

/// The words as rouge-chinese 1.0.3 sees them: it breaks after `。！？?` and at line feeds, and a line that is only
/// white space is an empty word.
fn rouge_words(text: &str) -> Vec<String> {
    static BREAKS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        [
            ("([。！？?])([^”’])", "$1\n$2"),
            (r"(\.{6})([^”’])", "$1\n$2"),
            ("(…{2})([^”’])", "$1\n$2"),
            ("([。！？?][”’])([^，。！？?])", "$1\n$2"),
        ]
        .into_iter()
        .map(|(pattern, replacement)| (Regex::new(pattern).expect("the regex is a literal"), replacement))
        .collect()
    });
    let mut text = if words::is_chinese(text) { words::jieba(text).join(" ") } else { text.to_owned() };
    for (pattern, replacement) in BREAKS.iter() {
        text = pattern.replace_all(&text, *replacement).into_owned();
    }
    let lines = python::trim_end(&text).split('\n').filter(|line| !line.is_empty());
    lines.flat_map(line_words).collect()
}

fn line_words(line: &str) -> Vec<String> {
    let words: Vec<String> = python::split(line).map(str::to_owned).collect();
    if words.is_empty() { vec![String::new()] } else { words }
}

/// Returns BLEU of single words: 0 to 1, more is better; see [`bleu`].
pub(super) fn bleu_1(answer: &str, targets: &[String]) -> f64 {
    bleu::<1>(answer, targets)
}

/// Returns BLEU of runs of 2: 0 to 1, more is better; see [`bleu`].
pub(super) fn bleu_2(answer: &str, targets: &[String]) -> f64 {
    bleu::<2>(answer, targets)
}

/// Returns BLEU of runs of 3: 0 to 1, more is better; see [`bleu`].
pub(super) fn bleu_3(answer: &str, targets: &[String]) -> f64 {
    bleu::<3>(answer, targets)
}

/// Returns BLEU of runs of 4: 0 to 1, more is better; see [`bleu`].
pub(super) fn bleu_4(answer: &str, targets: &[String]) -> f64 {
    bleu::<4>(answer, targets)
}

/// Returns ROUGE-1 recall: what is shared, of the target, over distinct words. 0 to 1, more is better; source: rouge-chinese 1.0.3.
pub(super) fn rouge_1_r(answer: &str, targets: &[String]) -> f64 {
    rouge_n(1, &Part::Recall, answer, targets)
}

/// Returns ROUGE-1 precision: what is shared, of the answer, over distinct words. 0 to 1, more is better; source: rouge-chinese 1.0.3.
pub(super) fn rouge_1_p(answer: &str, targets: &[String]) -> f64 {
    rouge_n(1, &Part::Precision, answer, targets)
}

/// Returns ROUGE-1 F: the harmonic mean of recall and precision, over distinct words. 0 to 1, more is better; source: rouge-chinese 1.0.3.
pub(super) fn rouge_1_f(answer: &str, targets: &[String]) -> f64 {
    rouge_n(1, &Part::Harmonic, answer, targets)
}

/// Returns ROUGE-2 recall: what is shared, of the target, over distinct pairs of words. 0 to 1, more is better; source: rouge-chinese 1.0.3.
pub(super) fn rouge_2_r(answer: &str, targets: &[String]) -> f64 {
    rouge_n(2, &Part::Recall, answer, targets)
}

/// Returns ROUGE-2 precision: what is shared, of the answer, over distinct pairs of words. 0 to 1, more is better; source: rouge-chinese 1.0.3.
pub(super) fn rouge_2_p(answer: &str, targets: &[String]) -> f64 {
    rouge_n(2, &Part::Precision, answer, targets)
}

/// Returns ROUGE-2 F: the harmonic mean of recall and precision, over distinct pairs of words. 0 to 1, more is better; source: rouge-chinese 1.0.3.
pub(super) fn rouge_2_f(answer: &str, targets: &[String]) -> f64 {
    rouge_n(2, &Part::Harmonic, answer, targets)
}

/// Returns ROUGE-L recall: what is shared, of the target, over the longest common subsequence of words. 0 to 1, more is better; source: rouge-chinese 1.0.3.
pub(super) fn rouge_l_r(answer: &str, targets: &[String]) -> f64 {
    rouge_l(&Part::Recall, answer, targets)
}

/// Returns ROUGE-L precision: what is shared, of the answer, over the longest common subsequence of words. 0 to 1, more is better; source: rouge-chinese 1.0.3.
pub(super) fn rouge_l_p(answer: &str, targets: &[String]) -> f64 {
    rouge_l(&Part::Precision, answer, targets)
}

/// Returns ROUGE-L F: the harmonic mean of recall and precision, over the longest common subsequence of words. 0 to 1, more is better; source: rouge-chinese 1.0.3.
pub(super) fn rouge_l_f(answer: &str, targets: &[String]) -> f64 {
    rouge_l(&Part::Harmonic, answer, targets)
}
