//! What happened in each second of a stage.

use crate::class::Class;
use crate::measure::figures::rounded;
use crate::measure::row::Row;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Seconds at most that are kept: a week. What is later counts to the last one.
const MAX_SECONDS: usize = 7 * 86_400;

/// One second of a stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Second {
    /// Seconds since the stage began, at its start.
    pub second: u64,
    /// Requests that were sent.
    pub sent: u64,
    /// Requests that were answered in full.
    pub ok: u64,
    /// Requests that failed.
    pub failed: u64,
    /// Requests in flight on average.
    pub in_flight: f64,
    /// Tokens that came; of answers without chunks, at their end.
    pub output_tokens: f64,
    /// Mean time to first token of those whose first token came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_ms: Option<f64>,
}

/// Collects seconds from rows.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    seconds: Vec<Second>,
    first_tokens: Vec<(f64, u64)>,
}

impl Timeline {
    /// Adds a request.
    pub fn add(&mut self, row: &Row) {
        let end = row.ended_s();
        self.at(row.sent_s).sent += 1;
        match row.class {
            Class::Ok => self.at(end).ok += 1,
            _ => self.at(end).failed += 1,
        }
        self.add_flight(row.sent_s, end);
        self.add_tokens(row, end);
        if let Some(ttft) = row.ttft_ms {
            let place = self.place(row.sent_s + ttft / 1000.0);
            let (sum, count) = &mut self.first_tokens[place];
            *sum += ttft;
            *count += 1;
        }
    }

    /// The seconds so far.
    pub fn seconds(&self) -> Vec<Second> {
        let with_ttft = |(second, (sum, count)): (&Second, &(f64, u64))| Second {
            ttft_ms: (*count > 0).then(|| rounded(sum / *count as f64)),
            in_flight: rounded(second.in_flight),
            output_tokens: rounded(second.output_tokens),
            ..second.clone()
        };
        self.seconds.iter().zip(&self.first_tokens).map(with_ttft).collect()
    }

    fn add_flight(&mut self, from: f64, to: f64) {
        let (first, last) = (self.place(from), self.place(to));
        for place in first..=last {
            let (start, end) = (place as f64, (place + 1) as f64);
            let end = if place == last { to } else { end };
            self.seconds[place].in_flight += (end - from.max(start)).max(0.0);
        }
    }

    fn add_tokens(&mut self, row: &Row, end: f64) {
        let Some(first) = row.ttft_ms else {
            self.at(end).output_tokens += row.output_tokens.unwrap_or(0) as f64;
            return;
        };
        let Some(each) = row.tokens_per_chunk() else { return };
        let mut at = row.sent_s + first / 1000.0;
        self.at(at).output_tokens += each;
        for gap in &row.chunk_gaps_us {
            at += *gap as f64 / 1e6;
            self.at(at).output_tokens += each;
        }
    }

    fn at(&mut self, time: f64) -> &mut Second {
        let place = self.place(time);
        &mut self.seconds[place]
    }

    fn place(&mut self, time: f64) -> usize {
        let place = (time.max(0.0) as usize).min(MAX_SECONDS);
        while self.seconds.len() <= place {
            let second = self.seconds.len() as u64;
            self.seconds.push(Second { second, ..Second::default() });
            self.first_tokens.push((0.0, 0));
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_counts_in_each_second_that_it_is_in() {
        let mut timeline = Timeline::default();
        timeline.add(&Row {
            sent_s: 0.5,
            ttft_ms: Some(700.0),
            e2e_ms: 2000.0,
            chunks: 3,
            output_tokens: Some(6),
            chunk_gaps_us: vec![400_000, 500_000],
            ..Row::default()
        });
        timeline.add(&Row { sent_s: 2.0, e2e_ms: 100.0, class: Class::Http5xx, ..Row::default() });
        let seconds = timeline.seconds();
        let flight: Vec<f64> = seconds.iter().map(|second| second.in_flight).collect();
        assert_eq!(flight, [0.5, 1.0, 0.6]);
        let tokens: Vec<f64> = seconds.iter().map(|second| second.output_tokens).collect();
        assert_eq!(tokens, [0.0, 4.0, 2.0]);
        assert_eq!([0, 2].map(|second: usize| seconds[second].sent), [1, 1]);
        assert_eq!((seconds[2].ok, seconds[2].failed), (1, 1));
        assert_eq!(seconds[1].ttft_ms, Some(700.0));
    }
}
