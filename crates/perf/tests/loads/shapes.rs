//! The load that is asked for is the load that comes.

use crate::server::{Act, Server, good};
use crate::{closed, measured, opened, plan, ran, rows};
use evalscope_perf::{
    Event, Portion, Process, Rate, Row, Search, Shape, Signals, Slo, Stage, Sweep, Think, run,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

#[test]
fn all_slots_are_in_flight_on_connections_of_their_own() {
    let meeting = Arc::new(Barrier::new(8));
    let server = Server::start(move |_, _| vec![Act::Meet(Arc::clone(&meeting)), Act::Send(good())]);
    let place = tempfile::tempdir().unwrap();
    let (stage, _) = ran(&plan(&server.url(), closed(8, 40), place.path()));
    assert_eq!(stage.requests.ok, 40);
    assert_eq!(server.seen.connections.load(Ordering::SeqCst), 8);
    assert_eq!(server.seen.most_in_flight.load(Ordering::SeqCst), 8);
    assert_eq!(stage.client.most_in_flight, 8);
    assert!(stage.latency.connect_ms.is_none());
}

#[test]
fn an_open_loop_sends_by_its_schedule() {
    let server = Server::start(|_, _| vec![Act::Send(good())]);
    let place = tempfile::tempdir().unwrap();
    let shape = Shape::Open { rate: Rate::constant(1000.0), process: Process::Constant, cap: None };
    let stage = Stage { shape, ..closed(1, 100) };
    let (stage, rows) = ran(&plan(&server.url(), stage, place.path()));
    assert_eq!((stage.requests.ok, stage.rate), (100, Some(1000.0)));
    for row in &rows {
        let due = (row.number + 1) as f64;
        let sent = row.sent_s * 1000.0 - row.late_ms.unwrap();
        assert!((sent - due).abs() < 0.01, "{row:?}");
        assert!(row.late_ms.unwrap() >= 0.0);
    }
    assert_eq!(stage.latency.e2e_from_schedule_ms.unwrap().count, 100);
}

#[test]
fn a_stage_in_which_nothing_was_due_is_invalid() {
    let server = Server::start(|_, _| vec![Act::Send(good())]);
    let place = tempfile::tempdir().unwrap();
    let shape = Shape::Open { rate: Rate::constant(0.1), process: Process::Constant, cap: None };
    let duration = Some(Duration::from_millis(50));
    let stage = Stage { shape, number: None, duration, ..closed(1, 0) };
    let (stage, rows) = ran(&plan(&server.url(), stage, place.path()));
    // A busy machine may have a word to say too.
    assert!(rows.is_empty() && stage.invalid.contains(&"no request was measured".to_owned()), "{stage:?}");
}

#[test]
fn full_load_begins_where_a_ramp_ends() {
    let server = Server::start(|_, _| vec![Act::Send(good())]);
    let place = tempfile::tempdir().unwrap();
    let ramp = Duration::from_millis(400);
    let rate = Rate { rate: 100.0, from: 0.0, ramp, steps: 0 };
    let shape = Shape::Open { rate, process: Process::Constant, cap: None };
    let (stage, _) = ran(&plan(&server.url(), Stage { shape, ..closed(1, 40) }, &place.path().join("whole")));
    let steady = stage.steady.unwrap();
    // 20 are due in the ramp.
    assert!(steady.from_s >= 0.4 && steady.requests <= 20, "{steady:?}");
    // On the way to a rate there is no full load.
    let (stage, _) = ran(&plan(&server.url(), Stage { shape, ..closed(1, 15) }, &place.path().join("part")));
    assert_eq!(stage.steady, None);
}

#[test]
fn a_cap_holds() {
    let server = Server::start(|_, _| vec![Act::Send(good())]);
    let place = tempfile::tempdir().unwrap();
    let shape = Shape::Open { rate: Rate::constant(100_000.0), process: Process::Poisson, cap: Some(3) };
    let (stage, _) = ran(&plan(&server.url(), Stage { shape, ..closed(1, 200) }, place.path()));
    assert_eq!(stage.requests.ok, 200);
    assert!(server.seen.most_in_flight.load(Ordering::SeqCst) <= 3);
    assert_eq!(stage.client.most_in_flight, 3);
}

#[test]
fn what_is_before_and_after_is_not_measured() {
    let server = Server::start(|_, _| vec![Act::Send(good())]);
    let place = tempfile::tempdir().unwrap();
    let stage = Stage { warm_up: Portion::Count(5), cool_down: Portion::Count(3), ..closed(2, 20) };
    let (stage, rows) = ran(&plan(&server.url(), stage, place.path()));
    assert_eq!((stage.requests.total, stage.requests.warm_up, stage.requests.cool_down), (20, 5, 3));
    assert_eq!((rows.len(), measured(&rows)), (28, 20));
    assert_eq!(stage.latency.ttft_ms.unwrap().count, 20);
}

#[test]
fn a_duration_ends_the_sending() {
    let server = Server::start(|_, _| vec![Act::Send(good())]);
    let place = tempfile::tempdir().unwrap();
    let stage = Stage { number: None, duration: Some(Duration::from_millis(150)), ..closed(2, 0) };
    let (stage, rows) = ran(&plan(&server.url(), stage, place.path()));
    assert!(stage.requests.ok > 0 && stage.requests.failed == 0);
    assert!(rows.iter().all(|row| row.sent_s < 5.0), "the last was sent late");
}

/// The prompts that a server saw, one after the other.
fn asked(bodies: &Mutex<Vec<String>>) -> Vec<serde_json::Value> {
    bodies.lock().unwrap().iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}

/// A server that answers and keeps what it was asked.
fn keeping() -> (Server, Arc<Mutex<Vec<String>>>) {
    let bodies: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&bodies);
    let server = Server::start(move |_, body| {
        seen.lock().unwrap().push(body.to_owned());
        vec![Act::Send(good())]
    });
    (server, bodies)
}

