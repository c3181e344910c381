//! What an export carries of the run that no other program's form has a place for: its plan. With it, a run comes
//! back with the same benchmarks, subsets and metrics.

use crate::error::Error;
use evalscope_core::Plan;
use evalscope_core::plan::PLAN_VERSION;
use evalscope_runs::RunFolder;
use serde::{Deserialize, Serialize};

/// The key under which other programs' forms hold this.
pub const KEY: &str = "evalscope_rs";

/// What an export carries of its run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Carried {
    /// The program that made the run, with version.
    pub program: String,
    /// When it began, in UTC.
    pub started_at: String,
    /// When it ended, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// What was asked and scored.
    pub plan: Plan,
}

impl Carried {
    /// What is carried of `folder`.
    pub fn of(folder: &RunFolder) -> Carried {
        let state = folder.status();
        Carried {
            program: state.program,
            started_at: state.started_at,
            ended_at: state.ended_at,
            plan: folder.plan().clone(),
        }
    }

    /// The same for one model and benchmark, for forms that have a file for each.
    pub fn only(&self, model: &str, benchmark: &str) -> Carried {
        let mut carried = self.clone();
        carried.plan.models.retain(|planned| planned.id == model);
        carried.plan.benchmarks.retain(|planned| planned.name == benchmark);
        carried
    }

    /// As a JSON value.
    pub fn to_json(&self) -> Result<serde_json::Value, Error> {
        serde_json::to_value(self).map_err(Error::form("JSON"))
    }

    /// From a JSON value of a file that may be anybody's.
    pub fn from_json(value: &serde_json::Value, place: &str) -> Result<Option<Carried>, Error> {
        if value.is_null() {
            return Ok(None);
        }
        // Before the rest: another version may have other fields.
        if let Some(found) =
            value["plan"]["version"].as_u64().filter(|found| *found != u64::from(PLAN_VERSION))
        {
            let message = format!("`{KEY}`: its plan has version {found}; this program knows {PLAN_VERSION}");
            return Err(Error::malformed(place, message));
        }
        let broken = |error: serde_json::Error| Error::malformed(place, format!("`{KEY}`: {error}"));
        serde_json::from_value(value.clone()).map(Some).map_err(broken)
    }
}
