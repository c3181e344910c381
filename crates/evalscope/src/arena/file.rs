//! What an arena is made of: a YAML file, in EvalScope 0.5's form or in our shorter one.

use super::long;
use super::rate::read;
use crate::argument::ArgumentError;
use evalscope_arena::pairing::{Mitigation, Mode};
use evalscope_judge::Asking;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// EvalScope's number.
pub(super) const SEED: u64 = 123;
/// Our own small arena, for a machine without anything.
const STARTER: &str = include_str!("../../assets/arena/starter.yaml");
pub(super) const STARTER_QUESTIONS: &str = include_str!("../../assets/arena/questions.jsonl");

/// Who takes part.
#[derive(Debug, Clone, PartialEq)]
pub struct Contestant {
    /// The name under which answers are filed.
    pub name: String,
    /// The model, as `--model` of `evalscope eval` takes it; absent when its answers are there already.
    pub model: Option<Value>,
    /// The file of its answers.
    pub answers: PathBuf,
}

/// An arena.
#[derive(Debug, Clone, PartialEq)]
pub struct ArenaFile {
    /// The questions; our own twenty when absent.
    pub questions: Option<PathBuf>,
    /// Who takes part, the baseline last.
    pub contestants: Vec<Contestant>,
    /// The model that the others are compared with, by name.
    pub baseline: Option<String>,
    /// Reference answers.
    pub references: Option<PathBuf>,
    /// Prompts for the judge; ours when absent.
    pub prompts: Option<PathBuf>,
    /// The judge, as `--model` takes a model; absent when nothing is judged.
    pub judge: Option<Value>,
    /// How it is asked.
    pub asking: Asking,
    /// What is judged.
    pub mode: Mode,
    /// What is done about a judge that prefers a place.
    pub mitigation: Mitigation,
    /// Seed of what is drawn.
    pub seed: u64,
    /// Whether a constant answer without content takes part, to find out whether the judge falls for it.
    pub has_null_model: bool,
    /// The file of reviews.
    pub reviews: PathBuf,
    /// The file of ratings, CSV; none when nothing is rated.
    pub report: Option<PathBuf>,
    /// The folder for what belongs to the arena as a whole: calls, leaderboard.
    pub folder: PathBuf,
}

/// Our shorter form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Short {
    questions: Option<PathBuf>,
    models: Vec<Value>,
    judge: Value,
    #[serde(default)]
    asking: Asking,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    position_bias_mitigation: Mitigation,
    baseline: Option<String>,
    references: Option<PathBuf>,
    prompts: Option<PathBuf>,
    #[serde(default = "seed")]
    seed: u64,
    #[serde(default)]
    null_model: bool,
    out: PathBuf,
}

fn seed() -> u64 {
    SEED
}

/// Reads an arena. Paths in it are from the folder in which it lies.
pub fn read_arena_file(path: &Path) -> Result<ArenaFile, ArgumentError> {
    let text = read(path)?;
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    parse(&path.display().to_string(), &text, &folder)
}

/// Our own small arena, in this folder: the embedded model against itself at another temperature.
pub fn starter_arena(folder: &Path) -> Result<ArenaFile, ArgumentError> {
    parse("the built-in arena", STARTER, folder)
}

fn parse(name: &str, text: &str, folder: &Path) -> Result<ArenaFile, ArgumentError> {
    let wrong = |error: String| {
        ArgumentError::new(format!("{name}: no arena: {error}")).with_hint(Some(
            "write `models`, `judge` and `out`, or EvalScope's `question_file`, `answers_gen`, …".into(),
        ))
    };
    let value: Value = serde_saphyr::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let is_long = ["question_file", "questions_file"].iter().any(|field| value.get(field).is_some());
    let read = match is_long {
        true => serde_json::from_value(value).map(|long| long::of_long(long, folder)),
        false => serde_json::from_value(value).map(|short| of_short(short, folder)),
    };
    let arena = read.map_err(|error| wrong(error.to_string()))?.map_err(wrong)?;
    match double(&arena.contestants) {
        Some(double) => Err(wrong(double)),
        None => Ok(arena),
    }
}

