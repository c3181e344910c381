//! llama.cpp itself. Runs in a worker only.

use crate::built::USES_CARDS;
use crate::protocol::{Facts, Kind, Mode, Open, Pass, Reply, Role, Step, Vocabulary};
use crate::worker::{Computes, Opened};
use evalscope_sandbox::{Devices, confine_self};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::{KvCacheType, LlamaContextParams};
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token_type::LlamaTokenAttr;
use llama_cpp_2::vocab::{LlamaVocab, VocabType};
use std::ffi::CStr;
use std::num::NonZeroU32;
use std::path::Path;

/// The binding; it does not know which commit of llama.cpp it contains.
const BINDING: &str = "llama-cpp-2 0.1.160, llama-cpp-sys-2 0.1.161";
/// Bytes of keys and values that are kept, when the context needs no more.
const KV_BYTES: usize = 512 << 20;
/// A context is not made smaller than that for want of memory.
const SMALLEST_CONTEXT: usize = 2048;
/// Sequences of models that keep a state for each of them, which is large.
const STATES: usize = 32;
/// llama.cpp makes the number of cells a multiple of it.
const CELLS: usize = 256;

/// A model that is open.
struct Llama {
    vocabulary: LlamaVocab<'static>,
    size: usize,
    /// Absent in a worker that only turns text into tokens.
    computing: Option<Computing>,
}

struct Computing {
    context: LlamaContext<'static>,
    batch: LlamaBatch<'static>,
    facts: Facts,
    rows: usize,
    /// Where in the batch the wanted rows are.
    wanted: Vec<i32>,
}

/// Opens a model. The process is confined first: nothing that the file does counts outside.
pub(crate) fn open(wanted: &Open) -> Result<Opened, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    // A file that is a link, as those in caches of hubs are, lies in another folder.
    let real = std::fs::canonicalize(&wanted.path).unwrap_or_else(|_| wanted.path.clone());
    let folders: Vec<&Path> = [&wanted.path, &real].into_iter().filter_map(|path| path.parent()).collect();
    let missing = confine_self(&folders, if USES_CARDS { Devices::Cards } else { Devices::Processor });
    let backend: &'static LlamaBackend = leak(LlamaBackend::init().map_err(|error| text(&error))?);
    if wanted.gpu_layers.is_some_and(|layers| layers > 0) && !backend.supports_gpu_offload() {
        return Err("this build uses no graphics card".into());
    }
    let mut params = LlamaModelParams::default().with_vocab_only(wanted.role == Role::Vocabulary);
    if let Some(layers) = wanted.gpu_layers {
        params = params.with_n_gpu_layers(layers);
    }
    let model = LlamaModel::load_from_file(backend, &wanted.path, &params).map_err(|error| text(&error))?;
    let model: &'static LlamaModel = leak(model);
    // The digest is of one file.
    let parts = model.meta_val_str("split.count").ok().and_then(|count| count.trim().parse::<u64>().ok());
    if let Some(parts) = parts.filter(|parts| *parts > 1) {
        return Err(format!("it is one of {parts} parts of a model"));
    }
    let vocabulary = model.vocab();
    let size = usize::try_from(vocabulary.n_tokens()).map_err(|error| text(&error))?;
    let (said, computing) = match wanted.role {
        Role::Vocabulary => (Reply::Vocabulary(describe(model, &vocabulary)), None),
        Role::Compute => {
            let mut computing = Computing::open(backend, model, wanted, size)?;
            computing.facts.missing = missing;
            (Reply::Ready(computing.facts.clone()), Some(computing))
        }
    };
    Ok(Opened { said, model: Box::new(Llama { vocabulary, size, computing }) })
}

