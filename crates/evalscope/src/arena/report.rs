//! Ratings as CSV, in EvalScope 0.5's form.

use super::answers::write;
use super::rate::Leaderboard;
use crate::error::Error;
use std::path::Path;

/// Writes what the leaderboard holds: scores, records against the baseline, or Elo.
pub(super) fn write_report(path: &Path, board: &Leaderboard) -> Result<(), Error> {
    write(path, &csv(board))
}

fn csv(board: &Leaderboard) -> String {
    let mut lines = Vec::new();
    if let Some(scores) = &board.scores {
        lines.push("model,score".to_owned());
        lines.extend(scores.iter().map(|(model, score)| format!("{},{}", quoted(model), score.mean)));
    } else if let Some(against) = &board.against {
        lines.push("model,win,loss,tie,win_rate,loss_rate,tie_rate".to_owned());
        lines.extend(against.iter().map(|(model, record)| {
            let rates = [record.win, record.loss, record.tie].map(|count| record.rate(count).to_string());
            format!("{},{},{},{},{}", quoted(model), record.win, record.loss, record.tie, rates.join(","))
        }));
    } else if let Some(rated) = &board.rated {
        lines.push(",Model,Elo_Rating".to_owned());
        let mut ratings: Vec<_> = rated.ratings.iter().collect();
        ratings.sort_by(|one, other| other.elo.total_cmp(&one.elo));
        let line = |(place, (model, elo)): (usize, (String, f64))| format!("{},{model},{elo:.1}", place + 1);
        let named = ratings.iter().map(|rating| (quoted(&rating.model), rating.elo));
        lines.extend(named.enumerate().map(line));
    }
    lines.join("\n") + "\n"
}

fn quoted(name: &str) -> String {
    if name.contains([',', '"', '\n']) {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}
