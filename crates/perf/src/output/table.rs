//! The figures as a person reads them.

use crate::measure::{Figures, Gpu, Spread, StageSummary};
use std::fmt::Write;

/// Percentiles that are shown; all are in the file.
const SHOWN: [&str; 5] = ["p50", "p90", "p95", "p99", "p99.9"];

/// One stage.
pub fn stage(stage: &StageSummary) -> String {
    let mut text = String::new();
    for reason in &stage.invalid {
        let _ = writeln!(text, "INVALID: {reason}");
    }
    let repeat = if stage.repeat > 1 { format!(", once more ({})", stage.repeat) } else { String::new() };
    let _ = writeln!(text, "{}{repeat}", stage.name);
    let requests = &stage.requests;
    let throughput = &stage.throughput;
    let tokens = match (throughput.output_tokens_per_s, throughput.total_tokens_per_s) {
        (Some(output), _) => format!("{} output tokens/s", number(output)),
        // All are known, and answers have none.
        (None, Some(prompts)) => format!("{} prompt tokens/s", number(prompts)),
        (None, None) => "output tokens/s unknown".to_owned(),
    };
    let _ = writeln!(
        text,
        "  {} of {} requests answered in {} s: {} requests/s, {tokens}",
        requests.ok,
        requests.total,
        number(stage.duration_s),
        number(throughput.requests_per_s),
    );
    for (class, count) in requests.classes.iter().filter(|(class, _)| *class != "ok") {
        let example = requests.examples.get(class).map(|example| format!(" ({example})")).unwrap_or_default();
        let _ = writeln!(text, "  {count} {class}{example}");
    }
    extras(stage, &mut text);
    times(stage, &mut text);
    text
}

fn extras(stage: &StageSummary, text: &mut String) {
    let requests = &stage.requests;
    if requests.warm_up + requests.cool_down > 0 {
        let _ = writeln!(
            text,
            "  {} before and {} after the measured requests",
            requests.warm_up, requests.cool_down
        );
    }
    if let Some(steady) = &stage.steady {
        let tokens = steady.throughput.output_tokens_per_s;
        let tokens = tokens.map(|tokens| format!(", {} output tokens/s", number(tokens))).unwrap_or_default();
        let _ = writeln!(
            text,
            "  at full load ({} s to {} s): {} requests/s{tokens}",
            number(steady.from_s),
            number(steady.to_s),
            number(steady.throughput.requests_per_s),
        );
    }
    if let Some(good) = &stage.goodput {
        let (low, high) = good.share_interval_95;
        let _ = writeln!(
            text,
            "  goodput: {:.1} % of requests ({:.1} to {:.1}), {} requests/s",
            good.share * 100.0,
            low * 100.0,
            high * 100.0,
            number(good.requests_per_s),
        );
    }
    stage.gpus.iter().for_each(|gpu| card(gpu, &stage.gpus, text));
    if stage.tokens.unknown > 0 {
        let _ = writeln!(text, "  the server did not count the tokens of {} answers", stage.tokens.unknown);
    }
    if stage.tokens.counted_here > 0 {
        let _ = writeln!(text, "  the tokens of {} answers were counted here", stage.tokens.counted_here);
    }
}

