//! Prints how fast llama.cpp is without this engine: `cargo run --release -p evalscope-engine-llama --features llama --example
//! llama_bare -- MODEL [strict|fast [THREADS]]`. What `llama_throughput` prints beside it is what the engine costs.
#![expect(clippy::print_stdout, reason = "the output is the purpose")]

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::{KvCacheType, LlamaContextParams};
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::token::LlamaToken;
use std::error::Error;
use std::num::NonZeroU32;
use std::time::Instant;

const TRIES: usize = 3;
/// Tokens of a prompt, of a short one, and of a reply.
const PROMPT: usize = 512;
const SHORT: usize = 32;
const REPLY: usize = 64;
/// Tokens of one pass at most.
const ROWS: usize = 256;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [path, rest @ ..] = words.as_slice() else { return Err("which model?".into()) };
    let threads = rest.get(1).map_or(Ok(2), |threads| threads.parse())?;
    let backend = LlamaBackend::init()?;
    let model = LlamaModel::load_from_file(&backend, path, &LlamaModelParams::default())?;
    let mut params = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(8192))
        .with_n_batch(ROWS as u32)
        .with_n_ubatch(ROWS as u32)
        .with_n_seq_max(32)
        .with_n_threads(threads)
        .with_n_threads_batch(threads)
        .with_kv_unified(true)
        .with_no_perf(true);
    if rest.first().is_none_or(|mode| mode != "fast") {
        params = params
            .with_flash_attention_policy(llama_cpp_sys_2::LLAMA_FLASH_ATTN_TYPE_DISABLED)
            .with_type_k(KvCacheType::F32)
            .with_type_v(KvCacheType::F32);
    }
    let mut bare = Bare { context: model.new_context(&backend, params)?, batch: LlamaBatch::new(ROWS, 1) };
    let mut best = f64::MAX;
    for number in 0..TRIES {
        let begun = Instant::now();
        bare.prompt(0, number, PROMPT)?;
        best = best.min(begun.elapsed().as_secs_f64());
        bare.context.clear_kv_cache();
    }
    println!("prompts       {:8.1} tokens/s, {threads} threads", PROMPT as f64 / best);
    for replies in [1, 8, 16] {
        let mut best = f64::MAX;
        for number in 0..TRIES {
            best = best.min(bare.write(replies, number)?);
            bare.context.clear_kv_cache();
        }
        println!("written ×{replies:<2}   {:8.1} tokens/s", ((REPLY - 1) * replies) as f64 / best);
    }
    Ok(())
}

struct Bare<'a> {
    context: LlamaContext<'a>,
    batch: LlamaBatch<'a>,
}

impl Bare<'_> {
    /// Computes a prompt and the likeliest token after it.
    fn prompt(&mut self, sequence: i32, number: usize, tokens: usize) -> Result<LlamaToken, Box<dyn Error>> {
        let token = |index: usize| LlamaToken((1000 + (index * 37 + number * 101 + index / 7) % 5000) as i32);
        for start in (0..tokens).step_by(ROWS) {
            self.batch.clear();
            for index in start..(start + ROWS).min(tokens) {
                self.batch.add(token(index), index as i32, &[sequence], index + 1 == tokens)?;
            }
            self.context.decode(&mut self.batch)?;
        }
        Ok(likeliest(self.context.get_logits_ith(self.batch.n_tokens() - 1)))
    }

    /// Seconds for all tokens but the first of so many replies.
    fn write(&mut self, replies: usize, number: usize) -> Result<f64, Box<dyn Error>> {
        let prompt = |sequence| self.prompt(sequence as i32, number * replies + sequence, SHORT);
        let mut last = (0..replies).map(prompt).collect::<Result<Vec<_>, _>>()?;
        let begun = Instant::now();
        for position in SHORT..SHORT + REPLY - 1 {
            self.batch.clear();
            for (sequence, token) in last.iter().enumerate() {
                self.batch.add(*token, position as i32, &[sequence as i32], true)?;
            }
            self.context.decode(&mut self.batch)?;
            for (sequence, token) in last.iter_mut().enumerate() {
                *token = likeliest(self.context.get_logits_ith(sequence as i32));
            }
        }
        Ok(begun.elapsed().as_secs_f64())
    }
}

fn likeliest(logits: &[f32]) -> LlamaToken {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    LlamaToken(logits.iter().position(|logit| *logit == most).unwrap_or(0) as i32)
}
