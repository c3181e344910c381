//! Mathematical answers through the binary.

use crate::support::{Place, Ran};
use serde_json::{Value, json};

#[test]
fn two_answers_are_compared() {
    let place = Place::new();
    let verdict = |arguments: &[&str]| place.run(arguments).expect(0).out.trim_end().to_owned();
    assert_eq!(verdict(&["math", "compare", "\\frac{3}{4}", "0.75"]), "equal");
    assert_eq!(verdict(&["math", "compare", "-3", "3"]), "different");
    assert_eq!(
        verdict(&["math", "compare", "3", "((("]),
        "unparsed: the answer is not mathematics that can be read"
    );
    assert_eq!(verdict(&["math", "compare", "1/4", "0.25", "--mode", "hendrycks_math"]), "different");
}

#[test]
fn a_file_of_pairs_gives_a_line_for_each() {
    let place = Place::new();
    std::fs::write(
        place.path("pairs.jsonl"),
        "{\"a\": \"1/2\", \"b\": \"0.5\"}\n\n{\"a\": \"x\", \"b\": \"\"}\n",
    )
    .unwrap();
    let ran = place.run(&["math", "compare", "--pairs", "pairs.jsonl", "--json"]).expect(0);
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], json!({"verdict": "equal", "reason": null, "a": "1/2", "b": "0.5"}));
    assert_eq!(lines[1], json!({"verdict": "unparsed", "reason": "the answer is empty", "a": "x", "b": ""}));
    assert_eq!(lines.len(), 2);
}

#[test]
fn a_line_that_is_no_pair_is_named() {
    let place = Place::new();
    std::fs::write(place.path("pairs.jsonl"), "{\"a\": \"1\", \"b\": \"1\"}\n{\"a\": \"1\"}\n").unwrap();
    let ran = place.run(&["math", "compare", "--pairs", "pairs.jsonl"]).expect(2);
    assert!(ran.err.contains("line 2 is no pair"), "{}", ran.err);
    place.run(&["math", "compare", "--pairs", "missing.jsonl"]).expect(2);
    place.run(&["math", "compare", "1"]).expect(2);
}

#[test]
fn an_answer_is_found_with_its_place() {
    let place = Place::new();
    let text = "因此 $x = \\boxed{\\frac{1}{2}}$。";
    std::fs::write(place.path("reply.txt"), text).unwrap();
    let ran = place.run(&["math", "extract", "reply.txt", "--json"]).expect(0);
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&found["text"], &found["rule"]), (&json!("\\frac{1}{2}"), &json!("boxed")));
    let span = &found["spans"][0];
    let (start, end) = (span[0].as_u64().unwrap() as usize, span[1].as_u64().unwrap() as usize);
    assert_eq!(&text[start..end], "\\frac{1}{2}");
    std::fs::write(place.path("none.txt"), "no answer").unwrap();
    place.run(&["math", "extract", "none.txt"]).expect(1);
}

fn with_input(place: &Place, arguments: &[&str], input: &str) -> Ran {
    let path = place.write("input", input);
    let mut command = place.evalscope(arguments);
    command.stdin(std::fs::File::open(path).unwrap());
    Ran::from(command.output().unwrap())
}

#[test]
fn a_minus_sign_stands_for_standard_input() {
    let place = Place::new();
    let ran = with_input(&place, &["math", "extract", "-"], "The answer is (2, 3).").expect(0);
    assert_eq!(ran.out.trim_end(), "(2, 3)");
    assert!(ran.err.contains("answer_colon, bytes 14..20"), "{}", ran.err);
    let pairs = "{\"a\": \"1\", \"b\": \"1.0\"}\n[]\n";
    let ran = with_input(&place, &["math", "compare", "--pairs", "-"], pairs).expect(2);
    assert_eq!(ran.out, "equal\t1\t1.0\n");
    assert!(ran.err.contains("standard input: line 2 is no pair"), "{}", ran.err);
}
