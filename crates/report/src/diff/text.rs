//! A comparison as text for a terminal.

use super::excerpt::excerpts;
use super::found::{
    BenchmarkDiff, DataDiff, Example, Part, RunDiff, RunSide, SampleCounts, ScoreDiff, SubsetCounts,
};
use crate::columns::{columns, cut};
use crate::text::{number, plain, thousands};
use evalscope_core::plan::Difference;
use serde_json::Value;

/// Columns of a plan's value at most.
const VALUE: usize = 48;
/// Fields, files and subsets named at most.
const NAMED: usize = 20;

/// The comparison as lines, in the order in which one thing leads to the next: plan, data, prompts, responses,
/// extractions, scores.
pub fn text(diff: &RunDiff) -> String {
    let mut lines = vec![side("A", &diff.a), side("B", &diff.b), String::new()];
    lines.extend(plan(&diff.plan));
    for (letter, names) in [("A", &diff.only_in_a), ("B", &diff.only_in_b)] {
        lines.extend(names.iter().map(|name| format!("only in {letter}: {}", plain(name))));
    }
    for benchmark in &diff.benchmarks {
        lines.push(String::new());
        lines.extend(of_benchmark(benchmark, [&diff.a, &diff.b]));
    }
    lines.push(String::new());
    lines.push(if diff.equal { "A and B are equal" } else { "A and B differ" }.to_owned());
    lines.join("\n")
}

fn side(letter: &str, side: &RunSide) -> String {
    let mut text = format!("{letter}  {}  {}", plain(&side.folder.display().to_string()), side.started_at);
    if let (Some(program), Some(platform)) = (&side.program, &side.platform) {
        let commit = program.commit.as_deref().map(|commit| format!(" ({})", cut(commit, 12)));
        text.push_str(&format!(
            "  {} {}{}, {} {}",
            program.name,
            program.version,
            commit.unwrap_or_default(),
            platform.os,
            platform.architecture
        ));
    }
    text
}

fn plan(differences: &[Difference]) -> Vec<String> {
    if differences.is_empty() {
        return vec!["plan  same".to_owned()];
    }
    let mut lines =
        vec![format!("plan  {}", counted(differences.len() as u64, "field differs", "fields differ"))];
    for difference in differences.iter().take(NAMED) {
        let (a, b) = values(&difference.recorded, &difference.wanted);
        lines.push(format!("  {}", plain(&difference.field)));
        lines.extend([format!("    A  {a}"), format!("    B  {b}")]);
    }
    if differences.len() > NAMED {
        lines.push(format!("  and {} more; --json has them all", differences.len() - NAMED));
    }
    lines
}

/// Two values; long ones around the place where they differ.
fn values(a: &Value, b: &Value) -> (String, String) {
    let text = |value: &Value| if value.is_null() { "–".to_owned() } else { plain(&value.to_string()) };
    let (a, b) = (text(a), text(b));
    if columns(&a).min(columns(&b)) > VALUE {
        let (_, a, b) = excerpts(&a, &b);
        return (a, b);
    }
    (cut(&a, VALUE), cut(&b, VALUE))
}

fn of_benchmark(diff: &BenchmarkDiff, runs: [&RunSide; 2]) -> Vec<String> {
    let both =
        |a: &str, b: &str| if a == b { plain(a) } else { format!("{} against {}", plain(a), plain(b)) };
    let mut lines = vec![format!(
        "{}, {}",
        both(&diff.benchmark_a, &diff.benchmark_b),
        both(&diff.model_a, &diff.model_b)
    )];
    lines.extend(data(diff.data.as_ref()));
    let samples = &diff.samples;
    let mut line = format!("  samples      {} in both", thousands(samples.both));
    for (letter, count) in [("A", samples.only_in_a), ("B", samples.only_in_b)] {
        if count > 0 {
            line.push_str(&format!(", {} only in {letter}", thousands(count)));
        }
    }
    lines.push(line);
    lines.extend(apart(*samples, runs));
    lines.extend(part("prompts", &diff.prompts));
    lines.extend(part("responses", &diff.responses));
    lines.extend(part("extractions", &diff.extractions));
    lines.extend(scores(&diff.scores));
    if diff.subsets.len() > 1 {
        lines.push("  by subset".to_owned());
        lines.extend(diff.subsets.iter().take(NAMED).map(subset));
        if diff.subsets.len() > NAMED {
            lines.push(format!("    and {} more; --json has them all", diff.subsets.len() - NAMED));
        }
    }
    lines
}

/// Says that the runs asked different samples, and why where a limit may be the reason.
fn apart(samples: SampleCounts, runs: [&RunSide; 2]) -> Option<String> {
    let is_apart = samples.both == 0 && samples.only_in_a > 0 && samples.only_in_b > 0;
    let why = match runs.iter().any(|run| run.limit.is_some()) {
        true => ": a limit takes the first ones, and the orders differ; run without it",
        false => ", so that nothing can be compared",
    };
    is_apart.then(|| format!("    no sample is in both{why}"))
}

