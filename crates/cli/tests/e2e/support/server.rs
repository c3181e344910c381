//! The stand-in endpoint that runs are made against.

/// Answers like an OpenAI-compatible server, or fails as it is told.
pub type Server = evalscope_testserver::Server;
