//! Watches what runs in a sandbox until it ends, and ends it when it goes over a limit.

use super::channel;
use super::inner::{Inner, drain};
use super::tree::{self, Usage};
use crate::error::Stage;
use crate::init::Refusal;
use crate::wire::{Command, Inside};
use evalscope_core::{ExecutionVerdict, Limits};
use rustix::event::PollFlags;
use std::time::{Duration, Instant};

/// How often memory and CPU time are looked at: at a few GB/s a program gets some ten MB over its limit.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// A busy host can stretch the wall time by this at most.
const STRETCH: f64 = 10.0;
/// Memory that the host keeps, in bytes: with less it begins to end processes, not only ours. What programs hold in pipes,
/// sockets and unmapped files is in nobody's account and shows here only.
const HOST_KEEPS: u64 = 128 << 20;
/// Bytes taken from a pipe at once.
const PIECE: usize = 64 << 10;

/// What was seen of a program.
#[derive(Default)]
pub struct Seen {
    /// The limit that it broke.
    pub broke: Option<ExecutionVerdict>,
    /// How it ended, when it did so by itself.
    pub end: Option<Inside>,
    /// It was building when it ended, and had so many times the CPU and wall time of its limits.
    pub building: Option<f64>,
    /// It ran in a warm interpreter.
    pub is_warm: bool,
    pub output: Vec<u8>,
    pub errors: Vec<u8>,
    pub cpu_s: f64,
    pub wall_s: f64,
    /// Greatest memory, in bytes.
    pub memory: u64,
}

impl Seen {
    /// The limits that hold for what it does.
    pub fn limits(&self, limits: &Limits) -> Limits {
        let times = self.building.unwrap_or(1.0);
        Limits { cpu_s: limits.cpu_s * times, wall_s: limits.wall_s * times, ..*limits }
    }

    /// Whether the sandbox is as it was before.
    pub fn is_reusable(&self) -> bool {
        self.broke.is_none() && matches!(self.end, Some(Inside::Ran { is_clean: true, .. }))
    }
}

/// A program that is being watched.
pub struct Watch<'a> {
    inner: &'a mut Inner,
    limits: &'a Limits,
    commands: &'a [Command],
    begun: Instant,
    /// CPU time that is not this program's.
    before_cpu_s: f64,
    next_look: Instant,
    /// The longest time that a process had to wait for a processor, in seconds, of those that have ended too.
    delay_s: f64,
    seen: Seen,
}

impl<'a> Watch<'a> {
    /// Begins to watch.
    pub fn new(inner: &'a mut Inner, limits: &'a Limits, commands: &'a [Command]) -> Watch<'a> {
        let begun = Instant::now();
        Watch {
            before_cpu_s: inner.orphans_cpu_s,
            seen: Seen { is_warm: inner.interpreter.is_some(), ..Seen::default() },
            inner,
            limits,
            commands,
            begun,
            next_look: begun + LOOK_EVERY,
            delay_s: 0.0,
        }
    }

    /// Watches until the program has ended by itself or has broken a limit. In the second case the sandbox is to be dropped.
    pub fn until_the_end(mut self) -> Result<Seen, Refusal> {
        let mut is_open = true;
        while is_open && self.seen.end.is_none() && self.seen.broke.is_none() {
            self.wait();
            is_open = self.read_messages()?;
            self.read_output();
            if Instant::now() >= self.next_look {
                self.look()?;
                self.next_look = Instant::now() + LOOK_EVERY;
            }
        }
        self.seen.wall_s = self.begun.elapsed().as_secs_f64();
        match &self.seen.end {
            Some(Inside::Ran { cpu_s, memory_kb, .. }) => {
                self.seen.cpu_s = self.seen.cpu_s.max(*cpu_s);
                self.seen.memory = self.seen.memory.max(*memory_kb * 1024);
            }
            _ => {
                let waited = tree::waited_cpu_s(self.inner.init) - self.before_cpu_s;
                self.seen.cpu_s = self.seen.cpu_s.max(waited);
            }
        }
        self.read_output();
        Ok(self.seen)
    }

    /// Waits for news or for the next look.
    fn wait(&mut self) {
        let timeout = self.next_look.saturating_duration_since(Instant::now());
        let inner = &self.inner;
        let files = [&inner.reports, &inner.output, &inner.errors].map(|file| (file, PollFlags::IN));
        channel::wait(&files, timeout);
    }

    /// Takes messages from inside; false when nobody is left to send any.
    fn read_messages(&mut self) -> Result<bool, Refusal> {
        let mut piece = vec![0; PIECE];
        let is_open = match rustix::io::read(&self.inner.reports, &mut piece) {
            Ok(0) => false,
            Ok(count) => {
                self.inner.inbox.push(&piece[..count]);
                true
            }
            Err(_) => true,
        };
        while let Some(message) = self.inner.next_message()? {
            match message {
                Inside::Refused { stage, message } => return Err(Refusal { stage, message }),
                Inside::Begun { command } => self.command_begins(command),
                end @ (Inside::Ended { .. } | Inside::Ran { .. }) => self.seen.end = Some(end),
                Inside::Built(_) | Inside::Warm => {}
            }
        }
        Ok(is_open)
    }

    /// Every command has all of the limits.
    fn command_begins(&mut self, number: usize) {
        self.seen.building = self.commands.get(number).and_then(|command| command.builds);
        self.begun = Instant::now();
        self.delay_s = 0.0;
        self.before_cpu_s = tree::usage(self.inner.init, None).cpu_s;
        self.seen.cpu_s = 0.0;
        self.seen.memory = 0;
        self.seen.output.clear();
        self.seen.errors.clear();
    }

    fn read_output(&mut self) {
        let room = self.limits.output_kb as usize * 1024;
        for (file, into) in
            [(&self.inner.output, &mut self.seen.output), (&self.inner.errors, &mut self.seen.errors)]
        {
            drain(file, into, room + 1);
        }
        if self.seen.output.len() + self.seen.errors.len() > room {
            self.seen.broke = self.seen.broke.or(Some(ExecutionVerdict::OutputLimit));
            self.seen.output.truncate(room);
            self.seen.errors.truncate(room);
        }
    }

    /// Looks at what the processes have used.
    fn look(&mut self) -> Result<(), Refusal> {
        if tree::available_memory().is_some_and(|left| left < HOST_KEEPS) {
            return Err(Refusal { stage: Stage::Start, message: "the host is out of memory".into() });
        }
        let (init, interpreter) = (self.inner.init, self.inner.interpreter);
        let Usage { cpu_s, mut memory, delay_s, processes } = tree::usage(init, interpreter);
        if memory > self.limits.memory_mb << 20 {
            memory = tree::exact_memory(init, interpreter);
        }
        self.seen.cpu_s = self.seen.cpu_s.max(cpu_s - self.before_cpu_s);
        self.seen.memory = self.seen.memory.max(memory);
        let wall_s = self.begun.elapsed().as_secs_f64();
        let limits = self.seen.limits(self.limits);
        self.delay_s = self.delay_s.max(delay_s);
        // Without a process the program has ended, and on a busy host it can take a while until that is told.
        let is_there = processes > 0;
        let is_over = self.seen.cpu_s > limits.cpu_s
            || (is_there && wall_s - self.delay_s > limits.wall_s)
            || wall_s > limits.wall_s * STRETCH;
        if memory > limits.memory_mb << 20 {
            self.seen.broke = Some(ExecutionVerdict::Memory);
        } else if is_over {
            self.seen.broke = Some(ExecutionVerdict::Timeout);
        }
        Ok(())
    }
}
