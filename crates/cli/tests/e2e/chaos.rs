//! Flaky endpoints: a run against one gives what a run against a healthy one gives, and asks nothing twice.

use crate::support::server::Server;
use crate::support::{Place, Ran, json_lines, only_run};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Answers B to even question numbers, A to others.
fn half_right(prompt: &str) -> String {
    let number =
        prompt.rsplit("Question number ").next().and_then(|rest| rest.split('?').next()?.parse().ok());
    if number.unwrap_or(1_u64).is_multiple_of(2) { "答案：B".into() } else { "答案：A".into() }
}

fn quiz(place: &Place, server: &Server, more: &[&str]) -> Command {
    let folder = place.path("data");
    let args = format!(
        "{{\"general_mcq\": {{\"local_path\": \"{}\", \"subset_list\": [\"quiz\"]}}}}",
        folder.display()
    );
    let url = server.url();
    let mut arguments = vec!["eval", "--model", "m", "--api-url", &url, "--datasets", "general_mcq"];
    arguments.extend(["--dataset-hub", "local", "--dataset-args", &args, "--no-probe"]);
    arguments.extend(more);
    place.evalscope(&arguments)
}

fn run(command: &mut Command) -> Ran {
    Ran::from(command.output().expect("the binary starts"))
}

/// Reviews by sample, without when and where.
fn reviews(place: &Place) -> BTreeMap<u64, Value> {
    let lines = json_lines(&only_run(place).join("reviews/m/general_mcq_quiz.jsonl"));
    lines.into_iter().map(|line| (line["index"].as_u64().expect("a review has an index"), line)).collect()
}

/// Answers in the journal by sample.
fn answers(place: &Place) -> BTreeMap<u64, usize> {
    let mut counts = BTreeMap::new();
    for line in json_lines(&only_run(place).join("predictions/m/general_mcq_quiz.jsonl")) {
        if line.get("error").is_none() {
            *counts.entry(line["index"].as_u64().expect("a call has an index")).or_default() += 1;
        }
    }
    counts
}

/// How often the run is killed: so often that it ends only after the last time.
const KILLS: u32 = 100;
const PATIENT: &str = "stream=true,retries=20,retry_interval=0.01,attempt_timeout=1";

#[test]
fn a_flaky_endpoint_gives_the_report_of_a_healthy_one() {
    let (healthy, flaky) = (Place::new(), Place::new());
    let flags = ["--eval-batch-size", "64", "--generation-config", PATIENT];
    let server = Server::start(half_right);
    healthy.choice_data(2_000);
    run(&mut quiz(&healthy, &server, &flags)).expect(0);
    assert_eq!(server.calls(), 2_000);
    server.chaos(7);
    flaky.choice_data(2_000);
    run(&mut quiz(&flaky, &server, &flags)).expect(0);
    assert!(server.faults() > 300, "{} faults", server.faults());
    assert_eq!(reviews(&flaky), reviews(&healthy));
    assert!(answers(&flaky).values().all(|count| *count == 1));
}

#[test]
fn no_right_answer_of_a_flaky_endpoint_is_thrown_away() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.choice_data(2_000);
    server.chaos_without_stalls(7);
    // Without a deadline for one try: on a busy machine an answer may take longer than any that could be named.
    let patient = PATIENT.replace(",attempt_timeout=1", "");
    run(&mut quiz(&place, &server, &["--eval-batch-size", "64", "--generation-config", &patient])).expect(0);
    assert!(server.faults() > 300, "{} faults", server.faults());
    assert_eq!(server.calls() - server.faults(), 2_000);
}

/// A run of so many samples, with so many in flight, killed so often.
fn kill_again_and_again(samples: usize, in_flight: &str, kills: u32) {
    let (healthy, killed) = (Place::new(), Place::new());
    let server = Server::start(half_right);
    healthy.choice_data(samples);
    run(&mut quiz(&healthy, &server, &[])).expect(0);
    let flags = ["--eval-batch-size", in_flight, "--work-dir", "outputs"];
    killed.choice_data(samples);
    server.delay(Duration::from_millis(20));
    server.chaos(3);
    let flags: Vec<&str> = flags.into_iter().chain(["--generation-config", PATIENT]).collect();
    let mut random = 12_345_u64;
    for _ in 0..kills {
        let mut command = quiz(&killed, &server, &flags);
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts");
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let until = Instant::now() + Duration::from_millis(5 + (random >> 33) % 120);
        while Instant::now() < until && child.try_wait().expect("it can be looked at").is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
    }
    run(&mut quiz(&killed, &server, &flags)).expect(0);
    assert_eq!(reviews(&killed), reviews(&healthy));
    assert!(
        answers(&killed).values().all(|count| *count == 1),
        "an answer in the journal was asked for again"
    );
}

#[test]
fn a_run_that_is_killed_again_and_again_asks_nothing_twice() {
    kill_again_and_again(600, "2", KILLS);
}

#[test]
fn nor_does_one_with_calls_on_two_threads() {
    kill_again_and_again(3_000, "64", 10);
}

#[test]
fn more_errors_than_allowed_stop_the_run_and_say_why() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.choice_data(200);
    server.fail_when("Question number 1", 400);
    let flags = ["--eval-batch-size", "1", "--max-errors", "3"];
    run(&mut quiz(&place, &server, &flags)).clear_error(4, &["4 samples failed", "--max-errors", "allows 3"]);
    assert!(server.calls() < 20, "{} calls", server.calls());
    // Half of them fail: more than a tenth.
    run(&mut quiz(&place, &server, &["--fresh", "--max-errors", "10%"])).clear_error(4, &["allows 20"]);
    let ran = run(&mut quiz(&place, &server, &["--fresh", "--ignore-errors"])).expect(0);
    assert!(ran.out.contains("111"), "{}", ran.out);
}

