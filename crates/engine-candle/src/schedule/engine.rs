//! The thread that asks for passes and hands their logits to the requests.

use super::backend::{Backend, Computed, KeysValues, Outage, Part};
use super::generate::Generating;
use super::job::{Job, Room, no_room};
use super::score::Scoring;
use super::sequence::{Role, Sequence};
use super::step::{MAX_LOGIT_ROWS, Share, plan};
use super::waiting_jobs::WaitingJobs;
use crate::compute::InstructionSet;
use crate::tokenizer::Tokenizer;
use evalscope_core::{CallFailure, FailureKind};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

/// Where jobs are sent.
pub(crate) type EngineSender = Sender<Job>;

/// How much the engine does at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EngineLimits {
    /// Requests in progress.
    pub(crate) max_batch: usize,
    /// Whether tokens of replies are guessed.
    pub(crate) prompt_lookup: bool,
}

/// What computes, the requests in progress, and those that wait.
pub(crate) struct Engine<B: Backend> {
    backend: B,
    tokenizer: Arc<Tokenizer>,
    limits: EngineLimits,
    set: InstructionSet,
    waiting: WaitingJobs,
    running: BTreeMap<u64, Running<B::Kv>>,
    sequences: Vec<Sequence<B::Kv>>,
    next_id: u64,
}

struct Running<K> {
    state: State<K>,
    /// Tokens whose keys and values it may need.
    tokens: usize,
}

enum State<K> {
    Generating(Box<Generating<K>>),
    Scoring(Scoring),
}

impl<K: KeysValues> State<K> {
    fn is_cancelled(&self) -> bool {
        match self {
            State::Generating(state) => state.is_cancelled(),
            State::Scoring(state) => state.is_cancelled(),
        }
    }

    fn is_finished(&self) -> bool {
        match self {
            State::Generating(state) => state.is_finished(),
            State::Scoring(state) => state.is_finished(),
        }
    }

    fn answer(self) {
        match self {
            State::Generating(state) => state.answer(),
            State::Scoring(state) => state.answer(),
        }
    }

    fn fail(self, failure: CallFailure) {
        match self {
            State::Generating(state) => state.fail(failure),
            State::Scoring(state) => state.fail(failure),
        }
    }
}

impl<B: Backend> Engine<B> {
    pub(crate) fn new(backend: B, tokenizer: Arc<Tokenizer>, limits: EngineLimits) -> Self {
        Engine {
            backend,
            tokenizer,
            limits,
            set: InstructionSet::detect(),
            waiting: WaitingJobs::default(),
            running: BTreeMap::new(),
            sequences: Vec::new(),
            next_id: 0,
        }
    }

