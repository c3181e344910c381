//! Options that would have no effect beside the others. They are refused: whoever gives one expects that it does something.

use crate::argument::ArgumentError;
use crate::perf::{Collector, PerfOptions};
use evalscope_perf::{Api, Shape, Stage, Think};
use serde_json::Value;

/// Whether an option does nothing, why, and what to do.
type Rule = (bool, &'static str, &'static str);

/// None of these is given.
pub fn refuse(options: &PerfOptions) -> Result<(), ArgumentError> {
    let kind = Kind::of(options);
    let mut rules =
        kind.of_prompts(options).into_iter().chain(kind.of_files(options)).chain(kind.of_loads(options));
    match rules.find(|(is_idle, ..)| *is_idle) {
        Some((_, message, hint)) => Err(ArgumentError::new(message).with_hint(Some(hint.into()))),
        None => Ok(()),
    }
}

/// None of these is given that this API has no use for. `needs_streams` are goals for times that only streamed answers have.
pub fn refuse_for(api: &dyn Api, options: &PerfOptions, needs_streams: bool) -> Result<(), ArgumentError> {
    let is_streamed = options.stream && api.streams();
    let rules: [Rule; 4] = [
        (
            !options.max_tokens.is_empty() && api.max_tokens().is_none(),
            "--max-tokens limits answers, and requests of this API have no place for a limit",
            "take it out; the body of an API of your own has one where it says `{{max_tokens}}`",
        ),
        (
            options.images.is_some() && !api.takes_images(),
            "images go with prompts, and this API takes none",
            "take them out, or another `--api`, such as `openai_chat`",
        ),
        (
            options.turns.is_some() && !api.answers_in_words(),
            "--multi-turn goes on with what was answered, and this API answers in no words",
            "take it out",
        ),
        (
            needs_streams && !is_streamed,
            "goals for ttft, tpot and itl are of answers that are streamed, and these come whole",
            "take a goal for `e2e`, or stream the answers",
        ),
    ];
    if let Some((_, message, hint)) = rules.into_iter().find(|(is_idle, ..)| *is_idle) {
        return Err(ArgumentError::new(message).with_hint(Some(hint.into())));
    }
    match options.parameters.iter().find(|parameter| is_lost(api, options, *parameter)) {
        None => Ok(()),
        Some((name, _)) => {
            Err(ArgumentError::new(format!("the body of --api {} has no place for `{name}`", options.api))
                .with_hint(Some(format!("put `{{{{{name}}}}}` into it"))))
        }
    }
}

/// Whether a parameter would not be sent though somebody means it to be. Whole requests of a trace take all of them; `null`
/// takes one away; `--seed` makes prompts too.
fn is_lost(api: &dyn Api, options: &PerfOptions, (name, value): (&String, &Value)) -> bool {
    let is_seed = name == "seed" && value.as_u64() == Some(options.seed);
    api.ignores(name) && !value.is_null() && !is_seed && !Kind::of(options).is_trace
}

/// What has no effect, and may be given all the same: scripts have it in every call.
pub fn note(options: &PerfOptions) -> Option<String> {
    (options.certificates.is_some() && is_all_plain(options))
        .then(|| "--ca-file is for encrypted connections, and no address is one of `https://`".to_owned())
}

/// Whether no address is encrypted.
fn is_all_plain(options: &PerfOptions) -> bool {
    let collectors =
        options.collectors.iter().map(|(Collector::Otlp { url, .. } | Collector::Mlflow { url, .. })| url);
    let mut all = options.metrics.iter().chain(collectors).chain([&options.url]);
    !all.any(|url| url.trim_start().to_ascii_lowercase().starts_with("https:"))
}

/// Where prompts come from.
struct Kind {
    is_given: bool,
    is_made_up: bool,
    is_trace: bool,
    is_talk: bool,
    has_columns: bool,
}

