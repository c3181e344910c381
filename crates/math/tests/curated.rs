//! Pairs whose verdict is decided by mathematics, and by nothing else.
#![expect(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

use evalscope_math::{Mode, Verdict, compare};

#[derive(serde::Deserialize)]
struct Pair {
    area: String,
    a: String,
    b: String,
    verdict: String,
}

fn pairs() -> Vec<Pair> {
    include_str!("../vectors/curated.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_curated_pair_has_its_verdict_both_ways() {
    let mut wrong = Vec::new();
    let pairs = pairs();
    assert!(pairs.len() >= 600);
    for Pair { area, a, b, verdict } in &pairs {
        let wanted = verdict.as_str();
        for (target, answer) in [(a, b), (b, a)] {
            let found = compare(target, answer);
            if found.name() != wanted {
                wrong.push(format!("{area}: {target} | {answer}: {} for {verdict}", found.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), 2 * pairs.len(), wrong.join("\n"));
}

#[test]
fn every_text_is_itself() {
    for pair in pairs() {
        // Math-Verify refuses texts that it does not understand, even when both are the same.
        for mode in Mode::all().filter(|mode| *mode != Mode::MathVerify) {
            assert_eq!(mode.compare(&pair.a, &pair.a), Verdict::Equal, "{}: {}", mode.name(), pair.a);
        }
    }
}
