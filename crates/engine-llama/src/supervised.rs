//! A worker that is started anew when it falls, once in a row.

use crate::process::{Fall, Launch, Process};
use crate::protocol::{Open, Reply, Request};

/// A worker, and what is needed to start another one.
pub(crate) struct Supervised {
    launch: Launch,
    open: Open,
    said: Reply,
    /// Absent when no other one is started any more.
    process: Option<Process>,
    /// Whether the present one has answered anything since it opened the model.
    has_answered: bool,
}

/// A worker fell while it was asked something.
#[derive(Debug)]
pub(crate) struct Fallen {
    /// What happened.
    pub(crate) message: String,
    /// Whether another one was started.
    pub(crate) is_replaced: bool,
}

impl Supervised {
    /// Starts a worker; what it says of the model.
    pub(crate) fn start(launch: Launch, open: Open) -> Result<(Supervised, Reply), Fall> {
        let (process, said) = Process::open(&launch, &open)?;
        let worker =
            Supervised { launch, open, said: said.clone(), process: Some(process), has_answered: false };
        Ok((worker, said))
    }

    /// Ends it, because of what it says; that, and what it printed last.
    pub(crate) fn give_up(mut self, how: String) -> Fall {
        let lines = self.process.as_mut().map(Process::last_words).unwrap_or_default();
        Fall { how, lines }
    }

    /// Asks a question; the answer, with as many numbers as it announces rows of this length. It must announce `rows`.
    pub(crate) fn ask(
        &mut self,
        request: &Request,
        (rows, length): (usize, usize),
    ) -> Result<(Reply, Vec<f32>), Fallen> {
        match self.try_ask(request, rows, length) {
            Ok(answer) => {
                self.has_answered = true;
                Ok(answer)
            }
            Err(fall) => Err(self.replace(fall)),
        }
    }

    fn try_ask(&mut self, request: &Request, rows: usize, length: usize) -> Result<(Reply, Vec<f32>), Fall> {
        let gone = || Fall { how: "it has fallen before".into(), lines: Vec::new() };
        let process = self.process.as_mut().ok_or_else(gone)?;
        let reply = process.answer(request)?;
        let wrong = |how: String| Fall { how, lines: Vec::new() };
        let numbers = match (&reply, request) {
            (Reply::Rows(count), Request::Compute(_)) if *count == rows => process.numbers(rows * length)?,
            (Reply::Tokens(_), Request::Tokenize(_)) => Vec::new(),
            (Reply::Failed(message), Request::Tokenize(_)) => {
                return Ok((Reply::Failed(message.clone()), Vec::new()));
            }
            // What it keeps is not known any more.
            (Reply::Failed(message), _) => return Err(wrong(message.clone())),
            _ => return Err(wrong("it answered another question".into())),
        };
        Ok((reply, numbers))
    }

    /// Starts another worker where that makes sense.
    fn replace(&mut self, mut fall: Fall) -> Fallen {
        let process = self.process.take();
        let had_process = process.is_some();
        if let Some(mut process) = process.filter(|_| fall.lines.is_empty()) {
            fall.lines = process.last_words();
        }
        let mut message = format!("llama.cpp failed: {}", fall.how);
        let said = fall.said();
        if !said.is_empty() {
            message.push_str(&format!("; it said: {said}"));
        }
        if !(had_process && self.has_answered) {
            message.push_str("; it had computed nothing since it was started, and is not started again");
            return Fallen { message, is_replaced: false };
        }
        let is_same = || self.launch.stamp.still_holds(&self.open.path);
        if !is_same() {
            message.push_str("; its file has changed since, and it is not started again");
            return Fallen { message, is_replaced: false };
        }
        match Process::open(&self.launch, &self.open) {
            // Facts that have changed mean another file.
            Ok((process, said)) if said == self.said && is_same() => {
                self.process = Some(process);
                self.has_answered = false;
                message.push_str("; it was started anew");
                Fallen { message, is_replaced: true }
            }
            Ok(_) => {
                message.push_str("; its file has changed since");
                Fallen { message, is_replaced: false }
            }
            Err(again) => {
                message.push_str(&format!("; it could not be started again: {}", again.how));
                Fallen { message, is_replaced: false }
            }
        }
    }
}
