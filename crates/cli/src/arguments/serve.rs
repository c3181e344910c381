//! Arguments of `evalscope serve`.

use crate::arguments::HubName;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use std::net::IpAddr;

/// `evalscope serve`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  evalscope serve
  evalscope serve --model models/my-folder --port 9000
  evalscope serve --model org/name --host 0.0.0.0 --token-env SERVE_TOKEN
  lm_eval --model local-completions --tasks arc_challenge \\
    --model_args model=smollm2-135m,base_url=http://127.0.0.1:8000/v1/completions,tokenizer=models/my-folder")]
pub struct ServeArguments {
    /// Path of a GGUF file or a folder of safetensors, hub id, or name from `evalscope models` [default: the
    /// catalogue's small model]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Name under which the model is served [default: the model's]
    #[arg(value_parser = NonEmptyStringValueParser::new(), long, value_name = "NAME")]
    pub model_id: Option<String>,
    /// Arguments of the local engines: engine (own, llama), threads, context, file, revision, hub, template_date
    /// (YYYY-MM-DD); of our own: kv_gib; of llama.cpp: mode (strict, fast), workers, gpu_layers
    #[arg(long, value_name = "KEY=VALUE,…")]
    pub model_args: Option<String>,
    /// How the embedded engine keeps weights: f32, bf16 or q8; float16 is taken as f32 [default: f32]
    #[arg(long, value_name = "PRECISION", value_parser = evalscope::PRECISION_NAMES, hide_possible_values = true)]
    pub precision: Option<String>,
    /// A name, a file or Jinja text, instead of the model's own chat template
    #[arg(long, alias = "template-type", value_name = "TEMPLATE")]
    pub chat_template: Option<String>,
    /// Where hub ids are fetched from; `local` takes what the hubs' caches have, and asks none [default: those caches, then
    /// modelscope]
    #[arg(long, value_enum, value_name = "HUB")]
    pub hub: Option<HubName>,
    /// Address to listen on; any other than loopback needs a token
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub host: IpAddr,
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8000, value_name = "PORT")]
    pub port: u16,
    /// Environment variable that holds the token which requests must carry (`Authorization: Bearer …`)
    #[arg(long, value_name = "NAME")]
    pub token_env: Option<String>,
}
