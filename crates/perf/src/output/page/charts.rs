//! Which charts a test has: from its summary to lines, bars and maps.

use crate::measure::Series;
use crate::measure::{Figures, PerfSummary, StageSummary};
use crate::output::page::svg::{self, Axis, Cells, Line};

/// Figures of the server that are drawn at most; all are in `summary.json`.
const MOST_SERIES: usize = 24;

const fn linear(name: &str) -> Axis<'_> {
    Axis { name, is_logarithmic: false }
}

const fn logarithmic(name: &str) -> Axis<'_> {
    Axis { name, is_logarithmic: true }
}

/// Charts over all loads: times against throughput, and throughput of a user against that of the server.
pub fn of_test(summary: &PerfSummary) -> Vec<String> {
    let chart = |title: &str, axes: (Axis<'_>, Axis<'_>), points: &[Line]| {
        svg::lines(title, axes, points).filter(|_| points.iter().any(|line| line.points.len() > 1))
    };
    let curve = |title: &str, pick: fn(&StageSummary) -> Option<&Figures>| {
        let line = |name: &str| Line { name: name.to_owned(), points: by_throughput(summary, pick, name) };
        chart(
            title,
            (linear("requests per second"), logarithmic(title)),
            &[line("p50"), line("p95"), line("p99")],
        )
    };
    [
        curve("time to first token, ms", |stage| stage.latency.ttft_ms.as_ref()),
        curve("time per output token, ms", |stage| stage.latency.tpot_ms.as_ref()),
        curve("end to end, ms", |stage| stage.latency.e2e_ms.as_ref()),
        chart(
            "throughput of a user against that of the server",
            (linear("output tokens per second of the server"), linear("output tokens per second of a user")),
            &pareto(summary),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn by_throughput(
    summary: &PerfSummary,
    pick: fn(&StageSummary) -> Option<&Figures>,
    percentile: &str,
) -> Vec<(f64, f64, String)> {
    let point = |stage: &StageSummary| {
        let time = pick(stage)?.percentile(percentile)?;
        Some((stage.throughput.requests_per_s, time, format!("{}: {time} ms", stage.name)))
    };
    // In the order in which they were put on: beyond saturation the curve turns back.
    summary.stages.iter().filter_map(point).collect()
}

/// All loads, and those that no other beats in both.
fn pareto(summary: &PerfSummary) -> Vec<Line> {
    let point = |stage: &StageSummary| {
        let each = 1000.0 / stage.latency.tpot_ms.as_ref()?.percentile("p50").filter(|tpot| *tpot > 0.0)?;
        Some((stage.throughput.output_tokens_per_s?, each, stage.name.clone()))
    };
    let mut all: Vec<(f64, f64, String)> = summary.stages.iter().filter_map(point).collect();
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut best: Vec<(f64, f64, String)> = Vec::new();
    for point in all.iter().rev() {
        if best.last().is_none_or(|last| point.1 > last.1) {
            best.push(point.clone());
        }
    }
    best.reverse();
    vec![
        Line { name: "all loads".into(), points: all },
        Line { name: "the best of them".into(), points: best },
    ]
}

/// Charts of one stage.
pub fn of_stage(stage: &StageSummary) -> Vec<String> {
    let mut charts: Vec<String> = timeline(stage).into_iter().flatten().collect();
    for (name, histogram) in &stage.histograms {
        charts.extend(svg::bars(name, name, &histogram.edges, &histogram.counts));
    }
    charts.extend(map(stage));
    charts.extend(stage.server.iter().take(MOST_SERIES).filter_map(server));
    charts
}

fn timeline(stage: &StageSummary) -> [Option<String>; 3] {
    let line = |name: &str, value: fn(&crate::measure::Second) -> Option<f64>| Line {
        name: name.to_owned(),
        points: stage
            .timeline
            .iter()
            .filter_map(|second| Some((second.second as f64, value(second)?, String::new())))
            .collect(),
    };
    let chart = |title: &str, y: &str, lines: &[Line]| {
        svg::lines(title, (linear("seconds"), linear(y)), lines)
            .filter(|_| lines.iter().any(|line| line.points.len() > 1))
    };
    [
        chart(
            "requests over time",
            "requests",
            &[
                line("in flight", |second| Some(second.in_flight)),
                line("answered per second", |second| Some(second.ok as f64)),
                line("failed per second", |second| Some(second.failed as f64)),
            ],
        ),
        chart(
            "tokens over time",
            "tokens per second",
            &[line("tokens", |second| Some(second.output_tokens))],
        ),
        chart("time to first token over time", "mean, ms", &[line("ttft", |second| second.ttft_ms)]),
    ]
}

fn map(stage: &StageSummary) -> Option<String> {
    let heat = stage.heat.as_ref()?;
    let cells: Vec<(usize, usize, u32)> = heat
        .columns
        .iter()
        .enumerate()
        .flat_map(|(column, rows)| rows.iter().enumerate().map(move |(row, count)| (column, row, *count)))
        .filter(|cell| cell.2 > 0)
        .collect();
    let edge = |row: usize| heat.least_ms * 10_f64.powf(row as f64 / heat.rows_per_decade);
    let title = format!("{} over time", heat.measure);
    svg::heat(&title, ("seconds", &heat.measure), heat.column_s, &Cells { counts: &cells, edge: &edge })
}

fn server(series: &Series) -> Option<String> {
    let points = series.points.iter().map(|(at, value)| (*at, *value, String::new())).collect();
    let line = Line { name: series.name.clone(), points };
    svg::lines(&series.name, (linear("seconds"), linear(&series.name)), &[line])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Latency, Row, Tally};

    #[test]
    fn a_load_that_is_beaten_in_both_is_not_among_the_best() {
        let figures = |tpot: f64| {
            let mut tally = Tally::new(None);
            let last = 10.0 + tpot;
            tally.add(&Row {
                ttft_ms: Some(10.0),
                last_content_ms: Some(last),
                output_tokens: Some(2),
                ..Row::default()
            });
            crate::measure::figures_of(&tally)
        };
        let stage = |tokens: f64, tpot: f64| {
            let mut stage = crate::truth::tests::stage_of_nothing();
            stage.throughput.output_tokens_per_s = Some(tokens);
            stage.latency = Latency { tpot_ms: figures(tpot), ..Latency::default() };
            stage
        };
        let mut summary = crate::output::page::tests::summary();
        summary.stages = vec![stage(100.0, 10.0), stage(200.0, 20.0), stage(150.0, 40.0)];
        let best: Vec<f64> = pareto(&summary)[1].points.iter().map(|point| point.0).collect();
        assert_eq!(best, [100.0, 200.0]);
    }
}
