//! Summary, table, Markdown and EvalScope's form.

use crate::support::{ENDINGS, HOSTILE, MODEL, QUIZ, made_up, made_up_by, plan, reviewed, scored, timeless};
use evalscope_core::{Audit, CallFailure, FailureKind, Readings, Score};
use evalscope_report::{Summary, summarize, table, write_all};
use evalscope_runs::{RunFolder, Status, Verdict};
use indexmap::IndexMap;
use serde_json::{Value, json};

#[test]
fn table_looks_like_this() {
    let place = tempfile::tempdir().unwrap();
    let summary = timeless(&made_up(place.path()));
    insta::assert_snapshot!("table_110", table(&summary, 110));
    insta::assert_snapshot!("table_60", table(&summary, 60));
}

#[test]
fn markdown_looks_like_this() {
    let place = tempfile::tempdir().unwrap();
    let folder = made_up(place.path());
    let written = write_all(&folder, &timeless(&folder)).unwrap();
    insta::assert_snapshot!("markdown", std::fs::read_to_string(written.markdown).unwrap());
}

#[test]
fn evalscope_form_looks_like_this() {
    let place = tempfile::tempdir().unwrap();
    let folder = made_up(place.path());
    let written = write_all(&folder, &timeless(&folder)).unwrap();
    assert!(written.benchmarks[0].ends_with("reports/made-up_model-7b/quiz.json"), "{written:?}");
    insta::assert_snapshot!("evalscope_quiz", std::fs::read_to_string(&written.benchmarks[0]).unwrap());
}

#[test]
fn every_width_is_kept() {
    let place = tempfile::tempdir().unwrap();
    let summary = timeless(&made_up(place.path()));
    for width in 40..130 {
        for line in table(&summary, width).lines().skip(2) {
            // Every character here but the two of 物理 takes one column.
            let columns = line.chars().count() + line.matches(['物', '理']).count();
            assert!(columns <= width, "{columns} columns of {width}: {line}");
        }
    }
}

#[test]
fn failures_are_in_no_mean_and_said_first() {
    let place = tempfile::tempdir().unwrap();
    let summary = timeless(&made_up(place.path()));
    let quiz = &summary.benchmarks[0];
    assert_eq!(
        (quiz.counts.planned, quiz.counts.scored, quiz.counts.failed, quiz.counts.missing()),
        (18, 16, 1, 1)
    );
    let law = quiz.subsets.iter().find(|subset| subset.name == "law").unwrap();
    assert_eq!((law.metrics[0].n, law.metrics[0].score, law.counts.failed), (2, Some(0.5), 1));
    assert!(!summary.is_complete());
    let first = table(&summary, 100).lines().next().unwrap().to_owned();
    assert_eq!(first, "1 of 23 samples failed and are not in the scores");
}

#[test]
fn the_first_score_is_the_main_score_of_the_first_benchmark() {
    let place = tempfile::tempdir().unwrap();
    let summary = timeless(&made_up(place.path()));
    let json = serde_json::to_string(&summary).unwrap();
    let first = json.split("\"score\":").nth(1).unwrap();
    assert!(first.starts_with(&format!("{}", summary.benchmarks[0].score.unwrap())), "{first}");
}

#[test]
fn macro_score_is_the_mean_of_subsets() {
    let place = tempfile::tempdir().unwrap();
    let summary = timeless(&made_up(place.path()));
    let quiz = &summary.benchmarks[0];
    let subsets: Vec<f64> = quiz.subsets.iter().map(|subset| subset.metrics[0].score.unwrap()).collect();
    let wanted = subsets.iter().sum::<f64>() / 3.0;
    assert!((quiz.metrics[0].macro_score.unwrap() - wanted).abs() < 1e-12);
    let humanities = &quiz.categories[1];
    assert_eq!(
        (humanities.name.as_str(), humanities.metrics[0].n, humanities.counts.planned),
        ("Humanities", 8, 10)
    );
    assert_eq!(quiz.metrics[1].name, "length");
}