#[test]
fn no_prompt_comes_again_in_another_stage() {
    let (server, bodies) = keeping();
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan(&server.url(), closed(1, 5), place.path());
    let shape = Shape::Open { rate: Rate::constant(1000.0), process: Process::Constant, cap: None };
    plan.stages.push(Stage { shape, ..closed(1, 5) });
    plan.repeat = 2;
    let notes = run(&plan, &|_| {}, &Signals::default()).unwrap().summary.notes;
    let sent = bodies.lock().unwrap().clone();
    let distinct: BTreeSet<&String> = sent.iter().collect();
    assert_eq!((sent.len(), distinct.len()), (20, 20));
    assert!(notes.iter().all(|note| !note.contains("prompts")), "{notes:?}");
    // The files name what was sent in their stage.
    let path = place.path().join("parallel_1_number_5_2/benchmark_data.db");
    let database = rusqlite::Connection::open(path).unwrap();
    let mut found = database.prepare("SELECT request FROM result ORDER BY start_time").unwrap();
    let found = found.query_map([], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(found.map(Result::unwrap).collect::<Vec<_>>(), sent[5..10]);
}

#[test]
fn conversations_of_another_stage_are_others() {
    let (server, bodies) = keeping();
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan(&server.url(), closed(1, 4), place.path());
    plan.stages.push(closed(1, 4));
    plan.prompts.turns = Some((2, 2));
    run(&plan, &|_| {}, &Signals::default()).unwrap();
    let sent = bodies.lock().unwrap().clone();
    assert_eq!((sent.len(), sent.iter().collect::<BTreeSet<_>>().len()), (8, 8));
}

#[test]
fn prompts_that_came_again_are_said() {
    let server = Server::start(|_, _| vec![Act::Send(good())]);
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("lines.txt");
    std::fs::write(&data, "one\ntwo\nthree\n").unwrap();
    let said = |stage: Stage, sweep: Option<Sweep>, folder: &str| {
        let mut plan = plan(&server.url(), stage, &place.path().join(folder));
        plan.prompts.dataset = evalscope_perf::Dataset::Lines(data.clone());
        plan.sweep = sweep;
        let notes = run(&plan, &|_| {}, &Signals::default()).unwrap().summary.notes;
        notes.into_iter().filter(|note| note.contains("prompts")).collect::<Vec<_>>()
    };
    let known = said(closed(1, 4), None, "known");
    assert!(
        known.len() == 1 && known[0].starts_with("3 prompts are asked again and again for 4"),
        "{known:?}"
    );
    assert!(said(closed(1, 3), None, "enough").is_empty());
    let found = said(closed(1, 2), Some(Sweep::Parallel { most: 2 }), "found");
    assert!(found.len() == 1 && found[0].starts_with("3 prompts were asked 15 times in all"), "{found:?}");
}

#[test]
fn a_conversation_goes_on_with_what_was_answered() {
    let (server, bodies) = keeping();
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan(&server.url(), closed(1, 6), place.path());
    plan.prompts.turns = Some((3, 3));
    plan.prompts.think = Think::Always(Duration::from_millis(20));
    let (stage, rows) = ran(&plan);
    let bodies = asked(&bodies);
    let lengths: Vec<usize> = bodies.iter().map(|body| body["messages"].as_array().unwrap().len()).collect();
    assert_eq!(lengths, [1, 3, 5, 1, 3, 5]);
    assert_eq!(
        bodies[1]["messages"][1],
        serde_json::json!({"role": "assistant", "content": "one two three"})
    );
    let turns: Vec<(Option<u64>, Option<u32>)> = rows.iter().map(|row| (row.session, row.turn)).collect();
    assert_eq!(turns[1], (Some(0), Some(2)));
    assert_eq!(turns[3], (Some(1), Some(1)));
    assert!(rows[1].sent_s - rows[0].sent_s >= 0.02, "no time to think: {rows:?}");
    let thought = 20.0 + rows[1].client_ms;
    assert!(((rows[1].sent_s - rows[0].ended_s()) * 1000.0 - thought).abs() < 0.01, "{rows:?}");
    let turns = stage.turns.unwrap();
    assert_eq!((turns.sessions, turns.per_session), (2, 3.0));
    assert_eq!((turns.first_ttft_ms.unwrap().count, turns.later_ttft_ms.unwrap().count), (2, 4));
}

#[test]
fn recorded_conversations_with_too_few_turns_are_passed_over_and_long_ones_end_early() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let talk = |name: &str, turns: usize| {
        let said = |turn| json!([{"from": "human", "value": format!("{name}{turn}")}, {"from": "gpt", "value": "-"}]);
        let turns: Vec<Value> = (0..turns).flat_map(|turn| said(turn).as_array().unwrap().clone()).collect();
        format!("{}\n", json!({"conversations": turns}))
    };
    std::fs::write(
        data.join("talks.jsonl"),
        [talk("a", 1), talk("b", 3), talk("c", 2), talk("d", 5)].concat(),
    )
    .unwrap();
    let tested = |turns: (usize, usize), folder: &str| {
        let (server, bodies) = keeping();
        let mut plan = plan(&server.url(), closed(1, 9), &place.path().join(folder));
        plan.prompts.dataset =
            evalscope_perf::Dataset::Rows(Box::new(opened(&data)), evalscope_perf::Column::FirstTurn);
        plan.prompts.turns = Some(turns);
        let tested = run(&plan, &|_| {}, &Signals::default());
        let last = |body: &Value| body["messages"].as_array().unwrap().last().unwrap()["content"].clone();
        tested.map(|tested| (asked(&bodies).iter().map(last).collect::<Vec<_>>(), tested.summary.notes))
    };
    let (asked, notes) = tested((3, 4), "some").unwrap();
    assert_eq!(asked, ["b0", "b1", "b2", "d0", "d1", "d2", "d3", "b0", "b1"]);
    assert!(
        notes.contains(&"conversations of fewer than 3 turns that were passed over: 2".to_owned()),
        "{notes:?}"
    );
    let (asked, notes) = tested((1, usize::MAX), "all").unwrap();
    assert_eq!(asked, ["a0", "b0", "b1", "b2", "c0", "c1", "d0", "d1", "d2"]);
    assert!(!notes.iter().any(|note| note.contains("passed over")), "{notes:?}");
    let Err(error) = tested((6, 9), "none") else { panic!("it runs without a conversation") };
    assert!(error.to_string().contains("none of the 4 conversations has 6 turns"), "{error}");
}

