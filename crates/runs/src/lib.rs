//! The run folder: its format, the journal that is written before anything is used, and its readers.
