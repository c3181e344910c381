//! Adds up the second looks at generated answers.

use evalscope_core::{Audit, Oddity};
use schemars::JsonSchema;
use serde::Serialize;

/// What the second looks at the generated answers of a benchmark show. None of it is in a score.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, JsonSchema)]
pub struct AuditSummary {
    /// Replies that were looked at.
    pub replies: u64,
    /// Of these, read strictly and leniently too.
    pub read: u64,
    /// Share of them that is right when only a clearly marked answer counts.
    pub strict: Option<f64>,
    /// Share of them that is right when an answer counts wherever it can be found.
    pub lenient: Option<f64>,
    /// Replies on which the two readings differ.
    pub differing: u64,
    /// Replies that both readings judge alike, and the main metric otherwise: right for both and worth 0, or wrong for both and
    /// worth 1.
    pub against_both: u64,
    /// Replies without text, reasoning left out.
    pub empty: u64,
    /// Replies that were cut, at the token limit or where the context was full.
    pub truncated: u64,
    /// Of these, those that were cut where the context was full.
    #[serde(default, skip_serializing_if = "is_none")]
    pub context_full: u64,
    /// Replies that decline to answer.
    pub refused: u64,
    /// Replies whose reasoning does not come to an end.
    pub unfinished_thinking: u64,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

impl AuditSummary {
    /// Whether something is to be said.
    pub fn is_odd(&self) -> bool {
        let read = self.differing + self.against_both;
        read + self.empty + self.truncated + self.refused + self.unfinished_thinking > 0
    }
}

/// Second looks so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Audits {
    summary: AuditSummary,
    strict: u64,
    lenient: u64,
}

impl Audits {
    /// Adds one, and whether the reply was right by the main metric, where that says either.
    pub fn add(&mut self, audit: &Audit, was_right: Option<bool>) {
        let summary = &mut self.summary;
        summary.replies += 1;
        if let Some(readings) = audit.readings {
            summary.read += 1;
            self.strict += u64::from(readings.strict);
            self.lenient += u64::from(readings.lenient);
            summary.differing += u64::from(readings.differ);
            let both = (readings.strict == readings.lenient).then_some(readings.strict);
            summary.against_both += u64::from(both.zip(was_right).is_some_and(|(both, score)| both != score));
        }
        for oddity in &audit.oddities {
            let count = match oddity {
                Oddity::Empty => &mut summary.empty,
                Oddity::Truncated => &mut summary.truncated,
                Oddity::ContextFull => &mut summary.context_full,
                Oddity::Refused => &mut summary.refused,
                Oddity::UnfinishedThinking => &mut summary.unfinished_thinking,
            };
            *count += 1;
        }
    }

    /// All of them; nothing without any.
    pub fn summary(&self) -> Option<AuditSummary> {
        let share = |count: u64| (self.summary.read > 0).then(|| count as f64 / self.summary.read as f64);
        let summary =
            AuditSummary { strict: share(self.strict), lenient: share(self.lenient), ..self.summary };
        (summary.replies > 0).then_some(summary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_core::Readings;

    #[test]
    fn audits_add_up() {
        let mut audits = Audits::default();
        assert_eq!(audits.summary(), None);
        let read = |strict, lenient, differ| Some(Readings { strict, lenient, differ });
        audits.add(
            &Audit { readings: read(false, true, true), oddities: vec![Oddity::Truncated] },
            Some(false),
        );
        let full = vec![Oddity::Truncated, Oddity::ContextFull];
        audits.add(&Audit { readings: read(true, true, false), oddities: full }, Some(true));
        audits.add(&Audit { readings: None, oddities: vec![Oddity::Empty, Oddity::Refused] }, Some(false));
        let found = audits.summary().unwrap();
        assert_eq!((found.replies, found.read, found.differing), (3, 2, 1));
        assert_eq!((found.strict, found.lenient), (Some(0.5), Some(1.0)));
        assert_eq!((found.empty, found.truncated, found.refused, found.unfinished_thinking), (1, 2, 1, 0));
        assert_eq!((found.context_full, found.against_both), (1, 0));
        assert!(found.is_odd() && !AuditSummary::default().is_odd());
    }

    #[test]
    fn a_score_that_both_readings_contradict_is_odd() {
        let of = |right: bool, score: Option<bool>| {
            let mut audits = Audits::default();
            let readings = Some(Readings { strict: right, lenient: right, differ: false });
            audits.add(&Audit { readings, oddities: Vec::new() }, score);
            let found = audits.summary().unwrap();
            assert_eq!(found.is_odd(), found.against_both == 1);
            found.against_both
        };
        assert_eq!([of(true, Some(false)), of(false, Some(true))], [1, 1]);
        assert_eq!([of(true, Some(true)), of(false, Some(false)), of(true, None)], [0, 0, 0]);
    }
}
