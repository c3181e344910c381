//! A search finds the limit of a server whose limit is known.

use crate::server::{Act, Server, whole};
use crate::{closed, plan};
use evalscope_perf::{Event, Search, Signals, Slo, run};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// What the server bears at the same time.
const LIMIT: usize = 6;
/// What it takes for an answer: much more than the client, so that no trial is invalid.
const SERVICE: Duration = Duration::from_millis(200);

/// Requests that wait for each other, so that as many are at the server as the load says, whatever the machine does.
#[derive(Default)]
struct Waves {
    size: AtomicUsize,
    state: Mutex<(usize, usize)>,
    full: Condvar,
}

impl Waves {
    /// Waits until a wave is full; the place of this request in it.
    fn join(&self) -> usize {
        let mut state = self.state.lock().unwrap();
        let (place, wave) = *state;
        state.0 += 1;
        if state.0 == self.size.load(Ordering::SeqCst) {
            *state = (0, wave + 1);
            self.full.notify_all();
        }
        let _state = self.full.wait_while(state, |(_, now)| *now == wave).unwrap();
        place
    }
}

#[test]
fn a_search_finds_the_limit_of_the_server() {
    let waves = Arc::new(Waves::default());
    let joined = Arc::clone(&waves);
    let server = Server::start(move |_, _| {
        let answer = match joined.join() < LIMIT {
            true => whole("200 OK", r#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}"#),
            false => whole("429 Too Many Requests", "{}"),
        };
        vec![Act::Pause(SERVICE), Act::Send(answer)]
    });
    let place = tempfile::tempdir().unwrap();
    let mut plan = plan(&server.url(), closed(1, 5), place.path());
    plan.answers.stream = false;
    let slo = Slo::parse("failed<1%").unwrap();
    plan.search = Some(Search { slo, least: 1.0, most: 64.0 });
    let observer = |event: Event| {
        if let Event::Stage { name, .. } = event {
            let size = name.split(' ').next().and_then(|size| size.parse().ok());
            waves.size.store(size.expect("a load begins with its size"), Ordering::SeqCst);
        }
    };
    let summary = run(&plan, &observer, &Signals::default()).unwrap().summary;
    let mut loads: Vec<Option<u32>> = summary.stages.iter().map(|stage| stage.parallel).collect();
    // A trial in which a busy machine kept the client waiting is made again.
    loads.dedup();
    assert_eq!(loads, [1, 2, 4, 8, 6, 7].map(Some), "{:?}", summary.search);
    let found = summary.search.unwrap();
    assert_eq!((found.kept, found.missed, found.ended), (Some(6.0), Some(7.0), None));
}
