//! Tags that only training needs: `{% generation %}` marks the assistant's words. What is set within is not seen without.

use super::tokens::{Piece, Tag, pieces};

/// Replaces them by tags that do nothing and keep the signs that trim spaces. Raw text keeps them.
pub(super) fn neutralise(source: &str) -> String {
    let Some(pieces) = pieces(source) else { return source.to_owned() };
    let mut out = String::with_capacity(source.len());
    for piece in &pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Tag(tag) => out.extend([tag.open, &inner(tag), tag.close]),
        }
    }
    out
}

fn inner(tag: &Tag<'_>) -> String {
    match tag.tokens[..] {
        [only] if tag.is_statement() && only.text == "generation" => only.space.to_owned() + "with",
        [only] if tag.is_statement() && only.text == "endgeneration" => only.space.to_owned() + "endwith",
        _ => tag.verbatim(),
    }
}

#[cfg(test)]
mod tests {
    use super::neutralise;

    #[test]
    fn only_generation_tags_change() {
        let raw = "{% raw %}{% generation %}{% endraw %}";
        let source = "a{%- generation -%}b{% endgeneration %}{% if generation %}c{% endif %}{{ x }}";
        let expected = "a{%- with -%}b{% endwith %}{% if generation %}c{% endif %}{{ x }}";
        assert_eq!(neutralise(raw), raw);
        assert_eq!(neutralise(source), expected);
        assert_eq!(neutralise("{% open"), "{% open");
    }
}
