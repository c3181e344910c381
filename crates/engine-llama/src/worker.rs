//! The worker's side: answers questions until nobody asks any more.

use crate::protocol::{Open, Pass, Reply, Request, read, write, write_row};
use std::io::{BufReader, BufWriter, Error, ErrorKind, Read, Write};
#[cfg(feature = "llama")]
use std::process::ExitCode;

/// A model that is open.
pub struct Opened {
    /// What is said of it: a vocabulary, or that it is ready.
    pub said: Reply,
    /// What answers from then on.
    pub model: Box<dyn Computes>,
}

/// What a worker does.
pub trait Computes {
    /// Token ids of a text, special tokens found and nothing added.
    fn tokenize(&mut self, text: &str) -> Result<Vec<u32>, String>;

    /// Carries a pass out, and hands over each row of logits that is wanted once it is known that there will be all.
    fn compute(&mut self, pass: &Pass) -> Result<(), String>;

    /// The `index`-th row of the last pass.
    fn row(&self, index: usize) -> &[f32];
}

/// Answers questions.
pub fn work(
    open: impl FnOnce(&Open) -> Result<Opened, String>,
    from: impl Read,
    to: impl Write,
) -> Result<(), Error> {
    let mut from = BufReader::new(from);
    let mut to = BufWriter::new(to);
    let opened = match read(&mut from)? {
        Request::Open(wanted) => open(&wanted),
        _ => Err("no model is open".into()),
    };
    let Opened { said, mut model } = match opened {
        Ok(opened) => opened,
        Err(message) => return write(&mut to, &Reply::Failed(message)),
    };
    write(&mut to, &said)?;
    loop {
        match read(&mut from) {
            Ok(Request::Tokenize(text)) => {
                let reply = model.tokenize(&text).map_or_else(Reply::Failed, Reply::Tokens);
                write(&mut to, &reply)?;
            }
            Ok(Request::Compute(pass)) => match model.compute(&pass) {
                Ok(()) => {
                    let rows = pass.rows();
                    write(&mut to, &Reply::Rows(rows))?;
                    (0..rows).try_for_each(|index| write_row(&mut to, model.row(index)))?;
                    to.flush()?;
                }
                Err(message) => write(&mut to, &Reply::Failed(message))?,
            },
            Ok(Request::Open(_)) => write(&mut to, &Reply::Failed("a model is open already".into()))?,
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// Works as a process: gives up what it does not need, and speaks through its standard input and output.
#[cfg(feature = "llama")]
pub(crate) fn run(open: impl FnOnce(&Open) -> Result<Opened, String>) -> ExitCode {
    use std::os::fd::AsFd;
    // Whatever prints must not print into the conversation.
    let to = rustix::io::dup(std::io::stdout().as_fd());
    let moved = rustix::stdio::dup2_stdout(std::io::stderr().as_fd());
    let (Ok(to), Ok(())) = (to, moved) else { return ExitCode::FAILURE };
    match work(open, std::io::stdin(), std::fs::File::from(to)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
