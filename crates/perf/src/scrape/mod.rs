//! The server's own figures beside ours: its metrics in Prometheus' form, asked once a second by a thread of its own and
//! put on the time axis of each stage.
//!
//! vLLM, SGLang, TGI and llama.cpp have such figures, and exporters have them of graphics cards (DCGM). Every gauge and
//! counter that is not 0 all the time is kept.

mod text;

use crate::clock::{Clock, Stamp};
use crate::error::Error;
use crate::measure::{Series, Sort, rounded};
use crate::wire::{Asking, Target, fetch};
use indexmap::IndexMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use text::Sample;
use tokio_util::sync::CancellationToken;

/// How often it is asked.
const EVERY: Duration = Duration::from_secs(1);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Points of a series that are kept at most: later ones replace every other one.
const MOST_POINTS: usize = 4096;
/// Series at most: a server with more writes something else than its load.
const MOST_SERIES: usize = 2000;

/// Asks for figures while it lives.
pub struct Scraper {
    kept: Arc<Mutex<Kept>>,
    stop: CancellationToken,
    threads: Vec<JoinHandle<()>>,
}

/// Where figures are asked for.
struct Source {
    target: Target,
    certificates: Option<PathBuf>,
}

/// Address and name.
type Name = (String, String);

#[derive(Default)]
struct Kept {
    series: IndexMap<Name, (Sort, Vec<(Stamp, f64)>)>,
    failures: IndexMap<String, String>,
}

impl Scraper {
    /// Asks these addresses, with these certificates trusted besides those of this machine; nothing where there are none.
    /// Each must answer once.
    pub fn start(
        addresses: &[String],
        certificates: Option<&Path>,
        clock: Clock,
    ) -> Result<Option<Scraper>, Error> {
        let (kept, stop): (Arc<Mutex<Kept>>, _) = (Arc::default(), CancellationToken::new());
        let mut threads = Vec::new();
        for address in addresses {
            let target = Target::parse_whole(address, "/metrics")?;
            let source = Source { target, certificates: certificates.map(Path::to_owned) };
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| Error::Thread { reason: error.to_string() })?;
            let from = source.target.shown();
            let first = tokio::task::LocalSet::new().block_on(&runtime, look(&source));
            let samples = first.map_err(|reason| Error::Unreachable { url: from.clone(), reason })?;
            if samples.is_empty() {
                let reason = "it answers with nothing in Prometheus' form".into();
                return Err(Error::Unreachable { url: from, reason });
            }
            let (kept, stop) = (Arc::clone(&kept), stop.clone());
            let thread = std::thread::Builder::new().name("perf-scrape".into()).spawn(move || {
                tokio::task::LocalSet::new().block_on(&runtime, watch(&source, clock, &kept, &stop));
            });
            threads.push(thread.map_err(|error| Error::Thread { reason: error.to_string() })?);
        }
        Ok((!threads.is_empty()).then_some(Scraper { kept, stop, threads }))
    }

    /// What changed between two points in time, seconds counted from the first.
    pub fn between(&self, from: Stamp, to: Stamp) -> Vec<Series> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let series = kept.series.iter().filter_map(|((origin, name), (sort, points))| {
            let first = points.partition_point(|(at, _)| *at < from).saturating_sub(1);
            let last = points.partition_point(|(at, _)| *at <= to);
            let points = over_time(*sort, points.get(first..last)?, from);
            let (least, most) = ends(&points)?;
            (least != 0.0 || most != 0.0).then(|| Series {
                from: origin.clone(),
                name: name.clone(),
                sort: *sort,
                points,
            })
        });
        series.collect()
    }

    /// Why an address did not answer at some time.
    pub fn failures(&self) -> Vec<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.failures.iter().map(|(from, reason)| format!("{from} did not always answer: {reason}")).collect()
    }
}

impl Drop for Scraper {
    fn drop(&mut self) {
        self.stop.cancel();
        for thread in self.threads.drain(..) {
            // A panic in it has been printed.
            let _ = thread.join();
        }
    }
}

