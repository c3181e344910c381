//! End to end: the real binary, servers on loopback, kills, bad input, real data and the real small model.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where its set-up fails")]

mod aggregates;
mod arena;
mod bad_input;
mod calibrate;
mod chaos;
mod chaos_many;
mod choice;
mod collection;
mod compare;
mod cost;
mod data;
mod exchange;
mod help;
mod judged;
mod llama_server;
mod local;
mod managed;
mod managed_kinds;
mod math;
mod models;
mod paired;
mod perf;
mod probe;
mod probe_several;
mod programs;
mod programs_in_replies;
mod programs_input;
mod providers;
mod real_data;
mod replays;
mod runs;
mod serve;
mod several;
mod several_costs;
mod support;
