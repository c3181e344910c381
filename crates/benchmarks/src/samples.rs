//! From a row to a sample: evaluates the fields that the benchmark's file defines.

use crate::cpython_random::CPythonRandom;
use crate::error::Error;
use crate::protocol::Protocol;
use crate::template::{from_jinja, letter, row_to_jinja, to_jinja};
use evalscope_core::{Row, Sample, Value, digest};
use indexmap::IndexMap;
use minijinja::Value as Jinja;
use std::cell::LazyCell;

/// The names by which expressions of fields see a row and what belongs to it.
const ROW_NAMES: [&str; 7] = ["row", "row_number", "subset", "subset_title", "category", "option", "assets"];
/// Hexadecimal digits that name a cluster.
const CLUSTER_DIGITS: usize = 16;

/// A row and where it stands.
pub(crate) struct PlacedRow {
    /// The file.
    pub file: String,
    /// Row in the file, from 1.
    pub number: usize,
    /// The row, in the columns that the benchmark expects.
    pub row: Row,
}

/// What belongs to all rows of a subset.
pub(crate) struct SubsetContext<'a> {
    pub subset: &'a str,
    /// Texts that are not ours to ship, by name.
    pub assets: Option<&'a IndexMap<String, Vec<String>>>,
    pub seed: u64,
}

impl Protocol {
    /// One row as a sample, at position `index` of its subset.
    pub(crate) fn sample(
        &self,
        context: &SubsetContext,
        placed: &PlacedRow,
        index: u64,
    ) -> Result<Sample, Error> {
        let SubsetContext { subset, seed, .. } = *context;
        let wrong = |message: String| Error::Row {
            benchmark: self.name.clone(),
            file: placed.file.clone(),
            row: placed.number,
            message,
        };
        let names = self.sample_fields.keys();
        let seen = LazyCell::new(|| self.row_context(context, placed));
        let values = match self.expressions.columns(self.parts.fields, &placed.row) {
            Some(values) => values,
            None => {
                let values = self.expressions.eval_fields(self.parts.fields, names.clone(), &seen);
                let missing = |error| wrong(missing_column(&placed.row, self.sample_fields.values(), error));
                values.map_err(missing)?.iter().map(from_jinja).collect()
            }
        };
        let mut fields: IndexMap<String, Value> = names.cloned().zip(values).collect();
        let mut sample = Sample {
            index,
            subset: subset.to_owned(),
            category: self.category_of(subset).map(str::to_owned),
            id: id(fields.shift_remove("id"), placed),
            cluster: self.cluster(context, placed, || (*seen).clone()).map_err(wrong)?,
            question: fields.shift_remove("question").map(text).unwrap_or_default(),
            choices: texts(fields.shift_remove("choices")),
            targets: texts(fields.shift_remove("target")),
            fields,
            ..Sample::default()
        };
        self.check_target(&sample).map_err(wrong)?;
        if self.section.shuffle_choices == Some(true) {
            shuffle_choices(&mut sample, seed);
        }
        Ok(sample)
    }

    /// What the row shares with others, by a short name: a passage may be long. A row for which the expression gives nothing
    /// shares nothing with any, and is named after its place.
    fn cluster(
        &self,
        context: &SubsetContext,
        placed: &PlacedRow,
        seen: impl FnOnce() -> Jinja,
    ) -> Result<Option<String>, String> {
        let Some(handle) = self.parts.cluster else { return Ok(None) };
        let shared = self.expressions.eval(handle, &seen())?;
        let is_nothing = shared.is_undefined() || shared.is_none() || shared.len() == Some(0);
        let name = match is_nothing {
            true => format!("{}\0{}\0{}", context.subset, placed.file, placed.number),
            false => shared.to_string(),
        };
        Ok(Some(digest(&name)[..CLUSTER_DIGITS].to_owned()))
    }

    /// Refuses a row that no reply could answer rightly: it would count as wrong every time.
    fn check_target(&self, sample: &Sample) -> Result<(), String> {
        // Programs are compared with nothing: their tests decide. Nor are conversations, which judges rate.
        let has_tests = self.execute().is_some() || self.parts.follow_up.is_some();
        if !has_tests && sample.targets.iter().all(|target| target.trim().is_empty()) {
            return Err("it has no answer to compare replies with".into());
        }
        let labels = self.labels(sample);
        let is_wrong = |target: &&String| self.answers_are_letters && !labels.contains(target);
        match sample.targets.iter().find(is_wrong) {
            None => Ok(()),
            Some(target) if labels.is_empty() => Err(format!("it has the answer `{target}`, but no options")),
            Some(target) => Err(format!("its answer `{target}` is none of {}", labels.join(", "))),
        }
    }