#[test]
fn a_trace_is_sent_as_it_was_recorded() {
    let (server, bodies) = keeping();
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let rows: String = [(1000, 20, 5), (1200, 40, 6), (1100, 20, 7)]
        .map(|(at, input, output)| {
            format!("{{\"timestamp\": {at}, \"input_length\": {input}, \"output_length\": {output}, \"hash_ids\": [9]}}\n")
        })
        .concat();
    std::fs::write(data.join("trace.jsonl"), rows).unwrap();
    let stage = Stage { shape: Shape::Replay { speed: 2.0, cap: None }, number: None, ..closed(1, 1) };
    let mut plan = plan(&server.url(), stage, &place.path().join("out"));
    plan.prompts.dataset = evalscope_perf::Dataset::Trace(Box::new(opened(&data)));
    let (stage, rows) = ran(&plan);
    assert_eq!((stage.requests.ok, stage.trace_speed, stage.rate), (3, Some(2.0), None));
    let due: Vec<f64> = rows.iter().map(|row| (row.sent_s * 1000.0 - row.late_ms.unwrap()).round()).collect();
    assert_eq!(due.iter().fold(0.0, |sum, due| sum + due), 150.0, "{due:?}");
    let mut tokens: Vec<u64> =
        asked(&bodies).iter().map(|body| body["max_tokens"].as_u64().unwrap()).collect();
    tokens.sort_unstable();
    assert_eq!(tokens, [5, 6, 7]);
}

