//! An arena in EvalScope 0.5's form.

use super::file::{ArenaFile, Contestant, SEED};
use evalscope_arena::pairing::{Mitigation, Mode};
use evalscope_judge::Asking;
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// EvalScope 0.5's form.
#[derive(Deserialize)]
pub(super) struct Long {
    #[serde(alias = "questions_file")]
    question_file: PathBuf,
    #[serde(default)]
    answers_gen: IndexMap<String, LongModel>,
    reviews_gen: Option<LongReviews>,
    rating_gen: Option<LongRating>,
}

#[derive(Deserialize)]
struct LongModel {
    model_id_or_path: Option<String>,
    revision: Option<String>,
    #[serde(default = "yes")]
    enable: bool,
    #[serde(default)]
    generation_config: Map<String, Value>,
    /// Ours: the endpoint that serves it.
    api_url: Option<Value>,
    output_file: PathBuf,
}

#[derive(Deserialize)]
struct LongReviews {
    #[serde(default = "yes")]
    enable: bool,
    #[serde(default)]
    reviewer: LongReviewer,
    prompt_file: Option<PathBuf>,
    target_answers: Option<Vec<PathBuf>>,
    baseline_file: Option<PathBuf>,
    reference_file: Option<PathBuf>,
    review_file: PathBuf,
}

#[derive(Deserialize, Default)]
struct LongReviewer {
    #[serde(default)]
    args: LongArguments,
}

#[derive(Deserialize, Default)]
struct LongArguments {
    #[serde(default)]
    mode: Mode,
    position_bias_mitigation: Option<Mitigation>,
    random_seed: Option<u64>,
    model: Option<Value>,
    max_tokens: Option<u32>,
    temperature: Option<f64>,
    api_url: Option<Value>,
    #[serde(default)]
    asking: Asking,
}

#[derive(Deserialize)]
struct LongRating {
    #[serde(default = "yes")]
    enable: bool,
    baseline_model: Option<String>,
    report_file: Option<PathBuf>,
}

fn yes() -> bool {
    true
}

pub(super) fn of_long(long: Long, folder: &Path) -> Result<ArenaFile, String> {
    let reviews = long.reviews_gen.ok_or("`reviews_gen` is missing")?;
    let arguments = reviews.reviewer.args;
    let mut contestants: Vec<Contestant> =
        long.answers_gen.into_iter().map(|(name, model)| of_long_model(name, model, folder)).collect();
    let mut add = |path: &PathBuf| {
        let answers = folder.join(path);
        match contestants.iter().position(|one| one.answers == answers) {
            Some(place) => contestants.remove(place),
            None => {
                let stem = answers.file_stem().unwrap_or_default().to_string_lossy();
                let name = stem.strip_prefix("answer_").unwrap_or(&stem).to_owned();
                Contestant { name, model: None, answers }
            }
        }
    };
    let chosen: Option<Vec<Contestant>> =
        reviews.target_answers.as_ref().map(|paths| paths.iter().map(&mut add).collect());
    let baseline = reviews.baseline_file.as_ref().map(&mut add);
    let mut contestants = chosen.unwrap_or(contestants);
    let baseline_name = baseline.as_ref().map(|one| one.name.clone());
    contestants.extend(baseline);
    if arguments.mode == Mode::PairwiseBaseline && baseline_name.is_none() {
        return Err("`pairwise_baseline` needs a `baseline_file`".into());
    }
    let review_file = folder.join(&reviews.review_file);
    let rating = long.rating_gen.filter(|rating| rating.enable);
    let judge = reviews.enable.then(|| {
        let model = arguments.model.clone().unwrap_or_else(|| "gpt-4".into());
        let mut judge = match model {
            Value::Object(fields) => fields,
            name => Map::from_iter([("model".to_owned(), name)]),
        };
        judge.extend(arguments.api_url.map(|url| ("api_url".to_owned(), url)));
        let config = judge.entry("generation_config").or_insert_with(|| json!({}));
        if let Some(config) = config.as_object_mut() {
            config.extend(arguments.max_tokens.map(|tokens| ("max_tokens".to_owned(), tokens.into())));
            config.extend(arguments.temperature.map(|value| ("temperature".to_owned(), value.into())));
        }
        Value::Object(judge)
    });
    Ok(ArenaFile {
        questions: Some(folder.join(long.question_file)),
        contestants,
        baseline: rating.as_ref().and_then(|rating| rating.baseline_model.clone()).or(baseline_name),
        references: reviews.reference_file.map(|path| folder.join(path)),
        prompts: reviews.prompt_file.map(|path| folder.join(path)),
        judge,
        asking: arguments.asking,
        mode: arguments.mode,
        mitigation: arguments.position_bias_mitigation.unwrap_or(Mitigation::None),
        seed: arguments.random_seed.unwrap_or(SEED),
        has_null_model: false,
        report: rating.map(|rating| match rating.report_file {
            Some(path) => folder.join(path),
            None => review_file.with_extension("csv"),
        }),
        folder: review_file.with_extension("arena"),
        reviews: review_file,
    })
}

fn of_long_model(name: String, model: LongModel, folder: &Path) -> Contestant {
    let mut config = model.generation_config;
    // What the embedded engine and endpoints call differently, or do by themselves.
    if let Some(tokens) = config.remove("max_new_tokens") {
        config.insert("max_tokens".into(), tokens);
    }
    if config.remove("do_sample") == Some(Value::Bool(false)) {
        config.insert("temperature".into(), json!(0.0));
    }
    let mut given = json!({"model": model.model_id_or_path, "model_id": name, "generation_config": config});
    if let Some(url) = model.api_url {
        given["api_url"] = url;
    } else if let Some(revision) = model.revision {
        given["model_args"] = json!({"revision": revision});
    }
    let asked = model.enable && model.model_id_or_path.is_some();
    Contestant { name, model: asked.then_some(given), answers: folder.join(model.output_file) }
}
