//! A program of the user's that answers JSON lines: one object a line in, one object a line out, matched by `id`.

use crate::failure::{one_line, shortened};
use crate::json::{self, Fields};
use futures::StreamExt;
use serde_json::Value;
use std::collections::HashMap;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::codec::{FramedRead, LinesCodec};

/// Bytes of a reply at most, as for an endpoint.
const MAX_LINE_BYTES: usize = crate::body::MAX_RESPONSE_BYTES;
/// Bytes of what the program last wrote to stderr that a message may quote from.
const MAX_LAST_WORDS: usize = 2 << 10;
/// How long the exit status and the last words are waited for once the program has closed its stdout.
const MAX_WAIT_FOR_END: Duration = Duration::from_secs(2);

/// A program that runs. It is killed when this is dropped.
pub struct Program {
    lines: mpsc::UnboundedSender<Vec<u8>>,
    open: Arc<Mutex<Calls>>,
    next: AtomicU64,
    _tasks: JoinSet<()>,
}

/// The calls that wait for a reply.
#[derive(Default)]
struct Calls {
    waiting: HashMap<u64, oneshot::Sender<Fields>>,
    /// Why the program answers no more, once it does not.
    ended: Option<String>,
}

/// A call that waits for its reply; it is forgotten when this is dropped.
pub struct Waiting {
    id: u64,
    reply: oneshot::Receiver<Fields>,
    open: Arc<Mutex<Calls>>,
}

impl Program {
    /// Starts the program; the first word is its name or path. No shell is involved.
    pub fn start(command: &[String]) -> Result<Program, String> {
        let (name, arguments) = command.split_first().ok_or("no program is named")?;
        let mut started = Command::new(name);
        // Ctrl-C in a terminal reaches the whole group; the run decides when the program ends.
        #[cfg(unix)]
        started.process_group(0);
        let mut child = started
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("cannot start `{name}`: {error}"))?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(format!("`{name}` was started without pipes"));
        };
        let (lines, more) = mpsc::unbounded_channel();
        let open = Arc::new(Mutex::new(Calls::default()));
        let last_words = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        tasks.spawn(write(stdin, more));
        let (listening, all_heard) = oneshot::channel::<()>();
        let words = Arc::clone(&last_words);
        tasks.spawn(async move {
            listen(stderr, &words).await;
            drop(listening);
        });
        let calls = Arc::clone(&open);
        let name = name.clone();
        tasks.spawn(async move {
            let wrong = read(stdout, &calls).await;
            let status = end(child, wrong.is_none()).await;
            // What a dying program says comes before its pipe closes.
            let _ = tokio::time::timeout(MAX_WAIT_FOR_END, all_heard).await;
            let last_words = lock(&last_words).clone();
            lock(&calls).end(obituary(&name, wrong, status, &last_words));
        });
        Ok(Program { lines, open, next: AtomicU64::new(1), _tasks: tasks })
    }

    /// Sends a request, to which an `id` is given; or says why the program answers no more.
    pub fn send(&self, request: Fields) -> Result<Waiting, String> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut line = Fields::new();
        line.insert("id".into(), id.into());
        line.extend(request);
        let mut bytes = crate::request::bytes(&line);
        bytes.push(b'\n');
        let (sender, reply) = oneshot::channel();
        let mut calls = lock(&self.open);
        if let Some(why) = &calls.ended {
            return Err(why.clone());
        }
        calls.waiting.insert(id, sender);
        // When the writer is gone the program is too, and the reader will say why.
        let _ = self.lines.send(bytes);
        Ok(Waiting { id, reply, open: Arc::clone(&self.open) })
    }
}

impl Waiting {
    /// The reply, or why there will be none.
    pub async fn reply(&mut self) -> Result<Fields, String> {
        let gone = |_| lock(&self.open).ended.clone().unwrap_or_else(|| "the program has ended".into());
        (&mut self.reply).await.map_err(gone)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        lock(&self.open).waiting.remove(&self.id);
    }
}

impl Calls {
    fn end(&mut self, why: String) {
        self.ended = Some(why);
        self.waiting.clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn write(mut stdin: ChildStdin, mut lines: mpsc::UnboundedReceiver<Vec<u8>>) {
    while let Some(line) = lines.recv().await {
        // A program that reads no more is about to end, which the reader notices.
        if stdin.write_all(&line).await.is_err() || stdin.flush().await.is_err() {
            break;
        }
    }
}

/// Hands out replies until there are no more, and returns what is wrong with the last line, if anything.
async fn read(stdout: ChildStdout, open: &Mutex<Calls>) -> Option<String> {
    let mut lines = FramedRead::new(stdout, LinesCodec::new_with_max_length(MAX_LINE_BYTES));
    while let Some(line) = lines.next().await {
        let Ok(line) = line else {
            return Some("a line of its stdout is too long or not UTF-8".into());
        };
        if line.trim().is_empty() {
            continue;
        }
        let fields = json::from_bytes(line.as_bytes()).map(json::fields).unwrap_or_default();
        let Some(id) = fields.get("id").and_then(Value::as_u64) else {
            let quote = shortened(&one_line(&line));
            return Some(format!("its stdout has a line that is no reply with an `id`: `{quote}`"));
        };
        // Nobody waits for the reply to a call that was cancelled or ran out of time.
        if let Some(waiting) = lock(open).waiting.remove(&id) {
            let _ = waiting.send(fields);
        }
    }
    None
}

/// Keeps the end of what the program says.
async fn listen(mut stderr: ChildStderr, last_words: &Mutex<Vec<u8>>) {
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = stderr.read(&mut piece).await {
        let mut words = lock(last_words);
        words.extend_from_slice(&piece[..count]);
        let surplus = words.len().saturating_sub(MAX_LAST_WORDS);
        words.drain(..surplus);
    }
}

/// Waits for a program that is at its end, and kills one that is not.
async fn end(mut child: Child, is_ending: bool) -> Option<ExitStatus> {
    let patience = if is_ending { MAX_WAIT_FOR_END } else { Duration::ZERO };
    if let Ok(Ok(status)) = tokio::time::timeout(patience, child.wait()).await {
        return Some(status);
    }
    let _ = child.kill().await;
    None
}

fn obituary(name: &str, wrong: Option<String>, status: Option<ExitStatus>, last_words: &[u8]) -> String {
    let what = match (wrong, status) {
        (Some(wrong), _) => format!("`{name}` was stopped: {wrong}"),
        (None, Some(status)) => format!("`{name}` has ended ({status})"),
        (None, None) => format!("`{name}` closed its stdout and was stopped"),
    };
    let words = one_line(&String::from_utf8_lossy(last_words));
    let tail: String = words.chars().rev().take(300).collect::<Vec<_>>().into_iter().rev().collect();
    if tail.is_empty() { what } else { format!("{what}; it last said `{tail}`") }
}
