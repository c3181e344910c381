//! One line of `requests.jsonl`: a request as it was, in units that people read.

use crate::class::Class;
use crate::clock::{Stamp, milliseconds};
use crate::load::{Outcome, Phase};
use crate::readings::Reading;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One request. Times in milliseconds count from when its first byte was handed to the kernel, if nothing else is said;
/// a time is that of the arrival at this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Row {
    /// Its number in the stage, from 0.
    pub number: u64,
    /// Which part of the stage it belongs to.
    pub phase: Phase,
    /// How it ended.
    pub class: Class,
    /// Its HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it did not end well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The `Retry-After` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    /// When it was sent, in seconds since the stage began.
    pub sent_s: f64,
    /// How long it was over when it was sent, since the schedule wanted it sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_ms: Option<f64>,
    /// How long the client took: from its taking the request up, or from the end of the answer before on the same slot
    /// (with a cap, from when it was due too), to the sending, without the connecting.
    pub client_ms: f64,
    /// How long the person of its conversation thought before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thought_ms: Option<f64>,
    /// How long a new connection took, or the attempt to make one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_ms: Option<f64>,
    /// Until the first byte of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_byte_ms: Option<f64>,
    /// Until the first content; of streams only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_ms: Option<f64>,
    /// How much earlier the first content may have come: a read found it together with what follows, and only the last of
    /// what a read finds has a stamp of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_unsure_ms: Option<f64>,
    /// Until the last content; of streams only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_content_ms: Option<f64>,
    /// Until the end of the answer.
    pub e2e_ms: f64,
    /// How long the first content (of whole answers, their first byte) lay in the kernel's queue before this program read
    /// it. It is in no other time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued_ms: Option<f64>,
    /// Tokens of the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_tokens: Option<u64>,
    /// Those of them that the server had in its cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// Tokens of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// Those of them that were reasoning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
    /// Guessed tokens that were accepted, where the server says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_tokens: Option<u64>,
    /// Guessed tokens that were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected_tokens: Option<u64>,
    /// Tokens of the prompt by --tokenizer-path, where the server counted them too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_prompt_tokens: Option<u64>,
    /// The tokens were counted here and not by the server.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tokens_counted_here: bool,
    /// Pieces with content.
    pub chunks: u32,
    /// Pieces that came in a late read together with the one before, so that their stamps may be too late.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub merged_chunks: u32,
    /// Microseconds between pieces with content.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chunk_gaps_us: Vec<u64>,
    /// The number of its conversation, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<u64>,
    /// Its turn in it, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<u32>,
    /// It ended while all slots were in use with measured requests, and another of these followed it.
    pub steady: bool,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Row {
    /// The row of an outcome, whose answer was read, of a stage that began then.
    pub fn of(outcome: Outcome, reading: &Reading, began: Stamp) -> Row {
        let Outcome { answer, sent, .. } = outcome;
        let since_sent = |at: Stamp| rounded(milliseconds(at.since(sent)));
        let connect = outcome.connect.unwrap_or(0);
        let start = outcome.after.unwrap_or(outcome.taken);
        let usage = reading.usage;
        let first = reading.first_content.or(answer.first_byte);
        Row {
            number: outcome.number,
            phase: outcome.phase,
            class: outcome.class,
            status: answer.status.filter(|_| outcome.class != Class::Ok),
            message: outcome.message,
            retry_after: answer.retry_after,
            sent_s: rounded(milliseconds(sent.since(began))) / 1000.0,
            late_ms: outcome.due.map(|due| rounded(milliseconds(sent.since(due)))),
            client_ms: rounded(milliseconds(sent.since(start).saturating_sub(connect))),
            thought_ms: (!outcome.thought.is_zero()).then(|| rounded(outcome.thought.as_secs_f64() * 1e3)),
            connect_ms: outcome.connect.map(milliseconds).map(rounded),
            first_byte_ms: answer.first_byte.map(|first| since_sent(first.at)),
            ttft_ms: reading.first_content.map(|first| since_sent(first.at)),
            ttft_unsure_ms: (reading.first_unsure > 0).then(|| rounded(milliseconds(reading.first_unsure))),
            last_content_ms: reading.last_content.map(|last| since_sent(last.at)),
            e2e_ms: since_sent(outcome.ended),
            queued_ms: first.and_then(|first| first.queued).map(milliseconds).map(rounded),
            prompt_tokens: usage.map(|usage| usage.prompt_tokens),
            cached_tokens: usage.and_then(|usage| usage.prompt_tokens_details?.cached_tokens),
            output_tokens: usage.map(|usage| usage.completion_tokens),
            reasoning_tokens: usage.and_then(|usage| usage.completion_tokens_details?.reasoning_tokens),
            accepted_tokens: usage
                .and_then(|usage| usage.completion_tokens_details?.accepted_prediction_tokens),
            rejected_tokens: usage
                .and_then(|usage| usage.completion_tokens_details?.rejected_prediction_tokens),
            own_prompt_tokens: None,
            tokens_counted_here: false,
            chunks: reading.chunks,
            merged_chunks: reading.merged,
            chunk_gaps_us: reading.gaps.iter().map(|gap| (gap + 500) / 1000).collect(),
            session: outcome.turn.map(|(session, _)| session),
            turn: outcome.turn.map(|(_, turn)| turn),
            steady: outcome.steady,
        }
    }

    /// Milliseconds per token after the first; of one token there are none.
    pub fn tpot_ms(&self) -> Option<f64> {
        let tokens = self.output_tokens.filter(|tokens| *tokens > 1)?;
        Some((self.last_content_ms? - self.ttft_ms?) / (tokens - 1) as f64)
    }

    /// Tokens in each piece after the first, on average; nothing where no piece follows.
    pub fn tokens_per_chunk(&self) -> Option<f64> {
        let tokens = self.output_tokens.filter(|tokens| *tokens > 0)?;
        (self.chunks > 0).then(|| tokens as f64 / f64::from(self.chunks))
    }

    /// When it was over, in seconds since the stage began.
    pub fn ended_s(&self) -> f64 {
        self.sent_s + self.e2e_ms / 1000.0
    }
}

