//! The weights of a folder under the names that the decoder asks for.

use super::shards::{Shards, StoredTensor};
use crate::config::{DecoderConfig, Layout, Piece, Promised};
use crate::decoder::{EMBEDDING, HEAD, Weights};
use crate::gguf::{Fault, nonsense};
use std::collections::BTreeMap;
use std::ops::Range;

/// Tensors that some files have and nobody reads: the frequencies of rotations, computed anew.
const LEFT_OUT: [&str; 3] = [
    "model.layers.*.self_attn.rotary_emb.inv_freq",
    "model.rotary_emb.inv_freq",
    "transformer.rotary_pos_emb.inv_freq",
];

/// The weights of a folder.
pub(crate) struct FolderWeights {
    shards: Shards,
    sources: BTreeMap<String, Source>,
    layout: &'static Layout,
    layers: usize,
}

/// Where a weight stands.
struct Source {
    tensor: String,
    /// Rows of the tensor, in order; all when empty.
    rows: Vec<Range<usize>>,
    has_unit_rows: bool,
}

impl FolderWeights {
    /// Finds a place for each tensor of the files.
    pub(crate) fn new(
        shards: Shards,
        layout: &'static Layout,
        config: &DecoderConfig,
        promised: &Promised,
    ) -> Result<Self, Fault> {
        let mut sources = BTreeMap::new();
        for (name, tensor) in shards.tensors() {
            let Some(plain) = layout.plain_name(name) else { continue };
            let (starred, numbers) = starred(&plain);
            let (part, ending) = match starred.rsplit_once('.') {
                Some((part, ending @ ("weight" | "bias"))) => (part, ending),
                _ if LEFT_OUT.contains(&starred.as_str()) => continue,
                _ => return Err(Fault::Unknown(format!("the tensor `{name}`"))),
            };
            let Some(weights) = layout.find(part) else {
                return Err(Fault::Unknown(format!("the tensor `{name}`")));
            };
            for (weight, piece) in weights {
                if !promised.head && *weight == "output" {
                    continue;
                }
                let weight = filled(&format!("{weight}.{ending}"), &numbers);
                let source = Source {
                    tensor: name.clone(),
                    rows: rows(*piece, tensor, config)?,
                    has_unit_rows: *piece == Piece::UnitRows,
                };
                sources.insert(weight, source);
            }
        }
        let weights = FolderWeights { shards, sources, layout, layers: config.layers.len() };
        weights.check(promised)?;
        Ok(weights)
    }

    /// Refuses files that lack what the configuration says: without it the decoder would compute something else.
    fn check(&self, promised: &Promised) -> Result<(), Fault> {
        let missing = |name: &str, because: &str| {
            nonsense(format!("the weights of `{}` are missing, and {because}", self.stored_name(name)))
        };
        if promised.head && !self.has(HEAD) {
            return missing(HEAD, "by `config.json` the embedding does not serve as head");
        }
        let names = (0..self.layers)
            .flat_map(|layer| promised.biases.iter().map(move |part| format!("blk.{layer}.{part}")));
        for name in names {
            if !self.has(&name) {
                return missing(&name, "by `config.json` or its family the model has this bias");
            }
        }
        match (promised.tokens, self.vocabulary()?) {
            (Some(tokens), rows) if tokens > rows => nonsense(format!(
                "`{}` has {rows} rows, and by `config.json` there are {tokens} tokens (`vocab_size`)",
                self.stored_name(EMBEDDING)
            )),
            _ => Ok(()),
        }
    }

    /// Number of tokens that the embedding has.
    pub(crate) fn vocabulary(&self) -> Result<usize, Fault> {
        self.outputs(EMBEDDING)
    }

    fn source(&self, name: &str) -> Result<&Source, Fault> {
        match self.sources.get(name) {
            Some(source) => Ok(source),
            None => {
                let says =
                    format!("{} says that the number of layers is {}", self.counts_layers(), self.layers);
                let of_layers = if name.starts_with("blk.") { format!(" ({says})") } else { String::new() };
                nonsense(format!("the weights of `{}` are missing{of_layers}", self.stored_name(name)))
            }
        }
    }
}

/// A name with `*` in place of its numbers, and the numbers.
fn starred(name: &str) -> (String, Vec<&str>) {
    let mut numbers = Vec::new();
    let parts: Vec<&str> = name
        .split('.')
        .map(|part| match !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
            true => {
                numbers.push(part);
                "*"
            }
            false => part,
        })
        .collect();
    (parts.join("."), numbers)
}

fn filled(name: &str, numbers: &[&str]) -> String {
    numbers.iter().fold(name.to_owned(), |name, number| name.replacen('*', number, 1))
}

