//! Adds rows up. Memory does not grow with their number.

use crate::class::Class;
use crate::load::{Phase, Shape};
use crate::measure::counts::Counts;
use crate::measure::goodput::Goals;
use crate::measure::heat::Heat;
use crate::measure::parts::Apart;
use crate::measure::row::Row;
use crate::measure::timeline::Timeline;
use std::collections::BTreeMap;

/// Times that are rounded differently are apart by no more.
const SAME_MS: f64 = 0.005;

/// The sums of a stage.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// What a request must keep to count as good.
    pub goals: Option<Goals>,
    /// Requests before the measured ones.
    pub warm_up: u64,
    /// Requests after the measured ones.
    pub cool_down: u64,
    /// Measured requests by class.
    pub classes: BTreeMap<Class, u64>,
    /// One message for each class.
    pub examples: BTreeMap<Class, String>,
    /// The first sending of a measured request, in seconds.
    pub first_s: Option<f64>,
    /// The last end of a measured request.
    pub last_s: f64,
    /// Requests that kept the goals.
    pub good: u64,
    /// Second by second.
    pub timeline: Timeline,
    /// Times over time.
    pub heat: Heat,
    /// Conversations.
    pub turns: TurnSums,
    /// Times, in microseconds.
    pub times: Times,
    /// Where the time of slots went.
    pub cycle: Cycle,
    /// How late requests were.
    pub due: Due,
    /// Tokens.
    pub tokens: TokenSums,
    /// While all slots were in use.
    pub steady: SteadySums,
}

/// Times, in microseconds.
#[derive(Debug, Clone, Default)]
pub struct Times {
    pub ttft: Counts,
    /// At least: what reads that found several pieces leave open is taken off.
    pub ttft_least: Counts,
    pub tpot: Counts,
    pub gap: Counts,
    pub itl: Counts,
    pub e2e: Counts,
    pub ttft_from_schedule: Counts,
    pub e2e_from_schedule: Counts,
    pub first_byte: Counts,
    pub connect: Counts,
    pub client: Counts,
    pub late: Counts,
    pub queued: Counts,
}

/// Requests that the client had to send at a time: with a cap, those for which a slot was free then.
#[derive(Debug, Clone, Default)]
pub struct Due {
    /// Some requests had to wait for a slot.
    is_capped: bool,
    /// How many.
    pub waited: u64,
    /// How late the others were sent, without connecting: that is the server's time, and its network's.
    pub late: Counts,
    /// The server's times of those that were answered: until the first content, or of a whole answer.
    pub own: Counts,
    /// The same from the schedule, without connecting.
    pub whole: Counts,
}

impl Due {
    /// How late the client was with this request; nothing where it followed an answer.
    fn late_ms(&self, row: &Row) -> Option<f64> {
        let late = (row.late_ms? - row.connect_ms.unwrap_or(0.0)).max(0.0);
        // The client's time begins when the request was due, or when a slot was free if that was later.
        let has_waited = self.is_capped && late - row.client_ms > SAME_MS;
        (!has_waited).then_some(late)
    }

    fn add(&mut self, row: &Row, late: f64) {
        self.late.add_ms(late);
        if row.class == Class::Ok {
            let own = row.ttft_ms.unwrap_or(row.e2e_ms);
            self.own.add_ms(own);
            self.whole.add_ms(own + late);
        }
    }
}

/// Where the time of slots went, whatever became of their requests.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cycle {
    client_ms: f64,
    elsewhere_ms: f64,
}

impl Cycle {
    fn add(&mut self, row: &Row) {
        self.client_ms += row.client_ms;
        self.add_elsewhere(row);
    }

    /// Adds a request for which a slot had waited and not the other way round.
    fn add_elsewhere(&mut self, row: &Row) {
        self.elsewhere_ms += row.e2e_ms + row.thought_ms.unwrap_or(0.0);
    }

    /// The share in which they waited for the client.
    pub fn share(&self) -> f64 {
        let whole = self.client_ms + self.elsewhere_ms;
        if whole > 0.0 { self.client_ms / whole } else { 0.0 }
    }
}

/// Tokens.
#[derive(Debug, Clone, Default)]
pub struct TokenSums {
    pub prompt: Counts,
    pub output: Counts,
    pub chunks: Counts,
    /// Tokens and pieces of answers that have both.
    pub in_chunks: (u64, u64),
    /// Cached tokens and all tokens of prompts whose server says it.
    pub cached: Option<(u64, u64)>,
    pub unknown: u64,
    pub counted_here: u64,
    pub merged: u64,
    /// Tokens and pieces after the first, of answers that have both.
    pub after_first: (u64, u64),
    /// Accepted and all guessed tokens of answers whose server says it.
    pub guessed: Option<(u64, u64)>,
    /// Prompt tokens by the server's count, less those by ours.
    pub difference: Option<Apart>,
}

