//! The threads of engines, as those who ask them see them, and which of several is asked.

use crate::schedule::{EngineSender, Job};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Requests more than the least busy one that an engine may have for the sake of what it has computed.
const MORE_BUSY: usize = 2;
/// Beginnings of prompts that are remembered of an engine: as many as a worker of llama.cpp keeps.
const REMEMBERED: usize = 8;
/// Tokens of each.
const BEGINNING: usize = 512;
/// Tokens that must have been computed to be worth it; marks that begin all chats are not.
const WORTH_IT: usize = 16;

/// The thread of an engine.
pub(crate) struct Asked {
    jobs: EngineSender,
    /// Requests that wait for its answer.
    open: AtomicUsize,
    /// How the prompts that it got last begin.
    recent: Mutex<VecDeque<Vec<u32>>>,
}

/// A request that waits, counted as long as it does.
pub(crate) struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Asked {
    pub(crate) fn new(jobs: EngineSender) -> Self {
        Asked { jobs, open: AtomicUsize::new(0), recent: Mutex::default() }
    }

    /// Sends a job to the engine that is to compute it, past those that are over; `None` when all are.
    pub(crate) fn send(engines: &[Asked], mut job: Job) -> Option<Waiting<'_>> {
        let beginning = job.prefix()[..job.prefix().len().min(BEGINNING)].to_vec();
        let mut engines: Vec<&Asked> = engines.iter().collect();
        loop {
            let state = |engine: &&Asked| (engine.open.load(Ordering::Relaxed), engine.computed(&beginning));
            let engine = engines.remove(choose(&engines.iter().map(state).collect::<Vec<_>>())?);
            engine.open.fetch_add(1, Ordering::Relaxed);
            let waiting = Waiting(&engine.open);
            match engine.jobs.send(job) {
                Ok(()) => {
                    engine.remember(&beginning);
                    return Some(waiting);
                }
                Err(refused) => job = refused.0,
            }
        }
    }

    /// Tokens of this beginning that the engine was asked for before.
    fn computed(&self, beginning: &[u32]) -> usize {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = |other: &Vec<u32>| other.iter().zip(beginning).take_while(|(a, b)| a == b).count();
        recent.iter().map(shared).max().unwrap_or(0)
    }

    fn remember(&self, beginning: &[u32]) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        // What others of the same beginning need is remembered already.
        recent.retain(|other| !beginning.starts_with(other));
        recent.push_back(beginning.to_vec());
        if recent.len() > REMEMBERED {
            recent.pop_front();
        }
    }
}

/// Which of several engines computes a request, by how busy each is and how many tokens of the prompt it has computed: the one
/// with the most of those that are hardly busier than the least busy one.
fn choose(engines: &[(usize, usize)]) -> Option<usize> {
    let least = engines.iter().map(|(open, _)| *open).min()?;
    let worth = |computed: usize| if computed < WORTH_IT { 0 } else { computed };
    let candidates = engines.iter().enumerate().filter(|(_, (open, _))| *open <= least + MORE_BUSY);
    let best = candidates.min_by_key(|(_, (open, computed))| (std::cmp::Reverse(worth(*computed)), *open));
    best.map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::ScoreJob;
    use tokio::sync::oneshot;

    #[test]
    fn the_engine_that_computed_the_beginning_is_asked_unless_it_is_much_busier() {
        assert_eq!(choose(&[(3, 0), (1, 0), (2, 0)]), Some(1));
        assert_eq!(choose(&[(3, 400), (1, 0), (2, 300)]), Some(0));
        assert_eq!(choose(&[(4, 400), (1, 0), (2, 300)]), Some(2));
        assert_eq!(choose(&[(1, 4), (0, 0)]), Some(1));
        assert_eq!(choose(&[(2, 40), (1, 40)]), Some(1));
        assert_eq!(choose(&[]), None);
    }

    #[test]
    fn requests_of_one_beginning_go_to_one_engine_and_others_to_the_other() {
        let (engines, receivers): (Vec<Asked>, Vec<_>) = (0..2)
            .map(|_| {
                let (sender, receiver) = std::sync::mpsc::channel();
                (Asked::new(sender), receiver)
            })
            .unzip();
        for round in 0..4 {
            for group in [1u32, 2] {
                let (answer, _) = oneshot::channel();
                let context = [vec![group; 40], vec![9, round]].concat();
                let job = Job::Score(ScoreJob { context, continuations: Vec::new(), likely: 0, answer });
                // Each is answered before the next is sent, but for the first of each round.
                let waiting = Asked::send(&engines, job);
                assert!(waiting.is_some());
                if round == 0 && group == 1 {
                    std::mem::forget(waiting);
                }
            }
        }
        for (receiver, group) in receivers.iter().zip([1, 2]) {
            let groups: Vec<u32> = receiver.try_iter().map(|job| job.prefix()[0]).collect();
            assert_eq!(groups, [group; 4]);
        }
    }
}
