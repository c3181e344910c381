//! A comparison as text for a terminal.

use super::found::{BenchmarkComparison, Comparison, Incomparable, ModelScore, PairComparison};
use crate::columns::columns;
use crate::text::{interval, number, plain, thousands};
use evalscope_core::ChoiceMode;

/// Below this a p-value, corrected for the number of pairs, counts as a difference.
const SIGNIFICANT: f64 = 0.05;

/// Fields of the plans that are named for a benchmark, at most; the data has all.
const NAMED: usize = 12;

/// The comparison as lines: what is missing in it, the models, and for each benchmark their scores and what each two
/// differ by.
pub fn text(comparison: &Comparison) -> String {
    let mut lines: Vec<String> = comparison.benchmarks.iter().flat_map(incomplete).collect();
    lines.extend(comparison.models.iter().enumerate().map(|(place, model)| {
        let run = plain(&model.run.display().to_string());
        format!("{}  {}  {run}", place + 1, plain(&model.model))
    }));
    for benchmark in &comparison.benchmarks {
        lines.push(String::new());
        lines.extend(of_benchmark(benchmark));
    }
    if !comparison.skipped.is_empty() {
        lines.push(String::new());
    }
    for skipped in &comparison.skipped {
        lines.push(format!("not compared: {}: {}", plain(&skipped.benchmark), plain(&skipped.reason)));
    }
    lines.join("\n")
}

/// Samples that are in no score. Those that fail are seldom the easy ones.
fn incomplete(benchmark: &BenchmarkComparison) -> Vec<String> {
    let name = plain(&benchmark.benchmark);
    let lacking = benchmark.models.iter().filter(|score| score.failed + score.missing > 0);
    lacking
        .map(|score| {
            let (failed, missing) = (thousands(score.failed), thousands(score.missing));
            let (model, planned) = (score.model + 1, thousands(score.planned));
            format!("{name}, model {model}: {failed} of {planned} samples failed, {missing} were not reached")
        })
        .collect()
}

fn of_benchmark(benchmark: &BenchmarkComparison) -> Vec<String> {
    let direction = if benchmark.higher_is_better { "" } else { ", less is better" };
    let kind = if benchmark.mixes.is_empty() { "" } else { "mix " };
    let (name, metric) = (plain(&benchmark.benchmark), plain(&benchmark.metric));
    let mut lines = vec![format!("{kind}{name}  {metric}{direction}")];
    let has_modes = benchmark.models.iter().any(|score| score.choice_mode.is_some());
    let mode = if has_modes { "choice mode" } else { "" };
    let mut scores = vec![["", "score", "95 % interval", "questions", mode].map(str::to_owned).to_vec()];
    scores.extend(benchmark.models.iter().map(score));
    lines.extend(aligned(&scores));
    let titles = [
        "",
        "difference",
        "95 % interval",
        "p",
        "p (Holm)",
        "p (bootstrap)",
        "p (McNemar)",
        "detectable",
        "questions",
        "",
    ];
    let mut pairs = vec![titles.map(str::to_owned).to_vec()];
    pairs.extend(benchmark.pairs.iter().map(|found| pair(found, &benchmark.models)));
    lines.extend(aligned(&pairs));
    lines.extend(asked_apart(&benchmark.asked_apart));
    lines
}

/// Says that the models were not asked alike, so that their scores differ for more reasons than one.
fn asked_apart(fields: &[String]) -> Option<String> {
    let named: Vec<String> = fields.iter().take(NAMED).map(|field| plain(field)).collect();
    let more = match fields.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!named.is_empty()).then(|| format!("  asked or scored differently, in {}{more}", named.join(", ")))
}

fn score(score: &ModelScore) -> Vec<String> {
    let name = (score.model + 1).to_string();
    let mode = score.choice_mode.map_or("", ChoiceMode::word).to_owned();
    vec![name, number(Some(score.score)), interval(score.interval_95), thousands(score.n), mode]
}

fn pair(pair: &PairComparison, models: &[ModelScore]) -> Vec<String> {
    let signed = pair.difference.map_or_else(|| "–".to_owned(), |value| format!("{value:+.4}"));
    vec![
        format!("{} − {}", pair.b + 1, pair.a + 1),
        signed,
        interval(pair.interval_95),
        probability(pair.p_value),
        probability(pair.p_value_holm),
        probability(pair.bootstrap.map(|found| found.p_value)),
        probability(pair.mcnemar.map(|found| found.p_value)),
        number(pair.minimum_detectable_effect),
        thousands(pair.n),
        format!(
            "{}{}{}{}",
            verdict(pair),
            fewer(pair, models).unwrap_or_default(),
            pair.clusters.map(|count| format!(", clustered by {}", thousands(count))).unwrap_or_default(),
            judged(pair).unwrap_or_default()
        ),
    ]
}

fn verdict(pair: &PairComparison) -> String {
    let verdict = match (pair.incomparable, pair.p_value_holm) {
        (Some(Incomparable::ChoiceModes), _) => "asked in different modes: not comparable",
        (None, Some(p_value)) if p_value < SIGNIFICANT => "more than noise",
        (None, Some(_)) => "could be noise",
        (None, None) => "not tested",
    };
    verdict.to_owned()
}

/// Says that the difference is not that of the two scores, which are over more questions.
fn fewer(pair: &PairComparison, models: &[ModelScore]) -> Option<String> {
    let mut both = models.iter().filter(|score| [pair.a, pair.b].contains(&score.model));
    let questions = if pair.n == 1 { "question" } else { "questions" };
    both.any(|score| score.n != pair.n).then(|| format!(", over {} common {questions}", thousands(pair.n)))
}

/// Says what of the interval is for the judges.
fn judged(pair: &PairComparison) -> Option<String> {
    let half = pair.judge_half_width_95.filter(|half| *half > 0.0)?;
    Some(format!(", ± {} for the judges", number(Some(half))))
}

fn probability(p_value: Option<f64>) -> String {
    match p_value {
        None => "–".to_owned(),
        Some(p_value) if p_value < 0.0001 => "<0.0001".to_owned(),
        Some(p_value) => format!("{p_value:.4}"),
    }
}

/// Rows of cells under each other, with two spaces between them and before them.
fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len))
        .map(|column| rows.iter().map(|row| columns(&row[column])).max().unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("  {cell}{}", " ".repeat(width - columns(cell))));
        cells.collect::<String>().trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
