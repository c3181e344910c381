//! Battles and scores read from files, and rated.

use crate::argument::ArgumentError;
use crate::error::Error;
use evalscope_arena::battle::parse_lines;
use evalscope_arena::estimate::Estimate;
use evalscope_arena::length_control::{Compared, length_controlled};
use evalscope_arena::rate::Matrix;
use evalscope_arena::score_table::{CategoryScores, MeanScore, Scored, by_category, group_of, means};
use evalscope_arena::tally::{Record, against};
use evalscope_arena::{Battle, RateOptions, Rated, Rating, rate};
use indexmap::{IndexMap, IndexSet};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What to rate.
#[derive(Debug, Clone, Default)]
pub struct RateFiles {
    /// Files of battles or of scores, one object a line.
    pub files: Vec<PathBuf>,
    /// The model that the others are compared with.
    pub baseline: Option<String>,
    /// A YAML file of groups of categories.
    pub categories: Option<PathBuf>,
    /// How battles are rated.
    pub options: RateOptions,
}

/// What the files say.
#[derive(Debug, Clone, Serialize)]
pub struct Leaderboard {
    /// Ratings, when there are battles.
    pub rated: Option<Rated>,
    /// Records against the baseline, when one was named.
    pub against: Option<IndexMap<String, Record>>,
    /// Win rates against the baseline at equal length, by AlpacaEval's formula; of models whose battles hold both answers.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub length_controlled: IndexMap<String, Estimate>,
    /// Mean scores, when there are scores of single answers.
    pub scores: Option<IndexMap<String, MeanScore>>,
    /// Mean scores of battles by category.
    pub categories: Vec<CategoryScores>,
    /// Ratings from the battles of each category alone, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ratings_by_category: Vec<CategoryRatings>,
}

/// Ratings from the battles of a category alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CategoryRatings {
    /// The category.
    pub category: String,
    /// Battles read.
    pub battles: usize,
    /// Verdicts in them that count.
    pub verdicts: u64,
    /// Verdicts that nobody could read.
    pub unknown: u64,
    /// The models, the best first.
    pub ratings: Vec<Rating>,
    /// Win rates of all pairs.
    pub matrix: Matrix,
    /// What a reader should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Rates what stands in files.
pub fn rate_files(wanted: &RateFiles) -> Result<Leaderboard, Error> {
    let (mut battles, mut scored) = (Vec::new(), Vec::new());
    for path in &wanted.files {
        let (name, text) = (path.display().to_string(), read(path)?);
        match is_of_scores(&text) {
            true => scored.extend(parse_lines::<Scored>(&name, "score", &text)?),
            false => battles.extend(parse_lines::<Battle>(&name, "battle", &text)?),
        }
    }
    leaderboard(&battles, &scored, wanted)
}

/// Rates battles and scores.
pub(crate) fn leaderboard(
    battles: &[Battle],
    scored: &[Scored],
    wanted: &RateFiles,
) -> Result<Leaderboard, Error> {
    if battles.is_empty() && scored.is_empty() {
        return Err(ArgumentError::new("the files hold neither battles nor scores").into());
    }
    let groups = wanted.categories.as_deref().map(read_groups).transpose()?.unwrap_or_default();
    let has_battles = !battles.is_empty();
    let baseline = wanted.baseline.as_deref().filter(|_| has_battles);
    Ok(Leaderboard {
        rated: has_battles.then(|| rate(battles, &wanted.options)).transpose()?,
        against: baseline.map(|baseline| against(battles, baseline)).transpose()?,
        length_controlled: baseline
            .map(|name| at_equal_length(battles, name, wanted.options.by_question))
            .unwrap_or_default(),
        scores: (!scored.is_empty()).then(|| means(scored)),
        categories: match battles.iter().any(|battle| battle.score_pair().is_some()) {
            true => by_category(battles, &groups),
            false => Vec::new(),
        },
        ratings_by_category: rate_categories(battles, &groups, &wanted.options),
    })
}

/// The win rate of each model against the baseline if its answers were as long. What nobody could read is left out, also where it
/// was read in the other order. Battles on one question are one observation, where that is wanted and questions are known.
fn at_equal_length(battles: &[Battle], baseline: &str, by_question: bool) -> IndexMap<String, Estimate> {
    let mut compared: IndexMap<&str, Vec<Compared>> = IndexMap::new();
    let mut questions: IndexSet<String> = IndexSet::new();
    let by_question = by_question && battles.iter().all(|battle| !battle.question_id.is_null());
    for (number, battle) in battles.iter().enumerate() {
        let is_second = battle.model_b == baseline;
        if is_second == (battle.model_a == baseline) {
            continue;
        }
        let texts = battle.text("output_a").zip(battle.text("output_b"));
        let points: Option<Vec<f64>> = battle.rounds().iter().map(|round| round.winner.points()).collect();
        let (Some((a, b)), Some(points)) = (texts, points.filter(|points| !points.is_empty())) else {
            continue;
        };
        let preference = points.iter().sum::<f64>() / points.len() as f64;
        let question = match by_question {
            true => questions.insert_full(battle.question_id.to_string()).0,
            false => number,
        };
        let length = |text: &str| text.chars().count() as f64;
        let (model, one) = match is_second {
            true => {
                (&battle.model_a, Compared { question, preference, baseline: length(b), model: length(a) })
            }
            false => (
                &battle.model_b,
                Compared { question, preference: 1.0 - preference, baseline: length(a), model: length(b) },
            ),
        };
        compared.entry(model).or_default().push(one);
    }
    let found =
        compared.iter().filter_map(|(model, all)| Some(((*model).to_owned(), length_controlled(all)?)));
    found.collect()
}