/// Says which two cannot be told apart, by their names or by the files of their answers.
fn double(contestants: &[Contestant]) -> Option<String> {
    let pairs = contestants.iter().enumerate();
    let mut pairs =
        pairs.flat_map(|(place, one)| contestants[place + 1..].iter().map(move |other| (one, other)));
    pairs.find_map(|(one, other)| match one.name == other.name {
        true => Some(format!("two models are named `{}`", one.name)),
        false if one.answers == other.answers => Some(format!(
            "`{}` and `{}` have one file of answers, {}",
            one.name,
            other.name,
            one.answers.display()
        )),
        false => None,
    })
}

/// The name of a model as `--model` takes it.
fn name_of(model: &Value) -> Option<String> {
    let field = |name: &str| model.get(name).and_then(Value::as_str);
    model.as_str().or_else(|| field("model_id")).or_else(|| field("model")).map(str::to_owned)
}

/// Files of answers in this folder, one for each of these names: the name itself, without what may not stand in a file's. Where that
/// would be one file for two, on any disk, all names are spelled so that none is lost. The order of the names changes nothing.
pub(super) fn answer_files(folder: &Path, names: &[String]) -> Vec<PathBuf> {
    let plain = |name: &String| -> String {
        name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect()
    };
    // Without their case: on some disks `A` and `a` are one file.
    let distinct: HashSet<String> = names.iter().map(|name| plain(name).to_lowercase()).collect();
    let all_names: HashSet<&String> = names.iter().collect();
    let is_plain = distinct.len() == all_names.len();
    let file = |name| if is_plain { plain(name) } else { spelled(name) };
    names.iter().map(|name| folder.join(format!("{}.jsonl", file(name)))).collect()
}

/// A name of which nothing is lost: capitals and what may not stand in a file's name by their numbers.
fn spelled(name: &str) -> String {
    let letter = |c: char| match c.is_alphanumeric() && !c.is_uppercase() || "-.".contains(c) {
        true => c.to_string(),
        false => format!("_{:x}_", u32::from(c)),
    };
    name.chars().map(letter).collect()
}

