//! Several models on the same questions: who is better, and how sure that is.

use crate::support::reviewed;
use evalscope_core::{
    Plan, PlannedBenchmark, PlannedCollection, PlannedMember, PlannedModel, Sampling, Score,
};
use evalscope_report::compare::{Incomparable, Pairing, compare, compare_with_best, text};
use evalscope_runs::{Review, RunFolder, Verdict};
use indexmap::IndexMap;
use serde_json::{Value, json};
use std::path::Path;

const QUIZ: &str = "quiz@plain-1.0";

/// A run of one model with an accuracy and a length for each question; `None` is a failed call.
fn run(path: &Path, model: &str, benchmarks: &[&str], values: &[Option<f64>]) -> RunFolder {
    run_in_mode(path, model, benchmarks, values, &Value::Null)
}

/// The same of multiple choice in a mode.
fn run_in_mode(
    path: &Path,
    model: &str,
    benchmarks: &[&str],
    values: &[Option<f64>],
    choice: &Value,
) -> RunFolder {
    let all: Vec<(&str, &[Option<f64>])> = benchmarks.iter().map(|name| (*name, values)).collect();
    reviewed_run(path, &plan(model, &all, choice), &all)
}

/// What a model is asked in benchmarks of so many questions.
fn plan(model: &str, benchmarks: &[(&str, &[Option<f64>])], choice: &Value) -> Plan {
    let benchmark = |(name, values): &(&str, &[Option<f64>])| PlannedBenchmark {
        name: (*name).into(),
        subsets: IndexMap::from([("all".into(), values.len() as u64)]),
        missing: Vec::new(),
        asking: json!({}),
        scoring: json!({"metrics": [{"name": "accuracy", "range": [0, 1], "higher_is_better": true},
            {"name": "length", "range": [0, null], "higher_is_better": false}], "choice": choice}),
        departures: IndexMap::new(),
    };
    let model = PlannedModel { id: model.into(), identity: IndexMap::new(), sampling: Sampling::default() };
    Plan {
        version: 1,
        models: vec![model],
        benchmarks: benchmarks.iter().map(benchmark).collect(),
        collections: Vec::new(),
        seed: 42,
        repeats: 1,
        limit: None,
    }
}

/// The run of a plan with these accuracies.
fn reviewed_run(path: &Path, plan: &Plan, benchmarks: &[(&str, &[Option<f64>])]) -> RunFolder {
    let folder = RunFolder::create(path, plan, &json!({})).unwrap();
    for (name, values) in benchmarks {
        let mut reviews = folder.reviews(&plan.models[0].id, name, "all").unwrap();
        for (index, value) in values.iter().enumerate() {
            let failure = evalscope_core::CallFailure::new(evalscope_core::FailureKind::Server, "down");
            let score = |value: f64| Score {
                values: IndexMap::from([
                    ("accuracy".into(), value),
                    ("length".into(), 10.0 + index as f64 * value),
                ]),
                ..Score::default()
            };
            let verdict = value.map_or(Verdict::Failed(failure), |value| Verdict::Scored(score(value)));
            let sample_id = format!("q{}", index / 2);
            let review = Review { sample_id, ..reviewed(index as u64, 0, "all", verdict) };
            reviews.append(&review).unwrap();
        }
        reviews.finish().unwrap();
    }
    folder
}

fn verdicts(text: &str) -> Vec<Option<f64>> {
    text.chars().map(|c| c.to_digit(10).map(f64::from)).collect()
}