    /// Works until nobody can send jobs any more, or nothing can be computed any more.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            if self.running.is_empty() && self.waiting.is_empty() {
                match jobs.recv() {
                    Ok(job) => self.waiting.extend([job]),
                    Err(_) => return,
                }
            }
            self.waiting.extend(jobs.try_iter());
            self.drop_cancelled();
            self.admit();
            if let Err(outage) = self.step() {
                let is_over = outage.is_over;
                self.fail(outage, jobs);
                if is_over {
                    return;
                }
            }
        }
    }

    /// All requests in progress fail; those that wait too when it is over.
    fn fail(&mut self, outage: Outage, jobs: &Receiver<Job>) {
        let kind = if outage.is_over { FailureKind::EngineDied } else { FailureKind::Server };
        let failure = CallFailure::new(kind, outage.message);
        self.sequences.clear();
        for (_, running) in std::mem::take(&mut self.running) {
            running.state.fail(failure.clone());
        }
        if outage.is_over {
            self.waiting.take_all().chain(jobs.try_iter()).for_each(|job| job.fail(failure.clone()));
        }
    }

    fn drop_cancelled(&mut self) {
        self.waiting.drop_cancelled();
        self.running.retain(|_, running| !running.state.is_cancelled());
        self.sequences.retain(|sequence| self.running.contains_key(&sequence.job));
    }

    fn admit(&mut self) {
        while self.running.len() < self.limits.max_batch {
            let room = Room { tokens: self.backend.room(), block: self.backend.block() };
            let live = self.running.values().map(|running| running.tokens).sum::<usize>();
            let is_now = |job: &Job| {
                let waits = job.least_tokens() <= room.tokens && live + job.most_tokens(room) > room.tokens;
                live == 0 || !waits
            };
            let Some(job) = self.waiting.next(&mut self.backend, is_now) else { return };
            let (least, tokens) = (job.least_tokens(), job.most_tokens(room));
            match least <= room.tokens {
                true => self.begin(job, tokens, room),
                false => job.fail(no_room(least, room.tokens)),
            }
        }
    }

    fn begin(&mut self, job: Job, tokens: usize, room: Room) {
        let id = self.next_id;
        self.next_id += 1;
        let (state, sequence) = match job {
            Job::Generate(job) => {
                let (state, sequence) = Generating::begin(id, *job, room);
                (State::Generating(Box::new(state)), sequence)
            }
            Job::Score(job) => {
                let (state, sequence) = Scoring::begin(id, job);
                (State::Scoring(state), sequence)
            }
        };
        self.running.insert(id, Running { state, tokens });
        self.sequences.push(sequence);
    }

    /// Guesses tokens of all replies, so many that no reply is left out of the pass.
    fn guess(&mut self) {
        let replies = self.sequences.iter().filter(|sequence| sequence.is_reply()).count().max(1);
        let most = (MAX_LOGIT_ROWS / replies).saturating_sub(1);
        for sequence in &mut self.sequences {
            if let Some(Running { state: State::Generating(state), .. }) = self.running.get(&sequence.job) {
                state.guess(sequence, most);
            }
        }
    }

    /// One pass, and what follows from its logits.
    fn step(&mut self) -> Result<(), Outage> {
        if self.limits.prompt_lookup {
            self.guess();
        }
        let shares = plan(&mut self.sequences, &mut self.backend);
        if shares.is_empty() {
            return Ok(());
        }
        let mut counts = by_sequence(&shares, self.sequences.len());
        let mut sequences = std::mem::take(&mut self.sequences);
        let logits = compute(&mut self.backend, &mut sequences, &mut counts)?;
        let mut rows = logits.rows();
        let mut refused = Vec::new();
        for (index, (sequence, count)) in sequences.into_iter().zip(&counts).enumerate() {
            if *count == 0 && shares.iter().any(|share| share.sequence == index) {
                refused.push(sequence);
                continue;
            }
            let wanted = if *count == 0 { 0 } else { wanted_rows(&sequence, *count) };
            let own: Vec<&[f32]> = rows.by_ref().take(wanted).collect();
            self.digest(sequence, *count, &own);
        }
        // What there was no room for waits until others, who may give it up, have had their turn.
        self.sequences.append(&mut refused);
        let finished: Vec<u64> = self
            .running
            .iter()
            .filter(|(_, running)| running.state.is_finished())
            .map(|(id, _)| *id)
            .collect();
        for id in finished {
            if let Some(running) = self.running.remove(&id) {
                running.state.answer();
            }
        }
        Ok(())
    }

    /// Uses the logits of a sequence, and keeps it when there is more to compute.
    fn digest(&mut self, mut sequence: Sequence<B::Kv>, count: usize, rows: &[&[f32]]) {
        if count > 0 && sequence.is_prefix() {
            self.backend.keep(&sequence.tokens, &sequence.kv, count);
        }
        let Some(running) = self.running.get_mut(&sequence.job) else { return };
        let set = self.set;
        match (&mut running.state, rows) {
            (_, []) => self.sequences.push(sequence),
            (State::Generating(state), rows) => match sequence.role {
                Role::Prompt => self.sequences.extend(state.fork(&sequence, rows[0], &self.tokenizer)),
                _ => {
                    if state.advance_all(&mut sequence, rows, &self.tokenizer) {
                        self.sequences.push(sequence);
                    } else {
                        // Its keys and values make room for the next one's.
                        drop(sequence);
                        self.sequences.extend(state.begin_replies(&self.tokenizer));
                    }
                }
            },
            (State::Scoring(state), rows) => match sequence.role {
                Role::Continuation { index, .. } => {
                    rows.iter().for_each(|row| state.advance(index, row, set));
                    if !sequence.pending().is_empty() {
                        self.sequences.push(sequence);
                    }
                }
                _ => self.sequences.extend(state.fork(&sequence, rows[0], set)),
            },
        }
    }
}

/// Tokens that each sequence computes in this pass.
fn by_sequence(shares: &[Share], sequences: usize) -> Vec<usize> {
    let mut counts = vec![0; sequences];
    for share in shares {
        counts[share.sequence] = share.count;
    }
    counts
}

/// Rows of logits of a sequence whose last `count` computed tokens are of this pass.
fn wanted_rows<K: KeysValues>(sequence: &Sequence<K>, count: usize) -> usize {
    let done = sequence.kv.tokens();
    done.saturating_sub(sequence.logits_from().max(done - count))
}

/// Computes so many tokens of each sequence; the counts of those for which there was no room become 0.
fn compute<B: Backend>(
    backend: &mut B,
    sequences: &mut [Sequence<B::Kv>],
    counts: &mut [usize],
) -> Result<crate::decoder::Logits, Outage> {
    let mut parts: Vec<Part<'_, B::Kv>> = sequences
        .iter_mut()
        .zip(counts.iter())
        .filter(|(_, count)| **count > 0)
        .map(|(sequence, count)| {
            let start = sequence.kv.tokens();
            let logits_from = sequence.logits_from().saturating_sub(start);
            let tokens = &sequence.tokens[start..start + count];
            Part { kv: &mut sequence.kv, tokens, logits_from, reach: sequence.reach }
        })
        .collect();
    let Computed { logits, done } = backend.compute(&mut parts)?;
    for (count, done) in counts.iter_mut().filter(|count| **count > 0).zip(done) {
        *count *= usize::from(done);
    }
    Ok(logits)
}