#[test]
fn calls_per_minute_are_kept() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.choice_data(21);
    let begun = Instant::now();
    run(&mut quiz(&place, &server, &["--rpm", "1200"])).expect(0);
    // 20 pauses of 50 ms.
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[test]
fn runs_share_answers_through_the_cache() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.choice_data(50);
    let first = run(&mut quiz(&place, &server, &["--cache", "on", "--json"])).expect(0);
    assert_eq!(server.calls(), 50);
    let second = run(&mut quiz(&place, &server, &["--cache", "on", "--json", "--fresh"])).expect(0);
    assert_eq!(server.calls(), 50, "the second run asked again");
    let [first, second] =
        [first, second].map(|ran| serde_json::from_str::<Value>(&ran.out).expect("it is JSON"));
    assert_eq!(first["benchmarks"][0]["metrics"], second["benchmarks"][0]["metrics"]);
    assert_eq!(second["benchmarks"][0]["usage"]["cached_calls"], 50);
    run(&mut quiz(&place, &server, &["--fresh"])).expect(0);
    assert_eq!(server.calls(), 100, "without the flag the cache answers nothing");
    let stats = place.run(&["cache", "stats"]).expect(0);
    assert!(stats.out.contains("m  50 answers"), "{}", stats.out);
    place.run(&["cache", "prune", "--older-than", "1d"]).expect(0);
    let cleared = place.run(&["cache", "clear"]).expect(0);
    assert!(cleared.out.contains("50 answers dropped"), "{}", cleared.out);
    place.run(&["cache", "prune", "--max-size", "big"]).clear_error(2, &["--max-size", "big"]);
}

#[test]
fn a_key_that_expires_half_way_stops_the_run_and_a_new_one_finishes_it() {
    let (place, server) = (Place::new(), std::sync::Arc::new(Server::start(half_right)));
    place.choice_data(400);
    server.delay(Duration::from_millis(2));
    let watched = std::sync::Arc::clone(&server);
    let watcher = std::thread::spawn(move || {
        while watched.calls() < 100 {
            std::thread::sleep(Duration::from_millis(1));
        }
        watched.fail_when("", 401);
    });
    let flags = ["--eval-batch-size", "4", "--work-dir", "outputs"];
    let mut stopped = quiz(&place, &server, &flags);
    let stopped = run(stopped.env("OPENAI_API_KEY", "sk-of-yesterday"));
    let stopped = stopped.clear_error(4, &["in a row failed", "401", "refused the key from OPENAI_API_KEY"]);
    assert!(!stopped.err.contains("sk-of"), "{}", stopped.err);
    watcher.join().expect("it ends");
    let asked = server.calls();
    assert!(asked < 200, "{asked} calls");
    server.heal();
    run(quiz(&place, &server, &flags).env("OPENAI_API_KEY", "sk-of-today")).expect(0);
    assert!(answers(&place).values().all(|count| *count == 1));
    assert_eq!(answers(&place).len(), 400);
}

#[test]
fn a_host_without_an_address_is_named() {
    let place = Place::new();
    place.choice_data(3);
    let ran = place.run(&["eval", "--model", "m", "--api-url", "http://no-such-host.invalid/v1"]);
    ran.clear_error(4, &["no-such-host.invalid"]);
}

/// Stands before the C library's clock: each look at the time of day is a month before or after the one before.
#[cfg(target_os = "linux")]
const JUMPING_CLOCK: &str = r"
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *now) {
    static int looks;
    int result = syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME)
        now->tv_sec += (__sync_fetch_and_add(&looks, 1) % 3 - 1) * 30 * 86400L;
    return result;
}
";

#[test]
#[cfg(target_os = "linux")]
fn a_clock_that_jumps_changes_nothing() {
    let (steady, jumping) = (Place::new(), Place::new());
    let server = Server::start(half_right);
    steady.choice_data(200);
    run(&mut quiz(&steady, &server, &[])).expect(0);
    let (source, library) = (jumping.path("clock.c"), jumping.path("clock.so"));
    std::fs::write(&source, JUMPING_CLOCK).unwrap();
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    assert!(built.expect("the C compiler, which Rust links with, starts").success());
    jumping.choice_data(200);
    server.chaos(7);
    let flags = ["--eval-batch-size", "16", "--rpm", "600000", "--generation-config", PATIENT];
    let mut child = quiz(&jumping, &server, &flags)
        .env("LD_PRELOAD", &library)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(100));
    child.kill().unwrap();
    child.wait().unwrap();
    let ran = run(quiz(&jumping, &server, &flags).env("LD_PRELOAD", &library)).expect(0);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    assert_eq!(reviews(&jumping), reviews(&steady));
    assert!(answers(&jumping).values().all(|count| *count == 1));
    // The clock did jump: some answers were written down long before others.
    let lines = json_lines(&only_run(&jumping).join("predictions/m/general_mcq_quiz.jsonl"));
    let times: Vec<f64> = lines.iter().filter_map(|line| line["at"].as_f64()).collect();
    assert!(times.windows(2).any(|pair| pair[1] < pair[0] - 86_400.0), "{times:?}");
}
