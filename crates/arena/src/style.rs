//! How answers look: their length and their markdown, as numbers that ratings can be freed of.
//!
//! The measure is that of arena-hard-auto 2 and FastChat: for each battle (a − b) / (a + b), the markdown counted for each token,
//! all brought to mean 0 and spread 1. Tokens are estimated as words, because no model's tokenizer is everyone's.

use crate::battle::Battle;
use evalscope_core::TextLength;

/// Names of the measures, in order.
pub const MEASURES: [&str; 4] = ["length", "header", "list", "bold"];

/// How one answer looks.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Look {
    /// Words; a Chinese, Japanese or Korean sign is one.
    pub words: f64,
    /// Lines that begin with `#`.
    pub headers: f64,
    /// Lines that begin with `-`, `*` or a number.
    pub lists: f64,
    /// Pairs of `**` or `__`.
    pub bold: f64,
}

/// Returns how an answer looks. What stands between fences is code, and is not looked at for markdown.
pub fn look(answer: &str) -> Look {
    let mut look = Look { words: TextLength::of(answer).words as f64, ..Look::default() };
    let mut is_code = false;
    for line in answer.lines() {
        let line = line.trim_start();
        if line.starts_with("```") {
            is_code = !is_code;
            continue;
        }
        if is_code {
            continue;
        }
        look.headers += f64::from(u8::from(is_header(line)));
        look.lists += f64::from(u8::from(is_list(line)));
        look.bold += (line.matches("**").count() / 2 + line.matches("__").count() / 2) as f64;
    }
    look
}

fn is_header(line: &str) -> bool {
    let marks = line.chars().take_while(|c| *c == '#').count();
    (1..=6).contains(&marks) && line[marks..].starts_with(' ')
}

fn is_list(line: &str) -> bool {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    ["- ", "* ", "+ "].iter().any(|mark| line.starts_with(mark))
        || digits > 0 && line[digits..].starts_with(". ")
}

/// Returns the measures of every battle, normalised; nothing when a battle does not hold both answers (`output_a`,
/// `output_b`).
pub fn features(battles: &[Battle]) -> Option<Vec<Vec<f64>>> {
    let looks: Option<Vec<(Look, Look)>> = battles
        .iter()
        .map(|battle| Some((look(battle.text("output_a")?), look(battle.text("output_b")?))))
        .collect();
    Some(normalised(looks?.iter().map(|(a, b)| differences(a, b)).collect()))
}

/// Brings every column to mean 0 and spread 1.
pub(crate) fn normalised(mut rows: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    for measure in 0..rows.first().map_or(0, Vec::len) {
        let count = rows.len().max(1) as f64;
        let mean = rows.iter().map(|row| row[measure]).sum::<f64>() / count;
        let spread = (rows.iter().map(|row| (row[measure] - mean).powi(2)).sum::<f64>() / count).sqrt();
        let spread = if spread == 0.0 { 1.0 } else { spread };
        rows.iter_mut().for_each(|row| row[measure] = (row[measure] - mean) / spread);
    }
    rows
}

fn differences(a: &Look, b: &Look) -> Vec<f64> {
    let length = if a.words + b.words == 0.0 { 0.0 } else { (a.words - b.words) / (a.words + b.words) };
    let density = |look: &Look, count: f64| count / (look.words + 1.0);
    let markdown = [(a.headers, b.headers), (a.lists, b.lists), (a.bold, b.bold)].map(|(one, other)| {
        let (one, other) = (density(a, one), density(b, other));
        (one - other) / (one + other + 1.0)
    });
    std::iter::once(length).chain(markdown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_counted_outside_of_code() {
        let found = look("# Head\n\n- one **bold** word\n1. two\n```\n# no\n- no **no**\n```\n#not");
        assert_eq!((found.headers, found.lists, found.bold), (1.0, 2.0, 1.0));
        assert_eq!(look("送货上门 in English").words, 6.0);
    }
}