    /// A sample as a few-shot example: one text, or two where examples can be turns of the conversation.
    pub(crate) fn shot(&self, sample: &Sample) -> Result<Vec<String>, Error> {
        let context = Jinja::from_pairs(self.context(sample));
        let mut parts = vec![("shot", self.parts.shot)];
        if self.texts_per_shot() > 1 {
            parts.push(("shot_reply", self.parts.shot_reply));
        }
        let render = |(part, handle): (&str, Option<usize>)| {
            let handle = handle.ok_or_else(|| {
                self.template_error(part, "the protocol does not say how an example looks".into())
            })?;
            self.render(part, handle, &context)
        };
        parts.into_iter().map(render).collect()
    }

    fn row_context(&self, context: &SubsetContext, placed: &PlacedRow) -> Jinja {
        let subset = context.subset;
        let title = || self.benchmark.file.subset_titles.get(subset).map_or(subset, String::as_str);
        let assets = || {
            Jinja::from_pairs(context.assets.into_iter().flatten().map(|(name, texts)| {
                let value = match texts.as_slice() {
                    [text] => Jinja::from(text.as_str()),
                    texts => texts.iter().map(String::as_str).collect(),
                };
                (name.clone(), value)
            }))
        };
        let value = |name: &str| match name {
            "row" => row_to_jinja(&placed.row),
            "row_number" => Jinja::from(placed.number),
            "subset" => Jinja::from(subset),
            "subset_title" => Jinja::from(title()),
            "category" => Jinja::from(self.category_of(subset).unwrap_or("")),
            "option" => self.option_values.clone(),
            "assets" => assets(),
            _ => Jinja::UNDEFINED,
        };
        let asked = ROW_NAMES.into_iter().filter(|name| self.expressions.looks_up(name));
        Jinja::from_pairs(asked.map(|name| (name, value(name))))
    }
}

/// Says which column an expression misses, when that is what is wrong.
pub(crate) fn missing_column<'a>(
    row: &Row,
    expressions: impl Iterator<Item = &'a String>,
    error: String,
) -> String {
    for expression in expressions {
        for (at, _) in expression.match_indices("row.") {
            let is_name = |c: &char| c.is_alphanumeric() || *c == '_';
            let rest = &expression[at + 4..];
            let name: String = rest.chars().take_while(is_name).collect();
            let is_method = rest[name.len()..].starts_with('(');
            if !is_method && !row.contains_key(&name) {
                let has = row.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                return format!("the column `{name}` is missing; the row has: {has}");
            }
        }
    }
    error
}

/// The row's own id, or its number.
fn id(field: Option<Value>, placed: &PlacedRow) -> String {
    let own = field.map(text).filter(|id| !id.is_empty());
    own.unwrap_or_else(|| (placed.number - 1).to_string())
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => to_jinja(&other).to_string(),
    }
}

/// A list of texts; one value counts as a list of one, null as none.
fn texts(value: Option<Value>) -> Vec<String> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::List(items)) => items.into_iter().map(text).collect(),
        Some(one) => vec![text(one)],
    }
}

/// Shuffles a sample's options and moves its target letters along, as EvalScope 1.14 does: by a number that seed,
/// question and options give, so that a sample's order does not depend on its neighbours.
fn shuffle_choices(sample: &mut Sample, seed: u64) {
    let mut sorted = sample.choices.clone();
    sorted.sort();
    let mut material = vec![seed.to_string(), sample.question.clone()];
    material.extend(sorted);
    let mut positions: Vec<usize> = (0..sample.choices.len()).collect();
    CPythonRandom::from_digest_of(&material.join("\0")).shuffle(&mut positions);
    let moved = |target: &String| {
        let old = (0..positions.len()).find(|index| letter(*index) == *target)?;
        positions.iter().position(|position| *position == old).map(letter)
    };
    sample.targets =
        sample.targets.iter().map(|target| moved(target).unwrap_or_else(|| target.clone())).collect();
    sample.choices = positions.iter().map(|position| sample.choices[*position].clone()).collect();
}
