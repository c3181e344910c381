//! Options that would have no effect beside the others. They are refused: whoever gives one expects that it does something.

use crate::argument::ArgumentError;
use crate::perf::PerfOptions;
use evalscope_perf::Think;

/// None of these is given.
pub fn refuse(options: &PerfOptions) -> Result<(), ArgumentError> {
    let loads = &options.loads;
    let name = options.dataset.as_deref().unwrap_or_default();
    let is_made_up = options.prompt.is_none()
        && match options.dataset.as_deref() {
            Some(name) => ["synthetic", "random", "random_vl", "random_multi_turn"].contains(&name),
            None => options.dataset_path.is_none(),
        };
    let is_trace = ["trace", "workload_trace"].contains(&name);
    let is_talk = name.starts_with("share_gpt") || name.ends_with("_multi_turn");
    let has_columns =
        !(is_made_up || is_trace || is_talk || name == "line_by_line" || options.prompt.is_some());
    let is_one_load = loads.parallel.len() < 2;
    let rules = [
        (
            options.prefix.length > 0 && !is_made_up,
            "--prefix-length makes a beginning for made-up prompts, and these are not",
            "take `--dataset synthetic` or `random`",
        ),
        (
            options.column.is_some() && !has_columns,
            "--column names a column of a file's rows, and the prompts come from none",
            "give the file as `--dataset-path FILE`",
        ),
        (
            options.dataset_path.is_some() && is_made_up,
            "--dataset-path names a file, and these prompts are made up",
            "leave `--dataset` out, or take `custom`, `line_by_line` or `rows`",
        ),
        (
            options.min_prompt_length > options.max_prompt_length && options.max_prompt_length.is_some(),
            "--min-prompt-length is greater than --max-prompt-length",
            "exchange the two",
        ),
        (
            options.think != Think::Not && options.turns.is_none(),
            "--think-time lies between the turns of a conversation, and there is none",
            "add `--multi-turn`",
        ),
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
    ];
    match rules.into_iter().find(|(is_idle, ..)| *is_idle) {
        Some((_, message, hint)) => Err(ArgumentError::new(message).with_hint(Some(hint.into()))),
        None => Ok(()),
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
        ] {
            let error = refuse(&options).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
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
