//! A leaderboard as tables for people.

use super::rate::{CategoryRatings, Leaderboard};
use evalscope_arena::Rated;
use evalscope_arena::estimate::Estimate;
use evalscope_arena::score_table::{CategoryScores, MeanScore};
use evalscope_arena::tally::Record;
use indexmap::IndexMap;

/// The leaderboard as tables for people.
pub fn as_text(board: &Leaderboard) -> String {
    let mut parts = Vec::new();
    if let Some(rated) = &board.rated {
        parts.push(ratings_text(rated));
        parts.extend((!rated.coefficients.is_empty()).then(|| coefficients_text(rated)));
        parts.extend((rated.matrix.models.len() > 2).then(|| matrix_text(rated)));
    }
    parts.extend(board.against.as_ref().map(against_text));
    parts.extend((!board.length_controlled.is_empty()).then(|| equal_length_text(&board.length_controlled)));
    parts.extend(board.scores.as_ref().map(scores_text));
    parts.extend(
        (!board.ratings_by_category.is_empty()).then(|| ratings_by_category_text(&board.ratings_by_category)),
    );
    parts.extend((!board.categories.is_empty()).then(|| categories_text(&board.categories)));
    parts.join("\n\n")
}

/// Columns of equal width, the first flush left.
fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|&word| word.to_owned()).collect();
    let all: Vec<&Vec<String>> = std::iter::once(&head).chain(rows).collect();
    let width = |column: usize| all.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |row: &&Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn ratings_text(rated: &Rated) -> String {
    let rows: Vec<Vec<String>> = rated
        .ratings
        .iter()
        .map(|rating| {
            vec![
                rating.model.clone(),
                rating.rank.to_string(),
                format!("{:.1}", rating.rating),
                format!("[{:.1}, {:.1}]", rating.interval_95.0, rating.interval_95.1),
                format!("{:.1}", rating.elo),
                format!("{:.1}", rating.elo_over_orders),
                rating.record.win.to_string(),
                rating.record.loss.to_string(),
                rating.record.tie.to_string(),
            ]
        })
        .collect();
    table(&["model", "rank", "rating", "95 %", "Elo", "Elo, any order", "win", "loss", "tie"], &rows)
}

fn coefficients_text(rated: &Rated) -> String {
    let rows: Vec<Vec<String>> = rated
        .coefficients
        .iter()
        .map(|found| {
            let (low, high) = found.interval_95;
            vec![found.name.clone(), format!("{:+.4}", found.value), format!("[{low:+.4}, {high:+.4}]")]
        })
        .collect();
    table(&["effect", "log-odds", "95 %"], &rows)
}

fn matrix_text(rated: &Rated) -> String {
    let matrix = &rated.matrix;
    let mut head = vec!["won, in %"];
    head.extend(matrix.models.iter().map(String::as_str));
    let row = |(place, model): (usize, &String)| {
        let cell = |other: usize| match matrix.observed[place][other] {
            Some(share) if place != other => format!("{:.0}", share * 100.0),
            _ => "-".to_owned(),
        };
        std::iter::once(model.clone()).chain((0..matrix.models.len()).map(cell)).collect()
    };
    let rows: Vec<Vec<String>> = matrix.models.iter().enumerate().map(row).collect();
    table(&head, &rows)
}

fn against_text(records: &IndexMap<String, Record>) -> String {
    let row = |(model, record): (&String, &Record)| {
        let rate = |count: u64| format!("{:.4}", record.rate(count));
        let counts = [record.win, record.loss, record.tie];
        let mut row = vec![model.clone()];
        row.extend(counts.iter().map(u64::to_string));
        row.extend(counts.map(rate));
        row.push(format!("{:.4}", record.adjusted_rate()));
        row.push(record.unknown.to_string());
        row
    };
    let rows: Vec<Vec<String>> = records.iter().map(row).collect();
    table(&["model", "win", "loss", "tie", "win_rate", "loss_rate", "tie_rate", "adjusted", "unread"], &rows)
}

fn equal_length_text(rates: &IndexMap<String, Estimate>) -> String {
    let row = |(model, rate): (&String, &Estimate)| {
        let (low, high) = rate.interval_95;
        vec![model.clone(), format!("{:.4}", rate.value), format!("[{low:.4}, {high:.4}]")]
    };
    table(&["win rate at equal length", "share", "95 %"], &rates.iter().map(row).collect::<Vec<_>>())
}

fn scores_text(scores: &IndexMap<String, MeanScore>) -> String {
    let row = |(model, score): (&String, &MeanScore)| {
        let half = score.half_width_95.map_or("-".to_owned(), |half| format!("± {half:.4}"));
        let mean = format!("{:.4}", score.mean);
        vec![model.clone(), mean, half, score.scores.to_string(), score.unread.to_string()]
    };
    let rows: Vec<Vec<String>> = scores.iter().map(row).collect();
    table(&["model", "score", "95 %", "answers", "unread"], &rows)
}

/// A row for each category, a column for each model.
fn ratings_by_category_text(categories: &[CategoryRatings]) -> String {
    let mut models: Vec<&str> = Vec::new();
    for rating in categories.iter().flat_map(|category| &category.ratings) {
        if !models.contains(&rating.model.as_str()) {
            models.push(&rating.model);
        }
    }
    let mut head = vec!["rating by category", "verdicts"];
    head.extend(&models);
    let row = |of: &CategoryRatings| {
        let cell = |model: &&str| {
            let found = of.ratings.iter().find(|rating| rating.model == *model);
            found.map_or("-".to_owned(), |rating| {
                let (low, high) = rating.interval_95;
                format!("{:.0} [{low:.0}, {high:.0}]", rating.rating)
            })
        };
        let mut cells = vec![of.category.clone(), of.verdicts.to_string()];
        cells.extend(models.iter().map(cell));
        cells
    };
    table(&head, &categories.iter().map(row).collect::<Vec<_>>())
}

fn categories_text(categories: &[CategoryScores]) -> String {
    let all = categories.last().map(|row| row.means.keys().map(String::as_str).collect::<Vec<_>>());
    let models = all.unwrap_or_default();
    let mut head = vec!["category", "questions"];
    head.extend(&models);
    let row = |row: &CategoryScores| {
        let mean = |model: &&str| row.means.get(*model).map_or("-".to_owned(), |mean| format!("{mean:.4}"));
        let name = if row.category == "*" { "all".to_owned() } else { row.category.clone() };
        let mut cells = vec![name, row.questions.to_string()];
        cells.extend(models.iter().map(mean));
        cells
    };
    let rows: Vec<Vec<String>> = categories.iter().map(row).collect();
    table(&head, &rows)
}
