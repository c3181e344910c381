//! Flaky endpoints: a run against one gives what a run against a healthy one gives, and asks nothing twice.

use crate::support::kills::Kills;
use crate::support::outcome::{Outcome, answered, answered_before_the_kill};
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

/// How often the run is killed.
const KILLS: u32 = 100;
const PATIENT: &str = "stream=true,retries=20,retry_interval=0.01,attempt_timeout=1";

#[test]
fn a_flaky_endpoint_gives_the_report_of_a_healthy_one() {
    let (healthy, flaky) = (Place::new(), Place::new());
    let (patient, flags) = (patient(), ["--eval-batch-size", "64", "--generation-config"]);
    let with = |generation| [&flags[..], &[generation]].concat();
    let server = Server::start(half_right);
    healthy.choice_data(2_000);
    // A busy machine can keep a reply for a second: only what stalls is to be given up.
    run(&mut quiz(&healthy, &server, &with(patient.as_str()))).expect(0);
    assert_eq!(server.calls(), 2_000);
    server.chaos(7);
    flaky.choice_data(2_000);
    run(&mut quiz(&flaky, &server, &with(PATIENT))).expect(0);
    assert!(server.faults() > 300, "{} faults", server.faults());
    Outcome::of(&flaky).expect(&Outcome::of(&healthy));
    assert_eq!(answered(&flaky).len(), 2_000);
}

#[test]
fn no_right_answer_of_a_flaky_endpoint_is_thrown_away() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.choice_data(2_000);
    server.chaos_without_stalls(7);
    run(&mut quiz(&place, &server, &["--eval-batch-size", "64", "--generation-config", &patient()]))
        .expect(0);
    assert!(server.faults() > 300, "{} faults", server.faults());
    assert_eq!(server.calls() - server.faults(), 2_000);
}

/// Without a deadline for one try: on a busy machine an answer may take longer than any that could be named.
fn patient() -> String {
    PATIENT.replace(",attempt_timeout=1", "")
}

/// A run of so many samples, with so many in flight, killed so often, after so many calls at most.
fn kill_again_and_again(samples: usize, in_flight: usize, kills: u32, most_calls: u64) {
    let (healthy, killed) = (Place::new(), Place::new());
    let server = Server::start(half_right);
    healthy.choice_data(samples);
    run(&mut quiz(&healthy, &server, &["--generation-config", &patient()])).expect(0);
    let (in_flight_text, config) = (in_flight.to_string(), patient());
    let flags =
        ["--eval-batch-size", &in_flight_text, "--work-dir", "outputs", "--generation-config", &config];
    killed.choice_data(samples);
    server.delay(Duration::from_millis(20));
    // No try is given up for its time, so that each answer of the server's but those in flight at a kill is taken.
    server.chaos_without_stalls(3);
    let before = server.calls();
    let mut journaled = BTreeMap::new();
    let look = || {
        let now = answered_before_the_kill(&killed);
        assert!(
            journaled.iter().all(|(call, line)| now.get(call) == Some(line)),
            "a journaled answer is gone"
        );
        journaled = now;
    };
    Kills { server: &server, times: kills, most_calls }.carry_out(|| quiz(&killed, &server, &flags), look);
    assert!(!journaled.is_empty(), "no kill hit it under way");
    Outcome::of(&killed).expect(&Outcome::of(&healthy));
    let all = answered(&killed);
    assert_eq!(all.len(), samples);
    assert_eq!(answered_before_the_kill(&killed).len(), samples, "there is one run");
    // What was answered and is not in the journal was in flight at a kill.
    let given = (server.calls() - before - server.faults()) as usize;
    assert!((samples..=samples + kills as usize * in_flight).contains(&given), "{given} answers");
}

#[test]
fn a_run_that_is_killed_again_and_again_asks_nothing_twice() {
    kill_again_and_again(1_000, 2, KILLS, 6);
}

#[test]
fn nor_does_one_with_calls_on_two_threads() {
    kill_again_and_again(3_000, 64, 10, 100);
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
fn processes_share_a_cache_at_the_same_time() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.choice_data(300);
    let flags = |folder: &'static str| ["--cache", "on", "--work-dir", folder, "--no-timestamp"];
    // The file is made by all of them at once, too.
    let folders = ["one", "two", "three", "four"];
    let processes = folders.map(|folder| {
        let mut command = quiz(&place, &server, &flags(folder));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts")
    });
    for process in processes {
        Ran::from(process.wait_with_output().expect("it ends")).expect(0);
    }
    let reviews = |folder: &str| {
        let path = place.path(folder).join("reviews/m/general_mcq_quiz.jsonl");
        std::fs::read_to_string(path).expect("there are reviews")
    };
    assert!(folders.iter().all(|folder| reviews(folder) == reviews("one")));
    assert!((300..=1_200).contains(&server.calls()), "{} calls", server.calls());
    let stats = place.run(&["cache", "stats"]).expect(0);
    assert!(stats.out.contains("m  300 answers"), "{}", stats.out);
    let asked = server.calls();
    run(&mut quiz(&place, &server, &flags("five"))).expect(0);
    assert_eq!((server.calls(), reviews("five")), (asked, reviews("one")));
}

#[test]
fn a_key_that_expires_half_way_stops_the_run_and_a_new_one_finishes_it() {
    let (place, server) = (Place::new(), Server::start(half_right));
    place.choice_data(400);
    server.fail_after(100, 401);
    let flags = ["--eval-batch-size", "4", "--work-dir", "outputs"];
    let mut stopped = quiz(&place, &server, &flags);
    let stopped = run(stopped.env("OPENAI_API_KEY", "sk-of-yesterday"));
    let stopped = stopped.clear_error(4, &["in a row failed", "401", "refused the key from OPENAI_API_KEY"]);
    assert!(!stopped.err.contains("sk-of"), "{}", stopped.err);
    let asked = server.calls();
    assert!(asked < 200, "{asked} calls");
    server.heal();
    run(quiz(&place, &server, &flags).env("OPENAI_API_KEY", "sk-of-today")).expect(0);
    assert_eq!(answered(&place).len(), 400);
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
    Outcome::of(&jumping).expect(&Outcome::of(&steady));
    assert_eq!(answered(&jumping).len(), 200);
    // The clock did jump: some answers were written down long before others.
    let lines = json_lines(&only_run(&jumping).join("predictions/m/general_mcq_quiz.jsonl"));
    let times: Vec<f64> = lines.iter().filter_map(|line| line["at"].as_f64()).collect();
    assert!(times.windows(2).any(|pair| pair[1] < pair[0] - 86_400.0), "{times:?}");
}
