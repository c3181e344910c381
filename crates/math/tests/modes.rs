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

/// Pairs of which `math-verify-0.9` does not give the original's verdict yet.
const APART_FROM_MATH_VERIFY: [(&str, &str); 11] = [
    ("0.1+0.2", "\\frac{3}{10}"),
    ("6.02\\times 10^{23}", "602000000000000000000000"),
    ("\\sqrt[3]{-8}", "-\\sqrt[3]{8}"),
    ("2^{\\frac{3}{2}}", "2^{1.5}"),
    ("(-\\infty,3)\\cup(3,\\infty)", "\\mathbb{R}\\setminus\\{3\\}"),
    ("1:2:3", "1 : 2 : 3"),
    ("2(3)(4)", "24"),
    ("2(3)(4)", "9"),
    ("\\gamma-2", "\\gamma-3"),
    ("\\gamma+1", "\\gamma+2"),
    ("11,\\! 111", "11111"),
];

#[test]
fn every_mode_gives_the_verdict_of_its_original() {
    let mut wrong = Vec::new();
    for row in rows() {
        let (Some(a), Some(b), Some(equal)) = (row.a, row.b, row.equal) else { continue };
        let mode = Mode::named(&row.mode).unwrap();
        let is_known = mode == Mode::MathVerify && APART_FROM_MATH_VERIFY.contains(&(a.as_str(), b.as_str()));
        // A pair that is no longer apart is to leave the list.
        if (mode.compare(&a, &b).is_equal() == equal) == is_known {
            wrong.push(format!("{}: {a:?} {b:?}: {equal} there", row.mode));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
