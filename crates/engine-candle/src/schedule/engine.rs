//! The thread that owns the model.

use super::generate::Generating;
use super::job::Job;
use super::score::Scoring;
use super::sequence::{Role, Sequence};
use super::step::{MAX_LOGIT_ROWS, Share, plan};
use crate::decoder::{BLOCK_TOKENS, Decoder, Segment};
use crate::prefix_cache::PrefixCache;
use crate::tokenizer::Tokenizer;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

/// Where jobs are sent.
pub(crate) type EngineSender = Sender<Job>;

/// Bytes of keys and values that requests in progress may need together. A request that needs more runs alone.
const MAX_LIVE_BYTES: usize = 4 << 30;
/// Bytes of keys and values that are kept for later requests.
const MAX_CACHE_BYTES: usize = 1 << 30;

/// How much the engine does at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EngineLimits {
    /// Requests in progress.
    pub(crate) max_batch: usize,
    /// Whether computed prefixes are kept.
    pub(crate) prefix_cache: bool,
    /// Whether tokens of replies are guessed.
    pub(crate) prompt_lookup: bool,
}

/// The model, the requests in progress, and those that wait.
pub(crate) struct Engine {
    decoder: Decoder,
    tokenizer: Arc<Tokenizer>,
    limits: EngineLimits,
    cache: Option<PrefixCache>,
    waiting: VecDeque<Job>,
    running: BTreeMap<u64, Running>,
    sequences: Vec<Sequence>,
    next_id: u64,
}

struct Running {
    state: State,
    /// Tokens whose keys and values it may need.
    tokens: usize,
}

enum State {
    Generating(Box<Generating>),
    Scoring(Scoring),
}

impl State {
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
}

impl Engine {
    pub(crate) fn new(decoder: Decoder, tokenizer: Arc<Tokenizer>, limits: EngineLimits) -> Self {
        let capacity = MAX_CACHE_BYTES / decoder.block_bytes();
        Engine {
            decoder,
            tokenizer,
            cache: limits.prefix_cache.then(|| PrefixCache::new(capacity)),
            limits,
            waiting: VecDeque::new(),
            running: BTreeMap::new(),
            sequences: Vec::new(),
            next_id: 0,
        }
    }

    /// Works until nobody can send jobs any more.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            if self.running.is_empty() && self.waiting.is_empty() {
                match jobs.recv() {
                    Ok(job) => self.waiting.push_back(job),
                    Err(_) => return,
                }
            }
            self.waiting.extend(jobs.try_iter());
            self.drop_cancelled();
            self.admit();
            self.step();
        }
    }

    fn drop_cancelled(&mut self) {
        self.waiting.retain(|job| !job.is_cancelled());
        self.running.retain(|_, running| !running.state.is_cancelled());
        self.sequences.retain(|sequence| self.running.contains_key(&sequence.job));
    }

    fn admit(&mut self) {
        while self.running.len() < self.limits.max_batch {
            let Some(job) = self.waiting.front() else { return };
            let tokens = job.most_tokens();
            let live = tokens + self.running.values().map(|running| running.tokens).sum::<usize>();
            let bytes = live.div_ceil(BLOCK_TOKENS).saturating_mul(self.decoder.block_bytes());
            if bytes > MAX_LIVE_BYTES && !self.running.is_empty() {
                return;
            }
            if let Some(job) = self.waiting.pop_front() {
                self.begin(job, tokens);
            }
        }
    }

    fn begin(&mut self, job: Job, tokens: usize) {
        let id = self.next_id;
        self.next_id += 1;
        let (state, sequence) = match job {
            Job::Generate(job) => {
                let (state, sequence) = Generating::begin(id, *job);
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

    /// One forward pass, and what follows from its logits.
    fn step(&mut self) {
        if self.limits.prompt_lookup {
            self.guess();
        }
        let shares = plan(&mut self.sequences, self.cache.as_mut());
        if shares.is_empty() {
            return;
        }
        let counts = by_sequence(&shares, self.sequences.len());
        let sequences = std::mem::take(&mut self.sequences);
        let (sequences, logits) = compute(&self.decoder, sequences, &counts);
        let mut rows = logits.rows();
        for (sequence, count) in sequences.into_iter().zip(&counts) {
            let wanted = if *count == 0 { 0 } else { wanted_rows(&sequence, *count) };
            let own: Vec<&[f32]> = rows.by_ref().take(wanted).collect();
            self.digest(sequence, *count, &own);
        }
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
    }

    /// Uses the logits of a sequence, and keeps it when there is more to compute.
    fn digest(&mut self, mut sequence: Sequence, count: usize, rows: &[&[f32]]) {
        let is_worth_keeping = count > 0 && sequence.is_prefix() && gained_blocks(&sequence, count);
        if let Some(cache) = self.cache.as_mut().filter(|_| is_worth_keeping) {
            cache.insert(&sequence.tokens, &sequence.kv);
        }
        let Some(running) = self.running.get_mut(&sequence.job) else { return };
        let set = self.decoder.instruction_set();
        match (&mut running.state, rows) {
            (_, []) => self.sequences.push(sequence),
            (State::Generating(state), rows) => match sequence.role {
                Role::Prompt => self.sequences.extend(state.fork(&sequence, rows[0], &self.tokenizer)),
                _ => {
                    if state.advance_all(&mut sequence, rows, &self.tokenizer) {
                        self.sequences.push(sequence);
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
fn wanted_rows(sequence: &Sequence, count: usize) -> usize {
    let done = sequence.kv.tokens();
    done.saturating_sub(sequence.logits_from().max(done - count))
}

/// Only blocks that became full, and whole prompts, are worth a look-up.
fn gained_blocks(sequence: &Sequence, count: usize) -> bool {
    let done = sequence.kv.tokens();
    done / BLOCK_TOKENS > (done - count) / BLOCK_TOKENS || done == sequence.tokens.len()
}

fn compute(
    decoder: &Decoder,
    mut sequences: Vec<Sequence>,
    counts: &[usize],
) -> (Vec<Sequence>, crate::decoder::Logits) {
    let mut segments: Vec<Segment<'_>> = sequences
        .iter_mut()
        .zip(counts)
        .filter(|(_, count)| **count > 0)
        .map(|(sequence, count)| {
            let start = sequence.kv.tokens();
            let logits_from = sequence.logits_from().saturating_sub(start);
            Segment { kv: &mut sequence.kv, tokens: &sequence.tokens[start..start + count], logits_from }
        })
        .collect();
    let logits = decoder.forward(&mut segments);
    (sequences, logits)
}