#[test]
fn a_search_over_a_trace_is_one_of_its_speed() {
    let server = Server::start(|_, _| vec![Act::Send(good())]);
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let row = |at: u64| {
        format!("{}\n", json!({"timestamp": at, "body": {"messages": [{"role": "user", "content": "a"}]}}))
    };
    std::fs::write(data.join("trace.jsonl"), [row(0), row(0)].concat()).unwrap();
    let stage = Stage { shape: Shape::Replay { speed: 1.0, cap: None }, ..closed(1, 9) };
    let mut plan = plan(&server.url(), stage, &place.path().join("out"));
    plan.prompts.dataset = evalscope_perf::Dataset::Trace(Box::new(opened(&data)));
    plan.search = Some(Search { slo: Slo::parse("failed<1%").unwrap(), least: 1.0, most: 1.0 });
    let summary = run(&plan, &|_| {}, &Signals::default()).unwrap().summary;
    assert_eq!(summary.search.unwrap().maximize, "speed");
    // Nothing of these requests is made up, and there are fewer than were asked for.
    let notes = summary.notes.join("\n");
    assert!(!notes.contains("--tokenizer-path"), "{notes}");
    assert!(notes.contains("2 requests of the trace are sent, and not the 9 of --number"), "{notes}");
}

#[test]
fn a_trace_that_is_longer_than_what_is_kept_says_so() {
    let server = Server::start(|_, _| vec![Act::Send(good())]);
    let place = tempfile::tempdir().unwrap();
    let notes = |rows: usize, number| {
        let data = place.path().join(format!("data_{rows}"));
        std::fs::create_dir_all(&data).unwrap();
        // A quarter of an hour apart: nobody waits for the second.
        let rows = (0..rows)
            .map(|row| row * 1_000_000)
            .map(|at| format!("{{\"timestamp\": {at}, \"input_length\": 1, \"output_length\": 1}}\n"));
        std::fs::write(data.join("trace.jsonl"), rows.collect::<String>()).unwrap();
        let duration = Some(Duration::from_millis(1));
        let shape = Shape::Replay { speed: 1.0, cap: None };
        let stage = Stage { shape, number, duration, ..closed(1, 1) };
        let mut plan = plan(&server.url(), stage, &place.path().join("out"));
        plan.prompts.dataset = evalscope_perf::Dataset::Trace(Box::new(opened(&data)));
        run(&plan, &|_| {}, &Signals::default()).unwrap().summary.notes.join("\n")
    };
    assert!(notes(100_001, None).contains("more than 100000 requests"));
    assert!(!notes(100_001, Some(3)).contains("more than"));
    assert!(!notes(100_000, None).contains("more than"));
}

