//! Battles and scores read from files, and rated.

use crate::argument::ArgumentError;
use crate::error::Error;
use evalscope_arena::battle::parse_lines;
use evalscope_arena::score_table::{CategoryScores, MeanScore, Scored, by_category, means};
use evalscope_arena::tally::{Record, against};
use evalscope_arena::{Battle, RateOptions, Rated, rate};
use indexmap::IndexMap;
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
    /// Mean scores, when there are scores of single answers.
    pub scores: Option<IndexMap<String, MeanScore>>,
    /// Mean scores of battles by category.
    pub categories: Vec<CategoryScores>,
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
        scores: (!scored.is_empty()).then(|| means(scored)),
        categories: match battles.iter().any(|battle| battle.score_pair().is_some()) {
            true => by_category(battles, &groups),
            false => Vec::new(),
        },
    })
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
