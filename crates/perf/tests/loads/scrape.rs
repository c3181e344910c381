//! The server's figures and those of its graphics cards beside ours.

use crate::server::{Act, Server, good, whole};
use crate::{closed, plan, ran};
use evalscope_perf::{Signals, Sort, run};
use std::path::{Path, PathBuf};
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

/// `me:s3cr:t` in base64.
const PAIR: &str = "bWU6czNjcjp0";

/// All files below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn user_and_password_of_an_address_are_sent_and_never_shown() {
    // As above, so that a look is in the stage.
    let meeting = Arc::new(Barrier::new(2));
    let (looked, answered) = (Arc::clone(&meeting), meeting);
    let figures = Server::start(move |number, _| {
        let meet = (number == 3).then(|| Act::Meet(Arc::clone(&looked)));
        [Act::Send(whole("200 OK", OF_SERVER))].into_iter().chain(meet).collect()
    });
    let server = Server::start(move |number, _| {
        let meet = (number == 0).then(|| Act::Meet(Arc::clone(&answered)));
        meet.into_iter().chain([Act::Send(good())]).collect()
    });
    let place = tempfile::tempdir().unwrap();
    let named = |url: String| url.replace("://", "://me:s3cr%3At@");
    let mut plan = plan(&named(server.url()), closed(1, 2), place.path());
    plan.metrics = vec![format!("{}/metrics", named(figures.url()))];
    let summary = run(&plan, &|_| {}, &Signals::default()).unwrap().summary;
    for server in [&figures, &server] {
        let heads = server.seen.heads.lock().unwrap();
        assert!(!heads.is_empty());
        assert!(heads.iter().all(|head| head.contains(&format!("Authorization: Basic {PAIR}"))), "{heads:?}");
    }
    assert_eq!(summary.stages[0].server[0].from, format!("{}/metrics", figures.url()));
    for path in files(place.path()) {
        let bytes = std::fs::read(&path).unwrap();
        for secret in ["s3cr", PAIR] {
            let is_in = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!is_in, "{secret} is in {}", path.display());
        }
    }
    // Nor where it goes wrong.
    let refusing = Server::start(|_, _| vec![Act::Send(whole("401 Unauthorized", "{}"))]);
    plan.metrics = vec![named(refusing.url())];
    plan.folder = place.path().join("refused");
    let Err(error) = run(&plan, &|_| {}, &Signals::default()) else { panic!("the figures were refused") };
    assert!(error.to_string().ends_with("/v1 cannot be reached: status 401"), "{error}");
}
