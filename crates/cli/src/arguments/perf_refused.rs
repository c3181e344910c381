//! Options of EvalScope's `perf` that are not here, each with the reason and what does the same. They are known by name so
//! that nobody has to guess, and none is taken and ignored.

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

/// Options by name, and what to do instead.
const REFUSED: [(&str, &str); 31] = [
    ("alias", "results are filed under `--name`"),
    (
        "apply-chat-template",
        "`--api openai_chat` leaves the template to the server, `--api openai_completions` sends the text as it is",
    ),
    (
        "attn-implementation",
        "it is for models that EvalScope loads itself; start the server with it and give its `--url`",
    ),
    (
        "data-source",
        "files are read from here: fetch them with `evalscope data pull`, or give `--dataset-path`",
    ),
    (
        "dataset-args",
        "each has an option of its own: `--dataset-path`, `--column`, `--min-prompt-length`, `--multi-turn`",
    ),
    ("db-commit-interval", "rows are written as they end, and the database when a stage is over"),
    ("debug", "every request is a line of requests.jsonl"),
    (
        "enable-pd-metrics",
        "the first gap between pieces of each answer is `chunk_gaps_us[0]` in requests.jsonl",
    ),
    ("enable-progress-tracker", "progress is shown anyway"),
    ("image-patch-size", "images are sent in the size of `--image-width` and `--image-height`"),
    ("in-flight-task-multiplier", "no queue stands before the load loop"),
    ("log-every-n-query", "progress is told every second, and every five seconds without a terminal"),
    ("multi-turn-args", "take `--min-turns`, `--max-turns` and `--think-time`"),
    ("no-apply-chat-template", "`--api openai_completions` sends the text as it is"),
    ("num-workers", "one thread puts the load on, and says when it is at its limit"),
    ("port", "a model that runs here is served by its own server: give its `--url`"),
    ("query-template", "describe the body in YAML and give the file as `--api`"),
    ("queue-size-multiplier", "no queue stands before the load loop"),
    ("scenario", "say the load itself: `--stage 'parallel=8 duration=30s'`"),
    ("sla-auto-tune", "take `--slo 'ttft:p99<500ms' --parallel 1`"),
    ("sla-fixed-parallel", "with `--slo` and `--rate`, `--parallel` is the cap"),
    ("sla-lower-bound", "a search begins with `--parallel` or `--rate`"),
    ("sla-num-runs", "trials near the limit are made three times by themselves"),
    (
        "sla-number-multiplier",
        "each trial has at least five requests for each one in flight; `--number` makes it more",
    ),
    ("sla-params", "say the goals in `--slo 'ttft:p99<500ms,e2e:mean<2s,failed<1%'`"),
    ("sla-upper-bound", "take `--slo-upper-bound`"),
    ("sla-variable", "take `--maximize parallel` or `--maximize rate`"),
    ("swanlab-api-key", "log in with the package itself, or set SWANLAB_API_KEY"),
    ("swanlab-host", "log in with the package itself: `swanlab login --host`"),
    ("tokenize-prompt", "servers take texts; token ids can be sent by an API described in YAML"),
    ("wandb-api-key", "log in with the package itself, or set WANDB_API_KEY"),
];

/// None of them was given.
pub struct Refused;

impl Args for Refused {
    fn augment_args(command: Command) -> Command {
        let option = |name: &'static str| {
            Arg::new(name)
                .long(name)
                .hide(true)
                .num_args(0..)
                .action(ArgAction::Append)
                .allow_hyphen_values(false)
        };
        REFUSED.iter().fold(command, |command, (name, _)| command.arg(option(name)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Refused {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Refused, Error> {
        let given = |name: &str| matches.value_source(name) == Some(clap::parser::ValueSource::CommandLine);
        match REFUSED.iter().find(|(name, _)| given(name)) {
            Some((name, instead)) => {
                let message = format!("--{name} is EvalScope's and not here: {instead}\n");
                Err(Error::raw(ErrorKind::UnknownArgument, message))
            }
            None => Ok(Refused),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        Self::from_arg_matches(matches).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_refused_with_what_to_do_instead() {
        let command = || Refused::augment_args(Command::new("perf"));
        for (name, instead) in REFUSED {
            let matches = command().try_get_matches_from(["perf", &format!("--{name}"), "x"]).unwrap();
            let error = Refused::from_arg_matches(&matches).err().unwrap().to_string();
            assert!(error.contains(name) && error.contains(instead), "{error}");
        }
        let matches = command().try_get_matches_from(["perf"]).unwrap();
        assert!(Refused::from_arg_matches(&matches).is_ok());
    }
}
