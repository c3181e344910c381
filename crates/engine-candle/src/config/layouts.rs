//! How families store their weights: the names of their tensors, and what of each tensor is which weight.

use Piece::*;

/// How a family stores its weights. A number in a name is written `*`.
pub(crate) struct Layout {
    /// Looked at first.
    own: &'static [Entry],
    /// Whether the names that most families share hold too.
    shares: bool,
    /// Whether norms are stored as what is added to 1.
    pub(crate) norms_from_one: bool,
    /// Beginnings of names, and what stands for them here; nothing for tensors that are no part of the decoder.
    prefixes: &'static [(&'static str, Option<&'static str>)],
}

/// A tensor without `.weight` or `.bias`, and the weights that it holds.
type Entry = (&'static str, &'static [(&'static str, Piece)]);

impl Layout {
    /// The name of a tensor as that of a decoder alone; `None` for one that is no part of it.
    pub(crate) fn plain_name(&self, name: &str) -> Option<String> {
        let found =
            self.prefixes.iter().find_map(|(prefix, plain)| Some((name.strip_prefix(prefix)?, plain)));
        match found {
            Some((rest, plain)) => plain.map(|plain| format!("{plain}{rest}")),
            None => Some(name.to_owned()),
        }
    }

    /// What a tensor holds; `None` when the family has no such tensor.
    pub(crate) fn find(&self, name: &str) -> Option<&'static [(&'static str, Piece)]> {
        self.entries().find(|(known, _)| *known == name).map(|(_, weights)| *weights)
    }

    /// The tensors that may hold a weight.
    pub(crate) fn holders(&self, weight: &str) -> impl Iterator<Item = &'static str> {
        let holds = move |(_, weights): &&Entry| weights.iter().any(|(held, _)| *held == weight);
        self.entries().filter(holds).map(|(name, _)| *name)
    }

    fn entries(&self) -> impl Iterator<Item = &'static Entry> {
        let shared: &'static [Entry] = if self.shares { SHARED } else { &[] };
        self.own.iter().chain(shared)
    }
}

/// Names that most families share.
const SHARED: &[Entry] = &[
    ("model.embed_tokens", &[("token_embd", Whole)]),
    ("model.norm", &[("output_norm", Whole)]),
    ("lm_head", &[("output", Whole)]),
    ("model.layers.*.input_layernorm", &[("blk.*.attn_norm", Whole)]),
    ("model.layers.*.self_attn.q_proj", &[("blk.*.attn_q", Whole)]),
    ("model.layers.*.self_attn.k_proj", &[("blk.*.attn_k", Whole)]),
    ("model.layers.*.self_attn.v_proj", &[("blk.*.attn_v", Whole)]),
    ("model.layers.*.self_attn.qkv_proj", QUERY_KEY_VALUE),
    ("model.layers.*.self_attn.q_norm", &[("blk.*.attn_q_norm", Whole)]),
    ("model.layers.*.self_attn.k_norm", &[("blk.*.attn_k_norm", Whole)]),
    ("model.layers.*.self_attn.o_proj", &[("blk.*.attn_output", Whole)]),
    ("model.layers.*.post_attention_layernorm", &[("blk.*.ffn_norm", Whole)]),
    ("model.layers.*.mlp.gate_proj", &[("blk.*.ffn_gate", Whole)]),
    ("model.layers.*.mlp.up_proj", &[("blk.*.ffn_up", Whole)]),
    ("model.layers.*.mlp.gate_up_proj", GATE_UP),
    ("model.layers.*.mlp.down_proj", &[("blk.*.ffn_down", Whole)]),
    ("model.layers.*.mlp.gate", &[("blk.*.ffn_gate_inp", Whole)]),
    ("model.layers.*.mlp.experts.*.gate_proj", &[("blk.*.expert.*.ffn_gate", Whole)]),
    ("model.layers.*.mlp.experts.*.up_proj", &[("blk.*.expert.*.ffn_up", Whole)]),
    ("model.layers.*.mlp.experts.*.down_proj", &[("blk.*.expert.*.ffn_down", Whole)]),
    ("model.layers.*.block_sparse_moe.gate", &[("blk.*.ffn_gate_inp", Whole)]),
    ("model.layers.*.block_sparse_moe.experts.*.w1", &[("blk.*.expert.*.ffn_gate", Whole)]),
    ("model.layers.*.block_sparse_moe.experts.*.w3", &[("blk.*.expert.*.ffn_up", Whole)]),
    ("model.layers.*.block_sparse_moe.experts.*.w2", &[("blk.*.expert.*.ffn_down", Whole)]),
];
const QUERY_KEY_VALUE: &[(&str, Piece)] =
    &[("blk.*.attn_q", Query), ("blk.*.attn_k", Key), ("blk.*.attn_v", Value)];
const GATE_UP: &[(&str, Piece)] = &[("blk.*.ffn_gate", FirstHalf), ("blk.*.ffn_up", SecondHalf)];

/// Llama, and all that keep its names.
pub(super) static LLAMA: Layout = Layout { own: &[], shares: true, norms_from_one: false, prefixes: &[] };

/// The first Gemma.
pub(super) static GEMMA: Layout = Layout { own: &[], shares: true, norms_from_one: true, prefixes: &[] };

