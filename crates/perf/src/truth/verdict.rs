//! Decides whether the figures of a stage are the server's.

use crate::measure::{Figures, StageSummary, Tail};

/// What the client may do to a figure before the stage is invalid.
const TOLERANCE: f64 = 0.05;
/// Share of a machine's time from which on its programs wait for each other.
const FULL: f64 = 0.8;
/// Lateness that is never worth a word, in milliseconds: the resolution of the system's timers.
const RESOLUTION_MS: f64 = 0.1;

/// Why the figures of a stage are not the server's; nothing when they are.
pub fn reasons(stage: &StageSummary) -> Vec<String> {
    [
        nothing(stage),
        cycle(stage),
        blocked(stage),
        late(stage),
        first(stage),
        merged(stage),
        shared_machine(stage),
        unstamped(stage),
        in_flight(stage),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn median(figures: Option<&Figures>) -> Option<f64> {
    figures?.percentile("p50")
}

/// The time of the server against which lateness counts: until the first content, or of the whole answer.
fn server_time(stage: &StageSummary) -> Option<f64> {
    median(stage.latency.ttft_ms.as_ref().or(stage.latency.e2e_ms.as_ref()))
}

/// Figures of nothing are nobody's. What the user ended needs no reason.
fn nothing(stage: &StageSummary) -> Option<String> {
    let requests = &stage.requests;
    (requests.total == 0 && requests.aborted == 0).then(|| "no request was measured".to_owned())
}

/// Where a request follows an answer, the server could have got more of them while the client was busy.
fn cycle(stage: &StageSummary) -> Option<String> {
    let share = stage.client.share_of_cycle;
    (share > TOLERANCE).then(|| {
        format!(
            "the client took {:.1} % of the time between requests: the server could have done more than the throughput says",
            share * 100.0
        )
    })
}

/// Nothing was sent and nothing was read while the load loop stood still.
fn blocked(stage: &StageSummary) -> Option<String> {
    let share = stage.client.blocked_share;
    (share > TOLERANCE).then(|| {
        format!(
            "the load stood still for {:.1} % of the time, because the client could not read and write down as much as came",
            share * 100.0
        )
    })
}

/// What may be added to a time of the server before it is another figure.
fn allowed(time: f64) -> f64 {
    (time * TOLERANCE).max(RESOLUTION_MS)
}

/// In an open loop the load was not the one that was asked for. With a cap, waiting for a slot is meant. The latest requests
/// need not be those that the server took longest for, so that the tail is that of the times from the schedule.
fn late(stage: &StageSummary) -> Option<String> {
    let client = &stage.client;
    let says = |late: f64, word: &str| {
        format!("requests went out {late:.2} ms late ({word}): more than 5 % of the server's own time")
    };
    let middle = client.late_own_ms?;
    if middle > allowed(server_time(stage)?) {
        return Some(says(middle, "median"));
    }
    let tail = distorted(client.late_tail.as_ref())?;
    Some(says(tail.client_ms, &format!("in the {} of the times from the schedule", tail.percentile)))
}

/// A tail that is not the server's.
fn distorted(tail: Option<&Tail>) -> Option<&Tail> {
    tail.filter(|tail| tail.client_ms > allowed(tail.ms))
}

/// Pieces lost their own stamps.
fn merged(stage: &StageSummary) -> Option<String> {
    let share = stage.client.merged_share;
    (share > TOLERANCE).then(|| {
        format!(
            "{:.1} % of the pieces were read late and together with others: times between pieces are not the server's",
            share * 100.0
        )
    })
}

/// First pieces lost their own stamps.
fn first(stage: &StageSummary) -> Option<String> {
    let allowed = median(stage.latency.ttft_ms.as_ref()).map(allowed)?;
    let middle = stage.client.ttft_unsure_ms.filter(|unsure| *unsure > allowed);
    let tail = || distorted(stage.client.ttft_unsure_tail.as_ref());
    let middle = middle.map(|unsure| (unsure, "median"));
    let (unsure, word) = middle.or_else(|| tail().map(|tail| (tail.client_ms, &*tail.percentile)))?;
    Some(format!(
        "first tokens were read late and together with others: the time to first token may be {unsure:.2} ms too long \
         ({word})"
    ))
}

/// A server on the same machine had less of it than it wants: where the machine is full, by what the client took.
fn shared_machine(stage: &StageSummary) -> Option<String> {
    let busy = stage.client.machine_busy_share.filter(|_| stage.client.shares_machine)?;
    let own = stage.client.machine_share;
    (busy > FULL && own > TOLERANCE).then(|| {
        format!(
            "client and server share this machine, whose cores were {:.0} % busy, {:.0} % with the client: it took time \
             that the server wanted",
            busy * 100.0,
            own * 100.0
        )
    })
}

/// Without the kernel's stamps, the lateness of the load loop is in every time.
fn unstamped(stage: &StageSummary) -> Option<String> {
    let lag = stage.client.loop_lag_p50_ms.filter(|_| !stage.client.kernel_stamps)?;
    let time = server_time(stage)?;
    // The timer itself is a millisecond coarse.
    let lag = lag - 1.0;
    (lag > allowed(time)).then(|| {
        format!("the load loop ran {lag:.1} ms late (median), and the kernel does not stamp arrivals")
    })
}

/// The load that was asked for was not reached although there were enough requests.
fn in_flight(stage: &StageSummary) -> Option<String> {
    let wanted = u64::from(stage.parallel.filter(|_| !stage.is_open() && stage.turns.is_none())?);
    let all = stage.requests.total + stage.requests.warm_up + stage.requests.cool_down;
    let reached = stage.client.most_in_flight;
    (all >= wanted && reached < wanted && stage.requests.aborted == 0)
        .then(|| format!("only {reached} of {wanted} requests were in flight at the same time"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::load::{Driven, Portion, Process, Rate, Shape, Stage, Start};
    use crate::measure::{Around, Cpu, PerfSummary, Row, Tally, summarize};

    const CLOSED: Shape = Shape::Closed { parallel: 2, start: Start::AT_ONCE };

    /// A stage of ten such requests, of which so many were in flight at the same time.
    fn stage(shape: Shape, row: &Row, most_in_flight: u64) -> StageSummary {
        stage_of(shape, &vec![row.clone(); 10], most_in_flight)
    }

    fn stage_of(shape: Shape, rows: &[Row], most_in_flight: u64) -> StageSummary {
        let mut tally = Tally::new(None, shape);
        rows.iter().for_each(|row| tally.add(row));
        let stage = Stage {
            shape,
            number: Some(10),
            duration: None,
            warm_up: Portion::NONE,
            cool_down: Portion::NONE,
        };
        let driven = Driven::default();
        let around = Around {
            stage: &stage,
            repeat: 1,
            driven: &driven,
            in_words: true,
            aborted: 0,
            most_in_flight,
            cpu: Cpu::default(),
        };
        summarize(&tally, &around)
    }

    /// A test of these stages.
    pub fn summary(stages: Vec<StageSummary>) -> PerfSummary {
        PerfSummary {
            version: 1,
            evalscope: "0".into(),
            began_at: "then".into(),
            model: "m".into(),
            url: "http://h".into(),
            api: "openai_chat".into(),
            dataset: "synthetic".into(),
            prompts: 1,
            seed: 1,
            stages,
            search: None,
            knees: Vec::new(),
            spreads: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// A stage whose requests took no time.
    pub fn stage_of_nothing() -> StageSummary {
        stage(CLOSED, &Row::default(), 2)
    }

    fn row() -> Row {
        Row {
            client_ms: 1.0,
            ttft_ms: Some(50.0),
            e2e_ms: 100.0,
            queued_ms: Some(0.1),
            chunks: 10,
            ..Row::default()
        }
    }

    fn only(reasons: &[String], part: &str) {
        assert!(reasons.len() == 1 && reasons[0].contains(part), "{reasons:?}");
    }

    #[test]
    fn a_client_that_hardly_took_any_time_is_believed() {
        assert_eq!(reasons(&stage(CLOSED, &row(), 2)), Vec::<String>::new());
    }

    #[test]
    fn a_stage_of_no_request_says_nothing() {
        let open = Shape::Open { rate: Rate::constant(5.0), process: Process::Poisson, cap: None };
        only(&reasons(&stage_of(open, &[], 0)), "no request was measured");
        let warm = Row { phase: crate::load::Phase::WarmUp, ..row() };
        only(&reasons(&stage_of(CLOSED, &[warm], 2)), "no request was measured");
        let mut stage = stage_of(open, &[], 0);
        stage.requests.aborted = 1;
        assert!(reasons(&stage).is_empty());
    }

    #[test]
    fn each_distortion_has_its_reason() {
        let open = |cap| Shape::Open { rate: Rate::constant(5.0), process: Process::Poisson, cap };
        only(&reasons(&stage(CLOSED, &Row { client_ms: 6.0, ..row() }, 2)), "5.7 %");
        // A turn of a conversation comes after the answer before and the time to think.
        only(&reasons(&stage(CLOSED, &Row { client_ms: 6.0, turn: Some(2), ..row() }, 2)), "5.7 %");
        // The time of a request that fails is no less the server's.
        let failed = Row { class: crate::class::Class::Http5xx, ..row() };
        assert!(reasons(&stage(CLOSED, &failed, 2)).is_empty());
        only(&reasons(&stage(CLOSED, &Row { client_ms: 6.0, ..failed }, 2)), "5.7 %");
        // Also in an open loop, where it is due at no time; the first turn is judged by that alone.
        let first = Row { client_ms: 6.0, late_ms: Some(0.1), turn: Some(1), ..row() };
        let later = Row { turn: Some(2), late_ms: None, ..first.clone() };
        let turns = |later: Row| stage_of(open(None), &[first.clone(), later], 1);
        only(&reasons(&turns(later.clone())), "5.7 %");
        assert!(reasons(&turns(Row { client_ms: 1.0, ..later })).is_empty());
        only(&reasons(&stage(CLOSED, &Row { merged_chunks: 1, ..row() }, 2)), "10.0 % of the pieces");
        only(&reasons(&stage(CLOSED, &Row { ttft_unsure_ms: Some(2.6), ..row() }, 2)), "2.60 ms too long");
        only(&reasons(&stage(CLOSED, &row(), 1)), "only 1 of 2");
        let blocked = |share| {
            let mut stage = stage(CLOSED, &row(), 2);
            stage.client.blocked_share = share;
            reasons(&stage)
        };
        only(&blocked(0.06), "stood still for 6.0 %");
        assert!(blocked(0.04).is_empty());
        let late = Row { late_ms: Some(2.6), ..row() };
        only(&reasons(&stage(open(None), &late, 1)), "2.60 ms late");
        // With a cap, waiting is what was asked for.
        assert!(reasons(&stage(open(Some(1)), &late, 1)).is_empty());
        only(&reasons(&stage(open(Some(1)), &Row { client_ms: 6.0, ..row() }, 1)), "5.7 %");
        assert!(reasons(&stage(open(None), &Row { late_ms: Some(2.4), ..row() }, 1)).is_empty());
    }

    /// A thousand requests, twenty of which are as this one.
    fn a_tail_of(row: &Row) -> Vec<Row> {
        let one = |place| {
            if place < 20 { row.clone() } else { Row { late_ms: row.late_ms.and(Some(0.1)), ..self::row() } }
        };
        (0..1000).map(one).collect()
    }

    #[test]
    fn a_tail_that_is_the_clients_has_its_reason() {
        let open = Shape::Open { rate: Rate::constant(5.0), process: Process::Poisson, cap: None };
        let paused = |late| a_tail_of(&Row { late_ms: Some(late), ..row() });
        only(&reasons(&stage_of(open, &paused(1000.0), 1)), "1000.00 ms late (in the p99");
        assert!(reasons(&stage_of(open, &paused(2.4), 1)).is_empty());
        // Of conversations only the first turns are due.
        let turns = [paused(1000.0), vec![row(); 1000]].concat();
        only(&reasons(&stage_of(open, &turns, 1)), "1000.00 ms late (in the p99");
        let unsure = |unsure| a_tail_of(&Row { ttft_ms: Some(80.0), ttft_unsure_ms: Some(unsure), ..row() });
        only(&reasons(&stage_of(CLOSED, &unsure(30.0), 2)), "30.00 ms too long (p99)");
        assert!(reasons(&stage_of(CLOSED, &unsure(3.9), 2)).is_empty());
    }

    #[test]
    fn one_request_is_no_tail() {
        let open = Shape::Open { rate: Rate::constant(5.0), process: Process::Poisson, cap: None };
        let late = |late| Row { late_ms: Some(late), ..row() };
        for (count, paused, tail) in
            [(29, 2, None), (59, 2, None), (59, 8, Some("p90")), (299, 2, None), (299, 20, Some("p95"))]
        {
            let rows = [vec![late(1000.0); paused], vec![late(0.1); count - paused]].concat();
            let found = reasons(&stage_of(open, &rows, 1));
            match tail {
                None => assert!(found.is_empty(), "{count} {found:?}"),
                Some(tail) => only(&found, tail),
            }
        }
    }

    #[test]
    fn connecting_is_not_the_clients_time() {
        let open = Shape::Open { rate: Rate::constant(5.0), process: Process::Poisson, cap: None };
        let new = Row { late_ms: Some(90.1), connect_ms: Some(90.0), ..row() };
        assert!(reasons(&stage_of(open, &vec![new; 1000], 1)).is_empty());
    }

    #[test]
    fn below_its_cap_a_loop_is_judged_by_how_late_it_is() {
        let capped = Shape::Open { rate: Rate::constant(5.0), process: Process::Poisson, cap: Some(9) };
        // A tenth of a millisecond is the timer's, however fast the server is.
        let due =
            |late| Row { late_ms: Some(late), client_ms: late, ttft_ms: Some(1.0), e2e_ms: 1.0, ..row() };
        assert!(reasons(&stage(capped, &due(0.09), 9)).is_empty());
        only(&reasons(&stage(capped, &due(0.11), 9)), "0.11 ms late (median)");
        // Those that waited for a slot are due when there is one.
        only(&reasons(&stage(capped, &Row { late_ms: Some(50.0), ..due(0.09) }, 9)), "8.3 %");
    }

    #[test]
    fn a_slow_answer_hides_no_late_request_but_its_own() {
        let open = Shape::Open { rate: Rate::constant(5.0), process: Process::Poisson, cap: None };
        // The server's own tail is longer than what lateness comes to, in other requests.
        let mut rows = a_tail_of(&Row { ttft_ms: Some(500.0), e2e_ms: 500.0, late_ms: Some(0.1), ..row() });
        rows[20..40].iter_mut().for_each(|row| row.late_ms = Some(20.0));
        assert!(reasons(&stage_of(open, &rows, 1)).is_empty());
    }

    #[test]
    fn a_first_piece_that_cannot_have_come_much_earlier_is_believed() {
        assert!(reasons(&stage(CLOSED, &Row { ttft_unsure_ms: Some(2.4), ..row() }, 2)).is_empty());
    }

    #[test]
    fn a_server_on_a_machine_that_is_full_had_less_of_it() {
        let mut stage = stage(CLOSED, &row(), 2);
        stage.client.machine_busy_share = Some(0.95);
        stage.client.machine_share = 0.06;
        assert!(reasons(&stage).is_empty());
        stage.client.shares_machine = true;
        only(&reasons(&stage), "95 % busy, 6 % with the client");
        // An engine that computes on all cores is no client's fault.
        stage.client.machine_share = 0.04;
        assert!(reasons(&stage).is_empty());
        stage.client.machine_share = 0.3;
        stage.client.machine_busy_share = Some(0.75);
        assert!(reasons(&stage).is_empty());
    }

    #[test]
    fn without_kernel_stamps_the_lag_of_the_loop_counts() {
        let mut stage = stage(CLOSED, &Row { queued_ms: None, ..row() }, 2);
        stage.client.loop_lag_p50_ms = Some(3.4);
        assert!(reasons(&stage).is_empty());
        stage.client.loop_lag_p50_ms = Some(3.6);
        only(&reasons(&stage), "the kernel does not stamp");
        stage.client.kernel_stamps = true;
        assert!(reasons(&stage).is_empty());
    }
}