impl Kind {
    fn of(options: &PerfOptions) -> Kind {
        let name = options.dataset.as_deref().unwrap_or_default();
        let is_given = options.prompt.is_some();
        let is_made_up = !is_given
            && match options.dataset.as_deref() {
                Some(name) => ["synthetic", "random", "random_vl", "random_multi_turn"].contains(&name),
                None => options.dataset_path.is_none(),
            };
        let is_trace = ["trace", "workload_trace"].contains(&name);
        let is_talk = !is_made_up && (name.starts_with("share_gpt") || name.ends_with("_multi_turn"));
        let has_columns = !(is_made_up || is_trace || is_talk || name == "line_by_line" || is_given);
        Kind { is_given, is_made_up, is_trace, is_talk, has_columns }
    }

    fn of_prompts(&self, options: &PerfOptions) -> [Rule; 6] {
        let has_lengths = options.min_prompt_length.or(options.max_prompt_length).is_some();
        [
            (
                options.prefix.length > 0 && !self.is_made_up,
                "--prefix-length makes a beginning for made-up prompts, and these are not",
                "take `--dataset synthetic` or `random`",
            ),
            (
                options.min_prompt_length > options.max_prompt_length && options.max_prompt_length.is_some(),
                "--min-prompt-length is greater than --max-prompt-length",
                "exchange the two",
            ),
            (
                has_lengths && self.is_given,
                "--min-prompt-length and --max-prompt-length choose among prompts, and --prompt is the only one",
                "take them out",
            ),
            (
                has_lengths && self.is_trace,
                "--min-prompt-length and --max-prompt-length choose prompts, and a trace says itself how long they are",
                "take them out",
            ),
            (
                has_lengths && self.is_talk && options.turns.is_some(),
                "--min-prompt-length and --max-prompt-length choose prompts, and conversations are taken whole",
                "take them out, or `--multi-turn`",
            ),
            (
                options.think != Think::Not && options.turns.is_none(),
                "--think-time lies between the turns of a conversation, and there is none",
                "add `--multi-turn`",
            ),
        ]
    }

    fn of_files(&self, options: &PerfOptions) -> [Rule; 5] {
        [
            (
                options.column.is_some() && !self.has_columns,
                "--column names a column of a file's rows, and the prompts come from none",
                "give the file as `--dataset-path FILE`",
            ),
            (
                options.dataset_path.is_some() && self.is_made_up,
                "--dataset-path names a file, and these prompts are made up",
                "leave `--dataset` out, or take `custom`, `line_by_line` or `rows`",
            ),
            (
                options.dataset_offset > 0 && self.is_given,
                "--dataset-offset leaves prompts out, and --prompt is the only one",
                "take it out",
            ),
            (
                options.turns.is_some() && self.is_given,
                "--multi-turn makes conversations of several prompts, and --prompt is the only one",
                "give the questions as `--dataset-path FILE`",
            ),
            (
                options.turns.is_some() && self.is_trace,
                "--multi-turn makes conversations of prompts, and a trace says itself what is sent when",
                "take it out",
            ),
        ]
    }