#[test]
fn three_models_are_compared_pair_by_pair() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let runs = [
        run(&path("a"), "one", &[QUIZ, "alone@x"], &verdicts("11110000101010101100")),
        run(&path("b"), "two", &[QUIZ], &verdicts("1111111111011111110-")),
        run(&path("c"), "three", &[QUIZ], &verdicts("11110000101010101101")),
    ];
    let found = compare(&runs, None).unwrap();
    let quiz = &found.benchmarks[0];
    assert_eq!((quiz.metric.as_str(), quiz.models.len(), quiz.pairs.len()), ("accuracy", 3, 3));
    assert_eq!(found.skipped[0].benchmark, "alone@x");
    let pair = &quiz.pairs[0];
    // The failed question is in no pair; 10 of 19 against 17 of 19.
    assert_eq!((pair.n, quiz.models[0].n, quiz.models[1].n), (19, 20, 19));
    let shown = text(&found);
    let line = |pair: &str| shown.lines().find(|line| line.contains(pair)).unwrap_or_default();
    assert!(line("2 − 1").contains("noise, over 19 common questions"), "{shown}");
    assert!(!line("3 − 1").contains("common"), "{shown}");
    assert!((pair.difference.unwrap() - 7.0 / 19.0).abs() < 1e-12, "{pair:?}");
    let mcnemar = pair.mcnemar.unwrap();
    assert_eq!((mcnemar.only_a, mcnemar.only_b), (1, 8));
    // 2 * (1 + 9) / 2^9.
    assert!((mcnemar.p_value - 0.0390625).abs() < 1e-12);
    let holm = pair.p_value_holm.unwrap();
    assert!(holm > pair.p_value.unwrap() && holm <= 1.0, "{pair:?}");
    let (low, high) = pair.bootstrap.unwrap().interval_95;
    assert!(low < 7.0 / 19.0 && 7.0 / 19.0 < high && pair.minimum_detectable_effect.unwrap() > 0.0);
    assert_eq!(serde_json::to_value(&found).unwrap()["benchmarks"][0]["pairs"][2]["b"], 2);
}

#[test]
fn of_many_models_each_is_compared_with_the_best() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let marks = ["1010", "1110", "0000", "1110"];
    let runs: Vec<RunFolder> = (marks.iter().enumerate())
        .map(|(at, marks)| run(&path(&at.to_string()), "m", &[QUIZ], &verdicts(marks)))
        .collect();
    let (found, all) = (compare_with_best(&runs, None).unwrap(), compare(&runs, None).unwrap());
    assert_eq!((found.pairing, all.pairing), (Pairing::WithBest, Pairing::Each));
    // The first of the two that share the best score.
    let pairs = &found.benchmarks[0].pairs;
    assert_eq!(pairs.iter().map(|pair| (pair.a, pair.b)).collect::<Vec<_>>(), [(1, 0), (1, 2), (1, 3)]);
    let same = all.benchmarks[0].pairs.iter().find(|pair| (pair.a, pair.b) == (1, 2)).unwrap();
    assert_eq!((pairs[1].difference, pairs[1].p_value), (same.difference, same.p_value));
    assert!(pairs.iter().all(|pair| pair.bootstrap.is_none()) && same.bootstrap.is_some());
    // The least length is the best.
    let shortest = compare_with_best(&runs, Some("length")).unwrap();
    assert!(!shortest.benchmarks[0].higher_is_better && shortest.benchmarks[0].pairs.len() == 3);
}

#[test]
fn another_metric_is_compared_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let runs =
        [run(&path("a"), "m", &[QUIZ], &verdicts("1010")), run(&path("b"), "m", &[QUIZ], &verdicts("0110"))];
    let found = compare(&runs, Some("length")).unwrap();
    assert!(!found.benchmarks[0].higher_is_better && found.benchmarks[0].pairs[0].mcnemar.is_none());
    let none = compare(&runs, Some("bleu")).unwrap();
    assert_eq!(none.skipped[0].reason, "it has no metric `bleu`, it has `accuracy`, `length`");
    assert!(none.benchmarks.is_empty());
}

