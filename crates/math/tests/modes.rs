//! Modes against what their originals gave: those of lm-evaluation-harness 0.4.13, see `differential/modes.py`, and
//! Math-Verify 0.9.0, see `differential/reference.py`.
#![expect(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

use evalscope_math::Mode;

#[derive(serde::Deserialize)]
struct Row {
    mode: String,
    reply: Option<String>,
    out: Option<String>,
    a: Option<String>,
    b: Option<String>,
    equal: Option<bool>,
}

fn rows() -> Vec<Row> {
    include_str!("../vectors/modes.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_reply_has_the_answer_that_the_original_finds() {
    for row in rows() {
        let (Some(mode), Some(reply)) = (Mode::named(&row.mode), row.reply) else { continue };
        let found = mode.extract(&reply).map(|found| found.text);
        assert_eq!(found, row.out, "{}: {reply:?}", row.mode);
    }
}

#[test]
fn every_mode_gives_the_verdict_of_its_original() {
    let mut wrong = Vec::new();
    for row in rows() {
        let (Some(a), Some(b), Some(equal)) = (row.a, row.b, row.equal) else { continue };
        if Mode::named(&row.mode).unwrap().compare(&a, &b).is_equal() != equal {
            wrong.push(format!("{}: {a:?} {b:?}: {equal} there", row.mode));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[derive(serde::Deserialize)]
struct Pair {
    a: String,
    b: String,
    equal: bool,
}

#[test]
fn math_verify_is_followed_on_hard_pairs() {
    let mut wrong = Vec::new();
    for line in include_str!("../vectors/math_verify.jsonl").lines() {
        let Pair { a, b, equal } = serde_json::from_str(line).unwrap();
        if Mode::MathVerify.compare(&a, &b).is_equal() != equal {
            wrong.push(format!("{a:?} {b:?}: {equal} there"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
