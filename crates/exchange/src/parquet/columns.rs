//! The columns of the Parquet form, with what they hold. The table in `docs/guides/exchange.md` says the same.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// A whole number of 64 bits.
    Whole,
    /// A float of 64 bits.
    Float,
    /// A truth value.
    Truth,
}

/// The columns in order. All may be null.
pub const COLUMNS: [(&str, Kind); 37] = [
    ("model", Kind::Text),
    ("benchmark", Kind::Text),
    ("subset", Kind::Text),
    ("category", Kind::Text),
    ("cluster", Kind::Text),
    ("index", Kind::Whole),
    ("repeat", Kind::Whole),
    ("id", Kind::Text),
    ("status", Kind::Text),
    ("metric", Kind::Text),
    ("score", Kind::Float),
    ("scores", Kind::Text),
    ("answer", Kind::Text),
    ("answer_start", Kind::Whole),
    ("answer_end", Kind::Whole),
    ("targets", Kind::Text),
    ("compared_with", Kind::Text),
    ("explanation", Kind::Text),
    ("audit", Kind::Text),
    ("judged", Kind::Text),
    ("messages", Kind::Text),
    ("prompt", Kind::Text),
    ("loglikelihoods", Kind::Text),
    ("reply", Kind::Text),
    ("reasoning", Kind::Text),
    ("stop_reason", Kind::Text),
    ("error_kind", Kind::Text),
    ("error", Kind::Text),
    ("calls", Kind::Whole),
    ("input_tokens", Kind::Whole),
    ("output_tokens", Kind::Whole),
    ("reasoning_tokens", Kind::Whole),
    ("latency_ms", Kind::Float),
    ("ttft_ms", Kind::Float),
    ("cached", Kind::Truth),
    ("served_model", Kind::Text),
    ("at", Kind::Float),
];

/// The schema as Parquet's own text.
pub fn schema_text() -> String {
    let fields: String = COLUMNS
        .iter()
        .map(|(name, kind)| match kind {
            Kind::Text => format!("optional binary {name} (UTF8);\n"),
            Kind::Whole => format!("optional int64 {name};\n"),
            Kind::Float => format!("optional double {name};\n"),
            Kind::Truth => format!("optional boolean {name};\n"),
        })
        .collect();
    format!("message sample {{\n{fields}}}")
}
