//! What scoring itself costs: as many answers as MMLU has, in 57 subjects, from reply to mean with interval. No file is
//! read or written; `benches/scoring.sh` times the commands that do. `cargo bench --workspace --bench scoring`
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and ends where its set-up fails"
)]

use evalscope_benchmarks::{DatasetArgs, Library};
use evalscope_core::{Completion, Generation, Outcome, Sample, Step};
use evalscope_metrics::stats::{interval_95, mean};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

const ANSWERS: usize = 14_042;
const SUBJECTS: usize = 57;
const ROUNDS: usize = 10;

fn main() {
    let protocol =
        Library::builtin().unwrap().resolve("mmlu@evalscope-1.14", &DatasetArgs::default()).unwrap();
    let samples: Vec<(Sample, [Outcome; 1])> = (0..ANSWERS).map(answered).collect();
    let best = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        let mut subjects: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for (sample, outcomes) in &samples {
            let Step::Done(score) = protocol.step(sample, outcomes).unwrap() else {
                unreachable!("it is answered")
            };
            subjects.entry(&sample.subset).or_default().push(score.main().unwrap().1);
        }
        for values in subjects.values() {
            black_box((mean(values), interval_95(values, (0.0, 1.0))));
        }
        start.elapsed()
    });
    println!(
        "{ANSWERS} answers of MMLU scored in {:?}, best of {ROUNDS} rounds, one thread",
        best.min().unwrap()
    );
}

/// A question with a worked answer of some 600 characters.
fn answered(index: usize) -> (Sample, [Outcome; 1]) {
    let sample = Sample {
        subset: format!("subject {}", index % SUBJECTS),
        choices: (0..4).map(|option| format!("the number {}", index + option)).collect(),
        targets: vec!["A".to_owned()],
        ..Sample::default()
    };
    let letter = if index.is_multiple_of(4) { "B" } else { "A" };
    let thought =
        format!("Of the four numbers, only that of option {letter} is {index}; the others are larger.\n");
    let reply = format!("{}\nANSWER: {letter}", thought.repeat(8));
    let completion = Completion { text: reply, ..Completion::default() };
    (sample, [Outcome::Generation(Generation { completions: vec![completion], ..Generation::default() })])
}
