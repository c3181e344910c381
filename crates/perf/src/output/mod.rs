//! What a load test leaves: rows as they end, the table that EvalScope's users know, and figures to read.

pub mod database;
pub mod rows;
pub mod table;
