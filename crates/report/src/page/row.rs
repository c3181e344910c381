//! A sample as lists show it.

use crate::page::facets::verdict_word;
use crate::page::texts::Texts;
use crate::page::walk::Spot;
use crate::verdict::Verdicts;
use evalscope_runs::{Review, Verdict};
use serde::Serialize;

/// Characters of a text in a list.
const EXCERPT: usize = 160;

/// A sample in a list.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Its number in the run, by which it is linked to.
    pub seq: u32,
    /// Its place in its subset.
    pub index: u64,
    /// Which repetition.
    pub repeat: u32,
    /// The data set's own id.
    pub id: String,
    /// Which part of the run.
    pub part: u16,
    /// What became of it.
    pub verdict: &'static str,
    /// The main metric.
    pub score: Option<f32>,
    /// Characters of the reply.
    pub length: u32,
    /// The answer found in the reply, its first line.
    pub answer: Option<String>,
    /// The accepted answer, its first line.
    pub target: Option<String>,
    /// What was asked, its first line.
    pub excerpt: String,
    /// What went wrong, its first line.
    pub error: Option<String>,
}

impl Row {
    /// Of the sample with this number in this part.
    pub fn of(
        (seq, part): (u32, u16),
        spot: &Spot,
        review: Option<&Review>,
        texts: &Texts<'_>,
        verdicts: Verdicts,
    ) -> Row {
        let score = review.and_then(|review| match &review.verdict {
            Verdict::Scored(score) => score.main().map(|(_, value)| value as f32),
            Verdict::Failed(_) => None,
        });
        Row {
            seq,
            index: spot.index,
            repeat: spot.repeat,
            id: excerpt(texts.id),
            part,
            verdict: verdict_word(review.map(|review| verdicts.kind(review))),
            score,
            length: u32::try_from(texts.reply.chars().count()).unwrap_or(u32::MAX),
            answer: texts.answer.map(excerpt),
            target: texts.target.map(excerpt),
            excerpt: excerpt(&texts.asked),
            error: texts.error.as_ref().map(|(_, message)| excerpt(message)),
        }
    }
}

/// The part of a text that a list shows.
pub fn excerpt(text: &str) -> String {
    first_line(text, EXCERPT)
}

/// The first line with something in it, with at most so many characters.
fn first_line(text: &str, most: usize) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_shows_the_first_line_with_something_in_it() {
        assert_eq!(first_line("\n \n  four  \nfive", 9), "four");
        assert_eq!(first_line("四五六", 2), "四五…");
        assert_eq!(first_line("", 2), "");
    }
}
