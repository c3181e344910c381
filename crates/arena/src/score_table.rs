//! Scores that a judge gave: their means, by model and by category.

use crate::battle::Battle;
use evalscope_metrics::stats::Z_95;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A score that a judge gave one answer; a line of EvalScope's review files in mode `single`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// The model.
    pub model: String,
    /// The score; −1 when the judge's reply could not be read.
    pub score: f64,
    /// The data set's id of the question.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub question_id: Value,
    /// The kind of question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// All other fields, kept.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// What a reply that cannot be read is filed as, by FastChat and EvalScope.
pub const UNREAD: f64 = -1.0;

/// The mean score of a model.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct MeanScore {
    /// The mean of what could be read.
    pub mean: f64,
    /// Half the width of its 95 % interval; absent for fewer than two.
    pub half_width_95: Option<f64>,
    /// Scores that could be read.
    pub scores: u64,
    /// Replies that could not.
    pub unread: u64,
}

/// Returns the mean score of each model, the highest first. What could not be read is counted apart.
pub fn means(scored: &[Scored]) -> IndexMap<String, MeanScore> {
    let mut values: IndexMap<&str, (Vec<f64>, u64)> = IndexMap::new();
    for one in scored {
        let (values, unread) = values.entry(&one.model).or_default();
        if one.score == UNREAD {
            *unread += 1;
        } else {
            values.push(one.score);
        }
    }
    let mut means: IndexMap<String, MeanScore> = values
        .into_iter()
        .map(|(model, (values, unread))| {
            let error = evalscope_metrics::stats::standard_error(&values);
            let mean = MeanScore {
                mean: evalscope_metrics::stats::mean(&values),
                half_width_95: error.map(|error| error * Z_95),
                scores: values.len() as u64,
                unread,
            };
            (model.to_owned(), mean)
        })
        .collect();
    means.sort_by(|_, one, _, other| other.mean.total_cmp(&one.mean));
    means
}

/// Mean scores of the models of battles on the questions of a category.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CategoryScores {
    /// The group.
    pub category: String,
    /// Questions in it.
    pub questions: usize,
    /// Mean score of each model, by name.
    pub means: IndexMap<String, f64>,
}

/// Returns the mean scores of battles with scores for each group of categories, as EvalScope's viewer shows them; the last
/// one is of all. `groups` names groups and what belongs to them; `*` stands for whatever no group names.
pub fn by_category(battles: &[Battle], groups: &IndexMap<String, Vec<String>>) -> Vec<CategoryScores> {
    let mut grouped: IndexMap<String, Vec<&Battle>> = IndexMap::new();
    for battle in battles.iter().filter(|battle| battle.score_pair().is_some()) {
        let group = group_of(groups, battle.category.as_deref().unwrap_or(""));
        grouped.entry(group).or_default().push(battle);
    }
    grouped.insert("*".to_owned(), battles.iter().filter(|battle| battle.score_pair().is_some()).collect());
    grouped.into_iter().map(|(category, battles)| scores_of(category, &battles)).collect()
}

/// Returns the group that a category belongs to; itself when no group has it. `*` stands for whatever no group names.
pub fn group_of(groups: &IndexMap<String, Vec<String>>, category: &str) -> String {
    let is_named = groups.values().flatten().any(|member| member == category);
    let wanted = if is_named { category } else { "*" };
    let found = groups.iter().find(|(_, members)| members.iter().any(|member| member == wanted));
    found.map_or_else(|| category.to_owned(), |(group, _)| group.clone())
}

fn scores_of(category: String, battles: &[&Battle]) -> CategoryScores {
    let mut sums: IndexMap<String, (f64, u64)> = IndexMap::new();
    let mut questions: IndexMap<String, ()> = IndexMap::new();
    for battle in battles {
        questions.insert(battle.question_id.to_string(), ());
        let Some((a, b)) = battle.score_pair() else { continue };
        for (model, score) in [(&battle.model_a, a), (&battle.model_b, b)] {
            let sum = sums.entry(model.clone()).or_default();
            sum.0 += score;
            sum.1 += 1;
        }
    }
    sums.sort_unstable_keys();
    let means = sums.into_iter().map(|(model, (sum, count))| (model, sum / count as f64)).collect();
    CategoryScores { category, questions: questions.len(), means }
}