/// A run of one benchmark whose sample `index` has these values, one for each repeat; `None` failed.
fn run_of(path: &std::path::Path, samples: &[&[Option<f64>]]) -> Summary {
    let mut plan = plan();
    plan.benchmarks.remove(0);
    plan.benchmarks[0].subsets = IndexMap::from([("default".into(), samples.len() as u64)]);
    plan.repeats = samples[0].len() as u32;
    let folder = RunFolder::create(path, &plan, &json!({})).unwrap();
    let mut reviews = folder.reviews(MODEL, ENDINGS, "default").unwrap();
    for (index, values) in samples.iter().enumerate() {
        for (repeat, value) in values.iter().enumerate() {
            let verdict = match value {
                Some(value) => Verdict::Scored(Score {
                    values: IndexMap::from([("accuracy".to_owned(), *value)]),
                    ..Score::default()
                }),
                None => Verdict::Failed(CallFailure::new(FailureKind::Timeout, "too slow")),
            };
            reviews.append(&reviewed(index as u64, repeat as u32, "default", verdict)).unwrap();
        }
    }
    reviews.finish().unwrap();
    folder.set_status(Status::Finished).unwrap();
    summarize(&folder).unwrap()
}

#[test]
fn repeats_are_averaged_by_question_first() {
    let place = tempfile::tempdir().unwrap();
    let (one, none) = (Some(1.0), Some(0.0));
    let summary = run_of(place.path(), &[&[one, none], &[one, one], &[none, None]]);
    let metric = &summary.benchmarks[0].metrics[0];
    assert_eq!((metric.n, metric.score), (5, Some(0.5)));
    // Questions: 0.5, 1, 0. Standard deviation 0.5 over the root of 3.
    assert!((metric.standard_error.unwrap() - 0.5 / 3_f64.sqrt()).abs() < 1e-12);
    assert_eq!((summary.counts.planned, summary.counts.failed), (6, 1));
}

#[test]
fn a_complete_run_has_no_warning() {
    let place = tempfile::tempdir().unwrap();
    let summary = run_of(place.path(), &[&[Some(1.0)], &[Some(0.0)]]);
    assert!(summary.is_complete());
    assert!(table(&summary, 80).starts_with(MODEL), "{}", table(&summary, 80));
    assert_eq!(summary.benchmarks[0].name(), ENDINGS);
}

#[test]
fn a_run_without_a_sample_is_reported_as_such() {
    let place = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(place.path(), &plan(), &json!({})).unwrap();
    let summary = summarize(&folder).unwrap();
    assert_eq!((summary.benchmarks[0].score, summary.is_complete()), (None, false));
    let text = table(&summary, 80);
    assert!(text.starts_with("the run is under way: 0 of 23 planned samples are in\n"), "{text}");
    write_all(&folder, &summary).unwrap();
}

#[test]
fn many_subsets_are_counted_in_the_table_and_listed_in_markdown() {
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan();
    plan.benchmarks[0].subsets = (0..20).map(|n| (format!("subset-{n}"), 1)).collect();
    let folder = RunFolder::create(place.path(), &plan, &json!({})).unwrap();
    let summary = summarize(&folder).unwrap();
    let text = table(&summary, 80);
    assert!(text.contains("20 subsets are in the report") && !text.contains("subset-3"), "{text}");
    let written = write_all(&folder, &summary).unwrap();
    assert!(std::fs::read_to_string(written.markdown).unwrap().contains("subset-19"));
}

#[test]
fn reports_are_the_same_each_time() {
    let place = tempfile::tempdir().unwrap();
    let folder = made_up(place.path());
    let read = || {
        let written = write_all(&folder, &timeless(&folder)).unwrap();
        [written.html, written.markdown, written.json].map(|path| std::fs::read(path).unwrap())
    };
    assert!(read() == read());
}

