//! Rows made of one long text: at each of several depths of each of several lengths, sentences are put in that are to be
//! found again. As EvalScope 1.14.1 makes them, token by token.

use crate::error::Error;
use crate::protocol::Protocol;
use crate::samples::PlacedRow;
use crate::source::RowStream;
use evalscope_core::{Row, Value};
use evalscope_data::{RepoId, Store};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokenizers::Tokenizer;

/// Tokens of a length that are kept free for what stands around the text.
const SPARE_TOKENS: i64 = 150;
/// No model reads more; and a text is made as long as the longest length wants it.
const MAX_TOKENS: i64 = 4_000_000;
/// Rows at most in a subset.
const MAX_ROWS: usize = 100_000;

/// What users can set, under EvalScope's names.
#[derive(Debug, Clone, Deserialize)]
struct Wishes {
    retrieval_question: String,
    needles: Vec<String>,
    context_lengths_min: i64,
    context_lengths_max: i64,
    context_lengths_num_intervals: usize,
    document_depth_percent_min: i64,
    document_depth_percent_max: i64,
    document_depth_percent_intervals: usize,
    tokenizer_path: String,
}

/// Makes the rows of a text.
pub(crate) struct Haystack {
    wishes: Wishes,
    tokenizer: Tokenizer,
    /// The sentences that are put in, as tokens.
    needles: Vec<Vec<u32>>,
    /// The tokens that end a sentence.
    ends: Vec<u32>,
    /// The tokens of each text, by its file.
    texts: Mutex<HashMap<String, Arc<Vec<u32>>>>,
}

impl Haystack {
    /// Reads the wishes of a protocol's options and opens the tokenizer that they name.
    pub fn open(protocol: &Protocol, store: &Store) -> Result<Haystack, Error> {
        let benchmark = || protocol.name.clone();
        let wrong = |message: String| Error::Argument { benchmark: benchmark(), message, hint: None };
        let options = protocol.options.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let wishes: Wishes = serde_json::from_value(serde_json::Value::Object(options))
            .map_err(|error| wrong(format!("extra_params: {error}")))?;
        check(&wishes).map_err(|message| wrong(format!("extra_params: {message}")))?;
        let file = tokenizer_file(&wishes.tokenizer_path, store)
            .map_err(|source| Error::Data { benchmark: benchmark(), source })?;
        let tokenizer = read_tokenizer(&file)
            .map_err(|reason| wrong(format!("the tokenizer {} cannot be read: {reason}", file.display())))?;
        let unreadable = |error: tokenizers::Error| wrong(format!("the tokenizer cannot read: {error}"));
        let encode = |text: &str| Ok(tokenizer.encode(text, true).map_err(unreadable)?.get_ids().to_vec());
        let needles = wishes.needles.iter().map(|needle| encode(needle)).collect::<Result<_, Error>>()?;
        let ends = [encode(".")?, encode("。")?].concat();
        Ok(Haystack { wishes, tokenizer, needles, ends, texts: Mutex::default() })
    }

    /// A row for each length and depth of the text of `file`, which `read` gives.
    pub fn rows<'a>(
        &'a self,
        protocol: &'a Protocol,
        file: String,
        read: impl FnOnce(&str) -> Result<String, evalscope_data::Error>,
    ) -> Result<RowStream<'a>, Error> {
        let wrong = |message: String, number: usize, file: &str| Error::Row {
            benchmark: protocol.name.clone(),
            file: file.to_owned(),
            row: number,
            message,
        };
        let text = || read(&file).map_err(|source| Error::Data { benchmark: protocol.name.clone(), source });
        let tokens = self.tokens(&file, text, |message| wrong(message, 1, &file))?;
        let depths = self.depths();
        let pairs = self
            .lengths()
            .into_iter()
            .flat_map(move |length| depths.clone().into_iter().map(move |depth| (length, depth)));
        Ok(Box::new(pairs.enumerate().map(move |(at, (length, depth))| {
            let number = at + 1;
            let context = self.context(&tokens, length, depth);
            let context = context.map_err(|message| wrong(message, number, &file))?;
            Ok(PlacedRow { file: file.clone(), number, row: self.row(context, length, depth) })
        })))
    }

    fn row(&self, context: String, length: i64, depth: i64) -> Row {
        let needles = self.wishes.needles.join("\n");
        Row::from_iter([
            ("context".to_owned(), Value::String(context)),
            ("context_length".to_owned(), Value::Int(length)),
            ("depth_percent".to_owned(), Value::Int(depth)),
            ("question".to_owned(), Value::String(self.wishes.retrieval_question.clone())),
            ("answer".to_owned(), Value::String(needles)),
        ])
    }

    fn lengths(&self) -> Vec<i64> {
        let wishes = &self.wishes;
        spread(wishes.context_lengths_min, wishes.context_lengths_max, wishes.context_lengths_num_intervals)
    }

    fn depths(&self) -> Vec<i64> {
        let wishes = &self.wishes;
        let (least, most) = (wishes.document_depth_percent_min, wishes.document_depth_percent_max);
        spread(least, most, wishes.document_depth_percent_intervals)
    }

    /// The text's tokens, the text repeated until it has as many as the longest length wants.
    fn tokens(
        &self,
        file: &str,
        text: impl FnOnce() -> Result<String, Error>,
        wrong: impl Fn(String) -> Error,
    ) -> Result<Arc<Vec<u32>>, Error> {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = texts.get(file) {
            return Ok(Arc::clone(known));
        }
        // As Python reads a text.
        let text = text()?.replace("\r\n", "\n").replace('\r', "\n");
        let most = self.lengths().into_iter().max().unwrap_or(0);
        let mut repeated = text.clone();
        let tokens = loop {
            let encoded = self.tokenizer.encode(repeated.as_str(), false);
            let tokens = encoded.map_err(|error| wrong(error.to_string()))?.get_ids().to_vec();
            if tokens.is_empty() {
                return Err(wrong("the text is empty".into()));
            }
            if tokens.len() as i64 >= most {
                break tokens;
            }
            repeated.push('\n');
            repeated.push_str(&text);
        };
        let tokens = Arc::new(tokens);
        texts.insert(file.to_owned(), Arc::clone(&tokens));
        Ok(tokens)
    }

    /// The text cut to a length, with the needles in it: the first at the depth, the others spread over the rest.
    fn context(&self, tokens: &[u32], length: i64, depth: i64) -> Result<String, String> {
        let length = length - SPARE_TOKENS;
        let of_needles: usize = self.needles.iter().map(Vec::len).sum();
        let of_needles = of_needles as i64;
        let is_longer = tokens.len() as i64 + of_needles > length;
        let mut tokens = if is_longer { front(tokens, length - of_needles) } else { tokens }.to_vec();
        let mut depth = depth as f64;
        let step = (100.0 - depth) / self.needles.len() as f64;
        for needle in &self.needles {
            if depth == 100.0 {
                tokens.extend(needle);
                continue;
            }
            let mut at = (tokens.len() as f64 * (depth / 100.0)) as usize;
            // At the end of a sentence, looking back from there.
            while at > 0 && !self.ends.contains(&tokens[at - 1]) {
                at -= 1;
            }
            tokens.splice(at..at, needle.iter().copied());
            depth += step;
        }
        self.tokenizer.decode(&tokens, false).map_err(|error| error.to_string())
    }
}

