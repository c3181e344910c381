//! What can be typed after `evalscope probe`: the flags of `eval` that reach an endpoint.

use clap::Args;

/// `evalscope probe`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  evalscope probe http://127.0.0.1:8000/v1
  evalscope probe http://127.0.0.1:8000/v1 --model base --eval-type openai_completions

Exit codes: 0 the endpoint answered, 2 wrong arguments, 4 it did not answer.")]
pub struct ProbeArguments {
    /// Address of the endpoint, such as http://127.0.0.1:8000/v1
    pub url: String,
    /// Name that the endpoint serves [default: the only one that it lists]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Key of the endpoint; better in the environment: EVALSCOPE_API_KEY, or OPENAI_, ANTHROPIC_, GEMINI_API_KEY
    #[arg(long, value_name = "KEY")]
    pub api_key: Option<String>,
    /// Which protocol it speaks: openai_api, openai_completions, openai_responses, anthropic, gemini, ollama
    /// [default: from the address]
    #[arg(long, value_name = "TYPE")]
    pub eval_type: Option<String>,
    /// What a run would send along: extra_body, extra_headers, timeout (JSON or k=v,k=v)
    #[arg(long, value_name = "CONFIG")]
    pub generation_config: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