/// The process ends with it.
fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn describe(model: &LlamaModel, vocabulary: &LlamaVocab<'_>) -> Vocabulary {
    let id = |token: LlamaToken| u32::try_from(token.0).ok();
    let adds_space = model.meta_val_str("tokenizer.ggml.add_space_prefix");
    Vocabulary {
        tokens: vocabulary
            .tokens()
            .map(|token| (vocabulary.token_to_piece(token, true, None), kind(vocabulary, token)))
            .collect(),
        bos: id(vocabulary.bos()),
        eos: id(vocabulary.eos()),
        adds_bos: vocabulary.should_add_bos(),
        ends: vocabulary.tokens().filter(|token| vocabulary.is_eog(*token)).filter_map(id).collect(),
        drops_space: matches!(vocabulary.vocab_type(), VocabType::SPM)
            && adds_space.map_or(true, |value| value != "false"),
        template: model.chat_template(None).ok().and_then(|template| template.to_string().ok()),
    }
}

fn kind(vocabulary: &LlamaVocab<'_>, token: LlamaToken) -> Kind {
    let attributes = vocabulary.attr(token);
    let kinds = [
        (LlamaTokenAttr::Control, Kind::Control),
        (LlamaTokenAttr::UserDefined, Kind::UserDefined),
        (LlamaTokenAttr::Unknown, Kind::Unknown),
        (LlamaTokenAttr::Unused, Kind::Unused),
        (LlamaTokenAttr::Byte, Kind::Byte),
    ];
    let found = kinds.into_iter().find(|(attribute, _)| attributes.contains(*attribute));
    found.map_or(Kind::Normal, |(_, kind)| kind)
}

impl Computing {
    fn open(
        backend: &LlamaBackend,
        model: &'static LlamaModel,
        wanted: &Open,
        vocabulary: usize,
    ) -> Result<Computing, String> {
        let keeps_states = model.is_recurrent() || model.is_hybrid();
        let sequences = if keeps_states { wanted.sequences.min(STATES) } else { wanted.sequences };
        let trained = model.n_ctx_train().max(1) as usize;
        let affordable = (KV_BYTES / cell_bytes(model, wanted.mode)).max(SMALLEST_CONTEXT);
        let context = wanted.context.unwrap_or(affordable).min(trained);
        let cells = affordable.min(context.saturating_mul(sequences)).max(context).next_multiple_of(CELLS);
        let facts = Facts {
            vocabulary,
            context,
            trained_context: trained,
            cells,
            sequences,
            cuts: !keeps_states,
            bits: model.size() as f64 * 8.0 / model.n_params().max(1) as f64,
            build: format!("{BINDING}; {}", system_info()),
            missing: Vec::new(),
        };
        let params = params(wanted, &facts)?;
        let context = model.new_context(backend, params).map_err(|error| error.to_string())?;
        let batch = LlamaBatch::new(wanted.rows, 1);
        Ok(Computing { context, batch, facts, rows: wanted.rows, wanted: Vec::new() })
    }

    fn step(&mut self, step: Step) -> Result<(), String> {
        let id = |sequence: u32| match (sequence as usize) < self.facts.sequences {
            true => Ok(sequence as i32),
            false => Err(format!("there is no sequence {sequence}")),
        };
        let end = |tokens: usize| u32::try_from(tokens).map_err(|error| error.to_string());
        match step {
            Step::Copy { from, to, tokens } => {
                let (from, to, end) = (id(from)?, id(to)?, end(tokens)?);
                let copied = self.context.kv_cache_seq_cp(from, to, Some(0), Some(end));
                copied.map_err(|error| error.to_string())
            }
            Step::Cut { sequence, tokens: 0 } => {
                let cut = self.context.kv_cache_seq_rm(id(sequence)?, None, None);
                cut.map_err(|error| error.to_string())
            }
            Step::Cut { sequence, tokens } => {
                let (sequence, end) = (id(sequence)?, end(tokens)?);
                let cut = self.context.kv_cache_seq_rm(sequence, Some(end), None);
                cut.map_err(|error| error.to_string())
            }
        }
    }