fn card(gpu: &Gpu, all: &[Gpu], text: &mut String) {
    const GIB: f64 = 1_073_741_824.0;
    let model = gpu.model.as_ref().map(|model| format!(" ({model})")).unwrap_or_default();
    let said = [
        gpu.busy_share.map(|share| format!("{:.0} % busy", share * 100.0)),
        gpu.memory_most_bytes.map(|bytes| format!("at most {} GiB in use", number(bytes / GIB))),
        gpu.power_w.map(|watts| format!("{} W", number(watts))),
        gpu.temperature_most_c.map(|degrees| format!("at most {degrees:.0} °C")),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    // Parts of a card and cards of several machines share their numbers.
    let is_alone = all.iter().filter(|other| other.number == gpu.number).count() == 1;
    let name = gpu.number.as_ref().filter(|_| is_alone).unwrap_or(&gpu.id);
    let _ = writeln!(text, "  GPU {name}{model}: {}", said.join(", "));
}

fn times(stage: &StageSummary, text: &mut String) {
    let latency = &stage.latency;
    let rows = [
        ("TTFT", &latency.ttft_ms),
        ("TPOT", &latency.tpot_ms),
        ("ITL", &latency.itl_ms),
        ("chunk gap", &latency.chunk_gap_ms),
        ("E2E", &latency.e2e_ms),
        ("TTFT from schedule", &latency.ttft_from_schedule_ms),
        ("E2E from schedule", &latency.e2e_from_schedule_ms),
        ("connecting", &latency.connect_ms),
    ];
    let rows: Vec<(&str, &Figures)> =
        rows.iter().filter_map(|(name, figures)| Some((*name, figures.as_ref()?))).collect();
    if rows.is_empty() {
        return;
    }
    let _ = write!(text, "  {:<19}{:>10}{:>19}", "ms", "mean", "95 % interval");
    for name in SHOWN {
        let _ = write!(text, "{name:>10}");
    }
    let _ = writeln!(text, "{:>10}", "max");
    for (name, figures) in rows {
        let interval = figures
            .mean_interval_95
            .map_or_else(|| "–".to_owned(), |(low, high)| format!("{} – {}", number(low), number(high)));
        let _ = write!(text, "  {name:<19}{:>10}{interval:>19}", number(figures.mean));
        for name in SHOWN {
            let value = figures.percentile(name).map_or_else(String::new, number);
            let _ = write!(text, "{value:>10}");
        }
        let _ = writeln!(text, "{:>10}", number(figures.max));
    }
}

/// The stages beside each other.
pub fn overview(stages: &[StageSummary]) -> String {
    let cell = |figures: &Option<Figures>, name: &str| {
        let value = figures.as_ref().and_then(|figures| figures.percentile(name));
        value.map_or_else(|| "–".to_owned(), number)
    };
    let mut rows = vec![
        [
            "load",
            "ok",
            "failed",
            "requests/s",
            "tokens/s",
            "TTFT p50",
            "p99",
            "TPOT p50",
            "p99",
            "E2E p50",
            "p99",
            "",
        ]
        .map(str::to_owned),
    ];
    rows.extend(stages.iter().map(|stage| {
        let latency = &stage.latency;
        let tokens = stage.throughput.output_tokens_per_s;
        [
            stage.name.clone(),
            stage.requests.ok.to_string(),
            stage.requests.failed.to_string(),
            number(stage.throughput.requests_per_s),
            tokens.map_or_else(|| "–".to_owned(), number),
            cell(&latency.ttft_ms, "p50"),
            cell(&latency.ttft_ms, "p99"),
            cell(&latency.tpot_ms, "p50"),
            cell(&latency.tpot_ms, "p99"),
            cell(&latency.e2e_ms, "p50"),
            cell(&latency.e2e_ms, "p99"),
            if stage.invalid.is_empty() { String::new() } else { "INVALID".to_owned() },
        ]
    }));
    aligned(&rows)
}

/// Several runs of the same loads beside each other.
pub fn spreads(spreads: &[Spread]) -> String {
    if spreads.is_empty() {
        return String::new();
    }
    let head = ["runs of the same load", "runs", "mean", "95 % interval", "std", "least", "greatest", ""];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(spreads.iter().map(|spread| {
        let (low, high) = spread.mean_interval_95;
        [
            format!("{}: {}", spread.load, spread.measure),
            match spread.invalid_runs {
                0 => spread.runs.to_string(),
                invalid => format!("{} of {}", spread.runs, spread.runs + invalid),
            },
            number(spread.mean),
            format!("{} – {}", number(low), number(high)),
            number(spread.std),
            number(spread.min),
            number(spread.max),
            String::new(),
        ]
    }));
    aligned(&rows)
}

/// Columns beside each other, numbers to the right.
fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let room = " ".repeat(widths[column] - cell.chars().count());
            let _ = match column {
                0 => write!(line, "{cell}{room}"),
                _ if column + 1 == N => write!(line, "  {cell}"),
                _ => write!(line, "  {room}{cell}"),
            };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// A number with three to four digits that matter: `0.123`, `51.2`, `9,134`.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1000.0 => grouped(value.round() as i64),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_matter() {
        let shown = [0.0, 0.1234, 1.234, 51.26, 123.4, 9134.2, -1_234_567.0].map(number);
        assert_eq!(shown, ["0.000", "0.123", "1.23", "51.3", "123", "9,134", "-1,234,567"]);
    }

    #[test]
    fn answers_without_tokens_have_no_rate_of_them() {
        let mut told = crate::truth::tests::stage_of_nothing();
        let mut said = |output, total| {
            (told.throughput.output_tokens_per_s, told.throughput.total_tokens_per_s) = (output, total);
            stage(&told)
                .lines()
                .find_map(|line| line.split("requests/s, ").nth(1).map(str::to_owned))
                .unwrap()
        };
        assert_eq!(said(Some(20.0), Some(50.0)), "20.0 output tokens/s");
        assert_eq!(said(None, Some(50.0)), "50.0 prompt tokens/s");
        assert_eq!(said(None, None), "output tokens/s unknown");
    }

    #[test]
    fn a_stage_says_what_its_graphics_cards_did() {
        let mut stage = crate::truth::tests::stage_of_nothing();
        stage.gpus = vec![Gpu {
            number: Some("0".into()),
            model: Some("H100".into()),
            busy_share: Some(0.874),
            memory_most_bytes: Some(71.25 * 1_073_741_824.0),
            power_w: Some(412.3),
            ..Gpu::default()
        }];
        let text = super::stage(&stage);
        assert!(text.contains("  GPU 0 (H100): 87 % busy, at most 71.2 GiB in use, 412 W\n"), "{text}");
    }
}
