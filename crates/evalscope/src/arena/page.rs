//! The leaderboard as a page that needs nothing else: ratings, matrix, categories, battles.

use super::rate::{CategoryRatings, Leaderboard};
use super::text::as_text;
use evalscope_arena::meter::Meter;
use evalscope_arena::{Battle, Rated};

/// Battles on the page at most: more of them are slow to open.
const MOST_BATTLES: usize = 500;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width\"><title>Arena</title><style>\
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}\
table{border-collapse:collapse;margin:1rem 0}th,td{padding:.25rem .7rem;text-align:right;border-bottom:1px solid #ddd}\
th:first-child,td:first-child{text-align:left}pre{white-space:pre-wrap;background:#f6f6f6;padding:.7rem;overflow:auto}\
details{border-bottom:1px solid #ddd;padding:.3rem 0}.two{display:grid;grid-template-columns:1fr 1fr;gap:1rem}\
.bar{position:relative;width:16rem;height:.9rem;background:#eee}.bar i{position:absolute;height:100%;background:#8ab}\
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}pre,.bar{background:#262626}th,td,details{border-color:#444}}\
</style></head><body>\n<h1>Arena</h1>\n";

/// Returns the leaderboard as HTML.
pub fn page(board: &Leaderboard, judge: Option<&Meter>, battles: &[Battle]) -> String {
    let mut page = HEAD.to_owned();
    if let Some(rated) = &board.rated {
        page += &format!(
            "<p>{} battles, {} verdicts, {} unread.</p>\n",
            rated.battles, rated.verdicts, rated.unknown
        );
        page += &ratings(rated);
        page += &matrix(rated);
        page += &by_category(&board.ratings_by_category);
        rated.notes.iter().for_each(|note| page += &format!("<p>{}</p>\n", escaped(note)));
    }
    let rest = Leaderboard { rated: None, ratings_by_category: Vec::new(), ..board.clone() };
    let rest = as_text(&rest);
    if !rest.is_empty() {
        page += &format!("<h2>Further tables</h2>\n<pre>{}</pre>\n", escaped(&rest));
    }
    if let Some(judge) = judge.and_then(|judge| serde_json::to_string_pretty(judge).ok()) {
        page += &format!("<h2>Judge meter</h2>\n<pre>{}</pre>\n", escaped(&judge));
    }
    page += &all_battles(battles);
    page + "</body></html>\n"
}

fn ratings(rated: &Rated) -> String {
    let ends = rated
        .ratings
        .iter()
        .map(|rating| rating.interval_95)
        .filter(|end| end.0.is_finite() && end.1.is_finite());
    let (low, high) = ends.fold((f64::MAX, f64::MIN), |(low, high), end| (low.min(end.0), high.max(end.1)));
    let place = |value: f64| ((value - low) / (high - low).max(1e-9) * 100.0).clamp(0.0, 100.0);
    let row = |rating: &evalscope_arena::Rating| {
        let (from, to) = (place(rating.interval_95.0), place(rating.interval_95.1));
        format!(
            "<tr><td>{}</td><td>{}</td><td>{:.1}</td><td>{:.1} – {:.1}</td><td><div class=\"bar\"><i style=\"left:{from:.1}%;\
             width:{:.1}%\"></i></div></td><td>{:.1}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            escaped(&rating.model),
            rating.rank,
            rating.rating,
            rating.interval_95.0,
            rating.interval_95.1,
            (to - from).max(0.5),
            rating.elo,
            rating.record.win,
            rating.record.loss,
            rating.record.tie
        )
    };
    let rows: String = rated.ratings.iter().map(row).collect();
    format!(
        "<table><tr><th>Model</th><th>Rank</th><th>Rating</th><th>95 %</th><th></th><th>Elo</th><th>Won</th><th>Lost</th>\
         <th>Tied</th></tr>\n{rows}</table>\n"
    )
}

