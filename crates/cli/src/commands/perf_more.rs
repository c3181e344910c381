//! What `evalscope perf` does beside putting load on a server: it compares two tests, and looks at itself.

use crate::output::{self, Failure, printable};
use evalscope::perf::{self, Case, Difference, Signals};
use std::path::Path;
use std::process::ExitCode;

/// `evalscope perf compare`.
pub fn compare(before: &Path, after: &Path, json: bool) -> Result<ExitCode, Failure> {
    let differences = perf::compare(before, after)?;
    if json {
        output::json(&differences);
        return Ok(ExitCode::SUCCESS);
    }
    let mut load = "";
    let mut lines = Vec::new();
    for difference in &differences {
        if difference.load != load {
            load = &difference.load;
            lines.push(load.to_owned());
            lines.extend(difference.notes.iter().map(|note| format!("  note: {note}")));
        }
        lines.push(line(difference));
    }
    output::result(&printable(&lines.join("\n")));
    Ok(ExitCode::SUCCESS)
}

fn line(difference: &Difference) -> String {
    let number = perf::number;
    let judged = match (difference.interval_95, difference.is_sure()) {
        (Some((low, high)), Some(sure)) => {
            let word = if sure { "" } else { ", no sure difference" };
            format!("  difference {} to {}{word}", number(low), number(high))
        }
        _ => "  no interval: repeat the tests with `--repeat`".to_owned(),
    };
    format!(
        "  {:<16} {:>10} → {:>10}  {:>+7.1} %{judged}",
        difference.measure,
        number(difference.before),
        number(difference.after),
        difference.change * 100.0
    )
}

/// `evalscope perf --selftest`.
pub fn selftest(signals: &Signals, json: bool) -> Result<ExitCode, Failure> {
    output::note(
        "a reference server in this process answers 64 tokens: at once, then after 50 ms with 10 ms between",
    );
    let head = format!(
        "{:>8} {:>10} {:>12} {:>21} {:>21} {:>21} {:>21}",
        "parallel",
        "requests/s",
        "CPU ms/1,000",
        "TTFT p50, ms",
        "TTFT p99, ms",
        "ITL p50, ms",
        "ITL mean, ms"
    );
    if !json {
        output::result(&format!("{head}\n{:>32} {:>21}", "", "server's → ours"));
    }
    let cases = perf::selftest(signals, &|case| {
        if !json {
            output::result(&row(case));
        }
    })?;
    if json {
        output::json(&cases);
    }
    Ok(ExitCode::SUCCESS)
}

fn row(case: &Case) -> String {
    let pair = |pair: Option<(f64, f64)>| match pair {
        Some((server, ours)) => format!("{server:.2} → {ours:.2}"),
        None => "–".to_owned(),
    };
    let mut text = format!(
        "{:>8} {:>10} {:>12.0} {:>21} {:>21} {:>21} {:>21}",
        case.parallel,
        perf::number(case.requests_per_s),
        case.cpu_ms_per_1000,
        pair(case.ttft_p50_ms),
        pair(case.ttft_p99_ms),
        pair(case.itl_p50_ms),
        pair(case.itl_mean_ms),
    );
    for reason in &case.invalid {
        text.push_str(&format!("\n         INVALID: {reason}"));
    }
    text
}