async fn watch(source: &Source, clock: Clock, kept: &Mutex<Kept>, stop: &CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let seen = tokio::select! {
            () = stop.cancelled() => return,
            seen = look(source) => seen,
        };
        let now = clock.now();
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        match seen {
            Ok(samples) => {
                samples.into_iter().for_each(|sample| kept.add(source.target.shown(), now, sample))
            }
            Err(reason) => drop(kept.failures.insert(source.target.shown(), reason)),
        }
    }
}

async fn look(source: &Source) -> Result<Vec<Sample>, String> {
    let Source { target, certificates } = source;
    let certificates = certificates.as_deref();
    let asking = Asking { method: "GET", target, certificates, headers: &[], body: &[] };
    match fetch(&asking, PATIENCE).await? {
        (200, body) => Ok(text::read(&String::from_utf8_lossy(&body))),
        (status, _) => Err(format!("status {status}")),
    }
}

impl Kept {
    fn add(&mut self, from: String, now: Stamp, sample: Sample) {
        let key = (from, sample.name);
        if !self.series.contains_key(&key) && self.series.len() >= MOST_SERIES {
            return;
        }
        let (_, points) = self.series.entry(key).or_insert((sample.sort, Vec::new()));
        points.push((now, sample.value));
        if points.len() > MOST_POINTS {
            let mut place = 0;
            points.retain(|_| {
                place += 1;
                place % 2 == 1
            });
        }
    }
}

/// Values over time; of a counter, its growth per second. One that begins anew has no growth there.
fn over_time(sort: Sort, points: &[(Stamp, f64)], from: Stamp) -> Vec<(f64, f64)> {
    let seconds = |at: Stamp| rounded(at.since(from) as f64 / 1e9);
    match sort {
        Sort::Gauge => {
            let inside = points.iter().filter(|(at, _)| *at >= from);
            inside.map(|(at, value)| (seconds(*at), *value)).collect()
        }
        Sort::Counter => {
            let pairs = points.windows(2).filter(|pair| pair[1].1 >= pair[0].1 && pair[1].0 > pair[0].0);
            let growth = |pair: &[(Stamp, f64)]| {
                let time = pair[1].0.since(pair[0].0) as f64 / 1e9;
                (seconds(pair[1].0), rounded((pair[1].1 - pair[0].1) / time))
            };
            pairs.map(growth).collect()
        }
    }
}

fn ends(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let values = || points.iter().map(|(_, value)| *value);
    Some((values().reduce(f64::min)?, values().reduce(f64::max)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Stamp {
        Stamp(seconds * 1_000_000_000)
    }

    #[test]
    fn counters_become_growth_per_second() {
        let points = [(at(9), 100.0), (at(11), 120.0), (at(12), 5.0), (at(13), 9.0)];
        assert_eq!(over_time(Sort::Counter, &points, at(10)), [(1.0, 10.0), (3.0, 4.0)]);
        assert_eq!(over_time(Sort::Gauge, &points, at(10)), [(1.0, 120.0), (2.0, 5.0), (3.0, 9.0)]);
    }

    #[test]
    fn what_does_nothing_is_left_out() {
        let mut kept = Kept::default();
        for second in 0..5 {
            for (name, sort, value) in [
                ("grows", Sort::Counter, second as f64),
                ("idle", Sort::Counter, 7.0),
                ("zero", Sort::Gauge, 0.0),
                ("level", Sort::Gauge, 3.0),
            ] {
                kept.add("u".into(), at(second), Sample { name: name.into(), sort, value });
            }
        }
        let scraper =
            Scraper { kept: Arc::new(Mutex::new(kept)), stop: CancellationToken::new(), threads: Vec::new() };
        let found = scraper.between(at(1), at(3));
        let seen: Vec<(&str, usize)> =
            found.iter().map(|series| (series.name.as_str(), series.points.len())).collect();
        assert_eq!(seen, [("grows", 3), ("level", 3)]);
    }
}
