//! Finds answers in replies, compares them with targets, aggregates scores.
