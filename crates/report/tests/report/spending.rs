//! Tokens, money and times of a run, with prices and without.

use crate::support::{MODEL, QUIZ, asked, made_up, plan, timeless};
use evalscope_core::{Price, Prices};
use evalscope_report::{Usage, summarize, table, write_all};
use evalscope_runs::RunFolder;
use serde_json::json;

fn priced() -> Prices {
    let price: Price = serde_json::from_value(json!({"input": 0.5, "output": 2})).unwrap();
    Prices([(MODEL.to_owned(), price)].into_iter().collect())
}

#[test]
fn costs_stand_beside_scores() {
    let place = tempfile::tempdir().unwrap();
    let folder = made_up(place.path());
    assert!(timeless(&folder).benchmarks[0].usage.cost.is_none());
    folder.write_prices(&priced()).unwrap();
    let summary = timeless(&folder);
    let usage = &summary.benchmarks[0].usage;
    // 16 replies: prompts of 120 tokens and 0 to 7, 0 to 5, 0 and 2 more; 30 tokens each.
    let tokens = usage.tokens.unwrap();
    assert_eq!((tokens.input, tokens.output), (16 * 120 + 28 + 15 + 2, 480));
    assert!((tokens.output_per_sample - 30.0).abs() < 1e-12);
    let cost = usage.cost.as_ref().unwrap();
    // 1965 × 0.5 + 480 × 2 millionths; ten answers are right.
    assert_eq!((cost.currency.as_str(), cost.spent.unwrap().to_string()), ("USD", "0.0019425".into()));
    assert_eq!(cost.per_correct.unwrap().to_string(), "0.00019425");
    assert_eq!(summary.totals[0].usage.tokens, usage.tokens, "the other benchmark generates nothing");
    let text = table(&summary, 200);
    assert!(text.contains("$0.0019") && text.contains("per right"), "{text}");
    assert!(text.contains("not in the cost, which is not known of them: 1 failed call"), "{text}");
    let written = write_all(&folder, &summary).unwrap();
    assert!(std::fs::read_to_string(written.markdown).unwrap().contains("| $0.0019 |"));
}

/// What calls with these times took: from the start, for so long, in milliseconds.
fn timed(calls: &[(f64, f64)]) -> Usage {
    let place = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(place.path(), &plan(), &json!({})).unwrap();
    let journal = folder.journal(MODEL, QUIZ, "history").unwrap();
    for (index, (start, latency)) in calls.iter().enumerate() {
        let mut entry = asked(index as u64, false);
        entry.at = 1_700_000_000.0 + (start + latency) / 1e3;
        if let Ok(evalscope_core::Outcome::Generation(generation)) = &mut entry.outcome {
            generation.timing.latency_ms = *latency;
            generation.timing.ttft_ms = Some(latency / 2.0);
            generation.timing.itl_ms = Some(latency / 60.0);
        }
        journal.append(&entry).unwrap();
    }
    summarize(&folder).unwrap().benchmarks[0].usage.clone()
}

fn near(value: f64, wanted: f64) -> bool {
    (value / wanted - 1.0).abs() < 0.01
}

#[test]
fn pauses_between_sessions_do_not_slow_a_run_down() {
    let usage = timed(&[(0.0, 2_000.0), (0.0, 1_000.0), (1_000.0, 1_000.0), (9_000_000.0, 2_000.0)]);
    let throughput = usage.throughput.unwrap();
    assert!((throughput.busy_s - 4.0).abs() < 0.01, "{throughput:?}");
    assert!(near(throughput.samples_per_s, 1.0) && near(throughput.output_tokens_per_s.unwrap(), 30.0));
    let latency = usage.latency.unwrap();
    assert!(near(latency.p50_ms, 1_500.0) && near(latency.ttft_p50_ms.unwrap(), 750.0), "{latency:?}");
    assert!(near(latency.itl_p95_ms.unwrap(), 2_000.0 / 60.0), "{latency:?}");
    // 29 tokens in half the time of 1 or 2 s.
    assert!(near(latency.stream_tokens_per_s.unwrap(), 43.5), "{latency:?}");
}

#[test]
fn what_nobody_counted_is_unknown_and_not_nothing() {
    let place = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(place.path(), &plan(), &json!({})).unwrap();
    folder.write_prices(&priced()).unwrap();
    let journal = folder.journal(MODEL, QUIZ, "history").unwrap();
    let append = |index: u64, counted: bool, cached: bool| {
        let mut entry = asked(index, false);
        entry.cached = cached;
        if let Ok(evalscope_core::Outcome::Generation(generation)) = &mut entry.outcome {
            generation.usage = generation.usage.filter(|_| counted);
        }
        journal.append(&entry).unwrap();
    };
    let spent = || summarize(&folder).unwrap().benchmarks[0].usage.cost.as_ref().unwrap().spent;
    assert_eq!(spent().unwrap().to_string(), "0", "nothing was asked");
    append(0, true, true);
    assert_eq!(spent().unwrap().to_string(), "0", "the response cache answered");
    let text = table(&summarize(&folder).unwrap(), 200);
    assert!(text.contains("1 call answered by the response cache, which cost nothing"), "{text}");
    append(1, false, false);
    let summary = summarize(&folder).unwrap();
    assert_eq!(spent(), None);
    assert!(serde_json::to_value(&summary).unwrap()["benchmarks"][0]["usage"]["cost"].get("spent").is_none());
    assert!(table(&summary, 200).contains("unknown"), "{}", table(&summary, 200));
    append(2, true, false);
    let text = table(&summarize(&folder).unwrap(), 200);
    assert!(text.contains("≥ $0.0001") && text.contains("1 call without a count of tokens"), "{text}");
}

#[test]
fn models_stand_under_each_other_with_their_own_prices() {
    let place = tempfile::tempdir().unwrap();
    let folder = made_up(place.path());
    folder.write_prices(&priced()).unwrap();
    let mut summary = timeless(&folder);
    let mut others = summary.clone();
    others.benchmarks.truncate(1);
    others.benchmarks[0].model = "other".into();
    others.totals[0].model = "other".into();
    summary.benchmarks.extend(others.benchmarks);
    summary.totals.extend(others.totals);
    let text = table(&summary, 200);
    let serving = text.split("tokens, cost and times").nth(1).unwrap();
    let names: Vec<&str> = serving
        .lines()
        .skip(1)
        .filter_map(|line| line.split("  ").next())
        .filter(|name| !name.is_empty())
        .collect();
    assert_eq!(names, ["model", MODEL, "· quiz", "other"], "{serving}");
    let scores: Vec<usize> = serving.lines().map(|line| line.matches("0.6250").count()).collect();
    assert_eq!(scores.iter().sum::<usize>(), 2, "no mean over benchmarks: {serving}");
}

#[test]
fn a_page_holds_tokens_cost_and_times() {
    let place = tempfile::tempdir().unwrap();
    let folder = made_up(place.path());
    folder.write_prices(&priced()).unwrap();
    let written = write_all(&folder, &timeless(&folder)).unwrap();
    let page = std::fs::read_to_string(written.html).unwrap();
    assert!(page.contains("\"spent\":\"0.0019425\""));
}
