//! Opens a GGUF file with llama.cpp.

use crate::backend::LlamaBackend;
use crate::error::Error;
use crate::options::LlamaOptions;
use crate::process::{Fall, Launch};
use crate::protocol::{Facts, Open, Reply, Role};
use crate::said::{identity, is_part, notices};
use crate::stamp::Stamp;
use crate::supervised::Supervised;
use crate::vocabulary;
use evalscope_engine_candle::{Hosted, Template, gguf_file, host, sha256};
use evalscope_model_api::Model;
use std::path::Path;
use std::sync::Arc;

/// New tokens of one pass at most, as many as the schedule puts into one. Fixed, because it can be seen in the last digits.
const ROWS: usize = 256;
/// Sequences that there may be at once: the most that llama.cpp knows.
const SEQUENCES: usize = 256;
/// Threads and workers at most; more only hides a broken number.
const MOST: usize = 1024;

/// Starts the workers. They end when the model is dropped.
pub fn open(options: LlamaOptions) -> Result<Arc<dyn Model>, Error> {
    check(&options)?;
    let Some(path) = gguf_file(&options.path)? else {
        return Err(Error::NotGguf { path: options.path });
    };
    // Workers begin elsewhere than where the path may be meant from.
    let path = std::path::absolute(&path).unwrap_or(path);
    if is_part(&path) {
        return Err(Error::Part { path });
    }
    let unread = |source| evalscope_engine_candle::Error::Read { path: path.clone(), source };
    let stamp = Stamp::of(&path).map_err(unread)?;
    let launch =
        Launch { launcher: options.launcher.clone(), environment: options.environment.clone(), stamp };
    let (sha256, read) = std::thread::scope(|scope| {
        let digest = scope.spawn(|| sha256(&path));
        let read = read(&options, &launch, &path);
        (digest.join(), read)
    });
    let sha256 = sha256.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let (tokenizer, of_file, workers) = read.map_err(|fall| Error::refused(&path, &fall))?;
    let facts = workers.first().map(|(_, facts)| facts.clone()).unwrap_or_default();
    check_context(&options, &facts)?;
    if !stamp.still_holds(&path) {
        return Err(Error::Changed { path });
    }
    let hosted = Hosted {
        path,
        sha256,
        facts: identity(&facts, &options),
        notices: notices(&facts).into_iter().chain(options.notices).collect(),
        tokenizer,
        template: Template { given: options.chat_template, of_file, date: options.template_date },
        max_context: facts.context,
        max_batch: options.max_batch,
    };
    let backends =
        workers.into_iter().map(|(worker, facts)| LlamaBackend::new(worker, facts, options.prefix_cache));
    Ok(host(backends.collect(), hosted)?)
}

fn check(options: &LlamaOptions) -> Result<(), Error> {
    let (threads, workers) = options.threads_and_workers();
    let numbers = [("threads", threads), ("workers", workers), ("max_batch", options.max_batch)];
    match numbers.into_iter().find(|(_, number)| !(1..=MOST).contains(number)) {
        Some((name, number)) => Err(Error::Option { name, reason: format!("it cannot be {number}") }),
        None => Ok(()),
    }
}

fn check_context(options: &LlamaOptions, facts: &Facts) -> Result<(), Error> {
    match options.max_context {
        Some(wanted) if !(1..=facts.trained_context).contains(&wanted) => Err(Error::Option {
            name: "context",
            reason: format!("it cannot be {wanted}: the model takes 1 to {} tokens", facts.trained_context),
        }),
        _ => Ok(()),
    }
}

type Read = (evalscope_engine_candle::Tokenizer, Option<String>, Vec<(Supervised, Facts)>);

/// Has workers read the file, the vocabulary first: it is read quickly, also where the file is broken.
fn read(options: &LlamaOptions, launch: &Launch, path: &Path) -> Result<Read, Fall> {
    let (threads, workers) = options.threads_and_workers();
    let wanted = Open {
        path: path.to_owned(),
        role: Role::Vocabulary,
        threads: threads / workers,
        context: options.max_context,
        sequences: SEQUENCES,
        rows: ROWS,
        mode: options.mode,
        gpu_layers: options.gpu_layers,
    };
    let (tokenizer, template, size) = vocabulary::read(launch, wanted.clone())?;
    let wanted = Open { role: Role::Compute, ..wanted };
    let started: Vec<Result<(Supervised, Facts), Fall>> = std::thread::scope(|scope| {
        let starts: Vec<_> =
            (0..workers).map(|_| scope.spawn(|| start(launch.clone(), wanted.clone(), size))).collect();
        starts
            .into_iter()
            .map(|started| started.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    Ok((tokenizer, template, started.into_iter().collect::<Result<_, _>>()?))
}

fn start(launch: Launch, wanted: Open, vocabulary: usize) -> Result<(Supervised, Facts), Fall> {
    match Supervised::start(launch, wanted)? {
        (worker, Reply::Ready(facts)) => {
            let is_sound = facts.vocabulary == vocabulary
                && facts.vocabulary > 0
                && facts.context > 0
                && facts.cells >= facts.context
                && (1..=SEQUENCES).contains(&facts.sequences);
            match is_sound {
                true => Ok((worker, facts)),
                false => Err(worker.give_up("what it says of the model makes no sense".into())),
            }
        }
        (worker, Reply::Failed(message)) => Err(worker.give_up(message)),
        (worker, _) => Err(worker.give_up("it answered another question".into())),
    }
}
