//! Rates 1,000,000 simulated battles of 100 models with 1,000 bootstrap rounds, and prints how long it took.
//! `cargo run --release -p evalscope-arena --example million_battles`

#![expect(clippy::print_stdout, reason = "an example that prints")]

use evalscope_arena::{Battle, Intervals, RateOptions, Winner, rate};
use evalscope_metrics::random::Random;
use std::time::Instant;

const MODELS: u32 = 100;
const BATTLES: usize = 1_000_000;
const ROUNDS: usize = 1_000;

fn main() -> Result<(), evalscope_arena::Error> {
    let begun = Instant::now();
    let battles: Vec<Battle> = battles();
    println!("{BATTLES} battles of {MODELS} models made up in {:.2?}", begun.elapsed());
    for (name, intervals) in [("sandwich", Intervals::Sandwich), ("bootstrap", Intervals::Bootstrap(ROUNDS))]
    {
        let begun = Instant::now();
        let rated = rate(&battles, &RateOptions { intervals, by_question: false, ..RateOptions::default() })?;
        let best = &rated.ratings[0];
        println!(
            "{name}: {:.2?}; the best is {} with {:.1} [{:.1}, {:.1}]",
            begun.elapsed(),
            best.model,
            best.rating,
            best.interval_95.0,
            best.interval_95.1
        );
    }
    Ok(())
}

fn battles() -> Vec<Battle> {
    let mut random = Random::of_round(1, 0);
    let battle = |random: &mut Random| {
        let a = random.below(MODELS);
        let b = (a + 1 + random.below(MODELS - 1)) % MODELS;
        let first = 1.0 / (1.0 + (f64::from(b) * 0.02 - f64::from(a) * 0.02).exp());
        let drawn = f64::from(random.below(1 << 30)) / f64::from(1 << 30);
        let win = match drawn {
            drawn if drawn < 0.1 => Winner::Tie,
            drawn if drawn < 0.1 + 0.9 * first => Winner::A,
            _ => Winner::B,
        };
        Battle::new(&format!("model-{a:02}"), &format!("model-{b:02}"), win)
    };
    (0..BATTLES).map(|_| battle(&mut random)).collect()
}