/// Rates the battles of each category; nothing where there is only one. A category in which nobody decided anything is left out.
fn rate_categories(
    battles: &[Battle],
    groups: &IndexMap<String, Vec<String>>,
    options: &RateOptions,
) -> Vec<CategoryRatings> {
    let mut grouped: IndexMap<String, Vec<&Battle>> = IndexMap::new();
    for battle in battles {
        let category = group_of(groups, battle.category.as_deref().unwrap_or_default());
        grouped.entry(category).or_default().push(battle);
    }
    if grouped.len() < 2 {
        return Vec::new();
    }
    let rated = |(category, battles): (String, Vec<&Battle>)| {
        let battles: Vec<Battle> = battles.into_iter().cloned().collect();
        let has_model =
            |name: &str| battles.iter().any(|battle| battle.model_a == name || battle.model_b == name);
        let anchor = options.anchor.clone().filter(|(model, _)| has_model(model));
        let rated = rate(&battles, &RateOptions { anchor, ..options.clone() }).ok()?;
        Some(CategoryRatings {
            category,
            battles: rated.battles,
            verdicts: rated.verdicts,
            unknown: rated.unknown,
            ratings: rated.ratings,
            matrix: rated.matrix,
            notes: rated.notes,
        })
    };
    grouped.into_iter().filter_map(rated).collect()
}

fn is_of_scores(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let fields: Option<serde_json::Value> = serde_json::from_str(first).ok();
    fields.is_some_and(|fields| fields.get("model").is_some() && fields.get("score").is_some())
}

pub(crate) fn read(path: &Path) -> Result<String, ArgumentError> {
    std::fs::read_to_string(path)
        .map_err(|error| ArgumentError::new(format!("{} cannot be read: {error}", path.display())))
}

fn read_groups(path: &Path) -> Result<IndexMap<String, Vec<String>>, ArgumentError> {
    serde_saphyr::from_str(&read(path)?).map_err(|error| {
        ArgumentError::new(format!("{}: no table of groups: {error}", path.display()))
            .with_hint(Some("write `group: [category, …]`; `*` stands for all others".into()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_arena::Winner;

    #[test]
    fn each_category_has_a_ranking_of_its_own() {
        let battle = |category: &str, winner| Battle {
            category: Some(category.into()),
            ..Battle::new("a", "b", winner)
        };
        let mut battles = vec![battle("math", Winner::A); 9];
        battles.extend(vec![battle("prose", Winner::B); 9]);
        battles.push(battle("none", Winner::Unknown));
        let board = leaderboard(&battles, &[], &RateFiles::default()).unwrap();
        let first = |place: usize| &board.ratings_by_category[place].ratings[0].model;
        assert_eq!((board.ratings_by_category.len(), first(0).as_str(), first(1).as_str()), (2, "a", "b"));
        assert!(
            super::super::as_text(&board).contains("rating by category"),
            "{}",
            super::super::as_text(&board)
        );
        let matrix = |place: usize| &board.ratings_by_category[place].matrix;
        assert_eq!((matrix(0).observed[0][1], matrix(1).observed[0][1]), (Some(1.0), Some(1.0)));
        assert_eq!((matrix(0).models[0].as_str(), matrix(1).models[0].as_str()), ("a", "b"));
        assert!(board.length_controlled.is_empty());
        let one = leaderboard(&battles[..9], &[], &RateFiles::default()).unwrap();
        assert!(one.ratings_by_category.is_empty());
    }

    #[test]
    fn a_win_rate_at_equal_length_stands_beside_the_record() {
        let battle = |n: u32| {
            let mut battle =
                Battle::new("a", "base", if n.is_multiple_of(3) { Winner::B } else { Winner::A });
            battle.more.insert("output_a".into(), "x".repeat(20 + (n % 7) as usize).into());
            battle.more.insert("output_b".into(), "y".repeat(20 + (n % 5) as usize).into());
            battle
        };
        let battles: Vec<Battle> = (0..105).map(battle).collect();
        let wanted = RateFiles { baseline: Some("base".into()), ..RateFiles::default() };
        let board = leaderboard(&battles, &[], &wanted).unwrap();
        // Length decides nothing here.
        assert!(
            (board.length_controlled["a"].value - 2.0 / 3.0).abs() < 0.02,
            "{:?}",
            board.length_controlled
        );
        assert!(super::super::as_text(&board).contains("at equal length"));
        // On a third as many questions, each with one loss and two wins: questions are alike, and more is known.
        let repeated: Vec<Battle> =
            (0..105).map(|n| Battle { question_id: (n / 3).into(), ..battle(n % 3 + 9 * (n / 3)) }).collect();
        let width = |by_question| {
            let options = RateOptions { by_question, ..RateOptions::default() };
            let wanted = RateFiles { options, ..wanted.clone() };
            let ends = leaderboard(&repeated, &[], &wanted).unwrap().length_controlled["a"].interval_95;
            ends.1 - ends.0
        };
        assert!(width(true) < width(false) / 2.0, "{} {}", width(true), width(false));
        let half = Battle { win: None, win_1: Some(Winner::A), win_2: Some(Winner::Unknown), ..battle(1) };
        assert!(at_equal_length(&vec![half; 105], "base", true).is_empty());
    }
}