fn data(data: Option<&DataDiff>) -> Vec<String> {
    let Some(data) = data else {
        return vec!["  data         unknown: a run has no manifest".to_owned()];
    };
    if data.is_equal() {
        return vec![format!("  data         same: {}", counted(data.same, "file", "files"))];
    }
    let mut lines = vec![format!(
        "  data         {}, {} the same",
        counted(data.differ.len() as u64, "file differs", "files differ"),
        data.same
    )];
    for (what, files) in
        [("differs", &data.differ), ("only in A", &data.only_in_a), ("only in B", &data.only_in_b)]
    {
        lines.extend(files.iter().take(NAMED).map(|file| format!("    {} ({what})", plain(file))));
        if files.len() > NAMED {
            lines.push(format!("    and {} more ({what})", files.len() - NAMED));
        }
    }
    lines
}

fn part(name: &str, part: &Part) -> Vec<String> {
    let count = match (part.of, part.differ) {
        (0, _) => "none to compare".to_owned(),
        (of, 0) => format!("same: {}", thousands(of)),
        (of, differ) => format!("{} of {} differ", thousands(differ), thousands(of)),
    };
    let mut lines = vec![format!("  {name:<12} {count}")];
    lines.extend(part.examples.iter().flat_map(example));
    lines
}

fn example(example: &Example) -> [String; 3] {
    let repeat = if example.repeat > 0 { format!(", repeat {}", example.repeat) } else { String::new() };
    [
        format!(
            "    {} #{} (id {}{repeat}), from character {}",
            plain(&example.subset),
            example.index,
            cut(&plain(&example.id), VALUE),
            example.at
        ),
        format!("      A  {}", example.a),
        format!("      B  {}", example.b),
    ]
}

fn scores(scores: &ScoreDiff) -> Vec<String> {
    let mut lines = part("scores", &scores.part);
    let (Some(a), Some(b)) = (scores.mean_a, scores.mean_b) else { return lines };
    let (lower, higher) = (thousands(scores.lower), thousands(scores.higher));
    if scores.part.differ > 0 {
        lines.push(if scores.all_or_nothing {
            format!("    {lower} right → wrong, {higher} wrong → right")
        } else {
            format!("    {lower} lower in B, {higher} higher in B")
        });
    }
    let metric = |name: &Option<String>| plain(name.as_deref().unwrap_or("score"));
    let names = match (metric(&scores.metric_a), metric(&scores.metric_b)) {
        (one, other) if one == other => one,
        (one, other) => format!("{one} against {other}"),
    };
    let mut line = format!("    {names}: A {}, B {}", number(Some(a)), number(Some(b)));
    if let Some((low, high)) = scores.interval_95 {
        line.push_str(&format!("; B − A {:+.4} (95 %: {low:+.4} to {high:+.4})", b - a));
    }
    lines.push(line);
    lines.extend(judgement(scores));
    lines
}

/// Whether the difference is more than noise, where there is one.
fn judgement(scores: &ScoreDiff) -> Option<String> {
    if scores.part.differ == 0 {
        return None;
    }
    let Some(test) = scores.test else {
        return scores.not_tested.map(|why| format!("    not tested: {why}"));
    };
    let why = match test.p_value {
        Some(p) if test.name == super::scores::CLUSTERED => {
            format!("t-test clustered by passage, p = {}", probability(p))
        }
        Some(p) if test.name == super::scores::JUDGED => {
            format!("t-test with what the judges leave open, p = {}", probability(p))
        }
        Some(p) => format!("McNemar's exact test, p = {}", probability(p)),
        None if test.is_different => "the interval does not hold 0".to_owned(),
        None => "the interval holds 0".to_owned(),
    };
    let what = if test.is_different { "more than noise" } else { "could be noise" };
    Some(format!("    {what}: {why}"))
}

fn probability(p: f64) -> String {
    if p < 0.0001 { "below 0.0001".to_owned() } else { format!("{p:.4}") }
}

fn subset(counts: &SubsetCounts) -> String {
    let SubsetCounts { subset, samples, prompts, responses, extractions, scores } = counts;
    let named = [
        (samples.only_in_a, "samples only in A"),
        (samples.only_in_b, "samples only in B"),
        (*prompts, "prompts"),
        (*responses, "responses"),
        (*extractions, "extractions"),
        (*scores, "scores"),
    ];
    let parts: Vec<String> = named
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", thousands(*count)))
        .collect();
    format!("    {}: {} (of {})", plain(subset), parts.join(", "), thousands(samples.both))
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_core::Limit;
    use evalscope_runs::Status;

    fn run(limit: Option<Limit>) -> RunSide {
        RunSide {
            folder: "run".into(),
            status: Status::Finished,
            started_at: String::new(),
            limit,
            program: None,
            platform: None,
        }
    }

    #[test]
    fn a_difference_without_a_test_says_why() {
        let not_tested = Some("all questions differ alike");
        let mut scores = ScoreDiff { not_tested, ..ScoreDiff::default() };
        assert_eq!(judgement(&scores), None, "nothing differs");
        scores.part.differ = 1;
        assert_eq!(judgement(&scores).as_deref(), Some("    not tested: all questions differ alike"));
    }

    #[test]
    fn a_limit_is_named_where_there_is_one() {
        let samples = SampleCounts { both: 0, only_in_a: 3, only_in_b: 4 };
        let (whole, cut) = (run(None), run(Some(Limit::Count(3))));
        assert!(apart(samples, [&whole, &cut]).unwrap().contains("a limit takes the first ones"));
        assert!(!apart(samples, [&whole, &whole]).unwrap().contains("limit"));
        assert_eq!(apart(SampleCounts { both: 1, ..samples }, [&cut, &cut]), None);
    }
}
