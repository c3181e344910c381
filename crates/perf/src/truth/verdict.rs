//! Decides whether the figures of a stage are the server's.

use crate::measure::{Figures, StageSummary};

/// What the client may do to a figure before the stage is invalid.
const TOLERANCE: f64 = 0.05;
/// Lateness that is never worth a word, in milliseconds: the resolution of the system's timers.
const RESOLUTION_MS: f64 = 0.1;

/// Why the figures of a stage are not the server's; nothing when they are.
pub fn reasons(stage: &StageSummary) -> Vec<String> {
    [cycle(stage), late(stage), merged(stage), unstamped(stage), in_flight(stage)]
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

/// In a closed loop the server could have got more requests while the client was busy.
fn cycle(stage: &StageSummary) -> Option<String> {
    let share = stage.client.share_of_cycle;
    (stage.rate.is_none() && share > TOLERANCE).then(|| {
        format!(
            "the client took {:.1} % of the time between requests: the server could have done more than the throughput says",
            share * 100.0
        )
    })
}

/// In an open loop the load was not the one that was asked for. With a cap, waiting for a slot is meant.
fn late(stage: &StageSummary) -> Option<String> {
    let late = median(stage.client.late_ms.as_ref()).filter(|_| stage.parallel.is_none())?;
    let allowed = (server_time(stage)? * TOLERANCE).max(RESOLUTION_MS);
    (late > allowed).then(|| {
        format!("requests went out {late:.2} ms late (median): more than 5 % of the server's own time")
    })
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

/// Without the kernel's stamps, the lateness of the load loop is in every time.
fn unstamped(stage: &StageSummary) -> Option<String> {
    let lag = stage.client.loop_lag_p50_ms.filter(|_| !stage.client.kernel_stamps)?;
    let time = server_time(stage)?;
    // The timer itself is a millisecond coarse.
    let lag = lag - 1.0;
    (lag > (time * TOLERANCE).max(RESOLUTION_MS)).then(|| {
        format!("the load loop ran {lag:.1} ms late (median), and the kernel does not stamp arrivals")
    })
}

/// The load that was asked for was not reached although there were enough requests.
fn in_flight(stage: &StageSummary) -> Option<String> {
    let wanted = u64::from(stage.parallel.filter(|_| stage.rate.is_none())?);
    let all = stage.requests.total + stage.requests.warm_up + stage.requests.cool_down;
    let reached = stage.client.most_in_flight;
    (all >= wanted && reached < wanted && stage.requests.aborted == 0)
        .then(|| format!("only {reached} of {wanted} requests were in flight at the same time"))
}
