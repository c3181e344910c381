//! Plain data that everything else passes around: values and rows, messages, samples, effects and their
//! outcomes, scores, plans, events. No I/O, no async, no clock.
//!
//! The flow through these types is the architecture: a [`Row`] becomes a [`Sample`]; pure logic looks at the
//! sample and the [`Outcome`]s so far and answers with a [`Step`]: `Need` these [`Effect`]s, or `Done` with a
//! [`Score`].

pub mod audit;
pub mod calendar;
pub mod choice;
pub mod collection;
pub mod departures;
pub mod digest;
pub mod effect;
pub mod error;
pub mod event;
pub mod execution;
pub mod halves;
pub mod json;
pub mod judged;
pub mod manifest;
pub mod message;
pub mod money;
pub mod plan;
pub mod price;
pub mod reply_limit;
pub mod request;
pub mod response;
pub mod sample;
pub mod score;
pub mod secret;
pub mod secrets;
pub mod suggest;
pub mod tokens;
pub mod value;

pub use audit::{Audit, Oddity, Readings};
pub use choice::{ChoiceMode, Constraint};
pub use collection::{PlannedCollection, PlannedMember, Selection};
pub use departures::Departures;
pub use digest::digest;
pub use effect::{Effect, Outcome, Step};
pub use error::{Diagnose, Kind};
pub use event::Event;
pub use execution::{ExecuteRequest, Execution, ExecutionVerdict, Isolation, Limits};
pub use halves::without_halves;
pub use judged::{JudgeVote, JudgedReply, Shown, TextLength};
pub use manifest::{DataFile, Manifest};
pub use message::{Content, Image, Message, Part, Role, Tool, ToolCall};
pub use money::{Amount, Money, Rate};
pub use plan::{Limit, Plan, PlannedBenchmark, PlannedModel};
pub use price::{Price, Prices};
pub use request::{Addressee, ContinuationTokens, GenerateRequest, Input, LoglikelihoodRequest, Sampling};
pub use response::{
    CallFailure, Completion, ContinuationScore, FailureKind, FinishReason, Generation, Timing, Usage,
};
pub use sample::{Sample, SampleKey};
pub use score::Score;
pub use secret::Secret;
pub use secrets::Secrets;
pub use value::{Row, Value};
