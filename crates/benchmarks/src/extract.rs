//! From a reply to the answer: named extractors and small steps, in the order of the file.

use crate::expressions::Expressions;
use crate::schema::{ExtractStep, Take};
use evalscope_core::suggest;
use evalscope_metrics::extract::{Answer, Extractor, Reply, extractor, extractors};
use fancy_regex::Regex;
use minijinja::Value as Jinja;
use std::cell::LazyCell;

/// Work that one regular expression may do before it is given up.
const REGEX_BACKTRACK_LIMIT: usize = 1_000_000;

/// What expressions see of a sample; most extractions ask for none of it.
pub(crate) type LazySample<'a> = LazyCell<Jinja, Box<dyn FnOnce() -> Jinja + 'a>>;

/// Compiled steps.
pub(crate) struct Extraction {
    steps: Vec<Step>,
}

enum Step {
    Named(&'static Extractor),
    Regex { regex: Box<Regex>, take: Take },
    AfterLast(String),
    BeforeFirst(String),
    BeforeEach(usize),
    Strip(Vec<char>),
    StripSuffix(String),
    Remove(Box<Regex>),
    If { condition: usize, then: Extraction, otherwise: Extraction },
}

impl Extraction {
    /// Compiles steps; conditions go to `expressions`. An error names the step.
    pub fn compile(steps: &[ExtractStep], expressions: &mut Expressions) -> Result<Extraction, String> {
        let steps = steps.iter().map(|step| compile_step(step, expressions)).collect::<Result<_, _>>()?;
        Ok(Extraction { steps })
    }

    /// Whether there is no step.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The answer in `reply`, or `None`. Without steps: the reply, trimmed.
    pub fn run(
        &self,
        reply: &Reply,
        sample: &LazySample,
        expressions: &Expressions,
    ) -> Result<Option<Answer>, String> {
        let mut current = Answer { text: reply.text.to_owned(), span: Some((0, reply.text.len())) };
        for step in &self.steps {
            match apply(step, current, reply, sample, expressions)? {
                Some(answer) => current = answer,
                None => return Ok(None),
            }
        }
        Ok(Some(current))
    }
}

/// The extractor of this name.
pub(crate) fn known(name: &str) -> Result<&'static Extractor, String> {
    extractor(name).ok_or_else(|| {
        let near = suggest::nearest(name, extractors().iter().map(|known| known.name));
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        format!("there is no extractor `{name}`{hint}")
    })
}

fn compile_step(step: &ExtractStep, expressions: &mut Expressions) -> Result<Step, String> {
    let with = match step {
        ExtractStep::Named(name) => return known(name).map(Step::Named),
        ExtractStep::With(with) => with,
    };
    if let Some(pattern) = &with.regex {
        return Ok(Step::Regex { regex: compiled(pattern)?, take: with.take.unwrap_or_default() });
    }
    if let Some(pattern) = &with.remove {
        return Ok(Step::Remove(compiled(pattern)?));
    }
    if let Some(marker) = &with.after_last {
        return Ok(Step::AfterLast(marker.clone()));
    }
    if let Some(marker) = &with.before_first {
        return Ok(Step::BeforeFirst(marker.clone()));
    }
    if let Some(markers) = &with.before_each {
        return Ok(Step::BeforeEach(expressions.add(markers)?));
    }
    if let Some(characters) = &with.strip {
        return Ok(Step::Strip(characters.chars().collect()));
    }
    if let Some(suffix) = &with.strip_suffix {
        return Ok(Step::StripSuffix(suffix.clone()));
    }
    if let Some(condition) = &with.condition {
        return Ok(Step::If {
            condition: expressions.add(condition)?,
            then: Extraction::compile(&with.then, expressions)?,
            otherwise: Extraction::compile(&with.otherwise, expressions)?,
        });
    }
    Err("a step needs one of `regex`, `after_last`, `before_first`, `before_each`, `strip`, `strip_suffix`, `remove`, \
         `if`"
        .into())
}

