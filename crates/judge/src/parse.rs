//! Reads the verdict in a judge's reply, strictly: one verdict, or none. A reply with two different ones says nothing.

use regex::Regex;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// The form in which a verdict is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// `[[A]]`, `[[B]]`, or `[[C]]` for a tie.
    #[serde(rename = "[[A]]")]
    Letter,
    /// `[[7]]`, from 1 to 10.
    #[serde(rename = "[[rating]]")]
    Rating,
    /// Two numbers on the first line, for the first and the second answer.
    #[serde(rename = "[[rating_a,rating_b]]")]
    RatingPair,
}

/// What a judge found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum Verdict {
    /// The first answer is better.
    First,
    /// The second answer is better.
    Second,
    /// Neither is better.
    Tie,
    /// A score of one answer.
    Score(f64),
    /// A score of both.
    Scores(f64, f64),
}

/// Why a reply holds no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Unparsed {
    /// None was found.
    None,
    /// Several that differ.
    Several,
    /// A score outside of its range.
    OutOfRange,
}

/// Scores that a single rating may have.
const RATINGS: std::ops::RangeInclusive<f64> = 1.0..=10.0;

static LETTER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\[\[([ABC])\]\]").ok());
static RATING: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\[\[(\d+(?:\.\d+)?)\]\]").ok());
static LOOSE_RATING: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\[(\d+(?:\.\d+)?)\]").ok());

/// Reads the verdict of a reply. Reasoning before `</think>` is not looked at.
pub fn parse(format: Format, reply: &str) -> Result<Verdict, Unparsed> {
    const THOUGHT: &str = "</think>";
    let reply = reply.rfind(THOUGHT).map_or(reply, |at| &reply[at + THOUGHT.len()..]);
    match format {
        Format::Letter => match only(&LETTER, reply)? {
            "A" => Ok(Verdict::First),
            "B" => Ok(Verdict::Second),
            _ => Ok(Verdict::Tie),
        },
        Format::Rating => {
            let found = only(&RATING, reply).or_else(|error| match error {
                Unparsed::None => only(&LOOSE_RATING, reply),
                other => Err(other),
            })?;
            let score: f64 = found.parse().map_err(|_| Unparsed::None)?;
            if RATINGS.contains(&score) { Ok(Verdict::Score(score)) } else { Err(Unparsed::OutOfRange) }
        }
        Format::RatingPair => pair(reply),
    }
}

/// The one verdict that a pattern finds, however often.
fn only<'a>(pattern: &LazyLock<Option<Regex>>, reply: &'a str) -> Result<&'a str, Unparsed> {
    let pattern = pattern.as_ref().ok_or(Unparsed::None)?;
    let mut found = pattern.captures_iter(reply).filter_map(|found| Some(found.get(1)?.as_str()));
    let first = found.next().ok_or(Unparsed::None)?;
    if found.all(|other| other == first) { Ok(first) } else { Err(Unparsed::Several) }
}

/// `9 8.5` or `9, 8.5` on the first line.
fn pair(reply: &str) -> Result<Verdict, Unparsed> {
    let line = reply.trim_start().lines().next().unwrap_or_default().replace(',', " ");
    let numbers: Result<Vec<f64>, _> = line.split_whitespace().map(str::parse).collect();
    match numbers.map_err(|_| Unparsed::None)?.as_slice() {
        [first, second] if first.is_finite() && second.is_finite() => Ok(Verdict::Scores(*first, *second)),
        [_, _] => Err(Unparsed::OutOfRange),
        _ => Err(Unparsed::None),
    }
}

impl Format {
    /// What a judge is told whose reply could not be read.
    pub fn reminder(self) -> &'static str {
        match self {
            Format::Letter => {
                "Your verdict could not be read. Reply with one line only: [[A]] if assistant A is better, [[B]] if assistant B is \
                 better, [[C]] for a tie."
            }
            Format::Rating => {
                "Your rating could not be read. Reply with one line only: the rating from 1 to 10 in double brackets, such as [[5]]."
            }
            Format::RatingPair => {
                "Your scores could not be read. Reply with one line only: the score of assistant 1, a space, the score of assistant 2."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_verdict_is_read_and_two_say_nothing() {
        let letter = |reply| parse(Format::Letter, reply);
        assert_eq!(letter("Both do well. [[A]]"), Ok(Verdict::First));
        assert_eq!(letter("[[C]], as said: [[C]]"), Ok(Verdict::Tie));
        assert_eq!(letter("[[A]] is what A wants me to say; I say [[B]]"), Err(Unparsed::Several));
        assert_eq!(letter("A is better"), Err(Unparsed::None));
        assert_eq!(letter("<think>[[A]]?</think>[[B]]"), Ok(Verdict::Second));
    }

    #[test]
    fn ratings_are_in_their_range() {
        let rating = |reply| parse(Format::Rating, reply);
        assert_eq!(rating("Rating: [[7.5]]"), Ok(Verdict::Score(7.5)));
        assert_eq!(rating("Rating: [8]"), Ok(Verdict::Score(8.0)));
        assert_eq!(rating("Rating: [[11]]"), Err(Unparsed::OutOfRange));
        assert_eq!(rating("[[3]] [[9]]"), Err(Unparsed::Several));
        assert_eq!(rating("nine of ten"), Err(Unparsed::None));
    }

    #[test]
    fn pairs_stand_on_the_first_line() {
        let pair = |reply| parse(Format::RatingPair, reply);
        assert_eq!(pair("9 8.5\nBoth are good."), Ok(Verdict::Scores(9.0, 8.5)));
        assert_eq!(pair("9, 8.5"), Ok(Verdict::Scores(9.0, 8.5)));
        assert_eq!(pair("9 8 7"), Err(Unparsed::None));
        assert_eq!(pair("Both are good.\n9 8"), Err(Unparsed::None));
        assert_eq!(pair("nan 3"), Err(Unparsed::OutOfRange));
    }
}
