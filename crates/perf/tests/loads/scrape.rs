//! The server's figures and those of its graphics cards beside ours.

use crate::server::{Act, Server, good, whole};
use crate::{closed, plan, ran};
use evalscope_perf::Sort;
use std::sync::{Arc, Barrier};

const OF_SERVER: &str = "\
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{model_name=\"m\"} 1
";
const OF_CARD: &str = "\
# HELP DCGM_FI_DEV_GPU_UTIL GPU utilization (in %).
# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{gpu=\"0\",UUID=\"GPU-1\",device=\"nvidia0\",modelName=\"H100\",Hostname=\"h\"} 87
# TYPE DCGM_FI_DEV_FB_USED gauge
DCGM_FI_DEV_FB_USED{gpu=\"0\",UUID=\"GPU-1\",device=\"nvidia0\",modelName=\"H100\",Hostname=\"h\"} 2048
# TYPE DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION counter
DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu=\"0\",UUID=\"GPU-1\",device=\"nvidia0\",modelName=\"H100\",Hostname=\"h\"} GROWN
";

#[test]
fn several_addresses_come_on_one_time_axis() {
    // The first look finds out whether the address is right, the second may come before the stage. At the fourth, the
    // third was in it.
    let meeting = Arc::new(Barrier::new(2));
    let (asked, answered) = (Arc::clone(&meeting), meeting);
    let cards = Server::start(move |number, _| {
        let text = OF_CARD.replace("GROWN", &(1000 * (number + 1)).to_string());
        let mut acts = vec![Act::Send(whole("200 OK", &text))];
        if number == 3 {
            acts.push(Act::Meet(Arc::clone(&asked)));
        }
        acts
    });
    let figures = Server::start(|_, _| vec![Act::Send(whole("200 OK", OF_SERVER))]);
    let server = Server::start(move |number, _| match number {
        0 => vec![Act::Meet(Arc::clone(&answered)), Act::Send(good())],
        _ => vec![Act::Send(good())],
    });
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan(&server.url(), closed(1, 2), place.path());
    plan.metrics = vec![format!("{}/metrics", cards.url()), format!("{}/metrics", figures.url())];
    let (stage, _) = ran(&plan);
    let named = |part: &str| stage.server.iter().find(|series| series.name.starts_with(part)).unwrap();
    let (running, energy) = (named("vllm:num_requests_running{"), named("DCGM_FI_DEV_TOTAL_ENERGY"));
    assert_ne!(running.from, energy.from);
    assert_eq!((running.sort, energy.sort), (Sort::Gauge, Sort::Counter));
    for series in [running, energy] {
        let end = stage.duration_s + 1.0;
        assert!(series.points.iter().all(|(at, _)| (0.0..end).contains(at)), "{series:?}");
    }
    // A thousand more with each look, and a look each second.
    assert!(energy.points.iter().all(|(_, growth)| *growth > 0.0), "{energy:?}");
    let card = &stage.gpus[0];
    assert_eq!((stage.gpus.len(), card.busy_share), (1, Some(0.87)));
    assert_eq!((card.model.as_deref(), card.memory_most_bytes), (Some("H100"), Some(2048.0 * 1_048_576.0)));
    let shown = std::fs::read_to_string(place.path().join("performance_summary.txt")).unwrap();
    assert!(shown.contains("GPU 0 (H100): 87 % busy, at most 2.00 GiB in use"), "{shown}");
}
