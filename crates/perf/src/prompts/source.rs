//! Chooses and reads prompts, as many as the test can use.

use crate::api::{Prompt, Turn};
use crate::error::Error;
use crate::prompts::corpus;
use crate::prompts::dress;
use crate::prompts::file::{self, Column};
use crate::prompts::images::Images;
use crate::prompts::prefix::{Beginnings, Prefix};
use crate::prompts::random_tokens::RandomTokens;
use crate::prompts::tokenizer::Tokenizer;
use crate::prompts::trace;
use crate::prompts::words::Words;
use crate::random::Random;
use std::path::PathBuf;
use std::time::Duration;

/// Prompts that are kept at most; a longer test asks them again.
const MOST_PROMPTS: u64 = 100_000;
/// Prompts that are made up at most: making them must not hold up the beginning.
const MOST_MADE: usize = 10_000;
/// Characters that are kept at most, for the same reason.
const MOST_CHARACTERS: usize = 256 << 20;
/// Characters of a prompt at most, as in EvalScope.
const LONGEST: usize = 131_072;
/// Tokens of a random prompt when nobody says how many.
const DEFAULT_TOKENS: usize = 512;

/// Where prompts come from.
pub enum Dataset {
    /// Sentences that are made up.
    Synthetic,
    /// Exactly so many tokens each.
    Random,
    /// This text, again and again.
    Given(Prompt),
    /// The lines of a file.
    Lines(PathBuf),
    /// A column of rows.
    Rows(Box<evalscope_data::Dataset>, Column),
    /// A recorded load.
    Trace(Box<evalscope_data::Dataset>),
}

/// What is asked of prompts.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The least length: tokens with a tokenizer, else characters.
    pub min_length: Option<usize>,
    /// The greatest.
    pub max_length: Option<usize>,
    /// Beginnings, of made-up prompts.
    pub prefix: Prefix,
    /// Whether each prompt begins with a line that no other has.
    pub bust_cache: bool,
    /// Images that go with prompts.
    pub images: Option<Images>,
    /// Turns of a conversation: a number between these.
    pub turns: Option<(usize, usize)>,
    /// Whether `requests` is a number of conversations, as where they begin at a rate.
    pub counts_conversations: bool,
    /// Prompts that are left out at the beginning.
    pub offset: usize,
    /// How many requests there will be, as far as is known.
    pub requests: u64,
    /// The seed.
    pub seed: u64,
    /// When the test began: lines that no other prompt has are not those of another test either.
    pub moment: u64,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Material {
    /// Prompts, where there are no conversations.
    pub prompts: Vec<Prompt>,
    /// Tokens of the answer to each, where a trace says so.
    pub outputs: Vec<Option<u64>>,
    /// When they came, where a trace says so.
    pub times: Vec<Duration>,
    /// Conversations: what a person says, turn by turn.
    pub scripts: Vec<Vec<Turn>>,
    /// What a reader has to know of them.
    pub notes: Vec<String>,
}

/// Reads or makes prompts.
pub fn read(dataset: &Dataset, asked: &Asked, tokenizer: Option<&Tokenizer>) -> Result<Material, Error> {
    let mut material = Material::default();
    match (dataset, asked.turns) {
        (Dataset::Trace(rows), _) => traced(rows, asked, tokenizer, &mut material)?,
        (Dataset::Rows(rows, Column::FirstTurn), Some(turns)) => recorded(rows, asked, turns, &mut material)?,
        (_, None) => material.prompts = prompts(dataset, asked, tokenizer)?,
        (_, Some(turns)) => {
            let each = if asked.counts_conversations { turns.1 as u64 } else { 1 };
            let all = Asked { requests: asked.requests.saturating_mul(each), ..asked.clone() };
            material.scripts = grouped(prompts(dataset, &all, tokenizer)?, turns, asked);
        }
    }
    if material.prompts.is_empty() && material.scripts.is_empty() {
        return Err(Error::option(
            "no prompt is left",
            Some(
                "look at `--dataset-path`, `--min-prompt-length`, `--max-prompt-length` and `--dataset-offset`",
            ),
        ));
    }
    if asked.bust_cache {
        if material.times.is_empty() {
            let most = count(asked).min(MOST_MADE);
            dress::come_again(&mut material.prompts, most, Prompt::characters);
            let turns = if asked.counts_conversations { 1 } else { least_turns(&material.scripts) };
            dress::come_again(&mut material.scripts, most.div_ceil(turns), |turns| {
                turns.iter().map(|turn| turn.content.len()).sum()
            });
        }
        dress::bust_caches(&mut material, asked.seed ^ asked.moment);
    }
    if let Some(images) = &asked.images {
        dress::illustrate(&mut material, images, asked.seed)?;
    }
    Ok(material)
}

