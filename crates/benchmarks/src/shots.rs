//! The few-shot examples of a subset: which rows they are, and how they look in a prompt.

use crate::cpython_random::CPythonRandom;
use crate::error::Error;
use crate::open::{OpenBenchmark, splits};
use crate::samples::PlacedRow;
use crate::schema::{Order, Pick};
use crate::source::Columns;
use crate::whole::Place;
use evalscope_core::Row;
use std::sync::Arc;

/// The examples of a subset.
pub(crate) enum Shots {
    /// The same for all its samples.
    Shared(Arc<[String]>),
    /// Others for every sample.
    Drawn(Box<Drawn>),
}

/// Rows that examples are drawn from, one draw after the other.
pub(crate) struct Drawn {
    rows: Vec<Row>,
    rendered: Vec<Vec<String>>,
    count: usize,
    random: CPythonRandom,
    /// One more is drawn, and the asked row is left out.
    spare: bool,
}

impl Shots {
    /// The examples that all samples share.
    pub fn shared(&self) -> Option<Arc<[String]>> {
        match self {
            Shots::Shared(texts) => Some(Arc::clone(texts)),
            Shots::Drawn(_) => None,
        }
    }

    /// The examples of the next sample, which is made of `asked`.
    pub fn of(&mut self, asked: &Row) -> Arc<[String]> {
        match self {
            Shots::Shared(texts) => Arc::clone(texts),
            Shots::Drawn(drawn) => drawn.next(asked).into(),
        }
    }
}

impl Drawn {
    /// As lm-eval 0.4.13 draws: with a spare one also where the asked row cannot be among them.
    fn next(&mut self, asked: &Row) -> Vec<String> {
        let total = self.rows.len();
        let mut places = if self.spare {
            let mut places = self.random.sample(total, (self.count + 1).min(total));
            places.retain(|place| self.rows[*place] != *asked);
            places
        } else {
            self.random.sample(total, self.count.min(total))
        };
        if places.len() < self.count.min(total) && self.spare {
            let others: Vec<usize> = (0..total).filter(|place| self.rows[*place] != *asked).collect();
            let drawn = self.random.sample(others.len(), self.count.min(others.len()));
            places = drawn.into_iter().map(|place| others[place]).collect();
        }
        places.truncate(self.count);
        places.into_iter().flat_map(|place| self.rendered[place].clone()).collect()
    }
}

impl OpenBenchmark {
    /// The examples of a subset.
    pub(crate) fn shots(&self, subset: &str, seed: u64) -> Result<Shots, Error> {
        let protocol = self.protocol();
        let count = protocol.shot_count() as usize;
        if count == 0 {
            return Ok(Shots::Shared(Arc::default()));
        }
        let pick = protocol.pick();
        if let Pick::Asset(name) = &pick {
            let texts = self.asset(subset, name).iter();
            // A list of examples may go on with what is asked.
            let shown =
                if protocol.texts_per_shot() > 1 { count * protocol.texts_per_shot() } else { usize::MAX };
            return Ok(Shots::Shared(texts.take(shown).cloned().collect()));
        }
        let rows = self.shot_rows(subset, count)?;
        let context = self.context(subset, seed);
        let render =
            |position: usize| protocol.shot(&protocol.sample(&context, &rows[position], position as u64)?);
        let positions: Vec<usize> = match pick {
            // EvalScope 0.5 drew without a seed; ours repeats.
            Pick::Random => CPythonRandom::from_int(seed).sample(rows.len(), count),
            Pick::Shuffled => {
                let (_, split) = splits(protocol);
                let places = || Ok(rows.iter().map(Place::of).collect());
                let mut positions = self.shuffled(&split.unwrap_or_default(), seed, rows.len(), places)?;
                positions.truncate(count);
                positions
            }
            Pick::PerSample(draw) => {
                let rendered = (0..rows.len()).map(render).collect::<Result<_, _>>()?;
                return Ok(Shots::Drawn(Box::new(Drawn {
                    rows: rows.into_iter().map(|placed| placed.row).collect(),
                    rendered,
                    count,
                    random: CPythonRandom::from_int(draw.seed),
                    spare: draw.spare,
                })));
            }
            Pick::First | Pick::Asset(_) => (0..rows.len().min(count)).collect(),
        };
        let texts = positions.into_iter().map(render).collect::<Result<Vec<_>, _>>()?;
        Ok(Shots::Shared(texts.concat().into()))
    }

    /// The rows that examples are taken from.
    fn shot_rows(&self, subset: &str, count: usize) -> Result<Vec<PlacedRow>, Error> {
        let protocol = self.protocol();
        let (_, split) = splits(protocol);
        let found = self.found(subset, split.as_deref().unwrap_or_default())?;
        let rows: Vec<PlacedRow> =
            self.source.rows(protocol, found, (subset, Columns::Canonical))?.collect::<Result<_, _>>()?;
        let asked_for = protocol.arguments.few_shot_num.is_some();
        if asked_for && count > rows.len() && protocol.section.order != Some(Order::Shuffle05) {
            return Err(Error::Argument {
                benchmark: protocol.name.clone(),
                message: format!(
                    "few_shot_num is {count}, but {subset} has only {} rows to take examples from",
                    rows.len()
                ),
                hint: None,
            });
        }
        Ok(rows)
    }
}