fn matrix(rated: &Rated) -> String {
    let matrix = &rated.matrix;
    let names: Vec<String> = matrix.models.iter().map(|model| escaped(model)).collect();
    let head: String = names.iter().map(|name| format!("<th>{name}</th>")).collect();
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let cell = |row: usize, column: usize| match matrix.observed[row][column] {
        _ if row == column => "<td></td>".to_owned(),
        Some(share) => format!(
            "<td title=\"{} verdicts\">{} ({})</td>",
            matrix.battles[row][column],
            percent(share),
            percent(matrix.predicted[row][column])
        ),
        None => format!("<td>({})</td>", percent(matrix.predicted[row][column])),
    };
    let row = |(place, name): (usize, &String)| {
        let cells: String = (0..names.len()).map(|column| cell(place, column)).collect();
        format!("<tr><td>{name}</td>{cells}</tr>\n")
    };
    let rows: String = names.iter().enumerate().map(row).collect();
    format!(
        "<h2>Who beats whom</h2>\n<p>What the row's model won against the column's, ties half; in brackets what the ratings \
         predict.</p>\n<table><tr><th></th>{head}</tr>\n{rows}</table>\n"
    )
}

/// Ratings of each category, a table for each.
fn by_category(categories: &[CategoryRatings]) -> String {
    let table = |of: &CategoryRatings| {
        let row = |rating: &evalscope_arena::Rating| {
            format!(
                "<tr><td>{}</td><td>{}</td><td>{:.1}</td><td>{:.1} – {:.1}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                escaped(&rating.model),
                rating.rank,
                rating.rating,
                rating.interval_95.0,
                rating.interval_95.1,
                rating.record.win,
                rating.record.loss,
                rating.record.tie
            )
        };
        let rows: String = of.ratings.iter().map(row).collect();
        let notes: String = of.notes.iter().map(|note| format!("<p>{}</p>\n", escaped(note))).collect();
        format!(
            "<details><summary>{} – {} verdicts</summary><table><tr><th>Model</th><th>Rank</th><th>Rating</th><th>95 %</th>\
             <th>Won</th><th>Lost</th><th>Tied</th></tr>\n{rows}</table>\n{notes}</details>\n",
            escaped(&of.category),
            of.verdicts
        )
    };
    let tables: String = categories.iter().map(table).collect();
    if tables.is_empty() { tables } else { format!("<h2>By category</h2>\n{tables}") }
}

fn all_battles(battles: &[Battle]) -> String {
    if battles.is_empty() {
        return String::new();
    }
    let one = |battle: &Battle| {
        let text = |field: &str| escaped(battle.text(field).unwrap_or_default());
        let winner = serde_json::to_value(battle.winner()).ok();
        let winner = winner.as_ref().and_then(|name| name.as_str()).unwrap_or_default().to_owned();
        let reviews: String = ["review_text", "review_text_1", "review_text_2"]
            .iter()
            .filter(|field| battle.text(field).is_some())
            .map(|field| format!("<pre>{}</pre>\n", text(field)))
            .collect();
        format!(
            "<details><summary>{} – <b>{}</b></summary><p>{}</p><div class=\"two\"><div><h4>{}</h4><pre>{}</pre></div><div>\
             <h4>{}</h4><pre>{}</pre></div></div>{reviews}</details>\n",
            escaped(&battle.category.clone().unwrap_or_default()),
            escaped(&winner),
            text("question"),
            escaped(&battle.model_a),
            text("output_a"),
            escaped(&battle.model_b),
            text("output_b")
        )
    };
    let shown: String = battles.iter().take(MOST_BATTLES).map(one).collect();
    let left = battles.len().saturating_sub(MOST_BATTLES);
    let left = if left > 0 {
        format!("<p>{left} more battles are in the file of reviews.</p>\n")
    } else {
        String::new()
    };
    format!("<h2>Battles</h2>\n{shown}{left}")
}

/// Text as HTML shows it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_arena::{RateOptions, Winner, rate};

    #[test]
    fn what_models_say_is_text_on_the_page() {
        let mut battle = Battle::new("<b>a</b>", "b", Winner::A);
        battle.more.insert("output_a".into(), "<script>alert(1)</script>".into());
        let rated = rate(&[battle.clone()], &RateOptions::default()).unwrap();
        let board = Leaderboard {
            rated: Some(rated),
            against: None,
            length_controlled: Default::default(),
            scores: None,
            categories: Vec::new(),
            ratings_by_category: Vec::new(),
        };
        let page = page(&board, None, &[battle]);
        assert!(!page.contains("<script") && !page.contains("<b>a</b>"), "{page}");
        assert!(page.contains("&lt;script&gt;"));
    }
}
