//! Who begins when, and who waits for room: over a backend that computes nothing and writes down what it is asked for.

use super::backend::{Backend, Computed, KeysValues, Outage, Part};
use super::engine::{Engine, EngineLimits};
use super::job::{Finished, GenerateJob, Job, ScoreJob, TokenScores};
use crate::decoder::Logits;
use crate::tokenizer::{OutsideVocabulary, TokenKind, Tokenizer};
use evalscope_core::{CallFailure, FailureKind, FinishReason, Sampling};
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;

const VOCABULARY: usize = 300;

/// How many tokens are there.
#[derive(Clone, Default)]
struct Count(usize);

impl KeysValues for Count {
    fn tokens(&self) -> usize {
        self.0
    }

    fn truncate(&mut self, count: usize) {
        self.0 = self.0.min(count);
    }
}

/// The new tokens of each part of a pass.
type Pass = Vec<Vec<u32>>;

struct Recorder {
    room: usize,
    block: usize,
    kept: Vec<Vec<u32>>,
    passes: Arc<Mutex<Vec<Pass>>>,
}

impl Backend for Recorder {
    type Kv = Count;

    fn room(&self) -> usize {
        self.room
    }

    fn block(&self) -> usize {
        self.block
    }

    fn known(&mut self, tokens: &[u32], limit: usize) -> Count {
        let shared = |kept: &Vec<u32>| kept.iter().zip(tokens).take_while(|(a, b)| a == b).count();
        Count(self.kept.iter().map(shared).max().unwrap_or(0).min(limit))
    }

    fn keep(&mut self, tokens: &[u32], kv: &Count, _: usize) {
        self.kept.push(tokens[..kv.0].to_vec());
    }