#[test]
fn markdown_holds_no_markup_of_others() {
    let place = tempfile::tempdir().unwrap();
    let folder = made_up(place.path());
    let mut summary = timeless(&folder);
    summary.benchmarks[0].title = HOSTILE[1].into();
    let written = write_all(&folder, &summary).unwrap();
    let text = std::fs::read_to_string(written.markdown).unwrap();
    assert!(!text.contains("<script") && text.contains("&lt;/script&gt;"), "{text}");
}

/// The objects of the schema whose `required` fields are not all in `json`, by walking both together.
fn lacking(schema: &Value, root: &Value, json: &Value, found: &mut Vec<String>) {
    let target = schema["$ref"].as_str().and_then(|path| root.pointer(path.trim_start_matches('#')));
    let schema = target.unwrap_or(schema);
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if json.is_object() && json.get(name).is_none() {
            found.push(name.to_owned());
        }
    }
    for (name, value) in json.as_object().into_iter().flatten() {
        lacking(&schema["properties"][name], root, value, found);
    }
    for value in json.as_array().into_iter().flatten() {
        lacking(&schema["items"], root, value, found);
    }
}

#[test]
fn a_minimal_summary_has_what_the_schema_requires() {
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan();
    plan.benchmarks.remove(0);
    plan.benchmarks[0].scoring = json!({});
    let summary = summarize(&RunFolder::create(place.path(), &plan, &json!({})).unwrap()).unwrap();
    let json = serde_json::to_value(&summary).unwrap();
    let schema: Value = schemars::schema_for!(Summary).to_value();
    let mut found = Vec::new();
    lacking(&schema, &schema, &json, &mut found);
    assert!(found.is_empty(), "required and not there: {found:?}");
    assert!(json["benchmarks"][0].get("categories").is_none(), "the summary is not minimal");
    lacking(&schema, &schema, &json!({"benchmarks": [{}]}), &mut found);
    assert!(found.contains(&"subsets".to_owned()), "the walk finds what is lacking: {found:?}");
}

#[test]
fn missing_subsets_and_odd_replies_are_said_and_in_the_data() {
    let place = tempfile::tempdir().unwrap();
    let folder = made_up(place.path());
    let summary = timeless(&folder);
    let quiz = &summary.benchmarks[0];
    assert_eq!((quiz.health.without_answer, quiz.health.cut_replies, quiz.health.unscored), (1, 2, 0));
    assert_eq!(summary.benchmarks[1].health, Default::default(), "nothing is generated there");
    let text = table(&summary, 120);
    assert!(text.contains("  4 subsets without data: art, <b>music</b>, sports and 1 more\n"), "{text}");
    assert!(text.contains("  1 reply without an answer, 2 cut at the token limit\n"), "{text}");
    let json = serde_json::to_value(&summary).unwrap();
    assert_eq!(json["benchmarks"][0]["missing_subsets"].as_array().map(Vec::len), Some(4));
    assert_eq!(json["benchmarks"][0]["source"]["modelscope"], "made-up/quiz");
}

#[test]
fn a_reply_of_the_one_token_that_was_asked_for_is_not_cut() {
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan();
    plan.benchmarks[0].scoring["choice"] = json!({"mode": "top_logprobs", "own": "loglikelihood"});
    let summary = timeless(&made_up_by(&plan, place.path()));
    assert_eq!(summary.benchmarks[0].health.cut_replies, 0);
    assert!(!table(&summary, 120).contains("cut at the token limit"));
}

