//! The samples that pass a filter, by position.

use super::facts::Fact;
use super::open::RunIndex;
use super::words::query;
use crate::error::Error;

/// Found samples that are listed at most: nobody reads on, and a search for a common word stays quick.
pub const MAX_FOUND: usize = 20_000;

/// What a list is narrowed to. Without any wish it has every sample.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// Only this model.
    pub model: Option<String>,
    /// Only this benchmark, with protocol.
    pub benchmark: Option<String>,
    /// Only this subset.
    pub subset: Option<String>,
    /// Only these verdicts, by code; all when empty.
    pub verdicts: Vec<u8>,
    /// Only failures of this kind.
    pub error: Option<String>,
    /// Replies with at least so many characters.
    pub min_length: Option<u32>,
    /// Replies with at most so many characters.
    pub max_length: Option<u32>,
    /// Words that must be there.
    pub text: Option<String>,
}

/// The samples that pass a filter.
#[derive(Debug, PartialEq, Eq)]
pub struct View {
    /// Every sample, or the numbers of those that pass, in order.
    some: Option<Vec<u32>>,
    all: usize,
    /// Whether more were found than are listed.
    pub is_cut: bool,
}

impl View {
    pub(super) fn of(index: &RunIndex, filter: &Filter) -> Result<View, Error> {
        let facts = index.facts();
        if *filter == Filter::default() {
            return Ok(View { some: None, all: facts.len(), is_cut: false });
        }
        let test = Test::of(index, filter);
        let typed = filter.text.as_deref().unwrap_or_default();
        let (some, is_cut) = match query(typed) {
            Some(words) => search(index, &words, &test)?,
            None => (passing(facts, &test), false),
        };
        Ok(View { some: Some(some), all: facts.len(), is_cut })
    }

    /// Number of samples in it.
    pub fn len(&self) -> usize {
        self.some.as_ref().map_or(self.all, Vec::len)
    }

    /// The numbers of the samples at these positions.
    pub fn slice(&self, from: usize, limit: usize) -> Vec<u32> {
        let end = from.saturating_add(limit).min(self.len());
        let from = from.min(end);
        match &self.some {
            Some(list) => list[from..end].to_vec(),
            None => (from as u32..end as u32).collect(),
        }
    }

    /// The position of the first sample whose number is greater.
    pub fn after(&self, seq: u32) -> usize {
        match &self.some {
            Some(list) => list.partition_point(|one| *one <= seq),
            None => (seq as usize + 1).min(self.all),
        }
    }

    /// The position of a sample, when it is in it.
    pub fn position(&self, seq: u32) -> Option<usize> {
        match &self.some {
            Some(list) => list.binary_search(&seq).ok(),
            None => ((seq as usize) < self.all).then_some(seq as usize),
        }
    }
}

/// A filter with names made numbers.
struct Test {
    parts: Option<Vec<bool>>,
    verdicts: u8,
    error: Option<u8>,
    lengths: std::ops::RangeInclusive<u32>,
}

impl Test {
    fn of(index: &RunIndex, filter: &Filter) -> Test {
        let is = |wish: &Option<String>, name: &str| wish.as_ref().is_none_or(|wish| wish == name);
        let has_part = filter.model.is_some() || filter.benchmark.is_some() || filter.subset.is_some();
        let parts = index.parts().iter().map(|part| {
            is(&filter.model, &part.model)
                && is(&filter.benchmark, &part.benchmark)
                && is(&filter.subset, &part.subset)
        });
        // A kind of error that never occurred has a number that no sample has.
        let code = |kind: &String| {
            index.errors().iter().position(|known| known == kind).map_or(u8::MAX, |at| at as u8 + 1)
        };
        Test {
            parts: has_part.then(|| parts.collect()),
            verdicts: filter.verdicts.iter().fold(0, |bits, code| bits | (1_u8 << *code)),
            error: filter.error.as_ref().map(code),
            lengths: filter.min_length.unwrap_or(0)..=filter.max_length.unwrap_or(u32::MAX),
        }
    }

    fn passes(&self, fact: &Fact) -> bool {
        self.parts.as_ref().is_none_or(|parts| parts.get(usize::from(fact.part)) == Some(&true))
            && (self.verdicts == 0 || self.verdicts & (1_u8 << fact.verdict) != 0)
            && self.error.is_none_or(|code| code == fact.error)
            && self.lengths.contains(&fact.length)
    }
}

fn passing(facts: &[Fact], test: &Test) -> Vec<u32> {
    let numbered = facts.iter().enumerate();
    numbered.filter(|(_, fact)| test.passes(fact)).map(|(at, _)| at as u32).collect()
}

fn search(index: &RunIndex, words: &str, test: &Test) -> Result<(Vec<u32>, bool), Error> {
    let connection = index.connection();
    let mut found = Vec::new();
    let mut find = || -> rusqlite::Result<bool> {
        let mut statement =
            connection.prepare_cached("SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid")?;
        let mut rows = statement.query([words])?;
        while let Some(row) = rows.next()? {
            let seq: u32 = row.get(0)?;
            if index.facts().get(seq as usize).is_some_and(|fact| test.passes(fact)) {
                if found.len() == MAX_FOUND {
                    return Ok(true);
                }
                found.push(seq);
            }
        }
        Ok(false)
    };
    let is_cut = find().map_err(index.failed())?;
    Ok((found, is_cut))
}
