//! What a reader should know of a benchmark beside its scores, one line each.

use crate::measures::Usage;
use crate::summary::BenchmarkSummary;
use crate::text::{plain, thousands};
use evalscope_core::Isolation;

/// Missing subsets named at most; the summary has all.
const NAMED: usize = 3;

/// The lines; none when there is nothing to say.
pub fn notes(benchmark: &BenchmarkSummary) -> Vec<String> {
    let known = missing(&benchmark.missing_subsets).into_iter().chain(health(benchmark));
    let known = known.chain(isolation(benchmark.isolation));
    known.chain(unknown_cost(&benchmark.usage)).chain(free_calls(&benchmark.usage)).collect()
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
    let names: Vec<String> = subsets.iter().take(NAMED).map(|name| plain(name)).collect();
    let more = match subsets.len() - names.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let count = counted(subsets.len() as u64, "subset", "subsets")?;
    Some(format!("{count} without data: {}{more}", names.join(", ")))
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

    #[test]
    fn missing_subsets_are_named_and_the_rest_is_counted() {
        let names: Vec<String> = ["a", "b", "c", "d", "e", "f", "g"].map(str::to_owned).to_vec();
        assert_eq!(missing(&names).as_deref(), Some("7 subsets without data: a, b, c and 4 more"));
        assert_eq!(missing(&names[..1]).as_deref(), Some("1 subset without data: a"));
        assert_eq!(missing(&[]), None);
    }
}