#[test]
fn a_table_shows_scores_and_pairs() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let runs = [
        run(&path("a"), "one", &[QUIZ], &verdicts("0000000000000000")),
        run(&path("b"), "two\u{1b}[31m", &[QUIZ], &verdicts("1111111111110101")),
    ];
    let shown = text(&compare(&runs, None).unwrap());
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[3], format!("{QUIZ}  accuracy"));
    assert!(lines[6].starts_with("  2  0.8750  "), "{shown}");
    assert!(
        lines[8].contains("2 − 1") && lines[8].contains("+0.8750") && lines[8].ends_with("more than noise"),
        "{shown}"
    );
    assert!(!shown.contains('\u{1b}'));
}

#[test]
fn a_verdict_is_mcnemars_where_every_question_is_right_or_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let of = |a: &str, b: &str| {
        let name = format!("{}-{}", a.len(), a.matches('1').count());
        let runs = [
            run(&path(&format!("{name}a")), "one", &[QUIZ], &verdicts(a)),
            run(&path(&format!("{name}b")), "two", &[QUIZ], &verdicts(b)),
        ];
        let found = compare(&runs, None).unwrap();
        (text(&found), found.benchmarks[0].pairs[0].clone())
    };
    // Five better and none worse: the t-test says 0.0246, McNemar's exact test 2 / 2^5.
    let (shown, pair) = of(&"0".repeat(100), &format!("{}{}", "1".repeat(5), "0".repeat(95)));
    assert!(pair.p_value.unwrap() < 0.03 && pair.p_value_holm == Some(0.0625), "{pair:?}");
    assert!(shown.ends_with("could be noise") && pair.interval_95.unwrap().0 < 0.0, "{shown}");
    // All questions differ alike, which shows no spread.
    let (shown, pair) = of("111", "000");
    assert_eq!((pair.p_value, pair.minimum_detectable_effect), (None, None));
    assert!((pair.p_value_holm.unwrap() - 0.25).abs() < 1e-12, "{pair:?}");
    assert!(shown.ends_with("could be noise") && pair.bootstrap.is_none(), "{shown}");
    // A run against itself.
    let (_, pair) = of("1100", "1100");
    assert_eq!((pair.p_value_holm, pair.minimum_detectable_effect), (Some(1.0), None));
    assert!(pair.interval_95.is_some_and(|(low, high)| low < 0.0 && high > 0.0), "{pair:?}");
}

#[test]
fn scores_of_different_choice_modes_are_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, mode: Value, marks: &str| {
        let choice = json!({"mode": mode, "own": "loglikelihood"});
        run_in_mode(&folder.path().join(name), name, &[QUIZ], &verdicts(marks), &choice)
    };
    let runs = [
        of("a", json!("loglikelihood"), "0000000000000000"),
        of("b", json!({"constrained": "choice"}), "1111111111111111"),
        of("c", json!({"constrained": "json_schema"}), "1111111111110000"),
    ];
    let found = compare(&runs, None).unwrap();
    let [apart, other, same] = &found.benchmarks[0].pairs[..] else { panic!("{found:?}") };
    for pair in [apart, other] {
        assert_eq!(pair.incomparable, Some(Incomparable::ChoiceModes));
        assert_eq!(
            (pair.p_value, pair.p_value_holm, pair.mcnemar, pair.interval_95),
            (None, None, None, None)
        );
    }
    // It alone counts for Holm's correction.
    assert_eq!((same.incomparable, same.p_value_holm), (None, same.mcnemar.map(|found| found.p_value)));
    let shown = text(&found);
    assert!(shown.contains("asked in different modes: not comparable\n"), "{shown}");
    let modes = ["loglikelihood", "constrained", "constrained"];
    for (line, mode) in shown.lines().skip_while(|line| !line.contains("choice mode")).skip(1).zip(modes) {
        assert!(line.ends_with(mode), "{shown}");
    }
    assert_eq!(
        serde_json::to_value(&found).unwrap()["benchmarks"][0]["models"][0]["choice_mode"],
        "loglikelihood"
    );
}

