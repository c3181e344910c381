//! A worker without llama.cpp. Its "model file" says how it is to behave.

mod toy;

use evalscope_engine_llama::protocol::{Facts, Kind, Open, Pass, Reply, Role, Step, Vocabulary};
use evalscope_engine_llama::{Computes, Opened, WORKER_WORD, work};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// The token that texts end with.
const EOS: u32 = 257;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() != Some(WORKER_WORD) {
        return ExitCode::FAILURE;
    }
    match work(open, std::io::stdin(), std::io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Says a last word and ends.
fn fall(last: &str) -> ! {
    let _ = writeln!(std::io::stderr(), "{last}");
    std::process::abort()
}

/// Sequences of tokens, kept as strictly as no engine would.
struct Toy {
    facts: Facts,
    sequences: Vec<Vec<u32>>,
    rows: Vec<Vec<f32>>,
    /// Where it writes down how many new tokens each part of each pass has, when there is such a file.
    passes: PathBuf,
}

fn open(wanted: &Open) -> Result<Opened, String> {
    let file = std::fs::read_to_string(&wanted.path).map_err(|error| error.to_string())?;
    match file.as_str() {
        "crash" => std::process::abort(),
        "refuse" => return Err("it is no model".into()),
        "crash later" if wanted.role == Role::Compute => std::process::abort(),
        _ => {}
    }
    let mut facts: Facts = serde_json::from_str(&file).unwrap_or(Facts {
        vocabulary: toy::VOCABULARY,
        context: 64,
        trained_context: 64,
        cells: 256,
        sequences: 16,
        cuts: true,
        bits: 32.0,
        build: "toy".into(),
        missing: Vec::new(),
    });
    // What it sees of the caller.
    let mut names: Vec<String> = variables();
    names.sort();
    facts.build = format!("{} {}", facts.build, names.join(" "));
    let said = match wanted.role {
        Role::Vocabulary => Reply::Vocabulary(vocabulary()),
        Role::Compute => Reply::Ready(facts.clone()),
    };
    let sequences = vec![Vec::new(); facts.sequences];
    Ok(Opened {
        said,
        model: Box::new(Toy {
            facts,
            sequences,
            rows: Vec::new(),
            passes: wanted.path.with_file_name("passes"),
        }),
    })
}

#[expect(clippy::disallowed_methods, reason = "it is there to show its environment")]
fn variables() -> Vec<String> {
    std::env::vars().map(|(name, _)| name).collect()
}

fn vocabulary() -> Vocabulary {
    let bytes = (0..=255u8).map(|byte| (vec![byte], Kind::Normal));
    let marks = ["<s>", "</s>"].map(|text| (text.as_bytes().to_vec(), Kind::Control));
    Vocabulary {
        tokens: bytes.chain(marks).collect(),
        bos: Some(toy::BOS),
        eos: Some(EOS),
        adds_bos: true,
        ends: vec![EOS],
        drops_space: false,
        template: Some("{% for message in messages %}{{ message.content }}\n{% endfor %}".into()),
    }
}

impl Toy {
    fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Copy { from, to, tokens } => {
                let source = self.sequences.get(from as usize).and_then(|source| source.get(..tokens));
                let copy = source.ok_or("a copy of what is not there")?.to_vec();
                match self.sequences.get_mut(to as usize) {
                    Some(target) if target.is_empty() => *target = copy,
                    _ => return Err("a copy to where it cannot be".into()),
                }
            }
            Step::Cut { sequence, tokens } => {
                let sequence = self.sequences.get_mut(sequence as usize).ok_or("a cut of nothing")?;
                if tokens > 0 && (!self.facts.cuts || tokens > sequence.len()) {
                    return Err("a cut that cannot be".into());
                }
                sequence.truncate(tokens);
            }
        }
        Ok(())
    }

    /// Cells in use: copies share those of their common beginnings.
    fn cells(&self) -> usize {
        let prefixes = self.sequences.iter().flat_map(|tokens| (1..=tokens.len()).map(|end| &tokens[..end]));
        prefixes.collect::<std::collections::BTreeSet<_>>().len()
    }
}

impl Computes for Toy {
    fn tokenize(&mut self, text: &str) -> Result<Vec<u32>, String> {
        if text.contains(toy::CRASH_IN_TEXT) {
            fall("error: the text is too much");
        }
        Ok(text.bytes().map(u32::from).collect())
    }

    fn compute(&mut self, pass: &Pass) -> Result<(), String> {
        self.rows.clear();
        if let Ok(mut passes) = std::fs::OpenOptions::new().append(true).open(&self.passes) {
            let counts: Vec<String> = pass.parts.iter().map(|part| part.tokens.len().to_string()).collect();
            writeln!(passes, "{}", counts.join(" ")).map_err(|error| error.to_string())?;
        }
        for step in &pass.steps {
            self.step(*step)?;
        }
        for part in &pass.parts {
            if part.tokens.contains(&u32::from(toy::CRASH)) {
                fall("GGML_ASSERT(nothing is wrong) failed");
            }
            while part.tokens.contains(&u32::from(toy::STOP)) {
                std::thread::park();
            }
            let tokens = self.sequences.get_mut(part.sequence as usize).ok_or("no such sequence")?;
            if tokens.len() != part.position || part.tokens.is_empty() {
                return Err(format!("tokens at {} of a sequence of {}", part.position, tokens.len()));
            }
            for (index, token) in part.tokens.iter().enumerate() {
                tokens.push(*token);
                if index >= part.logits_from {
                    self.rows.push(toy::logits(tokens));
                }
            }
        }
        match self.cells() {
            cells if cells > self.facts.cells => {
                Err(format!("{cells} cells, and there are {}", self.facts.cells))
            }
            _ => Ok(()),
        }
    }

    fn row(&self, index: usize) -> &[f32] {
        &self.rows[index]
    }
}
