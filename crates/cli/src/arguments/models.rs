//! What can be typed after `evalscope models`.

use super::hub::HubName;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `evalscope models`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
#[command(after_help = "\
Examples:
  evalscope models
  evalscope models list models/
  evalscope models show org/name
  evalscope models pull smollm2-135m
  evalscope models template smollm2-135m
  evalscope models template --template-type chatglm3 --conversation '[{\"role\": \"user\", \"content\": \"Hi\"}]'")]
pub struct ModelsArguments {
    /// What to do [default: list the models that are known by a short name]
    #[command(subcommand)]
    pub command: Option<ModelsCommand>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `evalscope models …`.
#[derive(Subcommand)]
pub enum ModelsCommand {
    /// List the models that were fetched and those in folders of yours, with format, size and path
    List {
        /// Folders with models, or with folders of models
        #[arg(value_name = "DIR")]
        folders: Vec<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what a model's files say: family, shape, limits, chat template, and whether the embedded engine knows it
    Show(OneModel),
    /// Fetch models into the caches, as `evalscope data pull` does
    Pull {
        /// Names from `evalscope models`, or hub ids (`org/name`, `org/name/file.gguf@revision`)
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        /// Where hub ids come from
        #[arg(long, value_name = "HUB", ignore_case = true, default_value = "modelscope")]
        hub: HubName,
    },
    /// Print the prompt that a chat template makes of a conversation
    Template {
        /// The model, and the template instead of its own
        #[command(flatten)]
        model: OneModel,
        /// A built-in name, a file or Jinja text; without a model, the template alone
        #[arg(long, visible_alias = "chat-template", value_name = "TEMPLATE")]
        template_type: Option<String>,
        /// A list of messages, or an object with `messages`, `tools` and what else the template asks for
        /// [default: a short example]
        #[arg(long, value_name = "JSON|FILE")]
        conversation: Option<String>,
        /// Print the template itself
        #[arg(long, conflicts_with = "conversation")]
        source: bool,
    },
}

/// A model of this machine, or of a hub.
#[derive(Args)]
pub struct OneModel {
    /// Path, hub id, or name from `evalscope models` [default: the catalogue's small model]
    #[arg(value_name = "MODEL")]
    pub model: Option<String>,
    /// Arguments of the local engines: file, revision, hub; for `template` also template_date (YYYY-MM-DD); for `bench-model`
    /// also engine (own, llama), threads, mode, workers, gpu_layers
    #[arg(long, value_name = "KEY=VALUE,…")]
    pub model_args: Option<String>,
    /// Where hub ids are fetched from; `local` takes what the hubs' caches have, and asks none [default: those caches, then
    /// modelscope]
    #[arg(long, value_enum, value_name = "HUB")]
    pub hub: Option<HubName>,
    /// Ask no hub; use what is cached
    #[arg(long)]
    pub offline: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// A model whose speed is measured.
#[derive(Args)]
pub struct BenchModelArguments {
    /// The model.
    #[command(flatten)]
    pub model: OneModel,
    /// How weights are kept: f32, bf16 or q8; float16 is taken as f32 [default: f32]
    #[arg(long, value_name = "PRECISION", value_parser = evalscope::PRECISION_NAMES, hide_possible_values = true)]
    pub precision: Option<String>,
}
