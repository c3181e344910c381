//! Numbers and names as people read them.

use crate::summary::Summary;
use evalscope_core::PlannedModel;
use evalscope_runs::Status;

/// Models with failures named at most; the table has all.
const MODELS_NAMED: usize = 3;

/// A count with separated thousands, `1,234`.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A score, or a dash for none: four decimals, two for large numbers.
pub fn number(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value.abs() < 10.0 => format!("{value:.4}"),
        Some(value) => format!("{value:.2}"),
    }
}

/// A time: `0.52 ms`, `123 ms`, `1.24 s`.
pub fn time(ms: f64) -> String {
    match ms {
        ms if ms < 10.0 => format!("{ms:.2} ms"),
        ms if ms < 1_000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.2} s", ms / 1e3),
    }
}

/// An interval, or a dash for none.
pub fn interval(interval: Option<(f64, f64)>) -> String {
    match interval {
        None => "–".to_owned(),
        Some((low, high)) => format!("{} – {}", number(Some(low)), number(Some(high))),
    }
}

/// `text` on one line and without characters that could steer a terminal.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_direction(c) { '\u{fffd}' } else { c }).collect()
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What a reader must know before the scores: failures, replies that wait for a score, what is missing. Empty
/// when all is in.
pub fn warnings(summary: &Summary) -> Vec<String> {
    let counts = summary.counts;
    let mut lines: Vec<String> = failed(summary).into_iter().chain(unscored(summary)).collect();
    // Those that have no fitting reply are told of by a notice.
    if counts.missing() > summary.unanswered {
        let why = match summary.status {
            Status::Running => "the run is under way",
            Status::Interrupted => "the run was interrupted",
            Status::Failed => "the run ended with an error",
            Status::Finished | Status::Partial => "the run is not complete",
        };
        lines.push(format!(
            "{why}: {} of {} planned samples are in",
            thousands(counts.scored + counts.failed),
            thousands(counts.planned)
        ));
    }
    lines.extend(summary.notices.iter().map(|notice| plain(notice)));
    lines
}

/// Says how many samples failed, and of several models which ones' they are.
fn failed(summary: &Summary) -> Option<String> {
    let (failed, planned) = (summary.counts.failed, summary.counts.planned);
    let line =
        format!("{} of {} samples failed and are not in the scores", thousands(failed), thousands(planned));
    let of_model = |model: &PlannedModel| {
        let own = summary.benchmarks.iter().filter(|benchmark| benchmark.model == model.id);
        let failed: u64 = own.map(|benchmark| benchmark.counts.failed).sum();
        (failed > 0).then(|| format!("{} of {}", thousands(failed), plain(&model.id)))
    };
    match (failed, summary.models.len()) {
        (0, _) => None,
        (_, 0 | 1) => Some(line),
        _ => {
            let parts: Vec<String> = summary.models.iter().filter_map(of_model).collect();
            let more = match parts.len().saturating_sub(MODELS_NAMED) {
                0 => String::new(),
                more => format!(" and {more} more models"),
            };
            let named = parts.iter().take(MODELS_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
            Some(format!("{line}: {named}{more}"))
        }
    }
}

/// Says that replies are recorded and not scored. While a run is under way that is as it should be, and those that do not fit
/// the data were looked at.
fn unscored(summary: &Summary) -> Option<String> {
    let count: u64 = summary.benchmarks.iter().map(|benchmark| benchmark.health.unscored).sum();
    if count == 0 || summary.status == Status::Running || summary.unanswered > 0 {
        return None;
    }
    let are = if count == 1 { "recorded reply is" } else { "recorded replies are" };
    Some(format!(
        "{} {are} not scored yet; score them with `evalscope score {}`",
        thousands(count),
        plain(&summary.folder.display().to_string())
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_separated() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(number(Some(0.5)), "0.5000");
        assert_eq!(number(Some(31.25)), "31.25");
        assert_eq!(number(None), "–");
        assert_eq!([0.523, 123.4, 1_240.0].map(time), ["0.52 ms", "123 ms", "1.24 s"]);
        assert_eq!(interval(Some((0.25, 0.75))), "0.2500 – 0.7500");
    }

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[31m\nb\u{202e}"), "a\u{fffd}[31m\u{fffd}b\u{fffd}");
    }
}
