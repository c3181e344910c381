//! What a reader should know of a benchmark beside its scores, one line each.

use crate::audits::AuditSummary;
use crate::judge_meter::JudgeMeter;
use crate::measures::{ModelUsage, Usage};
use crate::serving::spent;
use crate::summary::{BenchmarkSummary, ChoiceSummary};
use crate::text::{number, plain, thousands};
use evalscope_core::Isolation;
use serde_json::Value;

/// Missing subsets named at most; the summary has all.
const NAMED: usize = 3;

/// The lines; none when there is nothing to say.
pub fn notes(benchmark: &BenchmarkSummary) -> Vec<String> {
    let known = departures(benchmark).into_iter().chain(choice(benchmark.choice));
    let known = known.chain(missing(&benchmark.missing_subsets));
    let known = known.chain(shuffled_without(&benchmark.shuffled_without));
    let known = known.chain(clusters(benchmark)).chain(health(benchmark)).chain(audit(benchmark.audit));
    let known = known.chain(isolation(benchmark.isolation)).chain(benchmark.judges.iter().map(judge));
    let known = known.chain(judged(benchmark));
    known.chain(unknown_cost(&benchmark.usage)).chain(free_calls(&benchmark.usage)).collect()
}

/// Says what a judge took; it is in no column.
fn judge(judge: &ModelUsage) -> String {
    let usage = &judge.usage;
    let mut parts =
        vec![format!("{} calls, {} failed", thousands(usage.calls), thousands(usage.failed_calls))];
    if usage.cached_calls > 0 {
        parts.push(format!("{} from the response cache", thousands(usage.cached_calls)));
    }
    if let Some(tokens) = usage.tokens {
        parts.push(format!("{} tokens in, {} out", thousands(tokens.input), thousands(tokens.output)));
    }
    parts.extend(spent(usage));
    format!("judged by {}: {}", plain(&judge.model), parts.join(", "))
}

/// Says how far the judges can be trusted, and what that does to the interval.
pub fn judged(benchmark: &BenchmarkSummary) -> Vec<String> {
    benchmark.judge_meters.iter().map(meter).chain(widened(benchmark)).collect()
}

/// Says how far a judge can be trusted.
fn meter(judge: &JudgeMeter) -> String {
    format!("judge {}: {}", plain(&judge.judge), judge.meter.sentence())
}

/// Says by how much judges widen the interval.
fn widened(benchmark: &BenchmarkSummary) -> Option<String> {
    let half = benchmark.metrics.first()?.judge_half_width_95.filter(|half| *half > 0.0)?;
    Some(format!("the interval holds ± {} for the judges' own errors", number(Some(half))))
}

/// Says what was asked or scored otherwise than the protocol says.
fn departures(benchmark: &BenchmarkSummary) -> Option<String> {
    let told = |(name, value): (&String, &Value)| match value {
        Value::Null => plain(name),
        Value::String(text) => format!("{} {}", plain(name), plain(text)),
        other => format!("{} {}", plain(name), plain(&other.to_string())),
    };
    let fields: Vec<String> = benchmark.departures.iter().map(told).collect();
    let (name, protocol) = (plain(&benchmark.benchmark), plain(&benchmark.protocol));
    (!fields.is_empty()).then(|| format!("{name} departs from {protocol}: {}", fields.join(", ")))
}

/// Says how chosen options were found out, and that the protocol was departed from where it was.
fn choice(choice: Option<ChoiceSummary>) -> Option<String> {
    let ChoiceSummary { mode, own } = choice?;
    Some(match mode == own {
        true => format!("choice mode {}: {}", mode.word(), mode.about()),
        false => format!(
            "choice mode {} departs from the protocol's {}: {}",
            mode.word(),
            own.word(),
            mode.about()
        ),
    })
}

/// Says that questions share something, so that they tell less than their number.
fn clusters(benchmark: &BenchmarkSummary) -> Option<String> {
    let clusters = benchmark.metrics.first()?.clusters?;
    Some(format!(
        "standard error clustered: questions that share a passage or the like are one of {} groups",
        thousands(clusters)
    ))
}

/// Says what the second look at the replies shows, when that is something.
fn audit(audit: Option<AuditSummary>) -> Option<String> {
    let audit = audit.filter(AuditSummary::is_odd)?;
    let read = format!(
        "{} read strictly, {} leniently, {} read differently",
        number(audit.strict),
        number(audit.lenient),
        thousands(audit.differing)
    );
    let odd = [
        (audit.against_both, "scored against both readings"),
        (audit.empty, "empty"),
        (audit.truncated.saturating_sub(audit.context_full), "truncated"),
        (audit.context_full, "truncated because the context was full"),
        (audit.refused, "refused"),
        (audit.unfinished_thinking, "with unfinished thinking"),
    ];
    let odd = odd.into_iter().filter(|(count, _)| *count > 0);
    let odd = odd.map(|(count, what)| format!("{} {what}", thousands(count)));
    let parts: Vec<String> = (audit.read > 0).then_some(read).into_iter().chain(odd).collect();
    let replies = counted(audit.replies, "reply", "replies")?;
    Some(format!("audit of {replies}: {}", parts.join(", ")))
}

