//! Plain text as Math-Verify 0.9.0 misreads it, for the mode that is named after it.

use regex::Regex;
use std::sync::LazyLock;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the regex is a literal")
}

/// Returns the text that is left to be read, or nothing where Math-Verify finds no formula in it.
///
/// As EvalScope 1.14.1 calls it, in which a number with an exponent is one only when it is the whole text; elsewhere the
/// `e` is Euler's number. A full stop at the end, bold, most signs beyond ASCII, periods of decimals and conditions of
/// sets are not understood; degrees and primes are dropped.
pub(crate) fn misread(text: &str) -> Option<String> {
    static SCIENTIFIC: LazyLock<Regex> =
        LazyLock::new(|| regex(r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+$"));
    static EULER: LazyLock<Regex> = LazyLock::new(|| regex(r"([0-9.])e([+-]?[0-9])"));
    static DEGREES: LazyLock<Regex> =
        LazyLock::new(|| regex(r"\^?\s*(?:\{\s*\\circ\s*\}|\\circ\b|\\degree\b)"));
    static IN_TEXT: LazyLock<Regex> = LazyLock::new(|| regex(r"\\(?:text|mbox|mathrm|textbf)\s*\{[^{}]*\}"));
    // A function there: of a negative whole number it is infinite, with whatever sign and factor.
    static GAMMA: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"\\gamma((?:\s*\^\s*(?:\{\w+\}|\w))?)-[0-9]+(?:$|([^.0-9\sa-zA-Z\\]|\\right))")
    });
    // The first power is taken first there.
    static TOWER: LazyLock<Regex> =
        LazyLock::new(|| regex(r"([0-9.]+|[a-zA-Z])\^([0-9a-zA-Z]|\{[^{}]*\})\^"));
    static DOTTED: LazyLock<Regex> = LazyLock::new(|| regex(r"\\(d?dot)\{\\?([a-zA-Z]+)\}"));
    static DOTS: LazyLock<Regex> = LazyLock::new(|| regex(r",?\\ldots"));
    static REFUSED: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"\*\*|\.\s*(?:\$|\})*\s*$|\.\.\.|\.[0-9]*\\(?:overline|bar|dot)|\\\{[^}]*(?:\||\\mid)|:[^:]*:|\\(?:lg|tg|ctg|odot)\b|\\dot\b(?:\s*[^{\s]|$)|\\limits|\\[dtc]?frac\s*\\[a-zA-Z]|frac\{[^{}]*(?:\}\{[^{}]*)?,\\!|E_|[0-9]\./",
        )
    });
    let text = text.trim();
    if SCIENTIFIC.is_match(text) {
        return Some(text.replace('e', "E"));
    }
    let is_known = |c: char| c.is_ascii() || "−π×÷·".contains(c) || ('α'..='ω').contains(&c);
    if REFUSED.is_match(&IN_TEXT.replace_all(text, "")) || !text.chars().all(is_known) {
        return None;
    }
    let text = GAMMA.replace_all(text, r"\text{infinite}$1$2");
    let text = DOTTED.replace_all(&text, r"\text{$1$2}");
    let text = TOWER.replace_all(&text, "{$1^$2}^");
    let text = EULER.replace_all(&text, "$1\\,e$2");
    let text = DEGREES.replace_all(&text, "\\,");
    let text = DOTS.replace_all(&text, " ");
    Some(
        text.replace('\'', "")
            .replace(", \\!", "; ")
            .replace("\\varnothing", "\\text{varnothing}")
            .replace("\\prime", "\\text{prime}"),
    )
}

/// Returns whether Math-Verify takes the names in a text for complex numbers, which are not equal to real ones.
pub(crate) fn has_complex_names(text: &str) -> bool {
    static COMPLEX: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"\\mathbb\{C\}|\\i\b|\bi\b|\\(?:text|mathrm)\{i\}|\\imath\b|\\det|\\operatorname\{(?:tr|rank|Re|Im)\}|\\text\{(?:rank|Re|Im)\}|\\(?:arg|Re|Im)\{",
        )
    });
    COMPLEX.is_match(text)
}
