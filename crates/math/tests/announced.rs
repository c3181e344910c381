//! Made replies that announce an answer (`differential/announced.py`), beside what EvalScope 1.14.1 says of them.

use evalscope_math::Mode;

#[derive(serde::Deserialize)]
struct Row {
    reply: String,
    /// What the reply says.
    says: String,
    target: String,
    /// EvalScope's verdict.
    evalscope: bool,
}

#[test]
fn every_reply_is_right_when_it_says_the_target() {
    let mut wrong = Vec::new();
    let mut apart = 0;
    for line in include_str!("../vectors/announced.jsonl").lines() {
        let Row { reply, says, target, evalscope } = serde_json::from_str(line).unwrap();
        let is_right = says == target;
        apart += usize::from(evalscope != is_right);
        for mode in [Mode::Default, Mode::EvalScope] {
            let answer = mode.extract(&reply).map(|found| found.text).unwrap_or_default();
            if mode.compare(&target, &answer).is_equal() != is_right {
                wrong.push(format!("{mode}: {reply:?} against {target}: {answer}; there {evalscope}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Where it differs it is EvalScope that misreads what is said.
    assert_eq!(apart, 277);
}