#[test]
fn a_sweep_ends_when_throughput_grows_no_more() {
    let gate = Arc::new(Mutex::new(()));
    let server = Server::start(move |_, _| {
        // One at a time: more in flight bring no more.
        let _one = gate.lock().unwrap();
        std::thread::sleep(Duration::from_millis(10));
        vec![Act::Send(good())]
    });
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan(&server.url(), closed(1, 40), place.path());
    plan.sweep = Some(Sweep::Parallel { most: 64 });
    let summary = run(&plan, &|_| {}, &Signals::default()).unwrap().summary;
    let loads: Vec<Option<u32>> = summary.stages.iter().map(|stage| stage.parallel).collect();
    // Two loads that bring no more end it; on a busy machine one of the first may seem to.
    assert!(loads.starts_with(&[Some(1), Some(2), Some(4)]) && loads.last() < Some(&Some(64)), "{loads:?}");
}

/// A test that somebody ends while the server answers the first request: its rows.
fn ended_early(stage: Stage, turns: Option<(usize, usize)>) -> Vec<Row> {
    let signals = Signals::default();
    let stop = signals.stop.clone();
    let server = Server::start(move |_, _| {
        stop.cancel();
        vec![Act::Send(good())]
    });
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan(&server.url(), stage, place.path());
    plan.prompts.turns = turns;
    let tested = run(&plan, &|_| {}, &signals).unwrap();
    assert!(tested.interrupted);
    rows(&plan.folder)
}

#[test]
fn a_test_that_is_ended_sends_nothing_more() {
    let open = |cap| Shape::Open { rate: Rate::constant(100_000.0), process: Process::Constant, cap };
    let turns = Some((50, 50));
    let several = ended_early(Stage { shape: open(None), ..closed(1, 50) }, turns);
    assert!(several.iter().all(|row| row.turn == Some(1)), "a conversation went on: {several:?}");
    assert_eq!(ended_early(closed(1, 50), turns).len(), 1);
    assert_eq!(ended_early(Stage { shape: open(Some(1)), ..closed(1, 1000) }, None).len(), 1);
}

#[test]
fn connections_are_not_waited_for_when_the_test_is_ended() {
    // Nobody takes connections here; when its queue is full, further ones wait.
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    nix::sys::socket::listen(&listener, nix::sys::socket::Backlog::new(1).unwrap()).unwrap();
    let place = tempfile::tempdir().unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let mut plan = plan(&url, closed(64, 1000), place.path());
    plan.server.connect_timeout = Duration::from_secs(600);
    let signals = Signals::default();
    let stop = signals.stop.clone();
    let begun = |event| {
        if matches!(event, Event::Stage { .. }) {
            let stop = stop.clone();
            // A moment later connections are being made.
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(50));
                stop.cancel();
            });
        }
    };
    let tested = run(&plan, &begun, &signals).unwrap();
    let stage = &tested.summary.stages[0];
    assert!(tested.interrupted && stage.requests.total == 0 && stage.invalid.is_empty());
}
