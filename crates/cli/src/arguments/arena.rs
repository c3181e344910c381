//! What can be typed to let models compete and to rate them.

use super::app::ArenaVoteArguments;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// `evalscope arena …`.
#[derive(Subcommand)]
pub enum ArenaCommand {
    /// Let models answer, a judge judge, and rate them
    Run(ArenaRunArguments),
    /// Only let the models of an arena answer
    Answers(ArenaFileArguments),
    /// Only judge the answers of an arena
    Judge(ArenaFileArguments),
    /// Judge the replies of runs against each other, and rate their models
    From(ArenaFromArguments),
    /// Rate the models of files of battles, or of scores
    Rate(ArenaRateArguments),
    /// Let people judge the answers of an arena, in a browser
    Vote(ArenaVoteArguments),
}

/// `evalscope arena run`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  evalscope arena run
  evalscope arena run -c arena.yaml
  evalscope arena run -c arena.yaml --dry-run
  evalscope arena run -c arena.yaml --budget 500

Without a file, the embedded model answers twenty questions in two ways and judges the answers itself.
A file is EvalScope 0.5's (`question_file`, `answers_gen`, `reviews_gen`, `rating_gen`), or
  models: [small, {model: large, api_url: \"http://127.0.0.1:8000/v1\"}]
  judge: {model: judge, api_url: \"http://127.0.0.1:8001/v1\"}
  questions: questions.jsonl
  mode: pairwise                            # pairwise_baseline (with `baseline`), single
  position_bias_mitigation: swap_position   # none, randomize_order
  out: arena
Run again to go on where it was stopped: calls that were made are written down.
Exit codes: 0 all was answered and judged, 1 some calls failed, 2 wrong arguments, 3 data, 4 model, 5 this machine.")]
pub struct ArenaRunArguments {
    /// The arena; our own small one when absent
    #[arg(short, long = "config", visible_alias = "cfg-file", value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub session: ArenaSessionArguments,
}

/// What a session of an arena may take, and how it is told.
#[derive(Args, Clone, Default)]
pub struct ArenaSessionArguments {
    /// Judge so many verdicts at most, those that narrow the ranking most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub budget: Option<u64>,
    /// Make no call that could take the cost of this session above this, in the currency of the models' and the judge's `price`
    #[arg(long, value_name = "AMOUNT")]
    pub max_cost: Option<String>,
    /// Say what would be judged, and call nobody
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `evalscope arena answers`, `evalscope arena judge`.
#[derive(Args)]
pub struct ArenaFileArguments {
    /// The arena
    #[arg(short, long = "config", visible_alias = "cfg-file", value_name = "FILE")]
    pub config: PathBuf,
}

/// `evalscope arena from`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  evalscope arena from outputs/20260101_120000 outputs/20260102_120000 --datasets general_qa --judge judge-model --out arena
  evalscope arena from outputs/20260101_120000 --judge '{\"model\": \"j\", \"api_url\": \"http://127.0.0.1:8001/v1\"}' --out arena --dry-run

Questions and answers are those of the runs; no model is asked for them again. Of repeats the first counts.
Exit codes: 0 all was judged, 1 some calls failed, 2 wrong arguments, 3 data, 4 model, 5 this machine.")]
pub struct ArenaFromArguments {
    /// Folders of runs
    #[arg(required = true, value_name = "RUN_DIR")]
    pub runs: Vec<PathBuf>,
    /// Benchmarks, with or without protocol; all that the runs have when absent
    #[arg(long, num_args = 1.., value_delimiter = ',', value_name = "NAME")]
    pub datasets: Vec<String>,
    /// Questions of each subset at most
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Who judges: a model as `evalscope eval --model` takes it
    #[arg(long, value_name = "MODEL|JSON")]
    pub judge: String,
    /// Folder of the arena
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// What is judged
    #[arg(long, value_enum, default_value = "pairwise")]
    pub mode: ModeName,
    /// The model that the others are compared with
    #[arg(long, value_name = "MODEL")]
    pub baseline: Option<String>,
    /// What is done about a judge that prefers a place
    #[arg(long, value_enum, default_value = "swap-position")]
    pub position_bias_mitigation: MitigationName,
    /// Let an answer without content take part, which no judge should choose
    #[arg(long)]
    pub null_model: bool,
    #[command(flatten)]
    pub session: ArenaSessionArguments,
}

/// What is judged.
#[derive(Clone, Copy, ValueEnum)]
pub enum ModeName {
    /// Every model against every other
    Pairwise,
    /// Every model against the baseline
    #[value(alias = "pairwise_baseline")]
    PairwiseBaseline,
    /// Every answer for itself
    Single,
}

/// What is done about a judge that prefers a place.
#[derive(Clone, Copy, ValueEnum)]
pub enum MitigationName {
    /// Nothing
    None,
    /// Which one stands first is drawn
    #[value(alias = "randomize_order")]
    RandomizeOrder,
    /// Both orders are judged
    #[value(alias = "swap_position")]
    SwapPosition,
}

/// `evalscope judge …`.
#[derive(Subcommand)]
pub enum JudgeCommand {
    /// Say how well a judge agrees with labels, and what it prefers
    Calibrate(CalibrateArguments),
}

/// `evalscope judge calibrate`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  evalscope judge calibrate reviews.jsonl --labels votes.jsonl
  evalscope judge calibrate --labels labels.jsonl --judge '{\"model\": \"j\", \"api_url\": \"http://127.0.0.1:8001/v1\"}' --out calibration

A line of labels is {\"question\", \"answers\": [\"…\", \"…\"], \"label\": \"A\"|\"B\"|\"tie\"}, or {\"question\", \"answer\", \"label\"} with a number,
right or wrong, or a battle, {\"question_id\", \"model_a\", \"model_b\", \"win\"}. Names of `models` (or `model`) tell the judge's own answers.
Exit codes: 0 compared, 1 some calls failed, 2 nothing in common, 3 a file is not as it should be, 4 model, 5 this machine.")]
pub struct CalibrateArguments {
    /// What the judge found
    #[arg(value_name = "FILE", required_unless_present = "judge", conflicts_with = "judge")]
    pub judged: Option<PathBuf>,
    /// What people found
    #[arg(long, value_name = "FILE")]
    pub labels: PathBuf,
    /// Ask this judge about all that is labelled, pairs in both orders: a model as `evalscope eval --model` takes it
    #[arg(long, value_name = "MODEL|JSON", requires = "out")]
    pub judge: Option<String>,
    /// Folder of the judge's calls and of what it found; run again to go on where it was stopped
    #[arg(long, value_name = "DIR", requires = "judge")]
    pub out: Option<PathBuf>,
    /// Make no call that could take the cost of this session above this, in the currency of the judge's `price`
    #[arg(long, value_name = "AMOUNT", requires = "judge")]
    pub max_cost: Option<String>,
    /// The judge's own name among the models, where its verdicts do not say it
    #[arg(long, value_name = "MODEL")]
    pub own: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What a tie is.
#[derive(Clone, Copy, ValueEnum)]
pub enum TiesName {
    /// Half a win for each side
    Half,
    /// An outcome with a strength of its own (Davidson 1970)
    Davidson,
}

/// `evalscope arena rate`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  evalscope arena rate battle.jsonl
  evalscope arena rate battle.jsonl --baseline text-davinci-003 --json
  evalscope arena rate battle.jsonl --ties davidson --position --style --bootstrap 1000
  evalscope arena rate reviews_single.jsonl

A battle is {\"model_a\", \"model_b\", \"win\": \"model_a\"|\"model_b\"|\"tie\"}, or `win_1` and `win_2` in both orders;
a score is {\"model\", \"score\"}. Both are what EvalScope 0.5 wrote.
Exit codes: 0 rated, 2 the arguments make no sense, 3 a file is not as it should be.")]
pub struct ArenaRateArguments {
    /// Files with a battle or a score on each line
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Also count wins, losses and ties against this model
    #[arg(long, value_name = "MODEL")]
    pub baseline: Option<String>,
    /// What a tie is
    #[arg(long, value_enum, default_value = "half")]
    pub ties: TiesName,
    /// Find out what the first place is worth, and take it out
    #[arg(long)]
    pub position: bool,
    /// Take length and markdown out; needs `output_a` and `output_b`
    #[arg(long)]
    pub style: bool,
    /// Intervals from so many resampled sets of battles instead of the sandwich
    #[arg(long, value_name = "ROUNDS", value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    pub bootstrap: Option<u32>,
    /// Intervals as if every verdict were on a question of its own
    #[arg(long)]
    pub independent: bool,
    /// The model that has a certain rating; otherwise the mean of all is 1000
    #[arg(long, value_name = "MODEL=RATING", value_parser = anchor)]
    pub anchor: Option<(String, f64)>,
    /// How far one battle moves an Elo rating at most
    #[arg(long, value_name = "K", default_value_t = 32.0)]
    pub elo_k: f64,
    /// YAML file of groups of categories: `group: [category, …]`, `*` for all others
    #[arg(long, value_name = "FILE")]
    pub categories: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

fn anchor(text: &str) -> Result<(String, f64), String> {
    let (model, rating) = text.rsplit_once('=').ok_or("write MODEL=RATING")?;
    let rating: f64 = rating.parse().map_err(|_| format!("`{rating}` is no number"))?;
    if rating.is_finite() { Ok((model.to_owned(), rating)) } else { Err(format!("`{rating}` is no rating")) }
}
