//! The running server: its thread, and the handles that tests hold.

use crate::behaviour::{Behaviour, Echo, Seen, StreamStyle};
use crate::chaos::Chaos;
use crate::fault::Fault;
use crate::habits::Habits;
use crate::line::{Line, Lines};
use crate::routes::{self, Shared};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// A server on a free port of loopback. It ends when it is dropped.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server that answers what `answer` says to the last message of the user, or to the prompt.
    pub fn start(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Server {
        Server::start_at(0, answer)
    }

    /// The same at this port of loopback; 0 is a free one.
    pub fn start_at(port: u16, answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Server {
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            calls: watch::Sender::new(0),
            behaviour: Mutex::new(Behaviour::default()),
        });
        let listener = std::net::TcpListener::bind(("127.0.0.1", port)).expect("loopback has the port");
        listener.set_nonblocking(true).expect("a socket can be made non-blocking");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (stop, stopped) = oneshot::channel();
        let routes = routes::router(Arc::clone(&shared));
        let thread = std::thread::spawn(move || serve(listener, routes, stopped));
        Server { shared, address, stop: Some(stop), thread: Some(thread) }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `http://127.0.0.1:PORT/v1`, which is what clients are given.
    pub fn url(&self) -> String {
        format!("{}/v1", self.origin())
    }

    /// Chat and completion calls that have come in, whatever became of them. Looks at the list of models are
    /// not counted.
    pub fn calls(&self) -> u64 {
        *self.shared.calls.borrow()
    }

    /// Waits until so many calls have come in.
    pub async fn calls_reach(&self, count: u64) {
        let mut calls = self.shared.calls.subscribe();
        calls.wait_for(|calls| *calls >= count).await.expect("the sender lives as long as the server");
    }

    /// Waits so long before each answer.
    pub fn delay(&self, delay: Duration) {
        self.shared.behaviour().delay = delay;
    }

    /// Answers requests whose body contains `part` with this status and an error body that repeats the client's
    /// key. The empty text means every request, the list of models included.
    pub fn fail_when(&self, part: &str, status: u16) {
        self.shared.behaviour().rules.push((part.to_owned(), status));
    }

    /// The same for every request, after so many more calls.
    pub fn fail_after(&self, calls: u64, status: u16) {
        self.shared.behaviour().later = Some((calls, status));
    }

    /// Keeps [`fail_when`](Self::fail_when) away from the list of models, which clients look at before a run.
    pub fn spare_probe(&self) {
        self.shared.behaviour().spare_probe = true;
    }

    /// Forgets every fault.
    pub fn heal(&self) {
        let mut behaviour = self.shared.behaviour();
        behaviour.rules.clear();
        behaviour.later = None;
        behaviour.script.clear();
        behaviour.always = None;
        behaviour.models_fault = None;
        behaviour.models_script.clear();
        behaviour.chaos = None;
    }

    /// Gives the next calls these faults, one each; then all is well again.
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.behaviour().script.extend(faults);
    }

    /// Gives every call this fault.
    pub fn always(&self, fault: Fault) {
        self.shared.behaviour().always = Some(fault);
    }

    /// From now on calls meet every kind of fault, a fifth of them one; the same ones for the same seed.
    pub fn chaos(&self, seed: u64) {
        self.shared.behaviour().chaos = Some(Chaos::new(seed));
    }

    /// The same without calls that are never answered: no deadline of the client's decides what happens.
    pub fn chaos_without_stalls(&self, seed: u64) {
        self.shared.behaviour().chaos = Some(Chaos::without_stalls(seed));
    }

    /// Calls that met a fault of [`chaos`](Self::chaos).
    pub fn faults(&self) -> u64 {
        self.shared.behaviour().chaos.as_ref().map_or(0, |chaos| chaos.faults)
    }

    /// Gives every look at the list of models this fault.
    pub fn fail_models(&self, fault: Fault) {
        self.shared.behaviour().models_fault = Some(fault);
    }

    /// Gives the next looks at the list of models these faults, one each.
    pub fn fail_next_models(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.behaviour().models_script.extend(faults);
    }

    /// Lists these entries as models. Without this the list is empty, and any name is served.
    pub fn list_models(&self, entries: Vec<serde_json::Value>) {
        self.shared.behaviour().models = entries;
    }

    /// Cuts and ends event streams in this style.
    pub fn stream_style(&self, style: StreamStyle) {
        self.shared.behaviour().style = style;
    }

    /// Treats `echo` like this.
    pub fn echo(&self, echo: Echo) {
        self.shared.behaviour().echo = echo;
    }

    /// From now on the server has these habits.
    pub fn habits(&self, habits: Habits) {
        self.shared.behaviour().habits = habits;
    }

    /// Starts to remember requests.
    pub fn record(&self) {
        self.shared.behaviour().seen = Some(Vec::new());
    }

    /// The requests since [`record`](Self::record), in the order in which they came.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.behaviour().seen.clone().unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in the server's thread has been printed; a second one in a drop would abort the tests.
            let _ = thread.join();
        }
    }
}

/// Serves until the sender of `stopped` is gone. One thread: the client that is measured needs the other cores.
fn serve(listener: std::net::TcpListener, routes: axum::Router, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made on this machine");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).expect("the socket is non-blocking");
        let routes = routes.into_make_service_with_connect_info::<Line>();
        tokio::select! {
            _ = stopped => {}
            _ = async { axum::serve(Lines(listener), routes).await } => {}
        }
    });
}