    /// Puts the new tokens into the batch. llama.cpp checks little of what is in it.
    fn fill(&mut self, pass: &Pass) -> Result<(), String> {
        self.batch.clear();
        self.wanted.clear();
        if pass.parts.iter().map(|part| part.tokens.len()).sum::<usize>() > self.rows {
            return Err(format!("more than {} new tokens", self.rows));
        }
        for part in &pass.parts {
            let fits =
                part.position.checked_add(part.tokens.len()).is_some_and(|end| end <= self.facts.cells);
            let is_known = |token: &u32| (*token as usize) < self.facts.vocabulary;
            if !fits || part.sequence as usize >= self.facts.sequences || !part.tokens.iter().all(is_known) {
                return Err("new tokens that cannot be there".into());
            }
            for (index, token) in part.tokens.iter().enumerate() {
                let is_wanted = index >= part.logits_from;
                if is_wanted {
                    self.wanted.push(self.batch.n_tokens());
                }
                let position = (part.position + index) as i32;
                self.batch
                    .add(LlamaToken(*token as i32), position, &[part.sequence as i32], is_wanted)
                    .map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }
}

/// Bytes of keys and values of a token, about: some families keep less.
fn cell_bytes(model: &LlamaModel, mode: Mode) -> usize {
    let family = model.meta_val_str("general.architecture").unwrap_or_default();
    let named = model.meta_val_str(&format!("{family}.attention.key_length")).ok();
    let plain = usize::try_from(model.n_embd()).unwrap_or(0) / model.n_head().max(1) as usize;
    let head = named.and_then(|text| text.parse().ok()).unwrap_or(plain);
    let width = model.n_head_kv() as usize * head;
    let bytes = match mode {
        Mode::Strict => 4,
        Mode::Fast => 2,
    };
    (2 * bytes * width * model.n_layer() as usize).max(1)
}

fn params(wanted: &Open, facts: &Facts) -> Result<LlamaContextParams, String> {
    let number = |number: usize| u32::try_from(number).map_err(|error| error.to_string());
    let threads = i32::try_from(wanted.threads).map_err(|error| error.to_string())?;
    let rows = number(wanted.rows)?;
    let params = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(number(facts.cells)?))
        .with_n_batch(rows)
        .with_n_ubatch(rows)
        .with_n_seq_max(number(facts.sequences)?)
        .with_n_threads(threads)
        .with_n_threads_batch(threads)
        .with_kv_unified(true)
        // Sequences can be cut anywhere then.
        .with_swa_full(true)
        .with_no_perf(true);
    Ok(match wanted.mode {
        Mode::Fast => params,
        Mode::Strict => params
            .with_flash_attention_policy(llama_cpp_sys_2::LLAMA_FLASH_ATTN_TYPE_DISABLED)
            .with_type_k(KvCacheType::F32)
            .with_type_v(KvCacheType::F32),
    })
}

/// What of the processor it uses.
fn system_info() -> String {
    // SAFETY: it takes nothing, and gives a text with an end that stays where it is until it is called again.
    let info = unsafe { CStr::from_ptr(llama_cpp_sys_2::llama_print_system_info()) };
    info.to_string_lossy().trim().trim_end_matches('|').trim().to_owned()
}

impl Computes for Llama {
    fn tokenize(&mut self, text: &str) -> Result<Vec<u32>, String> {
        let tokens = self.vocabulary.tokenize(text.as_bytes(), false, true);
        tokens.iter().map(|token| u32::try_from(token.0).map_err(|error| error.to_string())).collect()
    }

    fn compute(&mut self, pass: &Pass) -> Result<(), String> {
        let computing = self.computing.as_mut().ok_or("this worker only turns text into tokens")?;
        pass.steps.iter().try_for_each(|step| computing.step(*step))?;
        computing.fill(pass)?;
        if computing.batch.n_tokens() == 0 {
            return Ok(());
        }
        computing.context.decode(&mut computing.batch).map_err(|error| error.to_string())
    }

    fn row(&self, index: usize) -> &[f32] {
        let computing = self.computing.as_ref();
        let row = computing.and_then(|all| Some(all.context.get_logits_ith(*all.wanted.get(index)?)));
        row.and_then(|row| row.get(..self.size)).unwrap_or_default()
    }
}
