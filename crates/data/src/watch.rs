//! Tells a caller how far a file is that is being fetched.

use std::fmt;
use std::sync::Arc;

/// A file that is being fetched.
#[derive(Debug, Clone, Copy)]
pub struct Arriving<'a> {
    /// File and repository, or package.
    pub what: &'a str,
    /// Bytes that are here.
    pub have: u64,
    /// Bytes of the whole file, where they are known.
    pub size: Option<u64>,
}

/// Who is told of files that are being fetched: when one begins, and with every piece of it. Nobody by default.
#[derive(Clone, Default)]
pub struct Watch(Option<Arc<Told>>);

type Told = dyn Fn(Arriving<'_>) + Send + Sync;

impl Watch {
    /// Tells this function.
    pub fn new(told: impl Fn(Arriving<'_>) + Send + Sync + 'static) -> Watch {
        Watch(Some(Arc::new(told)))
    }

    pub(crate) fn tell(&self, arriving: Arriving<'_>) {
        if let Some(told) = &self.0 {
            told(arriving);
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Watch")
    }
}