/// Requests that each of these conversations comes to, at least.
fn least_turns(scripts: &[Vec<Turn>]) -> usize {
    let turns = |script: &Vec<Turn>| script.iter().filter(|turn| turn.role == "user").count();
    scripts.iter().map(turns).min().unwrap_or(1).max(1)
}

/// Conversations of a file, those with enough turns.
fn recorded(
    rows: &evalscope_data::Dataset,
    asked: &Asked,
    (least, most): (usize, usize),
    material: &mut Material,
) -> Result<(), Error> {
    let (wanted, mut passed, mut characters) = (count(asked), 0, 0);
    for script in file::scripts(rows, most)?.skip(asked.offset) {
        let script = script?;
        match script.iter().filter(|turn| turn.role == "user").count() < least {
            true => passed += 1,
            false => {
                characters += script.iter().map(|turn| turn.content.len()).sum::<usize>();
                material.scripts.push(script);
            }
        }
        if material.scripts.len() >= wanted || characters >= MOST_CHARACTERS {
            break;
        }
    }
    if material.scripts.is_empty() && passed > 0 {
        let message = format!("none of the {passed} conversations has {least} turns of a person");
        return Err(Error::option(message, Some("take a smaller `--min-turns`")));
    }
    if passed > 0 {
        material
            .notes
            .push(format!("conversations of fewer than {least} turns that were passed over: {passed}"));
    }
    Ok(())
}

fn count(asked: &Asked) -> usize {
    usize::try_from(asked.requests.clamp(1, MOST_PROMPTS)).unwrap_or(1)
}

fn prompts(dataset: &Dataset, asked: &Asked, tokenizer: Option<&Tokenizer>) -> Result<Vec<Prompt>, Error> {
    let most = count(asked);
    let made = most.min(MOST_MADE);
    let has_lengths = asked.min_length.is_some() || asked.max_length.is_some();
    match dataset {
        Dataset::Synthetic if !(has_lengths && tokenizer.is_some()) => {
            made_up(&Words::Made, corpus::DEFAULT_CHARACTERS, asked, made)
        }
        Dataset::Synthetic | Dataset::Random => {
            let words = Words::Tokens(RandomTokens::new(needed(tokenizer)?)?);
            made_up(&words, (DEFAULT_TOKENS, DEFAULT_TOKENS), asked, made)
        }
        Dataset::Given(prompt) => Ok(vec![prompt.clone()]),
        Dataset::Lines(path) => fitting(file::lines(path)?, asked, tokenizer, most),
        Dataset::Rows(rows, column) => fitting(file::rows(rows, column)?, asked, tokenizer, most),
        Dataset::Trace(_) => Ok(Vec::new()),
    }
}

fn needed(tokenizer: Option<&Tokenizer>) -> Result<&Tokenizer, Error> {
    tokenizer.ok_or_else(|| {
        Error::option(
            "`--dataset random` counts tokens, and there is no tokenizer",
            Some("give one with `--tokenizer-path FOLDER`, or take `--dataset synthetic`"),
        )
    })
}

/// Those that are neither too short nor too long.
fn fitting(
    prompts: impl Iterator<Item = Result<Prompt, Error>>,
    asked: &Asked,
    tokenizer: Option<&Tokenizer>,
    most: usize,
) -> Result<Vec<Prompt>, Error> {
    let (mut kept, mut characters) = (Vec::new(), 0);
    for prompt in prompts.skip(asked.offset) {
        let prompt = prompt?;
        let own = prompt.characters();
        let length = tokenizer.map_or(own, |tokenizer| tokenizer.count(&prompt.text()) as usize);
        if length < asked.min_length.unwrap_or(0) || length > asked.max_length.unwrap_or(LONGEST) {
            continue;
        }
        characters += own;
        kept.push(prompt);
        if kept.len() >= most || characters >= MOST_CHARACTERS {
            break;
        }
    }
    Ok(kept)
}

fn range(asked: &Asked, default: (usize, usize)) -> (usize, usize) {
    match (asked.min_length, asked.max_length) {
        (None, None) => default,
        (Some(low), None) => (low, default.1.max(low)),
        (None, Some(high)) => (default.0.min(high), high),
        (Some(low), Some(high)) => (low, high.max(low)),
    }
}

fn made_up(
    words: &Words<'_>,
    default: (usize, usize),
    asked: &Asked,
    most: usize,
) -> Result<Vec<Prompt>, Error> {
    let (low, high) = range(asked, default);
    let beginnings = Beginnings::new(asked.prefix, words, asked.seed)?;
    let (mut kept, mut characters) = (Vec::new(), 0);
    for number in asked.offset..asked.offset.saturating_add(most) {
        let mut random = Random::new(asked.seed, 1000 + number as u64);
        let length = random.between(low, high);
        let text = words.after(&beginnings.of(number)?, &mut random, length)?;
        characters += text.len();
        kept.push(Prompt::Text(text));
        if characters >= MOST_CHARACTERS {
            break;
        }
    }
    Ok(kept)
}