/// Replies that are right read either way and worth 0: the extractor of the protocol missed them.
#[test]
fn a_score_against_both_readings_is_said() {
    let place = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(place.path(), &plan(), &json!({})).unwrap();
    let mut reviews = folder.reviews(MODEL, ENDINGS, "default").unwrap();
    for index in 0..5 {
        let mut review = scored(index, "default", f64::from(index == 0), "A");
        let readings = Some(Readings { strict: true, lenient: true, differ: false });
        if let Verdict::Scored(score) = &mut review.verdict {
            score.audit = Some(Audit { readings, oddities: Vec::new() });
        }
        reviews.append(&review).unwrap();
    }
    reviews.finish().unwrap();
    let summary = timeless(&folder);
    assert_eq!(summary.benchmarks[1].audit.map(|audit| audit.against_both), Some(4));
    let text = table(&summary, 120);
    assert!(text.contains("0 read differently, 4 scored against both readings\n"), "{text}");
    // Of an ordinary terminal, too.
    let wrapped = table(&summary, 80);
    assert!(wrapped.contains("0 read\n    differently, 4 scored against both readings\n"), "{wrapped}");
}

#[test]
fn replies_without_a_review_are_said_first() {
    let place = tempfile::tempdir().unwrap();
    let folder = made_up(place.path());
    std::fs::remove_dir_all(place.path().join("reviews")).unwrap();
    let first = |summary: &Summary| table(summary, 100).lines().next().unwrap().to_owned();
    assert_eq!(
        first(&timeless(&folder)),
        "21 recorded replies are not scored yet; score them with `evalscope score outputs/run`"
    );
    let running = Summary { status: Status::Running, ..timeless(&folder) };
    assert_eq!(first(&running), "the run is under way: 0 of 23 planned samples are in");
}

#[test]
fn a_protocol_stays_in_sight_in_a_narrow_table() {
    let place = tempfile::tempdir().unwrap();
    let mut summary = timeless(&made_up(place.path()));
    let mut other = summary.benchmarks[1].clone();
    other.protocol = "choice-0.5".into();
    summary.benchmarks.push(other);
    for width in 40..130 {
        let text = table(&summary, width);
        assert!(text.contains("choice-1.0") && text.contains("choice-0.5"), "{width}: {text}");
    }
    assert!(table(&summary, 50).contains("endings@choice-0.5 "), "{}", table(&summary, 50));
}

#[test]
fn the_schema_names_the_fields() {
    let schema: Value = schemars::schema_for!(Summary).to_value();
    assert!(schema["properties"]["benchmarks"].is_object());
    assert_eq!(QUIZ.split('@').count(), 2);
}

#[test]
fn where_data_was_read_is_said_and_the_page_does_not_say_where_that_is() {
    let place = tempfile::tempdir().unwrap();
    let run = place.path().join("run");
    let folder = made_up(&run);
    let before = write_all(&folder, &timeless(&folder)).unwrap();
    let said = std::fs::read_to_string(&before.markdown).unwrap();
    assert!(said.contains("Data of `quiz@plain-1.0`: known as modelscope `made-up/quiz`"), "{said}");
    let manifest = json!({
        "version": 1, "program": {"name": "p", "version": "1"}, "platform": {"os": "o", "architecture": "a"}, "models": [],
        "benchmarks": [{"name": QUIZ, "definition": "d", "origin": "/made/up/data/quiz", "data": []}],
    });
    std::fs::write(run.join("manifest.json"), manifest.to_string()).unwrap();
    let summary = timeless(&folder);
    assert_eq!(summary.benchmarks[0].source["read_from"], "/made/up/data/quiz");
    let written = write_all(&folder, &summary).unwrap();
    let said = std::fs::read_to_string(&written.markdown).unwrap();
    let line = "Data of `quiz@plain-1.0`: read from `/made/up/data/quiz`; known as modelscope `made-up/quiz`";
    assert!(said.contains(line), "{said}");
    let page = std::fs::read_to_string(&written.html).unwrap();
    assert!(page.contains("…/quiz") && !page.contains("/made/up/data"));
    // Scores do not need it.
    std::fs::write(run.join("manifest.json"), "{").unwrap();
    assert_eq!(timeless(&folder).benchmarks[0].source.get("read_from"), None);
}