/// To the microsecond: what is finer is noise, and digits cost room on the disk.
fn rounded(milliseconds: f64) -> f64 {
    (milliseconds * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Usage;
    use crate::wire::{Answer, Arrival};

    const MS: u64 = 1_000_000;

    fn at(ms: u64) -> Arrival {
        Arrival { at: Stamp(ms * MS), queued: Some(MS / 2), not_before: Stamp(ms * MS) }
    }

    fn outcome() -> Outcome {
        let answer = Answer { first_byte: Some(at(140)), ..Answer::default() };
        Outcome {
            due: Some(Stamp(90 * MS)),
            taken: Stamp(92 * MS),
            after: Some(Stamp(95 * MS)),
            connect: Some(2 * MS),
            sent: Stamp(100 * MS),
            ended: Stamp(460 * MS),
            answer,
            ..Outcome::default()
        }
    }

    fn reading() -> Reading {
        Reading {
            first_content: Some(at(150)),
            last_content: Some(at(450)),
            chunks: 4,
            gaps: vec![100 * MS, 100 * MS, 100 * MS + 499],
            usage: Some(Usage { prompt_tokens: 9, completion_tokens: 7, ..Usage::default() }),
            ..Reading::default()
        }
    }

    #[test]
    fn times_count_from_the_sending() {
        let row = Row::of(outcome(), &reading(), Stamp(50 * MS));
        assert_eq!((row.sent_s, row.late_ms, row.client_ms), (0.05, Some(10.0), 3.0));
        assert_eq!((row.first_byte_ms, row.ttft_ms, row.e2e_ms), (Some(40.0), Some(50.0), 360.0));
        assert_eq!((row.connect_ms, row.queued_ms), (Some(2.0), Some(0.5)));
        assert_eq!(row.chunk_gaps_us, [100_000, 100_000, 100_000]);
        // 300 ms for the six tokens after the first.
        assert_eq!(row.tpot_ms(), Some(50.0));
        assert_eq!(row.tokens_per_chunk(), Some(1.75));
        assert!((row.ended_s() - 0.41).abs() < 1e-12);
    }

    #[test]
    fn what_is_not_known_is_not_made_up() {
        let nothing = Reading::default();
        let row = Row::of(Outcome { answer: Answer::default(), ..outcome() }, &nothing, Stamp(0));
        assert_eq!((row.ttft_ms, row.output_tokens, row.tpot_ms()), (None, None, None));
        let whole = Answer { first_byte: Some(at(140)), ..Answer::default() };
        assert_eq!(Row::of(Outcome { answer: whole, ..outcome() }, &nothing, Stamp(0)).queued_ms, Some(0.5));
        let one = Row { output_tokens: Some(1), ..Row::of(outcome(), &reading(), Stamp(0)) };
        assert_eq!(one.tpot_ms(), None);
    }
}