    fn of_loads(&self, options: &PerfOptions) -> [Rule; 5] {
        let loads = &options.loads;
        let is_one_load = loads.parallel.len() < 2;
        // What is wrong with stages is said where they are read.
        let is_replay = |stage: &Stage| matches!(stage.shape, Shape::Replay { .. });
        let has_replay = loads.stages().is_ok_and(|stages| stages.iter().any(is_replay));
        [
            (
                options.sweep.is_some() && !is_one_load,
                "--sweep goes on from one load, and --parallel has several",
                "give the one to begin with",
            ),
            (
                options.sweep.is_some() && loads.speed.is_some(),
                "--sweep puts on loads of its own, and a trace has its own",
                "take `--trace-speed` with `--slo`, or other prompts",
            ),
            (
                loads.speed.is_some() && !is_one_load,
                "a trace is sent once, and --parallel, its cap, has several numbers",
                "give one",
            ),
            (
                loads.speed.is_some() && loads.ramp.is_some(),
                "--ramp-up gets to a load, and a trace says itself what comes when",
                "take it out",
            ),
            (
                has_replay && !self.is_trace,
                "`speed` is that of a recorded trace, and there is none",
                "add `--dataset trace --dataset-path FILE`",
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perf::{Loads, Prefix, Sweep};
    use std::time::Duration;

    #[test]
    fn what_would_do_nothing_is_refused() {
        let path = || Some("rows.jsonl".into());
        let prefix = Prefix { length: 9, count: 1, share: 1.0 };
        let loads =
            |parallel: &[u32], speed| Loads { parallel: parallel.to_vec(), speed, ..Loads::default() };
        let given = PerfOptions::default;
        for (options, says) in [
            (PerfOptions { prefix, dataset_path: path(), ..given() }, "--prefix-length"),
            (PerfOptions { column: Some("text".into()), ..given() }, "--column"),
            (
                PerfOptions { dataset: Some("random".into()), dataset_path: path(), ..given() },
                "--dataset-path",
            ),
            (
                PerfOptions { min_prompt_length: Some(9), max_prompt_length: Some(8), ..given() },
                "--min-prompt-length",
            ),
            (PerfOptions { think: Think::Always(Duration::from_secs(1)), ..given() }, "--think-time"),
            (
                PerfOptions { sweep: Some(Sweep::Rate { steps: 3 }), loads: loads(&[1, 2], None), ..given() },
                "--sweep goes on",
            ),
            (
                PerfOptions {
                    sweep: Some(Sweep::Rate { steps: 3 }),
                    loads: loads(&[], Some(1.0)),
                    ..given()
                },
                "--sweep puts on",
            ),
            (PerfOptions { loads: loads(&[1, 2], Some(1.0)), ..given() }, "a trace is sent once"),
            (
                PerfOptions {
                    loads: Loads { ramp: Some(Duration::ZERO), ..loads(&[], Some(1.0)) },
                    ..given()
                },
                "--ramp-up",
            ),
            (PerfOptions { loads: loads(&[], Some(1.0)), ..given() }, "`speed`"),
            (
                PerfOptions {
                    loads: Loads { stages: vec!["speed=2".into()], ..Loads::default() },
                    ..given()
                },
                "`speed`",
            ),
        ] {
            let error = refuse(&options).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn what_one_prompt_a_trace_or_a_conversation_has_no_use_for_is_refused() {
        let prompt = || PerfOptions { prompt: Some("a".into()), ..PerfOptions::default() };
        let of = |name: &str| PerfOptions {
            dataset: Some(name.into()),
            dataset_path: Some("rows.jsonl".into()),
            ..PerfOptions::default()
        };
        let turns = Some((2, 3));
        for (options, says) in [
            (PerfOptions { min_prompt_length: Some(9), ..prompt() }, "--prompt is the only one"),
            (PerfOptions { max_prompt_length: Some(9), ..prompt() }, "--prompt is the only one"),
            (PerfOptions { dataset_offset: 1, ..prompt() }, "--dataset-offset"),
            (PerfOptions { turns, ..prompt() }, "--multi-turn"),
            (PerfOptions { max_prompt_length: Some(9), ..of("trace") }, "how long they are"),
            (PerfOptions { turns, ..of("workload_trace") }, "--multi-turn"),
            (PerfOptions { turns, max_prompt_length: Some(9), ..of("share_gpt") }, "taken whole"),
        ] {
            let error = refuse(&options).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        for options in [
            PerfOptions { max_prompt_length: Some(9), ..of("share_gpt") },
            PerfOptions { turns, max_prompt_length: Some(9), ..of("custom") },
            PerfOptions { turns, dataset_offset: 2, ..of("share_gpt") },
            PerfOptions {
                loads: Loads { stages: vec!["speed=2".into()], ..Loads::default() },
                dataset_offset: 2,
                ..of("trace")
            },
        ] {
            assert!(refuse(&options).is_ok());
        }
    }

    #[test]
    fn what_an_api_has_no_use_for_is_refused() {
        use evalscope_perf::{Custom, ImageSource, Images, Pixel, api_by_name};
        let given = || PerfOptions { stream: true, ..PerfOptions::default() };
        let image = Images { count: 1, source: ImageSource::Random(4, 4, Pixel::Grey) };
        let images = || PerfOptions { images: Some(image.clone()), ..given() };
        let turns = || PerfOptions { turns: Some((2, 3)), ..given() };
        let whole = || PerfOptions::default();
        let limited = || PerfOptions { max_tokens: vec![9], ..given() };
        let parameters = serde_json::Map::from_iter([("top_k".to_owned(), serde_json::json!(3))]);
        let top_k = || PerfOptions { parameters: parameters.clone(), ..given() };
        let is_taken = |name: &str, options: PerfOptions, needs_streams: bool| {
            refuse_for(&*api_by_name(name, "").unwrap(), &options, needs_streams).is_ok()
        };
        for (name, taken) in [
            ("openai_chat", [true; 5]),
            ("anthropic", [true; 5]),
            ("openai_responses", [true; 5]),
            ("openai_completions", [false, true, true, true, true]),
            ("openai_embedding", [false, false, false, false, true]),
            ("openai_rerank", [false, false, false, false, true]),
        ] {
            let cases =
                [(images(), false), (turns(), false), (given(), true), (limited(), false), (top_k(), false)];
            assert_eq!(cases.map(|(options, streams)| is_taken(name, options, streams)), taken, "{name}");
        }
        assert!(!is_taken("openai_chat", whole(), true) && is_taken("openai_chat", whole(), false));
        let described =
            |body| serde_json::from_value::<Custom>(serde_json::json!({"body": body, "answer": {}})).unwrap();
        let (with, without) =
            (serde_json::json!({"own": {"k": "{{top_k}}"}}), serde_json::json!({"own": "{{prompt}}"}));
        assert!(refuse_for(&described(with), &top_k(), false).is_ok());
        let error = refuse_for(&described(without), &top_k(), false).unwrap_err().to_string();
        assert!(error.contains("`top_k`"), "{error}");
        let without = described(serde_json::json!({"own": "{{prompt}}"}));
        let set = |name: &str, value| PerfOptions {
            parameters: serde_json::Map::from_iter([(name.to_owned(), value)]),
            seed: 7,
            ..given()
        };
        let trace = || PerfOptions { dataset: Some("trace".into()), ..top_k() };
        for taken in [trace(), set("top_k", Value::Null), set("seed", 7.into())] {
            assert!(refuse_for(&without, &taken, false).is_ok(), "{:?}", taken.parameters);
        }
        assert!(refuse_for(&without, &set("seed", 8.into()), false).is_err());
    }

    #[test]
    fn certificates_that_nothing_needs_are_said() {
        let is_said = |url: &str, metrics: &[&str]| {
            let metrics = metrics.iter().map(|url| (*url).to_owned()).collect();
            let certificates = Some("a.pem".into());
            let options = PerfOptions { certificates, url: url.into(), metrics, ..PerfOptions::default() };
            assert!(refuse(&options).is_ok());
            note(&options).is_some()
        };
        assert!(is_said("http://h", &["http://h/https:"]));
        assert!(!is_said("HTTPS://h", &[]) && !is_said("http://h", &["https://h"]));
    }

    #[test]
    fn what_does_something_is_taken() {
        let prefix = Prefix { length: 9, count: 1, share: 1.0 };
        let given = PerfOptions::default;
        for options in [
            given(),
            PerfOptions { prefix, ..given() },
            PerfOptions { prefix, dataset: Some("random_vl".into()), ..given() },
            PerfOptions {
                column: Some("text".into()),
                dataset_path: Some("rows.jsonl".into()),
                min_prompt_length: Some(9),
                ..given()
            },
            PerfOptions { think: Think::Always(Duration::from_secs(1)), turns: Some((2, 3)), ..given() },
        ] {
            assert!(refuse(&options).is_ok());
        }
    }
}