/// Prompts put together to conversations, each with a number of turns that is drawn.
fn grouped(prompts: Vec<Prompt>, (low, high): (usize, usize), asked: &Asked) -> Vec<Vec<Turn>> {
    let mut random = Random::new(asked.seed, 4);
    let mut scripts: Vec<Vec<Turn>> = Vec::new();
    let mut left = 0;
    for prompt in prompts {
        if left == 0 {
            left = random.between(low, high);
            scripts.push(Vec::new());
        }
        left -= 1;
        if let Some(script) = scripts.last_mut() {
            script.extend(prompt.turns().into_iter().filter(|turn| turn.role != "assistant"));
        }
    }
    scripts
}

fn traced(
    rows: &evalscope_data::Dataset,
    asked: &Asked,
    tokenizer: Option<&Tokenizer>,
    material: &mut Material,
) -> Result<(), Error> {
    let words = match tokenizer {
        Some(tokenizer) => Words::Tokens(RandomTokens::new(tokenizer)?),
        None => Words::Made,
    };
    let rows = file::each(rows)?.skip(asked.offset);
    let mut rows = rows.map(|row| trace::recorded(&row?, &words, asked.seed));
    let recorded = rows.by_ref().take(count(asked)).collect::<Result<Vec<_>, _>>()?;
    if asked.requests > MOST_PROMPTS && rows.next().is_some() {
        material.notes.push(format!(
            "the trace has more than {MOST_PROMPTS} requests, of which only the first are sent: `--dataset-offset` leaves \
             some out at its beginning"
        ));
    }
    let (recorded, times) = trace::in_order(recorded);
    material.times = times;
    let is_whole = recorded.iter().any(|recorded| matches!(recorded.prompt, Prompt::Body(_)));
    let are_made = recorded.iter().any(|recorded| !matches!(recorded.prompt, Prompt::Body(_)));
    if are_made && tokenizer.is_none() {
        let text = "without `--tokenizer-path` the prompts of a trace have five characters for each token";
        material.notes.push(text.to_owned());
    }
    if is_whole && (asked.bust_cache || asked.images.is_some()) {
        return Err(Error::option(
            "--bust-cache and images change prompts, and this trace holds whole requests",
            Some("take them out, or a trace of lengths"),
        ));
    }
    (material.prompts, material.outputs) =
        recorded.into_iter().map(|recorded| (recorded.prompt, recorded.output)).unzip();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Asked {
        Asked { requests: 40, seed: 1, ..Asked::default() }
    }

    #[test]
    fn conversations_have_as_many_turns_as_asked() {
        let material = read(&Dataset::Synthetic, &Asked { turns: Some((2, 4)), ..asked() }, None).unwrap();
        let turns: Vec<usize> = material.scripts.iter().map(Vec::len).collect();
        assert_eq!(turns.iter().sum::<usize>(), 40);
        assert!(turns[..turns.len() - 1].iter().all(|turns| (2..=4).contains(turns)), "{turns:?}");
        let asked = Asked { turns: Some((2, 4)), counts_conversations: true, ..asked() };
        assert!(read(&Dataset::Synthetic, &asked, None).unwrap().scripts.len() >= 40);
    }

    #[test]
    fn prompts_that_bust_caches_begin_differently() {
        let one = Dataset::Given(Prompt::Messages(vec![Turn::new("user", "a".into())]));
        let text = |bust_cache| read(&one, &Asked { bust_cache, ..asked() }, None).unwrap().prompts[0].text();
        // As many as there are requests: one that came again would be in the cache.
        let asked_for = read(&one, &Asked { bust_cache: true, ..asked() }, None).unwrap().prompts;
        let unlike: std::collections::BTreeSet<String> = asked_for.iter().map(Prompt::text).collect();
        assert_eq!((asked_for.len(), unlike.len()), (40, 40));
        assert_eq!(text(false), "a");
        assert!(text(true).starts_with('[') && text(true).ends_with("]\na"), "{}", text(true));
        let at = |moment| {
            let asked = Asked { bust_cache: true, moment, ..asked() };
            read(&one, &asked, None).unwrap().prompts[0].text()
        };
        assert_ne!(at(1), at(2), "another test has the same line");
    }

    #[test]
    fn images_go_with_what_the_user_says() {
        use crate::prompts::images::{ImageSource, Pixel};
        let images = Images { count: 2, source: ImageSource::Random(4, 4, Pixel::Grey) };
        let material = read(&Dataset::Synthetic, &Asked { images: Some(images), ..asked() }, None).unwrap();
        let Prompt::Messages(turns) = &material.prompts[0] else { panic!("no messages") };
        assert_eq!(turns[0].images.len(), 2);
        assert!(turns[0].images[0].starts_with("data:image/png;base64,iVBOR"));
    }
}