/// The first tokens; a negative number leaves out so many at the end, as a slice in Python does.
fn front(tokens: &[u32], count: i64) -> &[u32] {
    let all = tokens.len() as i64;
    let end = if count < 0 { all + count } else { count };
    &tokens[..end.clamp(0, all) as usize]
}

/// So many whole numbers from the first to the last, as far apart from each other as they can be; numpy's `linspace` and
/// `round`.
fn spread(first: i64, last: i64, count: usize) -> Vec<i64> {
    let step = (last - first) as f64 / (count.max(2) - 1) as f64;
    let number = |at: usize| match at {
        at if at + 1 == count && at > 0 => last,
        at => (at as f64 * step + first as f64).round_ties_even() as i64,
    };
    (0..count).map(number).collect()
}

fn check(wishes: &Wishes) -> Result<(), String> {
    let lengths = wishes.context_lengths_min..=wishes.context_lengths_max;
    let depths = wishes.document_depth_percent_min..=wishes.document_depth_percent_max;
    let (of_lengths, of_depths) =
        (wishes.context_lengths_num_intervals, wishes.document_depth_percent_intervals);
    if wishes.needles.is_empty() {
        return Err("`needles` is empty".into());
    }
    if lengths.is_empty() || *lengths.start() < 1 || *lengths.end() > MAX_TOKENS {
        return Err(format!("the context lengths are not from 1 to {MAX_TOKENS} tokens, the least first"));
    }
    if depths.is_empty() || *depths.start() < 0 || *depths.end() > 100 {
        return Err("the depths are not from 0 to 100 percent, the least first".into());
    }
    if of_lengths == 0 || of_depths == 0 || of_lengths.saturating_mul(of_depths) > MAX_ROWS {
        return Err(format!("the intervals make no samples, or more than {MAX_ROWS}"));
    }
    Ok(())
}

/// A file or folder on this machine, else a model's repository on the hub.
fn tokenizer_file(path: &str, store: &Store) -> Result<PathBuf, evalscope_data::Error> {
    let local = Path::new(path);
    if local.is_dir() {
        return Ok(local.join("tokenizer.json"));
    }
    if local.is_file() {
        return Ok(local.to_owned());
    }
    let (id, revision) = match path.split_once('@') {
        Some((id, revision)) => (id.to_owned(), Some(revision.to_owned())),
        None => (path.to_owned(), None),
    };
    store.open_model(&RepoId { id, revision })?.path("tokenizer.json")
}

fn read_tokenizer(file: &Path) -> Result<Tokenizer, String> {
    let mut opened = Tokenizer::from_file(file).map_err(|error| error.to_string())?;
    // A file may say that texts are cut or filled up.
    opened.with_padding(None);
    opened.with_truncation(None).map_err(|error| error.to_string())?;
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_as_numpy_spreads_them() {
        // numpy 2.3: np.round(np.linspace(1000, 32000, num=10)), np.round(np.linspace(0, 100, num=10)).
        assert_eq!(
            spread(1000, 32000, 10),
            [1000, 4444, 7889, 11333, 14778, 18222, 21667, 25111, 28556, 32000]
        );
        assert_eq!(spread(0, 100, 10), [0, 11, 22, 33, 44, 56, 67, 78, 89, 100]);
        // np.round rounds halves to even; one number is the first.
        assert_eq!(spread(0, 5, 3), [0, 2, 5]);
        assert_eq!(spread(7, 9, 1), [7]);
    }

    #[test]
    fn a_negative_length_leaves_out_the_end() {
        assert_eq!(front(&[1, 2, 3], 2), [1, 2]);
        assert_eq!(front(&[1, 2, 3], -1), [1, 2]);
        assert_eq!(front(&[1, 2, 3], -9), [0_u32; 0]);
    }
}
