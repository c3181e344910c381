//! Ratings against the programs that they come from, and on the battle file of EvalScope 0.5.
#![expect(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

use evalscope_arena::battle::parse_battles;
use evalscope_arena::elo::{EloOptions, elo};
use evalscope_arena::fit::Ties;
use evalscope_arena::length_control::{Compared, length_controlled};
use evalscope_arena::tally::against;
use evalscope_arena::{Battle, Intervals, RateOptions, Winner, rate, score_table};
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;

fn near(one: f64, other: f64, by: f64) -> bool {
    (one - other).abs() <= by
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/arena_rank.json")).unwrap()
}

fn battles(vectors: &Value) -> Vec<Battle> {
    let winner = |name: &Value| serde_json::from_value::<Winner>(name.clone()).unwrap();
    let rows = vectors["battles"].as_array().unwrap().iter();
    rows.map(|row| Battle::new(row[0].as_str().unwrap(), row[1].as_str().unwrap(), winner(&row[2]))).collect()
}

#[test]
fn ratings_and_intervals_are_those_of_arena_rank() {
    let vectors = vectors();
    let rated = rate(&battles(&vectors), &RateOptions::default()).unwrap();
    assert_eq!(rated.ratings.len(), 6);
    for rating in &rated.ratings {
        let known = &vectors["plain"][&rating.model];
        let found = [rating.rating, rating.interval_95.0, rating.interval_95.1];
        for (place, found) in found.into_iter().enumerate() {
            let known = known[place].as_f64().unwrap();
            assert!(near(found, known, 1e-6), "{}: {found} for {known}", rating.model);
        }
    }
}

#[test]
fn the_published_example_of_bradley_terry_is_met() {
    // English Wikipedia's example; strengths with geometric mean 1, to three digits.
    let wins = [
        ("A", "B", 2),
        ("A", "D", 1),
        ("B", "A", 3),
        ("B", "C", 5),
        ("C", "B", 3),
        ("C", "D", 1),
        ("D", "A", 4),
        ("D", "C", 3),
    ];
    let battles: Vec<Battle> =
        wins.iter().flat_map(|(a, b, often)| vec![Battle::new(a, b, Winner::A); *often]).collect();
    let rated = rate(&battles, &RateOptions::default()).unwrap();
    for (model, strength) in [("A", 0.640), ("B", 1.043), ("C", 0.660), ("D", 2.270)] {
        let rating = rated.ratings.iter().find(|rating| rating.model == model).unwrap().rating;
        let found = 10_f64.powf((rating - 1000.0) / 400.0);
        assert!(near(found, strength, 1e-3), "{model}: {found}");
    }
}

#[test]
fn bootstrap_and_sandwich_agree_and_repeat() {
    let battles = battles(&vectors());
    let options = RateOptions { intervals: Intervals::Bootstrap(20_000), ..RateOptions::default() };
    let (one, other) = (rate(&battles, &RateOptions::default()).unwrap(), rate(&battles, &options).unwrap());
    for (one, other) in one.ratings.iter().zip(&other.ratings) {
        // 20,000 rounds tell an end to 0.3 points; 1,000 would tell it to 1.4.
        let ends = [(one.interval_95.0, other.interval_95.0), (one.interval_95.1, other.interval_95.1)];
        assert!(ends.iter().all(|(one, other)| near(*one, *other, 2.5)), "{one:?} {other:?}");
    }
    assert_eq!(other, rate(&battles, &options).unwrap());
}

