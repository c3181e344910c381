//! What a judge model is asked, and what its reply says. Pure: it asks for effects, as benchmarks do.
//!
//! [`template`] holds prompts, [`fence`] keeps the judged text from speaking for itself, [`parse`] reads verdicts strictly,
//! [`ask`] is the life of one verdict. [`contract`] is a verdict as a JSON object, [`panel`] several judges who give such ones.

pub mod ask;
pub mod contract;
pub mod fence;
pub mod null_model;
pub mod panel;
pub mod parse;
mod python_json;
pub mod template;

pub use ask::{Ask, Asking, Judged, step};
pub use contract::{Contract, Grade, Graded};
pub use panel::{Aggregation, Panel, Vote};
pub use parse::{Format, Unparsed, Verdict};
pub use template::{Kind, Template};
