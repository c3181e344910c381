//! What can be typed about the web UI: app.

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
    #[arg(long, value_name = "DIR", default_value = "outputs")]
    pub outputs: PathBuf,
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
    /// Allow runs to be started, stopped and gone on with from the page
    #[arg(long)]
    pub allow_run: bool,
}
