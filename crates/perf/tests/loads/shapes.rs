//! The load that is asked for is the load that comes.

use crate::server::{Act, Server, good};
use crate::{closed, measured, plan, ran};
use evalscope_perf::{Portion, Process, Rate, Shape, Stage};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Barrier};
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
    assert!(rows.iter().all(|row| row.sent_s < 0.2), "the last was sent late");
}