/// Says what cost nothing, when there is a cost.
fn free_calls(usage: &Usage) -> Option<String> {
    usage.cost.as_ref()?;
    let calls = counted(usage.cached_calls, "call", "calls")?;
    Some(format!("{calls} answered by the response cache, which cost nothing"))
}

/// Says what is not in the cost, when there is one.
fn unknown_cost(usage: &Usage) -> Option<String> {
    usage.cost.as_ref()?;
    let failed = counted(usage.failed_calls, "failed call", "failed calls");
    let uncounted =
        counted(usage.uncounted_calls, "call without a count of tokens", "calls without a count of tokens");
    let parts: Vec<String> = failed.into_iter().chain(uncounted).collect();
    (!parts.is_empty()).then(|| format!("not in the cost, which is not known of them: {}", parts.join(", ")))
}

/// Programs that ran with less between them and the host than there could be.
fn isolation(isolation: Option<Isolation>) -> Option<String> {
    match isolation? {
        Isolation::Full => None,
        weaker => Some(format!("programs ran in a weaker sandbox: {}, without Landlock", weaker.word())),
    }
}

fn missing(subsets: &[String]) -> Option<String> {
    let count = counted(subsets.len() as u64, "subset", "subsets")?;
    Some(format!("{count} without data: {}", some_of(subsets)))
}

/// Says that the order of the samples, or the choice of examples, is that of some of the rows only.
fn shuffled_without(subsets: &[String]) -> Option<String> {
    let count = counted(subsets.len() as u64, "subset", "subsets")?;
    Some(format!(
        "shuffled without {count} whose data is not there, in another order than with them: {}",
        some_of(subsets)
    ))
}

/// The first names, and how many more there are.
fn some_of(subsets: &[String]) -> String {
    let names: Vec<String> = subsets.iter().take(NAMED).map(|name| plain(name)).collect();
    let more = match subsets.len() - names.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", names.join(", "))
}

fn health(benchmark: &BenchmarkSummary) -> Option<String> {
    let health = benchmark.health;
    let unanswered = counted(health.without_answer, "reply", "replies");
    let cut = counted(health.cut_replies, "reply", "replies");
    match (unanswered, cut) {
        (Some(unanswered), Some(_)) => Some(format!(
            "{unanswered} without an answer, {} cut at the token limit",
            thousands(health.cut_replies)
        )),
        (Some(unanswered), None) => Some(format!("{unanswered} without an answer")),
        (None, Some(cut)) => Some(format!("{cut} cut at the token limit")),
        (None, None) => None,
    }
}

/// A count with its word; `None` for 0.
pub fn counted(count: u64, one: &str, many: &str) -> Option<String> {
    let word = if count == 1 { one } else { many };
    (count > 0).then(|| format!("{} {word}", thousands(count)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_core::ChoiceMode;

    #[test]
    fn a_departure_is_said() {
        let (own, mode) = (ChoiceMode::Loglikelihood, ChoiceMode::TopLogprobs);
        let says = |mode| choice(Some(ChoiceSummary { mode, own })).unwrap();
        assert_eq!(says(own), "choice mode loglikelihood: log-likelihood of each option");
        assert!(
            says(mode).starts_with("choice mode top-logprobs departs from the protocol's loglikelihood: ")
        );
        assert_eq!(choice(None), None);
    }

    #[test]
    fn an_audit_without_a_finding_says_nothing() {
        let fine = AuditSummary {
            replies: 3,
            read: 3,
            strict: Some(1.0),
            lenient: Some(1.0),
            ..AuditSummary::default()
        };
        assert_eq!(audit(Some(fine)), None);
        let odd = AuditSummary { strict: Some(0.0), differing: 3, refused: 1, ..fine };
        assert_eq!(
            audit(Some(odd)).unwrap(),
            "audit of 3 replies: 0.0000 read strictly, 1.0000 leniently, 3 read differently, 1 refused"
        );
        let against = AuditSummary { against_both: 3, ..fine };
        assert_eq!(
            audit(Some(against)).unwrap(),
            "audit of 3 replies: 1.0000 read strictly, 1.0000 leniently, 0 read differently, \
             3 scored against both readings"
        );
    }

    #[test]
    fn missing_subsets_are_named_and_the_rest_is_counted() {
        let names: Vec<String> = ["a", "b", "c", "d", "e", "f", "g"].map(str::to_owned).to_vec();
        assert_eq!(missing(&names).as_deref(), Some("7 subsets without data: a, b, c and 4 more"));
        assert_eq!(missing(&names[..1]).as_deref(), Some("1 subset without data: a"));
        assert_eq!(missing(&[]), None);
        let said = "shuffled without 7 subsets whose data is not there, in another order than with them: a, b, c and 4 more";
        assert_eq!(shuffled_without(&names).as_deref(), Some(said));
        assert_eq!(shuffled_without(&[]), None);
    }
}
