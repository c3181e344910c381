//! What can be typed about pages in a browser: app, arena vote.

use clap::Args;
use std::path::PathBuf;

/// `evalscope app`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  evalscope app
  evalscope app --outputs results --port 8080
  evalscope app --host 0.0.0.0 --token \"$(cat token)\"

The address is printed on standard output. Ctrl-C ends it; what is derived stands in OUTPUTS/.evalscope-app and can be
deleted. The JSON API is described at /api/openapi.json.")]
pub struct AppArguments {
    /// Folder of the runs
    #[arg(long, visible_alias = "work-dir", value_name = "DIR", default_value = "outputs")]
    pub outputs: PathBuf,
    #[command(flatten)]
    pub listening: ListenArguments,
    /// Allow runs to be started, stopped and gone on with from the page
    #[arg(long)]
    pub allow_run: bool,
}

/// `evalscope arena vote`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  evalscope arena vote arena
  evalscope arena vote arena --host 0.0.0.0
  evalscope arena vote arena --battles > people.jsonl

The page shows a question and two answers without the names of the models; a, b, t and x say which is better, that both are
as good, or that both are bad. Votes stand in votes.jsonl beside the reviews, and every voter goes on where the last vote was.
With --battles they are printed as battles, which `evalscope arena rate` and `evalscope judge calibrate` take.
Exit codes: 0 ended or printed, 2 wrong arguments, 3 a file is not as it should be, 5 the address cannot be listened on.")]
pub struct ArenaVoteArguments {
    /// Folder of an arena, or a file of reviews with both answers on each line
    #[arg(value_name = "PATH", default_value = "arena")]
    pub arena: PathBuf,
    #[command(flatten)]
    pub listening: ListenArguments,
    /// Print the votes as battles instead
    #[arg(long)]
    pub battles: bool,
}

/// Where pages are served, and to whom.
#[derive(Args)]
pub struct ListenArguments {
    /// Address to listen on; any but a loopback one demands a token
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: String,
    /// Port; 0 takes any that is free
    #[arg(long, value_name = "N", default_value_t = 9000)]
    pub port: u16,
    /// Token that has to be shown; without, one is made unless the address is a loopback one
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<String>,
    /// Name by which browsers may ask, beside numeric addresses and localhost; may be given several times
    #[arg(long, value_name = "NAME")]
    pub allow_host: Vec<String>,
}
