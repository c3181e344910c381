//! What sets one protocol apart from another: where a call goes, how it is laid out, how its answer is read. The
//! rest, from connections to repetition, is the same for all of them.

use crate::draft::{Draft, Thinking};
use crate::json::Fields;
use crate::refusal::Refusal;
use crate::unusable::Unusable;
use evalscope_core::GenerateRequest;

/// A protocol over HTTP.
pub struct Wire {
    /// What it is called in options and in the plan.
    pub name: &'static str,
    /// How its addresses look.
    pub paths: Paths,
    /// The header that carries the key, and what stands before the key in it.
    pub key: (&'static str, &'static str),
    /// Headers that every request has.
    pub headers: &'static [(&'static str, &'static str)],
    /// What else decides its answers, for the model's identity: without it, answers that were recorded before our requests
    /// changed would be taken for those to the new ones.
    pub identity: &'static [(&'static str, &'static str)],
    /// Lays a request out as JSON, without `extra_body`.
    pub body: fn(&Call<'_>) -> Result<Fields, Refusal>,
    /// Reads a whole response.
    pub read: fn(Fields, &mut Draft) -> Result<(), Unusable>,
    /// Reads an event of a stream.
    pub read_event: fn(Fields, &mut Draft) -> Result<(), Unusable>,
    /// What `<think>` means.
    pub thinking: Thinking,
}

/// How the addresses of a protocol look.
pub struct Paths {
    /// What stands before the paths of calls when a given address does not say.
    pub base: Base,
    /// What may stand at the end of a given address and is taken off it.
    pub calls: &'static [&'static str],
    /// The path of a call, below the base.
    pub call: fn(&CallPath<'_>) -> String,
    /// The query of a streamed call.
    pub stream_query: Option<&'static str>,
    /// The path where the model, or the list that it is in, can be looked up.
    pub look_up: fn(&str) -> String,
}

/// What the path of a call may depend on.
pub struct CallPath<'a> {
    /// The model's name at the server.
    pub model: &'a str,
    /// Whether the reply is streamed.
    pub stream: bool,
}

/// The version in the path of an address.
#[derive(Debug, Clone, Copy)]
pub enum Base {
    /// Added to an address that is a host alone; a longer path says where the calls are.
    OfHost(&'static str),
    /// Added wherever an address does not end with it, as the makers' own clients do.
    OfAll(&'static str),
}

/// A request for text, and what it needs to be laid out.
pub struct Call<'a> {
    /// The model's name at the server.
    pub model: &'a str,
    /// What is asked for.
    pub request: &'a GenerateRequest,
    /// Whether the reply is streamed.
    pub stream: bool,
}