fn of_short(short: Short, folder: &Path) -> Result<ArenaFile, String> {
    let out = folder.join(&short.out);
    let names: Option<Vec<String>> = short.models.iter().map(name_of).collect();
    let names = names.ok_or("a model needs a name")?;
    let files = answer_files(&out.join("answers"), &names);
    let contestants = short.models.into_iter().zip(names).zip(files);
    let mut contestants: Vec<Contestant> = contestants
        .map(|((model, name), answers)| Contestant { name, model: Some(model), answers })
        .collect();
    if let Some(baseline) = &short.baseline {
        let place = contestants.iter().position(|one| one.name == *baseline);
        let one = contestants
            .remove(place.ok_or_else(|| format!("the baseline `{baseline}` is none of the models"))?);
        contestants.push(one);
    } else if short.mode == Mode::PairwiseBaseline {
        return Err("`pairwise_baseline` needs a `baseline`".into());
    }
    let within = |path: Option<PathBuf>| path.map(|path| folder.join(path));
    Ok(ArenaFile {
        questions: within(short.questions),
        contestants,
        baseline: short.baseline,
        references: within(short.references),
        prompts: within(short.prompts),
        judge: Some(short.judge),
        asking: short.asking,
        mode: short.mode,
        mitigation: short.position_bias_mitigation,
        seed: short.seed,
        has_null_model: short.null_model,
        reviews: out.join("reviews.jsonl"),
        report: Some(out.join("ratings.csv")),
        folder: out,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_form_of_evalscope_is_read() {
        let text = "
question_file: q.jsonl
answers_gen:
  chatglm: {model_id_or_path: ZhipuAI/chatglm3-6b, revision: v1.0.2, precision: torch.float16, enable: false, template_type: chatglm3, output_file: arena/answers/answer_chatglm.jsonl}
  m2: {model_id_or_path: org/m2, api_url: 'http://h/v1', generation_config: {do_sample: true, max_new_tokens: 256, top_k: 20}, output_file: a2.jsonl}
reviews_gen:
  enable: true
  reviewer: {ref: 'x:Y', args: {mode: pairwise_baseline, position_bias_mitigation: swap_position, model: gpt-4, max_tokens: 1024, temperature: 0.2, fn_completion_parser: lmsys_parser}}
  prompt_file: p.jsonl
  baseline_file: arena/answers/answer_text_davinci_003.jsonl
  review_file: arena/reviews/r.jsonl
rating_gen: {enable: true, metrics: [pairwise], baseline_model: text_davinci_003, report_file: arena/reports/r.csv}
";
        let arena = parse("x.yaml", text, Path::new("at")).unwrap();
        let names: Vec<&str> = arena.contestants.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["chatglm", "m2", "text_davinci_003"]);
        assert!(arena.contestants[0].model.is_none() && arena.contestants[2].model.is_none());
        let model = arena.contestants[1].model.as_ref().unwrap();
        assert_eq!(model["generation_config"], json!({"top_k": 20, "max_tokens": 256}));
        assert_eq!((arena.mode, arena.mitigation), (Mode::PairwiseBaseline, Mitigation::SwapPosition));
        assert_eq!(arena.baseline.as_deref(), Some("text_davinci_003"));
        assert_eq!(
            arena.judge.unwrap()["generation_config"],
            json!({"max_tokens": 1024, "temperature": 0.2})
        );
        assert_eq!(arena.reviews, Path::new("at/arena/reviews/r.jsonl"));
    }

    #[test]
    fn no_two_models_have_one_file() {
        let files = |models: &str| -> Vec<PathBuf> {
            let arena = parse("x.yaml", &format!("{{models: {models}, judge: j, out: o}}"), Path::new(""));
            let mut found: Vec<PathBuf> =
                arena.unwrap().contestants.into_iter().map(|one| one.answers).collect();
            found.sort();
            found
        };
        let path = |name: &str| Path::new("o/answers").join(name);
        assert_eq!(files("[org/m, other]"), [path("org_m.jsonl"), path("other.jsonl")]);
        assert_eq!(files("[a/b, a_b]"), [path("a_2f_b.jsonl"), path("a_5f_b.jsonl")]);
        assert_eq!(files("[a/b, a_b]"), files("[a_b, a/b]"));
        assert_eq!(files("[M, m, a_4d_]").len(), 3);
        let text = "
question_file: q.jsonl
answers_gen: {a: {output_file: x.jsonl}, b: {output_file: x.jsonl}}
reviews_gen: {review_file: r.jsonl}
";
        let error = parse("x.yaml", text, Path::new("")).unwrap_err().to_string();
        assert!(error.contains("`a` and `b` have one file of answers, x.jsonl"), "{error}");
    }

    #[test]
    fn the_short_form_and_its_mistakes() {
        let parse = |text: &str| parse("x.yaml", text, Path::new(""));
        let arena = parse("{models: [a, {model: b, api_url: 'http://h/v1'}], judge: j, out: o}").unwrap();
        assert_eq!(arena.mitigation, Mitigation::SwapPosition);
        assert_eq!(arena.contestants[1].answers, Path::new("o/answers/b.jsonl"));
        for (text, said) in [
            ("{models: [a, a], judge: j, out: o}", "two models are named `a`"),
            ("{models: [a], judge: j, out: o, moed: single}", "unknown field `moed`"),
            ("{models: [a], judge: j, out: o, mode: pairwise_baseline}", "needs a `baseline`"),
            ("{models: [a], judge: j, out: o, baseline: c}", "the baseline `c` is none of the models"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        assert_eq!(starter_arena(Path::new("x")).unwrap().contestants.len(), 2);
    }
}