#[test]
fn ties_have_a_strength_and_a_first_place_an_effect() {
    // With two models the likelihood has a closed form: ν = ties / √(wins · losses), and the ratio of wins is that of strengths.
    let battles: Vec<Battle> = [(Winner::A, 40), (Winner::B, 10), (Winner::Tie, 30)]
        .iter()
        .flat_map(|(winner, often)| vec![Battle::new("a", "b", *winner); *often])
        .collect();
    let options = RateOptions { ties: Ties::Davidson, ..RateOptions::default() };
    let rated = rate(&battles, &options).unwrap();
    let difference = rated.ratings[0].rating - rated.ratings[1].rating;
    assert!(near(difference, 400.0 * 4_f64.log10(), 1e-6), "{difference}");
    assert!(near(rated.tie_strength.unwrap(), 30.0 / 400_f64.sqrt(), 1e-9));
    assert!(near(rated.matrix.predicted[0][1], 55.0 / 80.0, 1e-9));
    assert_eq!(rated.matrix.observed[0][1], Some(55.0 / 80.0));
    // In both orders the first place wins three of four: the models are equal, and the place is worth ln 3.
    let in_order = |a: &str, b: &str| {
        let of = |winner, often| vec![Battle::new(a, b, winner); often];
        [of(Winner::A, 30), of(Winner::B, 10)].concat()
    };
    let battles = [in_order("a", "b"), in_order("b", "a")].concat();
    let rated = rate(&battles, &RateOptions { has_position: true, ..RateOptions::default() }).unwrap();
    assert!(near(rated.coefficients[0].value, 3_f64.ln(), 1e-9), "{:?}", rated.coefficients);
    assert!(near(rated.ratings[0].rating, 1000.0, 1e-6));
    assert_eq!((rated.ratings[0].rank, rated.ratings[1].rank), (1, 1));
}

#[test]
fn a_model_that_wins_all_has_a_finite_rating_and_that_is_said() {
    let rated = rate(&vec![Battle::new("a", "b", Winner::A); 50], &RateOptions::default()).unwrap();
    assert!(rated.ratings[0].rating.is_finite() && rated.ratings[0].rating > 1100.0, "{:?}", rated.ratings);
    assert_eq!(rated.notes.len(), 1);
    assert!(rate(&[Battle::new("a", "b", Winner::Unknown)], &RateOptions::default()).is_err());
}

#[test]
fn verdicts_that_all_agree_leave_a_wide_interval() {
    // Half the width of what ten, or a thousand, verdicts for one model say of its distance from the mean of two.
    let half = |count: usize, intervals| {
        let options = RateOptions { intervals, ..RateOptions::default() };
        let rated = rate(&vec![Battle::new("a", "b", Winner::A); count], &options).unwrap();
        assert_eq!((rated.ratings[0].rank, rated.ratings[1].rank), (1, 2));
        (rated.ratings[0].interval_95.1 - rated.ratings[0].interval_95.0) / 2.0
    };
    for intervals in [Intervals::Sandwich, Intervals::Bootstrap(50)] {
        assert!(half(10, intervals) > 150.0 && half(1_000, intervals) > 150.0, "{}", half(10, intervals));
    }
}

#[test]
fn verdicts_on_one_question_are_taken_together() {
    let battle =
        |question: u32, winner| Battle { question_id: question.into(), ..Battle::new("a", "b", winner) };
    // Every verdict stands there four times: it says no more than once.
    let once: Vec<Battle> = (0..60)
        .map(|question| battle(question, if question.is_multiple_of(3) { Winner::B } else { Winner::A }))
        .collect();
    let four: Vec<Battle> = once.iter().flat_map(|battle| vec![battle.clone(); 4]).collect();
    let width = |battles: &[Battle], by_question| {
        let rated = rate(battles, &RateOptions { by_question, ..RateOptions::default() }).unwrap();
        rated.ratings[0].interval_95.1 - rated.ratings[0].interval_95.0
    };
    assert!(near(width(&four, true), width(&once, true), 0.01));
    assert!(near(width(&four, false), width(&once, true) / 2.0, 0.01));
}

#[test]
fn a_judge_that_contradicts_itself_leaves_no_narrow_interval() {
    let both = |question: u32| Battle {
        question_id: question.into(),
        win: None,
        win_1: Some(Winner::A),
        win_2: Some(Winner::B),
        ..Battle::new("a", "b", Winner::A)
    };
    let battles: Vec<Battle> = (0..20).map(both).collect();
    let (low, high) = rate(&battles, &RateOptions::default()).unwrap().ratings[0].interval_95;
    assert!(high - low > 100.0, "{low} {high}");
}