/// Gemma 2 and 3, with norms after each part too.
pub(super) static GEMMA_2: Layout =
    Layout { own: NORMS_OF_GEMMA_2, shares: true, norms_from_one: true, prefixes: &[] };

/// Gemma 3 with eyes, of which only the decoder is read. Names are those of Google's files, or those of transformers 5.
pub(super) static GEMMA_3_SEEING: Layout = Layout {
    own: NORMS_OF_GEMMA_2,
    shares: true,
    norms_from_one: true,
    prefixes: &[
        ("language_model.", Some("")),
        ("model.language_model.", Some("model.")),
        ("vision_tower.", None),
        ("model.vision_tower.", None),
        ("multi_modal_projector.", None),
        ("model.multi_modal_projector.", None),
    ],
};
const NORMS_OF_GEMMA_2: &[Entry] = &[
    ("model.layers.*.post_attention_layernorm", &[("blk.*.post_attention_norm", Whole)]),
    ("model.layers.*.pre_feedforward_layernorm", &[("blk.*.ffn_norm", Whole)]),
    ("model.layers.*.post_feedforward_layernorm", &[("blk.*.post_ffw_norm", Whole)]),
];

/// GLM-4 in the form of transformers, with norms after each part in its second version.
pub(super) static GLM_4: Layout = Layout {
    own: &[
        ("model.layers.*.post_self_attn_layernorm", &[("blk.*.post_attention_norm", Whole)]),
        ("model.layers.*.post_mlp_layernorm", &[("blk.*.post_ffw_norm", Whole)]),
    ],
    shares: true,
    norms_from_one: false,
    prefixes: &[],
};

/// ChatGLM3 and GLM-4 in the form of their authors.
pub(super) static CHATGLM: Layout = Layout {
    own: &[
        ("transformer.embedding.word_embeddings", &[("token_embd", Whole)]),
        ("transformer.encoder.final_layernorm", &[("output_norm", Whole)]),
        ("transformer.output_layer", &[("output", Whole)]),
        ("transformer.encoder.layers.*.input_layernorm", &[("blk.*.attn_norm", Whole)]),
        ("transformer.encoder.layers.*.self_attention.query_key_value", QUERY_KEY_VALUE),
        ("transformer.encoder.layers.*.self_attention.dense", &[("blk.*.attn_output", Whole)]),
        ("transformer.encoder.layers.*.post_attention_layernorm", &[("blk.*.ffn_norm", Whole)]),
        ("transformer.encoder.layers.*.mlp.dense_h_to_4h", GATE_UP),
        ("transformer.encoder.layers.*.mlp.dense_4h_to_h", &[("blk.*.ffn_down", Whole)]),
    ],
    shares: false,
    norms_from_one: false,
    prefixes: &[],
};

/// InternLM2: the queries of a key head stand before its key and its value.
pub(super) static INTERNLM_2: Layout = Layout {
    own: &[
        ("model.tok_embeddings", &[("token_embd", Whole)]),
        ("model.norm", &[("output_norm", Whole)]),
        ("output", &[("output", Whole)]),
        ("model.layers.*.attention_norm", &[("blk.*.attn_norm", Whole)]),
        (
            "model.layers.*.attention.wqkv",
            &[("blk.*.attn_q", GroupedQuery), ("blk.*.attn_k", GroupedKey), ("blk.*.attn_v", GroupedValue)],
        ),
        ("model.layers.*.attention.wo", &[("blk.*.attn_output", Whole)]),
        ("model.layers.*.ffn_norm", &[("blk.*.ffn_norm", Whole)]),
        ("model.layers.*.feed_forward.w1", &[("blk.*.ffn_gate", Whole)]),
        ("model.layers.*.feed_forward.w3", &[("blk.*.ffn_up", Whole)]),
        ("model.layers.*.feed_forward.w2", &[("blk.*.ffn_down", Whole)]),
    ],
    shares: false,
    norms_from_one: false,
    prefixes: &[],
};

/// Baichuan: packed attention; the second version's head is used with rows of length 1.
pub(super) static BAICHUAN: Layout = Layout {
    own: &[("model.layers.*.self_attn.W_pack", QUERY_KEY_VALUE)],
    shares: true,
    norms_from_one: false,
    prefixes: &[],
};

/// The same with the head of the second version.
pub(super) static BAICHUAN_2: Layout = Layout {
    own: &[("model.layers.*.self_attn.W_pack", QUERY_KEY_VALUE), ("lm_head", &[("output", UnitRows)])],
    shares: true,
    norms_from_one: false,
    prefixes: &[],
};

/// What of a tensor a weight is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    /// All of it.
    Whole,
    /// All of it, each row divided by its length.
    UnitRows,
    /// The first rows, of queries.
    Query,
    /// The rows after those, of keys.
    Key,
    /// The last rows, of values.
    Value,
    /// For each key head the rows of its queries.
    GroupedQuery,
    /// For each key head the rows of its key.
    GroupedKey,
    /// For each key head the rows of its value.
    GroupedValue,
    /// The first half of the rows.
    FirstHalf,
    /// The second half of the rows.
    SecondHalf,
}