#[test]
fn of_many_models_each_is_compared_with_the_best_of_its_mode() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, mode: &str, marks: &str| {
        let choice = json!({"mode": mode, "own": "generate"});
        run_in_mode(&folder.path().join(name), name, &[QUIZ], &verdicts(marks), &choice)
    };
    let runs = [
        of("a", "generate", "1100"),
        of("b", "loglikelihood", "1111"),
        of("c", "generate", "1110"),
        of("d", "loglikelihood", "1000"),
        run(&folder.path().join("e"), "of an unknown mode", &[QUIZ], &verdicts("0000")),
    ];
    let found = compare_with_best(&runs, None).unwrap();
    let pairs = &found.benchmarks[0].pairs;
    assert_eq!(pairs.iter().map(|pair| (pair.a, pair.b)).collect::<Vec<_>>(), [(2, 0), (1, 3), (1, 4)]);
    assert!(pairs.iter().all(|pair| pair.p_value_holm.is_some()), "{pairs:?}");
}

/// Values and answers of each question's repeats.
type Repeats<'a> = [&'a [(f64, &'a str)]];

fn repeated(path: &Path, questions: &Repeats<'_>) -> RunFolder {
    let scoring = json!({"metrics": [
        {"name": "pass@1", "range": [0, 1], "pass_at_k": true},
        {"name": "maj@3", "range": [0, 1], "aggregate": "majority_at_k", "k": 3},
        {"name": "mcc", "range": [-1, 1], "aggregate": "matthews"}]});
    let benchmark = PlannedBenchmark {
        name: QUIZ.into(),
        subsets: IndexMap::from([("all".into(), questions.len() as u64)]),
        missing: Vec::new(),
        asking: json!({}),
        scoring,
        departures: IndexMap::new(),
    };
    let model = PlannedModel { id: "m".into(), identity: IndexMap::new(), sampling: Sampling::default() };
    let plan = Plan {
        version: 1,
        models: vec![model],
        benchmarks: vec![benchmark],
        collections: Vec::new(),
        seed: 42,
        repeats: 3,
        limit: None,
    };
    let folder = RunFolder::create(path, &plan, &json!({})).unwrap();
    let mut reviews = folder.reviews("m", QUIZ, "all").unwrap();
    for (index, repeats) in questions.iter().enumerate() {
        for (repeat, (value, answer)) in repeats.iter().enumerate() {
            let values = ["pass@1", "maj@3", "mcc"].map(|name| (name.to_owned(), *value));
            let score = Score {
                values: IndexMap::from(values),
                answer: Some((*answer).to_owned()),
                targets: vec!["x".into()],
                ..Score::default()
            };
            let verdict = Verdict::Scored(score);
            reviews.append(&reviewed(index as u64, repeat as u32, "all", verdict)).unwrap();
        }
    }
    reviews.finish().unwrap();
    folder
}

#[test]
fn aggregates_over_repeats_are_compared_as_they_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let (right, wrong, other) = ((1.0, "x"), (0.0, "y"), (0.0, "z"));
    let runs = [
        // A repeat of the second question is missing.
        repeated(
            &folder.path().join("a"),
            &[&[right, right, wrong], &[right, wrong], &[wrong, right, wrong]],
        ),
        repeated(
            &folder.path().join("b"),
            &[&[right, right, right], &[wrong, other, right], &[right, right, other]],
        ),
    ];
    for metric in ["pass@1", "pass@2", "pass@3", "maj@3"] {
        let found = compare(&runs, Some(metric)).unwrap();
        assert_eq!(found.benchmarks.len(), 1, "{metric}: {found:?}");
        for (run, score) in runs.iter().zip(&found.benchmarks[0].models) {
            let summary = evalscope_report::summarize(run).unwrap();
            let reported = summary.benchmarks[0].metrics.iter().find(|one| one.name == metric).unwrap();
            let (score, reported) = (score.score, reported.score.unwrap());
            assert!((score - reported).abs() < 1e-12, "{metric}: {score}, reported {reported}");
        }
    }
    let of_b = |metric: &str| compare(&runs, Some(metric)).unwrap().benchmarks[0].models[1].score;
    assert!((of_b("pass@2") - (1.0 + 2.0 / 3.0 + 1.0) / 3.0).abs() < 1e-12);
    // Of three different answers the first one counts.
    assert!((of_b("maj@3") - 2.0 / 3.0).abs() < 1e-12);
    let of_all = compare(&runs, Some("mcc")).unwrap();
    assert_eq!(of_all.skipped[0].reason, "`mcc` is no mean over questions");
}

#[test]
fn mixes_are_compared_by_the_weighted_differences_of_their_benchmarks() {
    let folder = tempfile::tempdir().unwrap();
    let mixed = |model: &str, weights: [f64; 2], values: [&str; 2]| {
        let values = values.map(verdicts);
        let benchmarks = [(QUIZ, &values[0][..]), ("other@x", &values[1][..])];
        let member = |(place, (benchmark, _)): (usize, &(&str, &[Option<f64>]))| PlannedMember {
            benchmark: (*benchmark).to_owned(),
            weight: weights[place],
            task_type: None,
            tags: Vec::new(),
            // Of the other benchmark the first four belong to the mix.
            samples: (place == 1).then(|| IndexMap::from([("all".to_owned(), vec![0, 1, 2, 3])])),
        };
        let members = benchmarks.iter().enumerate().map(member).collect();
        let mix = PlannedCollection { name: "both".into(), members };
        let plan = Plan { collections: vec![mix], ..plan(model, &benchmarks, &Value::Null) };
        reviewed_run(&folder.path().join(model), &plan, &benchmarks)
    };
    let one = mixed("one", [0.75, 0.25], ["00000000001111111111", "000011"]);
    let two = mixed("two", [0.75, 0.25], ["10101111111111111111", "100000"]);
    let found = compare(&[one, two], None).unwrap();
    let [quiz, other, mix] = &found.benchmarks[..] else { panic!("{found:?}") };
    assert_eq!((mix.benchmark.as_str(), mix.metric.as_str()), ("both", "weighted"));
    assert_eq!(mix.mixes, [QUIZ, "other@x"]);
    let scores: Vec<f64> = mix.models.iter().map(|model| model.score).collect();
    assert_eq!(scores, [0.75 * 0.5, 0.75 * 0.9 + 0.25 * 0.25]);
    assert_eq!((mix.models[0].n, mix.models[0].planned, mix.pairs[0].n), (24, 24, 24));
    let pair = &mix.pairs[0];
    let difference = pair.difference.unwrap();
    assert!((difference - (0.75 * 0.4 + 0.25 * 0.25)).abs() < 1e-12, "{pair:?}");
    // The whole of the other benchmark is in its own row.
    assert_eq!((other.pairs[0].n, other.pairs[0].difference), (6, Some(-1.0 / 6.0)));
    let (low, high) = pair.interval_95.unwrap();
    assert!(low < difference - 0.75 * (0.4 - quiz.pairs[0].interval_95.unwrap().0), "{pair:?}");
    assert!(low < difference && difference < high && pair.minimum_detectable_effect.unwrap() > 0.0);
    assert_eq!(pair.p_value.unwrap() < 0.05, low > 0.0);
    assert_eq!(pair.p_value_holm, pair.p_value);
    assert!(text(&found).contains("mix both  weighted"), "{}", text(&found));
    let heavier = mixed("three", [0.5, 0.5], ["00000000001111111111", "000011"]);
    let two = RunFolder::open(&folder.path().join("two")).unwrap();
    let found = compare(&[two, heavier], None).unwrap();
    assert_eq!(found.benchmarks.len(), 2);
    assert!(found.skipped[0].reason.contains("with these benchmarks and weights"), "{found:?}");
}
