//! Moves runs of words of the answer to where the target has them, as long as that brings it nearer.

use super::distance::{Distance, Edit, Row};

/// Words that are moved together at most, as in Tercom.
const MAX_RUN: usize = 10;
/// Words that a run is moved over at most, as in Tercom.
const MAX_WAY: usize = 50;
/// Moves that are tried for a sentence, as in sacrebleu.
const MAX_TRIES: usize = 1_000;

/// Returns the edits and moves that make the answer the target.
pub fn edits(answer: &[usize], target: &[usize]) -> usize {
    if target.is_empty() {
        return answer.len();
    }
    let distance = Distance::new(target, answer.len());
    let mut answer = answer.to_vec();
    let (mut moves, mut tries) = (0, 0);
    loop {
        let rows = distance.rows(&answer);
        let before = distance.after(&rows, &answer);
        let best = Search { answer: &answer, target, distance: &distance, rows }.best(before, &mut tries);
        match best {
            Some(best) if tries < MAX_TRIES && best.gain > 0 => {
                moves += 1;
                answer = best.answer;
            }
            _ => return moves + before,
        }
    }
}

/// A run of words that both texts have.
struct Run {
    answer: usize,
    target: usize,
    length: usize,
}

/// A move, in the order in which Tercom prefers one to another.
struct Move {
    gain: isize,
    length: usize,
    from: usize,
    to: usize,
    answer: Vec<usize>,
}

impl Move {
    fn is_better_than(&self, other: &Move) -> bool {
        let key = |this: &Move| (this.gain, this.length, -(this.from as isize), -(this.to as isize));
        key(self) > key(other)
    }
}

struct Search<'a> {
    answer: &'a [usize],
    target: &'a [usize],
    distance: &'a Distance<'a>,
    rows: Vec<Row>,
}

/// Where the words stand to each other before a move.
struct Alignment {
    /// For each word of the target, how many words of the answer stand up to it.
    places: Vec<usize>,
    target_is_wrong: Vec<bool>,
    answer_is_wrong: Vec<bool>,
}

impl Alignment {
    fn of(edits: &[Edit]) -> Alignment {
        let mut found =
            Alignment { places: Vec::new(), target_is_wrong: Vec::new(), answer_is_wrong: Vec::new() };
        for edit in edits {
            let is_wrong = *edit != Edit::Keep;
            if *edit != Edit::Insert {
                found.answer_is_wrong.push(is_wrong);
            }
            if *edit != Edit::Delete {
                found.places.push(found.answer_is_wrong.len());
                found.target_is_wrong.push(is_wrong);
            }
        }
        found
    }

    /// Whether a move can help: the run is wrong where it stands, and missing where it would go.
    fn is_candidate(&self, run: &Run) -> bool {
        let is_inside = |place: usize| (run.answer + 1..=run.answer + run.length).contains(&place);
        self.answer_is_wrong[run.answer..run.answer + run.length].contains(&true)
            && self.target_is_wrong[run.target..run.target + run.length].contains(&true)
            && !is_inside(self.places[run.target])
    }

    /// The places before which the run could stand.
    fn goals(&self, run: &Run) -> Vec<usize> {
        let mut goals = Vec::new();
        for place in run.target..=run.target + run.length {
            let goal = if place == 0 { Some(0) } else { self.places.get(place - 1).copied() };
            let Some(goal) = goal else { break };
            if goals.last() != Some(&goal) {
                goals.push(goal);
            }
        }
        goals
    }
}

impl Search<'_> {
    fn best(&self, before: usize, tries: &mut usize) -> Option<Move> {
        let alignment = Alignment::of(&self.distance.edits(&self.rows));
        let mut best: Option<Move> = None;
        for run in self.runs() {
            if !alignment.is_candidate(&run) {
                continue;
            }
            for goal in alignment.goals(&run) {
                let tried = self.moved(&run, goal, before);
                *tries += 1;
                if best.as_ref().is_none_or(|best| tried.is_better_than(best)) {
                    best = Some(tried);
                }
            }
            if *tries >= MAX_TRIES {
                break;
            }
        }
        best
    }

    fn moved(&self, run: &Run, to: usize, before: usize) -> Move {
        let (from, length) = (run.answer, run.length);
        let answer = shifted(self.answer, from, length, to);
        let same = answer.iter().zip(self.answer).take_while(|(one, other)| one == other).count();
        let after = self.distance.after(&self.rows[..=same], &answer);
        Move { gain: before as isize - after as isize, length, from, to, answer }
    }

    /// All runs that both texts have, each beginning of a longer one too.
    fn runs(&self) -> impl Iterator<Item = Run> {
        let (answer, target) = (self.answer, self.target);
        (0..answer.len()).flat_map(move |start| {
            let near = start.saturating_sub(MAX_WAY)..target.len().min(start + MAX_WAY + 1);
            near.flat_map(move |other| {
                let words = answer[start..].iter().zip(&target[other..]).take(MAX_RUN);
                let longest = words.take_while(|(one, other)| one == other).count();
                (1..=longest).map(move |length| Run { answer: start, target: other, length })
            })
        })
    }
}

/// The answer with a run moved. A goal inside of the run counts from its end.
fn shifted(words: &[usize], from: usize, length: usize, to: usize) -> Vec<usize> {
    let end = from + length;
    let run = &words[from..end];
    let parts: [&[usize]; 4] = if to < from {
        [&words[..to], run, &words[to..from], &words[end..]]
    } else {
        let goal = if to > end { to } else { (length + to).min(words.len()) };
        [&words[..from], &words[end..goal.max(end)], run, &words[goal.max(end)..]]
    };
    parts.concat()
}