fn shared(path: &str) -> Option<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    std::fs::read_to_string(root.join(path)).ok()
}

#[test]
fn the_battle_file_of_evalscope_gives_its_ratings() {
    let Some(text) = shared("arena_evalscope_v0.4.3/qa_browser/battle.jsonl") else { return };
    let battles = parse_battles("battle.jsonl", &text).unwrap();
    let elo = elo(&battles, &EloOptions::default());
    assert!(near(elo["my_model_v1"], 1_036.358_187_147_102_6, 1e-8), "{elo:?}");
    assert!(near(elo["my_model_v2"], 963.641_812_851_894_1, 1e-8), "{elo:?}");
    let record = &against(&battles, "my_model_v2").unwrap()["my_model_v1"];
    assert_eq!((record.win, record.loss, record.tie, record.unknown), (245, 315, 74, 0));
    let groups = [("数学解题", vec!["数学解题"]), ("翻译", vec!["翻译"]), ("其他", vec!["*"])];
    let groups = groups
        .into_iter()
        .map(|(name, members)| (name.to_owned(), members.into_iter().map(str::to_owned).collect()));
    let table = score_table::by_category(&battles, &groups.collect());
    let of = |name: &str| table.iter().find(|row| row.category == name).unwrap();
    let all = of("*");
    assert_eq!(all.questions, 317);
    assert!(
        near(all.means["my_model_v1"], 7.2926, 5e-5) && near(all.means["my_model_v2"], 7.5591, 5e-5),
        "{all:?}"
    );
    assert!(near(of("翻译").means["my_model_v1"], 7.0455, 5e-5) && of("翻译").questions == 11);
}

#[test]
fn recorded_preferences_give_the_published_win_rates() {
    // Of AlpacaEval 2's leaderboard: win rate, standard error, wins, draws, total.
    let published = [
        ("alpaca-7b", 2.591_451_024_859_69, 0.196_106),
        ("phi-2", 2.350_210_081_370_09, 0.043_163),
        ("OpenHermes-2.5-Mistral-7B", 10.340_415_706_216_9, 0.206_530),
    ];
    let Some(baseline) = shared("alpaca_eval/gpt4_1106_preview_model_outputs.json") else { return };
    let baseline = outputs(&baseline);
    for (model, win_rate, at_equal_length) in published {
        let path = format!("replays/alpaca_eval_2/{model}/weighted_alpaca_eval_gpt4_turbo/annotations.json");
        let Some(text) = shared(&path) else { return };
        let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
        let preferences: Vec<f64> = rows.iter().filter_map(|row| row["preference"].as_f64()).collect();
        let found = evalscope_arena::alpaca::win_rate(&preferences).unwrap();
        assert!(near(found.win_rate, win_rate, 1e-4), "{model}: {found:?}");
        // alpaca_eval 0.6.6's code for `length_controlled_minimal`, with scikit-learn 1.9.1, its solver run to the end (tol=1e-10).
        let Some(own) = shared(&format!("replays/alpaca_eval_2/{model}/model_outputs.json")) else { return };
        let own = outputs(&own);
        let compared = rows.iter().zip(0..).filter_map(|(row, question)| {
            let instruction = row["instruction"].as_str()?;
            let length = |texts: &HashMap<String, String>| texts[instruction].chars().count() as f64;
            let preference = match row["preference"].as_f64()? {
                0.0 => 0.5,
                preference => preference - 1.0,
            };
            Some(Compared { question, preference, baseline: length(&baseline), model: length(&own) })
        });
        let found = length_controlled(&compared.collect::<Vec<_>>()).unwrap();
        assert!(near(found.value, at_equal_length, 1e-5), "{model}: {found:?}");
    }
}

/// What was answered to each instruction.
fn outputs(text: &str) -> HashMap<String, String> {
    let rows: Vec<Value> = serde_json::from_str(text).unwrap();
    let field = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter().map(|row| (field(row, "instruction"), field(row, "output"))).collect()
}