fn compiled(pattern: &str) -> Result<Box<Regex>, String> {
    let regex = fancy_regex::RegexBuilder::new(pattern).backtrack_limit(REGEX_BACKTRACK_LIMIT).build();
    regex.map(Box::new).map_err(|error| format!("the regular expression `{pattern}` is not valid: {error}"))
}

fn apply(
    step: &Step,
    current: Answer,
    reply: &Reply,
    sample: &LazySample,
    expressions: &Expressions,
) -> Result<Option<Answer>, String> {
    let text = current.text.as_str();
    let part = |start: usize, end: usize| {
        let span = current.span.map(|(from, _)| (from + start, from + end));
        Answer { text: text[start..end].to_owned(), span }
    };
    Ok(match step {
        Step::Named(extractor) => (extractor.run)(&Reply { text, ..*reply }).map(|answer| Answer {
            span: match (current.span, answer.span) {
                (Some((from, _)), Some((start, end))) => Some((from + start, from + end)),
                _ => None,
            },
            text: answer.text,
        }),
        Step::Regex { regex, take } => find(regex, *take, text)?.map(|(start, end)| part(start, end)),
        Step::AfterLast(marker) => {
            let start = text.rfind(marker.as_str()).map_or(0, |at| at + marker.len());
            Some(part(start, text.len()))
        }
        Step::BeforeFirst(marker) => Some(part(0, text.find(marker.as_str()).unwrap_or(text.len()))),
        Step::BeforeEach(markers) => {
            let markers = expressions.eval(*markers, sample)?;
            Some(part(0, before_each(text, &markers)?))
        }
        Step::Strip(characters) => {
            let stripped = text.trim_start_matches(characters.as_slice());
            let start = text.len() - stripped.len();
            Some(part(start, start + stripped.trim_end_matches(characters.as_slice()).len()))
        }
        Step::StripSuffix(suffix) => {
            Some(part(0, text.strip_suffix(suffix.as_str()).map_or(text.len(), str::len)))
        }
        Step::Remove(regex) => Some(Answer {
            text: regex
                .try_replacen(text, 0, "")
                .map_err(|error| format!("a regular expression gave up: {error}"))?
                .into_owned(),
            span: None,
        }),
        Step::If { condition, then, otherwise } => {
            let branch = if expressions.eval(*condition, sample)?.is_true() { then } else { otherwise };
            let base = current.span.map(|(from, _)| from);
            branch.run(&Reply { text, ..*reply }, sample, expressions)?.map(|answer| Answer {
                span: match (base, answer.span) {
                    (Some(from), Some((start, end))) => Some((from + start, from + end)),
                    _ => None,
                },
                text: answer.text,
            })
        }
    })
}

/// Where the text ends when it is cut at each marker in turn.
fn before_each(text: &str, markers: &Jinja) -> Result<usize, String> {
    let mut kept = text;
    for marker in markers.try_iter().map_err(|error| error.to_string())? {
        let marker = marker.as_str().unwrap_or_default();
        let place = match marker.strip_prefix("re:") {
            Some(pattern) => find(&*compiled(pattern.trim())?, Take::First, kept)?.map(|(start, _)| start),
            None if marker.is_empty() => None,
            None => kept.find(marker),
        };
        kept = &kept[..place.unwrap_or(kept.len())];
    }
    Ok(kept.len())
}

/// The range of the first group, or of the whole match.
fn find(regex: &Regex, take: Take, text: &str) -> Result<Option<(usize, usize)>, String> {
    let mut found = None;
    for captures in regex.captures_iter(text) {
        let captures = captures.map_err(|error| format!("a regular expression gave up: {error}"))?;
        let group = (1..captures.len()).find_map(|group| captures.get(group)).or_else(|| captures.get(0));
        found = group.map(|group| (group.start(), group.end()));
        if take == Take::First {
            break;
        }
    }
    Ok(found)
}
