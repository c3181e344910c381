//! What a page shows in short, as lines of text: for readers whose programs run no script.

use evalscope_page::RunRow;
use serde_json::Value;

/// The scores of a run, from its row.
pub fn of_run(row: &RunRow) -> String {
    let count = |name: &str| row.counts[name].as_u64().unwrap_or(0);
    let (planned, scored, failed) = (count("planned"), count("scored"), count("failed"));
    let mut lines = vec![format!("{planned} samples planned, {scored} scored, {failed} failed")];
    lines.extend(row.scores.iter().map(|one| {
        let (low, high) = (figure(&one["interval_95"][0]), figure(&one["interval_95"][1]));
        let score = figure(&one["score"]);
        let [model, benchmark, metric] = ["model", "benchmark", "metric"].map(|name| text(&one[name]));
        format!("{model}  {benchmark}  {metric}  {score}  [{low}, {high}]")
    }));
    lines.join("\n")
}

/// The loads of a load test, from its `summary.json`.
pub fn of_perf(summary: &Value) -> String {
    let stages = summary["stages"].as_array().into_iter().flatten();
    let lines = stages.map(|stage| {
        let [ok, failed] = ["ok", "failed"].map(|name| stage["requests"][name].as_u64().unwrap_or(0));
        let rate = figure(&stage["throughput"]["requests_per_s"]);
        format!("{}  {ok} answered, {failed} failed, {rate} requests/s", text(&stage["name"]))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The ratings or the scores of an arena, from its `leaderboard.json`.
pub fn of_arena(found: &Value) -> String {
    let board = &found["leaderboard"];
    let ratings = board["rated"]["ratings"].as_array().into_iter().flatten();
    let ratings = ratings.map(|one| format!("{}  {}", text(&one["model"]), figure(&one["rating"])));
    let scores = board["scores"].as_object().into_iter().flatten();
    let scores = scores.map(|(model, one)| format!("{model}  {}", figure(&one["mean"])));
    ratings.chain(scores).collect::<Vec<_>>().join("\n")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("–")
}

fn figure(value: &Value) -> String {
    value.as_f64().map_or_else(|| "–".to_owned(), |number| format!("{number:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scores_loads_and_ratings_are_told_in_lines() {
        let mut row = RunRow::new("x", "run");
        row.counts = json!({"planned": 10, "scored": 9, "failed": 1});
        row.scores = vec![
            json!({"model": "m", "benchmark": "b", "metric": "acc", "score": 0.5, "interval_95": [0.2, 0.8]}),
        ];
        let said = of_run(&row);
        assert_eq!(said, "10 samples planned, 9 scored, 1 failed\nm  b  acc  0.500  [0.200, 0.800]");
        let stage = json!({"name": "8 at a time", "requests": {"ok": 0, "failed": 3}, "throughput": {"requests_per_s": 0.0}});
        let said = of_perf(&json!({"stages": [stage]}));
        assert_eq!(said, "8 at a time  0 answered, 3 failed, 0.000 requests/s");
        assert_eq!(of_perf(&Value::Null), "");
        let board = json!({"leaderboard": {"rated": {"ratings": [{"model": "m", "rating": 1000.0}]}, "scores": null}});
        assert_eq!(of_arena(&board), "m  1000.000");
    }
}
