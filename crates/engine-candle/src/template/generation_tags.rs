//! Tags that only training needs: `{% generation %}` marks the assistant's words.

/// Replaces them by tags that do nothing and keep the signs that trim spaces.
pub(super) fn neutralise(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("{%") {
        let Some(length) = rest[start..].find("%}") else { break };
        let inner = &rest[start + 2..start + length];
        out.push_str(&rest[..start + 2]);
        match inner.trim_matches(['-', '+']).trim() {
            "generation" => out.push_str(&inner.replace("generation", "if true")),
            "endgeneration" => out.push_str(&inner.replace("endgeneration", "endif")),
            _ => out.push_str(inner),
        }
        rest = &rest[start + length..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::neutralise;

    #[test]
    fn only_generation_tags_change() {
        let source = "a{%- generation -%}b{% endgeneration %}{% if generation %}c{% endif %}{{ x }}";
        let expected = "a{%- if true -%}b{% endif %}{% if generation %}c{% endif %}{{ x }}";
        assert_eq!(neutralise(source), expected);
        assert_eq!(neutralise("{% open"), "{% open");
    }
}
