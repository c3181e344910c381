//! Acts: sends effects to models, journals outcomes, reports progress as events.
