//! A model file of some 200 kB with made-up weights: two layers, byte-level vocabulary.

use std::path::{Path, PathBuf};

const WIDTH: u64 = 64;
const HEADS: u64 = 4;
const KV_HEADS: u64 = 2;
const FEED_FORWARD: u64 = 96;
const LAYERS: usize = 2;
/// Experts that each token takes, where there are any.
const USED_EXPERTS: u64 = 2;
pub const CONTEXT: u64 = 300;
pub const BOS: u32 = 256;
pub const EOS: u32 = 257;
const TEMPLATE: &str = "{{ bos_token }}{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";

/// What differs between the files that tests want.
pub struct Tiny {
    /// `llama`, `qwen2`, `qwen3`, `qwen3moe` or `phi3`; others are written as the first is.
    pub architecture: &'static str,
    /// Experts of a layer; none are needed where a family has a feed-forward part without.
    pub experts: u64,
    pub adds_bos: bool,
    pub template: Option<&'static str>,
    pub tied: bool,
    pub sentencepiece: bool,
}

impl Default for Tiny {
    fn default() -> Self {
        Tiny {
            architecture: "llama",
            experts: 0,
            adds_bos: true,
            template: Some(TEMPLATE),
            tied: true,
            sentencepiece: false,
        }
    }
}

impl Tiny {
    /// Writes the file into a folder.
    pub fn write(&self, folder: &Path) -> PathBuf {
        let path = folder.join("tiny.gguf");
        std::fs::write(&path, self.bytes()).unwrap();
        path
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let tokens = self.tokens();
        let tensors = self.tensors(tokens.len() as u64);
        let keys = self.keys(&tokens);
        let mut out = b"GGUF".to_vec();
        out.extend(3u32.to_le_bytes());
        out.extend((tensors.len() as u64).to_le_bytes());
        out.extend((keys.len() as u64).to_le_bytes());
        keys.iter().for_each(|key| out.extend(key));
        let mut offset = 0u64;
        for (name, shape) in &tensors {
            text(&mut out, name);
            out.extend((shape.len() as u32).to_le_bytes());
            shape.iter().for_each(|size| out.extend(size.to_le_bytes()));
            out.extend(0u32.to_le_bytes());
            out.extend(offset.to_le_bytes());
            offset += (shape.iter().product::<u64>() * 4).next_multiple_of(32);
        }
        out.resize(out.len().next_multiple_of(32), 0);
        let mut random = 12_345u32;
        for (name, shape) in &tensors {
            for _ in 0..shape.iter().product::<u64>() {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let unit = (random >> 8) as f32 / (1 << 23) as f32 - 1.0;
                let value = if name.contains("norm") { 1.0 + 0.1 * unit } else { 0.4 * unit };
                out.extend(value.to_le_bytes());
            }
            out.resize(out.len().next_multiple_of(32), 0);
        }
        out
    }

    /// Texts and types: all bytes, control tokens, and some joined pairs.
    fn tokens(&self) -> Vec<(String, i32)> {
        let byte = |byte: u8| match self.sentencepiece {
            true => (format!("<0x{byte:02X}>"), 6),
            false => (letter(byte).to_string(), 1),
        };
        let mut tokens: Vec<(String, i32)> = (0..=255).map(byte).collect();
        tokens.extend([("<s>".to_owned(), 3), ("</s>".to_owned(), 3)]);
        let space = if self.sentencepiece { '▁' } else { 'Ġ' };
        for joined in
            ["th".to_owned(), "the".to_owned(), format!("{space}the"), "in".to_owned(), "er".to_owned()]
        {
            tokens.push((joined, 1));
        }
        if self.sentencepiece {
            tokens.extend(["▁", "t", "h", "e", "i", "n", "r"].map(|text| (text.to_owned(), 1)));
        }
        tokens
    }

    fn keys(&self, tokens: &[(String, i32)]) -> Vec<Vec<u8>> {
        // In 32 bits, as llama.cpp asks for them.
        let count = |name: &str, value: u64| key(name, 4, &(value as u32).to_le_bytes());
        let family = match self.architecture {
            "qwen2" | "qwen3" | "qwen3moe" | "phi3" => self.architecture,
            _ => "llama",
        };
        let shape = |name: &str, value: u64| count(&format!("{family}.{name}"), value);
        let string = |name: &str, value: &str| key(name, 8, &with_length(value));
        let flag = |name: &str, value: bool| key(name, 7, &[u8::from(value)]);
        let merges = ["t h", "th e", "Ġ the", "i n", "e r"].map(str::to_owned);
        let types: Vec<u8> = tokens.iter().flat_map(|(_, kind)| kind.to_le_bytes()).collect();
        let scores: Vec<u8> =
            (0..tokens.len()).flat_map(|index| (-(index as f32) / 10.0).to_le_bytes()).collect();
        let mut keys = vec![
            string("general.architecture", self.architecture),
            shape("block_count", LAYERS as u64),
            shape("context_length", CONTEXT),
            shape("embedding_length", WIDTH),
            shape("feed_forward_length", FEED_FORWARD),
            shape("attention.head_count", HEADS),
            shape("attention.head_count_kv", KV_HEADS),
            key(&format!("{family}.attention.layer_norm_rms_epsilon"), 6, &1e-5f32.to_le_bytes()),
            string("tokenizer.ggml.model", if self.sentencepiece { "llama" } else { "gpt2" }),
            string("tokenizer.ggml.pre", "gpt-2"),
            array("tokenizer.ggml.tokens", 8, tokens.len(), &joined(tokens.iter().map(|(text, _)| text))),
            array("tokenizer.ggml.token_type", 5, tokens.len(), &types),
            array("tokenizer.ggml.scores", 6, tokens.len(), &scores),
            array("tokenizer.ggml.merges", 8, merges.len(), &joined(merges.iter())),
            count("tokenizer.ggml.bos_token_id", u64::from(BOS)),
            count("tokenizer.ggml.eos_token_id", u64::from(EOS)),
            flag("tokenizer.ggml.add_bos_token", self.adds_bos),
        ];
        if self.experts > 0 {
            keys.extend([
                shape("expert_count", self.experts),
                shape("expert_used_count", USED_EXPERTS),
                shape("expert_feed_forward_length", FEED_FORWARD),
            ]);
        }
        keys.extend(self.template.map(|template| string("tokenizer.chat_template", template)));
        keys
    }

