//! Time per pair over the curated pairs: median, 99.9th percentile, slowest. `cargo bench -p evalscope-math`.
//!
//! Its own loop and no benchmark library: what counts is the distribution over pairs, not the mean of one. Of a pair the
//! best of all rounds counts, and of that the processor time, so that other programs on the machine do not.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a tool for development, which may stop at anything"
)]

#[path = "../tests/support/mod.rs"]
mod support;

#[path = "../tests/support/clock.rs"]
mod clock;

use clock::processor_time;
use evalscope_math::{Mode, compare};
use std::hint::black_box;
use std::time::Duration;

const ROUNDS: usize = 50;
const HOSTILE_ROUNDS: usize = 5;

fn main() {
    let text = include_str!("../vectors/curated.jsonl");
    let rows: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let pairs: Vec<(&str, &str)> =
        rows.iter().map(|row| (row["a"].as_str().unwrap(), row["b"].as_str().unwrap())).collect();
    let mut times: Vec<_> = pairs.iter().map(|(a, b)| (Duration::MAX, *a, *b)).collect();
    for _ in 0..ROUNDS {
        for (best, a, b) in &mut times {
            let start = processor_time();
            black_box(compare(black_box(a), black_box(b)));
            *best = (processor_time() - start).min(*best);
        }
    }
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].0;
    let slowest = times.last().unwrap();
    println!("{} pairs, best of {ROUNDS} rounds", pairs.len());
    println!("median {:?}, 99th percentile {:?}, 99.9th {:?}", at(0.5), at(0.99), at(0.999));
    println!("slowest {:?}: {} | {}", slowest.0, slowest.1, slowest.2);
    hostile();
}

/// The slowest of the hostile texts, compared and searched in every mode.
fn hostile() {
    let (mut compared, mut searched) = ((Duration::ZERO, String::new()), (Duration::ZERO, String::new()));
    let texts = support::hostile_texts();
    for text in &texts {
        for mode in Mode::all() {
            let best = |work: &dyn Fn()| {
                let taken = (0..HOSTILE_ROUNDS).map(|_| {
                    let start = processor_time();
                    work();
                    processor_time() - start
                });
                (taken.min().unwrap(), format!("{} {text:.30}", mode.name()))
            };
            compared = compared.max(best(&|| _ = black_box(mode.compare("8", text))));
            searched = searched.max(best(&|| drop(black_box(mode.extract(text)))));
        }
    }
    println!("{} hostile texts: compared in at most {:?} ({})", texts.len(), compared.0, compared.1);
    println!("searched in at most {:?} ({})", searched.0, searched.1);
}
