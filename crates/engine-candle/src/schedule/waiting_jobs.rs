//! The jobs that wait, and which of them begins next.
//!
//! The one with the longest prefix that is known already: as long as others share it, it is not computed anew, and what
//! was known is not dropped for what is new. A job is overtaken a limited number of times, so that none waits for ever.
//! The order changes no result.

use super::backend::Backend;
use super::job::Job;
use std::collections::VecDeque;

/// Jobs that are looked at for the next one: each is looked up in what is known.
const LOOKED_AT: usize = 64;
/// How often a job may be overtaken: two full batches.
const MAX_OVERTAKEN: usize = 32;
/// Further known tokens that are worth it; a token that begins all texts is not.
const WORTH_OVERTAKING: usize = 8;

/// Jobs that wait, in the order of their coming.
#[derive(Default)]
pub(super) struct WaitingJobs(VecDeque<Entry>);

struct Entry {
    job: Job,
    /// How many that came later have begun. An older job has at least as many.
    overtaken: usize,
}

impl WaitingJobs {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds jobs that came now.
    pub(super) fn extend(&mut self, jobs: impl IntoIterator<Item = Job>) {
        self.0.extend(jobs.into_iter().map(|job| Entry { job, overtaken: 0 }));
    }

    pub(super) fn drop_cancelled(&mut self) {
        self.0.retain(|entry| !entry.job.is_cancelled());
    }

    /// Takes the job out that is to begin next; where that cannot begin now, the oldest, and none where that cannot either.
    pub(super) fn next<B: Backend>(&mut self, backend: &mut B, is_now: impl Fn(&Job) -> bool) -> Option<Job> {
        let preferred = self.preferred(backend)?;
        let place = [preferred, 0].into_iter().find(|place| is_now(&self.0[*place].job))?;
        self.take(place)
    }

    /// The place of the job that is best to begin next.
    fn preferred<B: Backend>(&self, backend: &mut B) -> Option<usize> {
        let oldest = self.0.front()?;
        let mut known = |entry: &Entry| {
            let prefix = entry.job.prefix();
            backend.known_tokens(prefix, prefix.len().saturating_sub(1))
        };
        let mut place = 0;
        if oldest.overtaken < MAX_OVERTAKEN && self.0.len() > 1 {
            let mut most = known(oldest);
            for (other, entry) in self.0.iter().enumerate().take(LOOKED_AT).skip(1) {
                let known = known(entry);
                if known >= most + WORTH_OVERTAKING {
                    (place, most) = (other, known);
                }
            }
        }
        Some(place)
    }

    /// Takes the job at this place out.
    fn take(&mut self, place: usize) -> Option<Job> {
        let entry = self.0.remove(place)?;
        self.0.iter_mut().take(place).for_each(|older| older.overtaken += 1);
        Some(entry.job)
    }

    /// Takes all out.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Job> {
        self.0.drain(..).map(|entry| entry.job)
    }
}