/// Requests that ended while all slots were in use; when that began is not theirs to know. Only whole rounds count, of as
/// many requests as there are slots: where the answers of a round come all at once, its time has passed with the first.
#[derive(Debug, Clone, Default)]
pub struct SteadySums {
    /// Of whole rounds.
    pub whole: Sums,
    /// Of the round after them too.
    begun: Sums,
    /// How many these are, failed ones included: they took a slot's time too.
    count: u64,
    /// Slots of the stage.
    slots: u64,
}

/// What requests come to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sums {
    pub to_s: f64,
    pub requests: u64,
    pub prompt_tokens: u64,
    pub output_tokens: u64,
    pub unknown: u64,
}

impl Tally {
    /// Sums of a stage of which nothing is over yet.
    pub fn new(goals: Option<Goals>, shape: Shape) -> Tally {
        let (slots, is_capped) = match shape {
            Shape::Closed { parallel, .. } => (parallel, false),
            Shape::Open { cap, .. } | Shape::Replay { cap, .. } => (1, cap.is_some()),
        };
        let due = Due { is_capped, ..Due::default() };
        Tally { goals, due, steady: SteadySums::of(slots), ..Tally::default() }
    }

    /// Adds a request.
    pub fn add(&mut self, row: &Row) {
        self.timeline.add(row);
        match row.phase {
            Phase::WarmUp => self.warm_up += 1,
            Phase::CoolDown => self.cool_down += 1,
            Phase::Measured => self.measured(row),
        }
    }

    /// Measured requests.
    pub fn total(&self) -> u64 {
        self.classes.values().sum()
    }

    /// Measured requests that were answered in full.
    pub fn ok(&self) -> u64 {
        self.classes.get(&Class::Ok).copied().unwrap_or(0)
    }

    fn measured(&mut self, row: &Row) {
        *self.classes.entry(row.class).or_default() += 1;
        self.first_s = Some(self.first_s.map_or(row.sent_s, |first| first.min(row.sent_s)));
        self.last_s = self.last_s.max(row.ended_s());
        if row.steady {
            self.steady.add(row);
        }
        // What found no connection was never sent.
        if row.class != Class::Connect {
            self.times.client.add_ms(row.client_ms);
            add(&mut self.times.late, row.late_ms);
            self.judge(row);
        }
        if row.class != Class::Ok {
            if let Some(message) = &row.message {
                self.examples.entry(row.class).or_insert_with(|| message.clone());
            }
            return;
        }
        self.good += u64::from(self.goals.is_some_and(|goals| goals.are_kept(row)));
        self.times.add(row);
        self.tokens.add(row);
        self.heat.add(row);
        self.turns.add(row);
    }
}

impl Tally {
    /// Notes what the client did to a request: where it followed an answer the slot waited, else it was late.
    fn judge(&mut self, row: &Row) {
        match self.due.late_ms(row) {
            Some(late) => {
                self.due.add(row, late);
                if self.due.is_capped {
                    self.cycle.add_elsewhere(row);
                }
            }
            None => {
                self.due.waited += u64::from(row.late_ms.is_some());
                self.cycle.add(row);
            }
        }
    }
}

fn add(counts: &mut Counts, time: Option<f64>) {
    if let Some(time) = time {
        counts.add_ms(time);
    }
}

impl Times {
    fn add(&mut self, row: &Row) {
        add(&mut self.ttft, row.ttft_ms);
        add(&mut self.ttft_least, row.ttft_ms.map(|ttft| ttft - row.ttft_unsure_ms.unwrap_or(0.0)));
        add(&mut self.tpot, row.tpot_ms());
        add(&mut self.first_byte, row.first_byte_ms);
        add(&mut self.connect, row.connect_ms);
        add(&mut self.queued, row.queued_ms);
        self.e2e.add_ms(row.e2e_ms);
        if let Some(late) = row.late_ms {
            add(&mut self.ttft_from_schedule, row.ttft_ms.map(|ttft| late + ttft));
            self.e2e_from_schedule.add_ms(late + row.e2e_ms);
        }
        let each = row.tokens_per_chunk();
        for gap in &row.chunk_gaps_us {
            self.gap.add(*gap);
            if let Some(each) = each {
                self.itl.add((*gap as f64 / each).round() as u64);
            }
        }
    }
}

impl TokenSums {
    fn add(&mut self, row: &Row) {
        self.chunks.add(u64::from(row.chunks));
        self.merged += u64::from(row.merged_chunks);
        self.counted_here += u64::from(row.tokens_counted_here);
        let Some(output) = row.output_tokens else {
            self.unknown += 1;
            return;
        };
        self.output.add(output);
        self.in_chunks.0 += output;
        self.in_chunks.1 += u64::from(row.chunks);
        if row.chunks > 1 && output > 1 {
            self.after_first.0 += output - 1;
            self.after_first.1 += u64::from(row.chunks) - 1;
        }
        if let Some((accepted, rejected)) = row.accepted_tokens.zip(row.rejected_tokens) {
            let (sum, all) = self.guessed.unwrap_or_default();
            self.guessed = Some((sum + accepted, all + accepted + rejected));
        }
        if let Some((theirs, ours)) = row.prompt_tokens.zip(row.own_prompt_tokens) {
            self.differ(theirs as f64 - ours as f64);
        }
        if let Some(prompt) = row.prompt_tokens {
            self.prompt.add(prompt);
            if let Some(cached) = row.cached_tokens {
                let (sum, all) = self.cached.unwrap_or_default();
                self.cached = Some((sum + cached, all + prompt));
            }
        }
    }
}