    fn compute(&mut self, parts: &mut [Part<'_, Count>]) -> Result<Computed, Outage> {
        let mut rows = 0;
        for part in parts.iter_mut() {
            part.kv.0 += part.tokens.len();
            rows += part.tokens.len().saturating_sub(part.logits_from);
        }
        self.passes.lock().unwrap().push(parts.iter().map(|part| part.tokens.to_vec()).collect());
        let logits = Logits::new(vec![0.0; rows * VOCABULARY], VOCABULARY);
        Ok(Computed { logits, done: vec![true; parts.len()] })
    }
}

fn tokenizer() -> Arc<Tokenizer> {
    Arc::new(Tokenizer::from(OutsideVocabulary {
        tokens: vec![(b"a".to_vec(), TokenKind::Normal); VOCABULARY],
        marks: (None, None),
        adds_bos: false,
        ends: Vec::new(),
        drops_space: false,
        encode: Box::new(|_| Ok(Vec::new())),
    }))
}

/// The passes that these jobs take, all sent at the beginning.
fn passes(room: usize, max_batch: usize, jobs: Vec<Job>) -> Vec<Pass> {
    passes_in((room, 1), max_batch, jobs)
}

/// The same, where so many tokens are kept together.
fn passes_in((room, block): (usize, usize), max_batch: usize, jobs: Vec<Job>) -> Vec<Pass> {
    let passes = Arc::new(Mutex::new(Vec::new()));
    let backend = Recorder { room, block, kept: Vec::new(), passes: passes.clone() };
    let (sender, receiver) = std::sync::mpsc::channel();
    jobs.into_iter().for_each(|job| sender.send(job).unwrap());
    drop(sender);
    Engine::new(backend, tokenizer(), EngineLimits { max_batch, prompt_lookup: false }).run(&receiver);
    let passes = passes.lock().unwrap();
    passes.clone()
}

type Answer<T> = oneshot::Receiver<Result<T, CallFailure>>;

fn scored(context: Vec<u32>) -> (Job, Answer<Vec<TokenScores>>) {
    let (answer, receiver) = oneshot::channel();
    (Job::Score(ScoreJob { context, continuations: vec![vec![0]], likely: 0, answer }), receiver)
}

fn written(prompt: Vec<u32>, max_tokens: Option<u32>, n: u32) -> (Job, Answer<Finished>) {
    let (answer, receiver) = oneshot::channel();
    let sampling = Sampling { max_tokens, n: Some(n), ..Sampling::default() };
    let job = GenerateJob {
        prompt,
        sampling,
        ends: Vec::new(),
        max_context: 100,
        likely: None,
        keeps_space: false,
        pieces: None,
        answer,
    };
    (Job::Generate(Box::new(job)), receiver)
}

/// A context of 20 tokens of its group, and one of its own.
fn of_group(group: u32, own: u32) -> Vec<u32> {
    let mut tokens = vec![group; 20];
    tokens.push(own);
    tokens
}

/// The order in which contexts are computed, by their last tokens.
fn order(groups: &[u32]) -> Vec<usize> {
    let contexts = groups.iter().enumerate().map(|(own, group)| of_group(*group, 50 + own as u32));
    let (jobs, answers): (Vec<_>, Vec<_>) = contexts.map(scored).unzip();
    let last = |pass: Pass| pass[0].last().map_or(0, |token| *token as usize - 50);
    let order = passes(1000, 1, jobs).into_iter().map(last).collect();
    assert!(answers.into_iter().all(|answer| answer.blocking_recv().unwrap().is_ok()));
    order
}

#[test]
fn jobs_that_share_a_known_prefix_begin_one_after_the_other() {
    assert_eq!(order(&[1, 2, 1, 2, 3, 1]), [0, 2, 5, 1, 3, 4]);
    assert_eq!(order(&[1, 2, 3]), [0, 1, 2]);
}

#[test]
fn a_job_is_overtaken_a_limited_number_of_times() {
    let mut groups = vec![1; 60];
    groups[1] = 2;
    let order = order(&groups);
    assert_eq!(order.iter().position(|own| *own == 1), Some(33));
    assert_eq!(order.len(), 60);
}

#[test]
fn a_request_waits_until_there_is_room_for_it() {
    let (first, first_answer) = written(vec![1; 10], Some(20), 1);
    let (second, second_answer) = written(vec![2; 10], Some(20), 1);
    let alone = passes(40, 16, vec![first, second]);
    assert!(alone.iter().all(|pass| pass.len() == 1), "both at once");
    assert!(first_answer.blocking_recv().unwrap().is_ok() && second_answer.blocking_recv().unwrap().is_ok());
    let (first, _first) = written(vec![1; 10], Some(20), 1);
    let (second, _second) = written(vec![2; 10], Some(20), 1);
    assert!(passes(60, 16, vec![first, second]).iter().any(|pass| pass.len() == 2));
}

#[test]
fn replies_are_written_in_waves_where_they_do_not_fit_together() {
    let (job, answer) = written(vec![1; 10], Some(20), 8);
    let passes = passes(75, 16, vec![job]);
    assert_eq!(passes.iter().map(Vec::len).max(), Some(3));
    let finished = answer.blocking_recv().unwrap().ok().unwrap();
    assert_eq!((finished.completions.len(), finished.output_tokens), (8, 160));
}

#[test]
fn what_needs_more_than_all_room_is_a_typed_failure() {
    let (prompt, answer) = written(vec![1; 60], Some(1), 1);
    let (growing, grown) = written(vec![2; 10], None, 2);
    let (context, scores) = scored(vec![3; 51]);
    let (small, fine) = written(vec![4; 10], Some(40), 1);
    passes(50, 16, vec![prompt, growing, context, small]);
    let failure = answer.blocking_recv().unwrap().err().unwrap();
    assert_eq!(failure.kind, FailureKind::ContextTooLong);
    assert!(failure.message.contains("61") && failure.message.contains("50"), "{failure}");
    assert_eq!(grown.blocking_recv().unwrap().err().unwrap().kind, FailureKind::ContextTooLong);
    assert_eq!(scores.blocking_recv().unwrap().err().unwrap().kind, FailureKind::ContextTooLong);
    let finished = fine.blocking_recv().unwrap().ok().unwrap();
    assert_eq!(finished.completions[0].finish, FinishReason::Length);
}

#[test]
fn what_is_scored_needs_no_room_for_its_last_token() {
    let whole_window = |room: usize| {
        let (answer, receiver) = oneshot::channel();
        let continuations = vec![vec![0], vec![0; 20]];
        passes(
            room,
            16,
            vec![Job::Score(ScoreJob { context: vec![1; 10], continuations, likely: 0, answer })],
        );
        receiver.blocking_recv().unwrap()
    };
    assert_eq!(whole_window(29).ok().unwrap()[1].per_token.len(), 20);
    assert_eq!(whole_window(28).err().unwrap().kind, FailureKind::ContextTooLong);
}

#[test]
fn room_is_taken_in_blocks() {
    // Each reply of 20 tokens takes a block of 32, and one for the end of the prompt.
    let widest = |room: usize| {
        let (job, _answer) = written(vec![1; 10], Some(20), 8);
        passes_in((room, 32), 16, vec![job]).iter().map(Vec::len).max()
    };
    assert_eq!((widest(128), widest(138), widest(202)), (Some(1), Some(2), Some(3)));
}

#[test]
fn the_oldest_begins_where_the_preferred_one_does_not_fit() {
    let (known, _known) = written(of_group(1, 50), Some(1), 1);
    let (long, _long) = written(of_group(3, 53), Some(40), 1);
    let (oldest, _oldest) = written(of_group(2, 51), Some(5), 1);
    let (preferred, _preferred) = written(of_group(1, 52), Some(60), 1);
    // The first two fit together, and when the others are looked at, the beginning of the last one is known.
    let passes = passes(100, 2, vec![known, long, oldest, preferred]);
    let first_of =
        |own: u32| passes.iter().position(|pass| pass.iter().any(|part| part.last() == Some(&own)));
    assert!(first_of(51) < first_of(52), "{:?} {:?}", first_of(51), first_of(52));
    assert_eq!(passes[first_of(51).unwrap()].len(), 2);
}
