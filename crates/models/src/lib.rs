//! Model providers over HTTP behind the model trait.
//!
//! [`open`] makes a model of an address, a model name and a key. Which protocol is spoken there is a row of the
//! table in `providers`; how a call is sent, limited, repeated and cancelled is the same for all of them. Nothing
//! here reads the environment, and nothing that is secret reaches an error, a log or the plan.

mod address;
mod body;
mod chat_model;
mod choices;
mod client;
mod connections;
mod draft;
mod echo;
mod error;
mod failure;
mod images;
mod json;
mod model_list;
mod options;
mod program;
mod providers;
mod reasoning;
mod recording;
mod refusal;
mod request;
mod retry_after;
mod service;
mod silence;
mod stream;
mod turns;
mod unusable;
mod wire;

pub use error::Error;
pub use options::{EndpointOptions, ProviderKind};
pub use providers::{PROVIDERS, Provider, command, list, of_kind, open, replay};