impl TokenSums {
    fn differ(&mut self, by: f64) {
        self.difference = Some(match self.difference {
            None => Apart { count: 1, min: by, max: by, mean: by },
            Some(Apart { count, min, max, mean }) => Apart {
                count: count + 1,
                min: min.min(by),
                max: max.max(by),
                mean: mean + (by - mean) / (count + 1) as f64,
            },
        });
    }
}

/// Conversations.
#[derive(Debug, Clone, Default)]
pub struct TurnSums {
    pub sessions: u64,
    pub turns: u64,
    pub first_ttft: Counts,
    pub later_ttft: Counts,
}

impl TurnSums {
    fn add(&mut self, row: &Row) {
        let Some(turn) = row.turn else { return };
        self.turns += 1;
        self.sessions += u64::from(turn == 1);
        add(if turn == 1 { &mut self.first_ttft } else { &mut self.later_ttft }, row.ttft_ms);
    }
}

impl SteadySums {
    /// Of a stage of so many slots. Rows come in the order in which they ended.
    fn of(slots: u32) -> SteadySums {
        SteadySums { slots: slots.into(), ..SteadySums::default() }
    }

    fn add(&mut self, row: &Row) {
        self.begun.to_s = self.begun.to_s.max(row.ended_s());
        if row.class == Class::Ok {
            self.begun.add(row);
        }
        self.count += 1;
        if self.count.is_multiple_of(self.slots.max(1)) {
            self.whole = self.begun;
        }
    }
}

impl Sums {
    fn add(&mut self, row: &Row) {
        self.requests += 1;
        self.prompt_tokens += row.prompt_tokens.unwrap_or(0);
        self.output_tokens += row.output_tokens.unwrap_or(0);
        self.unknown += u64::from(row.output_tokens.is_none());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Start;

    const CLOSED: Shape = Shape::Closed { parallel: 2, start: Start::AT_ONCE };

    #[test]
    fn failures_and_what_is_not_measured_stay_out_of_the_times() {
        let mut tally = Tally::new(None, CLOSED);
        let row =
            Row { e2e_ms: 10.0, ttft_ms: Some(5.0), output_tokens: Some(2), chunks: 2, ..Row::default() };
        tally.add(&row);
        tally.add(&Row { phase: Phase::WarmUp, ..row.clone() });
        tally.add(&Row { phase: Phase::CoolDown, ..row.clone() });
        let failed =
            Row { class: Class::Truncated, message: Some("cut".into()), e2e_ms: 99.0, ..row.clone() };
        tally.add(&failed);
        assert_eq!((tally.total(), tally.ok(), tally.warm_up, tally.cool_down), (2, 1, 1, 1));
        assert_eq!((tally.times.e2e.count(), tally.times.ttft.count()), (1, 1));
        assert_eq!(tally.examples[&Class::Truncated], "cut");
        // The time of a failed request is time that passed.
        assert!((tally.last_s - 0.099).abs() < 1e-12);
    }

    #[test]
    fn the_time_of_a_request_that_failed_is_the_servers_too() {
        let mut tally = Tally::new(None, CLOSED);
        let failed = Row { class: Class::Http5xx, client_ms: 1.0, e2e_ms: 99.0, ..Row::default() };
        tally.add(&failed);
        assert!((tally.cycle.share() - 0.01).abs() < 1e-12);
        // Without a connection nothing was sent.
        tally.add(&Row { class: Class::Connect, client_ms: 5000.0, late_ms: Some(9.0), ..failed });
        assert!((tally.cycle.share() - 0.01).abs() < 1e-12);
        assert_eq!((tally.total(), tally.times.client.count(), tally.times.late.count()), (2, 1, 0));
    }

    #[test]
    fn a_piece_of_several_tokens_is_divided_by_them() {
        let mut tally = Tally::new(None, CLOSED);
        tally.add(&Row { output_tokens: Some(8), chunks: 2, chunk_gaps_us: vec![40_000], ..Row::default() });
        assert_eq!(tally.times.gap.mean(), Some(40_000.0));
        assert_eq!(tally.times.itl.mean(), Some(10_000.0));
        tally.add(&Row { chunks: 2, chunk_gaps_us: vec![40_000], ..Row::default() });
        // Without a count of tokens there is a gap, and no time per token.
        assert_eq!((tally.times.gap.count(), tally.times.itl.count(), tally.tokens.unknown), (2, 1, 1));
    }
}
