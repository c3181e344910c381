//! `aggregation` of `--dataset-args`: what repeats of a question are worth together, beside their mean.

use crate::apply::Wrong;
use crate::schema::{ProtocolSection, ScoreSection, ScoreWith};
use evalscope_core::suggest;

/// EvalScope's names, and what each adds: the aggregate, and the end of the new metric's name.
const NAMES: [(&str, Option<(&str, &str)>); 4] = [
    ("mean", None),
    ("mean_and_pass_at_k", Some(("pass_at_k", "pass_at_k"))),
    ("mean_and_vote_at_k", Some(("majority_at_k", "vote_at_k"))),
    ("mean_and_pass_hat_k", Some(("pass_hat_k", "pass_hat_k"))),
];

/// Why none is taken where judges score.
pub(crate) const OF_JUDGES: &str =
    "aggregation: judges score this protocol, and their scores are only averaged";

/// Whether it asks for something beside the mean.
pub(crate) fn adds(wanted: &str) -> bool {
    ending(wanted).is_some()
}

/// The name under which a metric is added again.
pub(crate) fn copy_of(metric: &str, wanted: &str) -> Option<String> {
    ending(wanted).map(|ending| format!("{metric}_{ending}"))
}

fn ending(wanted: &str) -> Option<&'static str> {
    let (_, added) = NAMES.iter().find(|(name, _)| *name == wanted)?;
    added.map(|(_, ending)| ending)
}

/// Adds the main metric again, over all repeats of a question, under the aggregation that the user names.
pub(crate) fn add(section: &mut ProtocolSection, wanted: &str) -> Result<(), Wrong> {
    let Some((_, added)) = NAMES.iter().find(|(name, _)| *name == wanted) else {
        let names = NAMES.map(|(name, _)| name);
        let hint = match suggest::nearest(wanted, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("one of: {}", names.join(", ")),
        };
        return Err((format!("aggregation: there is no `{wanted}`"), Some(hint)));
    };
    let Some((aggregate, ending)) = added else { return Ok(()) };
    let Some(score) = &mut section.score else {
        return Err((OF_JUDGES.into(), None));
    };
    // Where options decide which metric is the main one, each that may be it brings its own.
    let last = score.values().position(|metric| !has_condition(metric)).unwrap_or(score.len());
    let main: Vec<(String, ScoreSection)> =
        score.iter().take(last + 1).map(|(name, metric)| (name.clone(), metric.clone())).collect();
    for (name, metric) in main {
        let with = over_repeats(metric, aggregate)
            .ok_or_else(|| (format!("aggregation: `{name}` has one of its own in this protocol"), None))?;
        score.insert(format!("{name}_{ending}"), ScoreSection::With(with));
    }
    Ok(())
}

fn has_condition(metric: &ScoreSection) -> bool {
    matches!(metric, ScoreSection::With(ScoreWith { condition: Some(_), .. }))
}

/// The metric with this aggregate; nothing when it has one already.
fn over_repeats(metric: ScoreSection, aggregate: &str) -> Option<ScoreWith> {
    let with = match metric {
        ScoreSection::Named(by) => {
            ScoreWith { by, extract: None, condition: None, range: None, aggregate: None, k: None }
        }
        ScoreSection::With(with) => with,
    };
    with.aggregate.is_none().then(|| ScoreWith { aggregate: Some(aggregate.to_owned()), ..with })
}
