//! What all requests share: the folder, the indexes that are open or being made, the runs that were started.

use crate::error::Error;
use crate::guard::Guard;
use crate::hash::short_hash;
use crate::index::{RunIndex, fingerprint};
use crate::indexes::{Indexes, Lookup};
use crate::launch::Launched;
use crate::listing::Listing;
use crate::outputs::{Found, FoundKind, Outputs};
use crate::summary::Summaries;
use crate::turn::Turn;
use crate::voting::Polls;
use evalscope_report::page::Battles;
use evalscope_runs::RunFolder;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

/// What all requests share.
pub struct App {
    /// The folder of results.
    pub outputs: Outputs,
    /// Who may ask.
    pub guard: Guard,
    /// The list of runs.
    pub listing: Listing,
    /// Runs that were started here.
    pub launched: Launched,
    /// Battles of the arenas that were looked at.
    pub battles: Battles,
    /// Pairs that people vote on.
    pub polls: Polls,
    /// The one that is all that is served, when it is.
    pub voting: Option<Voting>,
    /// Summaries that are being made.
    pub summaries: Summaries,
    /// Whose turn it is to read a run as a whole.
    pub turn: Turn,
    indexes: Indexes,
    importing: Mutex<()>,
}

/// A file of reviews to vote on, with nothing beside it: whoever votes should not see whose answers they are.
#[derive(Debug)]
pub struct Voting {
    /// The name of its folder.
    pub id: String,
    /// The file.
    pub reviews: PathBuf,
}

impl App {
    /// Shares what is needed to serve this folder.
    pub fn new(outputs: Outputs, guard: Guard, launched: Launched, voting: Option<Voting>) -> App {
        let turn = Turn::default();
        App {
            outputs,
            guard,
            listing: Listing::default(),
            launched,
            battles: Battles::default(),
            polls: Polls::default(),
            voting,
            summaries: Summaries::new(turn.clone()),
            indexes: Indexes::new(turn.clone()),
            turn,
            importing: Mutex::default(),
        }
    }

    /// The run of this id; one of another program is imported first.
    pub fn run(&self, id: &str) -> Result<RunFolder, Error> {
        let found = self.outputs.find(id)?;
        match found.kind {
            FoundKind::Run => Ok(RunFolder::open(&found.path)?),
            FoundKind::Perf => Err(Error::missing(format!("evaluation `{id}`: it is a load test"))),
            FoundKind::Arena => Err(Error::missing(format!("evaluation `{id}`: it is an arena"))),
            FoundKind::Foreign(_) => self.import(&found),
        }
    }

    /// The index of a run, or how far its making is.
    pub fn index(&self, id: &str, folder: &RunFolder) -> Result<Lookup, Error> {
        let path = self.outputs.derived(&format!("index-{}.sqlite", short_hash(id)))?;
        self.indexes.find(id, folder, &fingerprint(folder)?.0, &path)
    }

    /// The index of a run that was looked at before.
    pub fn ready(&self, id: &str, folder: &RunFolder) -> Result<Arc<RunIndex>, Error> {
        match self.index(id, folder)? {
            Lookup::Ready(index) => Ok(index),
            Lookup::Making(_) => Err(Error::Refused {
                message: format!("the index of `{id}` is being made"),
                hint: Some("ask again in a moment".into()),
            }),
        }
    }

    fn import(&self, found: &Found) -> Result<RunFolder, Error> {
        let FoundKind::Foreign(format) = found.kind else {
            return Err(Error::missing(format!("files of another program in `{}`", found.id)));
        };
        // One at a time: two requests for one page must not import it twice.
        let _one = self.importing.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.outputs.derived(&format!("imported-{}", stamp(&found.path)))?;
        if !RunFolder::exists(&path) {
            evalscope_exchange::import(&found.path, Some(format), &path)?;
        }
        Ok(RunFolder::open(&path)?)
    }
}

/// A name that changes when the file, or what stands in the folder itself, does.
fn stamp(path: &Path) -> String {
    let about = path.metadata().ok();
    let time = about.as_ref().and_then(|about| about.modified().ok()?.duration_since(UNIX_EPOCH).ok());
    let bytes = about.map_or(0, |about| about.len());
    short_hash(&format!("{}\n{:?}\n{bytes}", path.display(), time.unwrap_or_default()))
}