    fn tensors(&self, vocabulary: u64) -> Vec<(String, Vec<u64>)> {
        let kv = WIDTH / HEADS * KV_HEADS;
        let mut tensors = vec![
            ("token_embd.weight".to_owned(), vec![WIDTH, vocabulary]),
            ("output_norm.weight".to_owned(), vec![WIDTH]),
        ];
        if !self.tied {
            tensors.push(("output.weight".to_owned(), vec![WIDTH, vocabulary]));
        }
        for layer in 0..LAYERS {
            let named = |(part, shape): (&str, Vec<u64>)| (format!("blk.{layer}.{part}"), shape);
            tensors.extend(self.attention(kv).into_iter().map(named));
            tensors.extend(self.feed_forward().into_iter().map(named));
        }
        tensors
    }

    fn attention(&self, kv: u64) -> Vec<(&'static str, Vec<u64>)> {
        let mut parts = vec![("attn_norm.weight", vec![WIDTH])];
        match self.architecture {
            "phi3" => parts.push(("attn_qkv.weight", vec![WIDTH, WIDTH + 2 * kv])),
            _ => parts.extend([
                ("attn_q.weight", vec![WIDTH, WIDTH]),
                ("attn_k.weight", vec![WIDTH, kv]),
                ("attn_v.weight", vec![WIDTH, kv]),
            ]),
        }
        match self.architecture {
            "qwen2" => parts.extend([
                ("attn_q.bias", vec![WIDTH]),
                ("attn_k.bias", vec![kv]),
                ("attn_v.bias", vec![kv]),
            ]),
            "qwen3" | "qwen3moe" => parts.extend([
                ("attn_q_norm.weight", vec![WIDTH / HEADS]),
                ("attn_k_norm.weight", vec![WIDTH / HEADS]),
            ]),
            _ => {}
        }
        parts.push(("attn_output.weight", vec![WIDTH, WIDTH]));
        parts
    }

    fn feed_forward(&self) -> Vec<(&'static str, Vec<u64>)> {
        let mut parts = vec![("ffn_norm.weight", vec![WIDTH])];
        match (self.architecture, self.experts) {
            ("phi3", _) => parts.push(("ffn_up.weight", vec![WIDTH, 2 * FEED_FORWARD])),
            (_, 0) => parts.extend([
                ("ffn_gate.weight", vec![WIDTH, FEED_FORWARD]),
                ("ffn_up.weight", vec![WIDTH, FEED_FORWARD]),
            ]),
            (_, experts) => parts.extend([
                ("ffn_gate_inp.weight", vec![WIDTH, experts]),
                ("ffn_gate_exps.weight", vec![WIDTH, FEED_FORWARD, experts]),
                ("ffn_up_exps.weight", vec![WIDTH, FEED_FORWARD, experts]),
            ]),
        }
        parts.push(match self.experts {
            0 => ("ffn_down.weight", vec![FEED_FORWARD, WIDTH]),
            experts => ("ffn_down_exps.weight", vec![FEED_FORWARD, WIDTH, experts]),
        });
        parts
    }
}

/// The letter that byte-level vocabularies write a byte with.
fn letter(byte: u8) -> char {
    let prints = |byte: u8| matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    match prints(byte) {
        true => char::from(byte),
        false => {
            let before = (0..byte).filter(|other| !prints(*other)).count() as u32;
            char::from_u32(0x100 + before).unwrap()
        }
    }
}

fn with_length(value: &str) -> Vec<u8> {
    let mut out = Vec::new();
    text(&mut out, value);
    out
}

fn joined<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<u8> {
    texts.flat_map(|text| with_length(text)).collect()
}

fn text(out: &mut Vec<u8>, value: &str) {
    out.extend((value.len() as u64).to_le_bytes());
    out.extend(value.as_bytes());
}

fn key(name: &str, kind: u32, value: &[u8]) -> Vec<u8> {
    let mut out = with_length(name);
    out.extend(kind.to_le_bytes());
    out.extend(value);
    out
}

fn array(name: &str, kind: u32, count: usize, elements: &[u8]) -> Vec<u8> {
    let mut value = kind.to_le_bytes().to_vec();
    value.extend((count as u64).to_le_bytes());
    value.extend(elements);
    key(name, 9, &value)
}