/// The rows that a piece is.
fn rows(piece: Piece, tensor: &StoredTensor, config: &DecoderConfig) -> Result<Vec<Range<usize>>, Fault> {
    let (query, kv, head) = (config.query_width(), config.kv_width(), config.head_width);
    let all = tensor.shape.first().copied().unwrap_or(0);
    let group = config.heads / config.kv_heads;
    // Heads of queries, one of keys and one of values stand together.
    let grouped = |from: usize, count: usize| {
        let stride = (group + 2) * head;
        (0..config.kv_heads)
            .map(move |index| index * stride + from * head..index * stride + (from + count) * head)
    };
    let rows: Vec<Range<usize>> = match piece {
        Piece::Whole | Piece::UnitRows => return Ok(Vec::new()),
        Piece::Query => std::iter::once(0..query).collect(),
        Piece::Key => std::iter::once(query..query + kv).collect(),
        Piece::Value => std::iter::once(query + kv..query + 2 * kv).collect(),
        Piece::FirstHalf => std::iter::once(0..all / 2).collect(),
        Piece::SecondHalf => std::iter::once(all / 2..all / 2 * 2).collect(),
        Piece::GroupedQuery => grouped(0, group).collect(),
        Piece::GroupedKey => grouped(group, 1).collect(),
        Piece::GroupedValue => grouped(group + 1, 1).collect(),
    };
    match rows.iter().all(|rows| rows.end <= all) {
        true => Ok(rows),
        false => nonsense(format!("the tensor `{}` has {all} rows, too few for {piece:?}", tensor.name)),
    }
}

impl Weights for FolderWeights {
    fn has(&self, name: &str) -> bool {
        self.sources.contains_key(name)
    }

    fn names(&self) -> Vec<&str> {
        self.sources.keys().map(String::as_str).collect()
    }

    /// That of a weight that is missing is told from those of its like.
    fn stored_name(&self, name: &str) -> String {
        if let Some(source) = self.sources.get(name) {
            return source.tensor.clone();
        }
        let (weight, numbers) = starred(name);
        let Some((part, ending)) = weight.rsplit_once('.') else { return name.to_owned() };
        let is_used = |holder: &&str| {
            let mut tensors = self.sources.values().map(|source| starred(&source.tensor).0);
            tensors.any(|tensor| {
                tensor.strip_suffix(ending).is_some_and(|tensor| tensor == format!("{holder}."))
            })
        };
        let holder = self.layout.holders(part).find(is_used).or_else(|| self.layout.holders(part).next());
        holder.map_or_else(|| name.to_owned(), |holder| filled(&format!("{holder}.{ending}"), &numbers))
    }

    fn counts_layers(&self) -> &'static str {
        "`config.json`"
    }

    fn outputs(&self, name: &str) -> Result<usize, Fault> {
        let source = self.source(name)?;
        match self.shards.tensor(&source.tensor)?.shape.as_slice() {
            [outputs, _] => Ok(*outputs),
            shape => nonsense(format!(
                "the tensor `{}` has the shape {shape:?} and should be a matrix",
                source.tensor
            )),
        }
    }

    fn read(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Fault> {
        let source = self.source(name)?;
        let tensor = self.shards.tensor(&source.tensor)?;
        let (own_rows, own_columns) = match tensor.shape.as_slice() {
            [length] => (*length, 1),
            [rows, columns] => (*rows, *columns),
            shape => return nonsense(format!("the tensor `{}` has the shape {shape:?}", tensor.name)),
        };
        let (columns, rows) = match shape {
            [length] => (1, *length),
            [columns, rows] => (*columns, *rows),
            _ => return nonsense(format!("`{name}` is asked for as {shape:?}")),
        };
        let whole: Vec<Range<usize>> = std::iter::once(0..own_rows).collect();
        let ranges = if source.rows.is_empty() { &whole } else { &source.rows };
        let found: usize = ranges.iter().map(|range| range.len()).sum();
        if (found, own_columns) != (rows, columns) || tensor.shape.len() != shape.len() {
            return nonsense(format!(
                "the tensor `{}` has the shape {:?} and should give {rows} × {columns} numbers",
                tensor.name, tensor.shape
            ));
        }
        let mut values = self.shards.read(tensor, own_columns, ranges)?;
        if self.layout.norms_from_one && name.ends_with("norm.weight") {
            values.iter_mut().for_each(|value| *value += 1.0);
        }
        if source.has_unit_rows {
            values.chunks_exact_mut(columns).for_each(make_unit);
        }
        Ok(values)
    }
}

/// Divides a row by its length.
fn make_unit(row: &mut [f32]) {
    let square: f64 = row.iter().map(|value| f64::from(*value) * f64::from(*value)).sum();
    let length = square.sqrt().max(1e-12);
    row.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_taken_out_and_put_back() {
        let (name, numbers) = starred("model.layers.12.mlp.experts.3.w1.weight");
        assert_eq!(name, "model.layers.*.mlp.experts.*.w1.weight");
        assert_eq!(filled("blk.*.expert.*.ffn_gate.weight", &numbers), "blk.12.expert.3.ffn_gate.weight");
    }
}
