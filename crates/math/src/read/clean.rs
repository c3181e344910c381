//! Takes dress and units off an answer.

use super::unit::{lengths, words};
use regex::{Captures, Regex};
use std::borrow::Cow;
use std::sync::LazyLock;

/// Signs that have a LaTeX name.
const SIGNS: [(char, &str); 58] = [
    ('−', "-"),
    ('–', "-"),
    ('×', "\\times "),
    ('÷', "\\div "),
    ('·', "\\cdot "),
    ('π', "\\pi "),
    ('√', "\\sqrt "),
    ('∞', "\\infty "),
    ('≤', "\\le "),
    ('≥', "\\ge "),
    ('≠', "\\ne "),
    ('≈', "\\approx "),
    ('±', "\\pm "),
    ('∪', "\\cup "),
    ('∈', "\\in "),
    ('∅', "\\emptyset "),
    ('°', "^\\circ "),
    ('²', "^2 "),
    ('³', "^3 "),
    ('⁴', "^4 "),
    ('½', "\\frac{1}{2}"),
    ('⅓', "\\frac{1}{3}"),
    ('⅔', "\\frac{2}{3}"),
    ('¼', "\\frac{1}{4}"),
    ('¾', "\\frac{3}{4}"),
    ('⅛', "\\frac{1}{8}"),
    ('…', "\\ldots "),
    ('⋯', "\\ldots "),
    ('⋅', "\\cdot "),
    ('∙', "\\cdot "),
    ('⁄', "/"),
    ('′', "'"),
    ('’', "'"),
    ('：', ":"),
    ('∶', ":"),
    ('＝', "="),
    ('＞', ">"),
    ('＜', "<"),
    ('α', "\\alpha "),
    ('β', "\\beta "),
    ('γ', "\\gamma "),
    ('δ', "\\delta "),
    ('θ', "\\theta "),
    ('λ', "\\lambda "),
    ('μ', "\\mu "),
    ('ρ', "\\rho "),
    ('σ', "\\sigma "),
    ('φ', "\\phi "),
    ('ω', "\\omega "),
    ('Δ', "\\Delta "),
    ('ℝ', "\\mathbb{R}"),
    ('％', "%"),
    ('，', ","),
    ('、', ","),
    ('（', "("),
    ('）', ")"),
    ('\u{a0}', " "),
    ('\u{202f}', " "),
];

const CURRENCIES: [char; 8] = ['$', '€', '£', '¥', '￥', '₹', '₽', '₩'];

/// A number, or one before a power of ten, or such a power.
const DECIMAL: &str = r"[-+]?[\d.,\s]*(?:(?:(?:\\times|\\cdot|\*)\s*)?10\s*\^\s*-?(?:\d+|\{\s*-?\d+\s*\}))?";

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the regex is a literal")
}

/// Returns the formula in an answer: without `$`, boxes, sizes of brackets, spacing and a final full stop.
pub(crate) fn bare(text: &str) -> String {
    static SPACING: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"\\\\(?:[a-zA-Z]*)|\\(?:left|right|[bB]igg?[lr]?|displaystyle|limits|quad|qquad|mathrm\{th\})\b|\\[!,;: ]|~",
        )
    });
    static AND: LazyLock<Regex> =
        LazyLock::new(|| regex(r",?\s*(?:\\(?:text|mbox|mathrm)\s*\{\s*(?:and|or)\s*\}|\b(?:and|or)\b)"));
    static PERCENT: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"\s*(?:\\(?:text|mbox)\s*\{\s*(?:percent|percentage|pct)\s*\}|\b(?:percentage|percent|pct)\b)")
    });
    static COMMA: LazyLock<Regex> = LazyLock::new(|| regex(r"\s*\{\s*,\s*\}"));
    static INFINITY: LazyLock<Regex> = LazyLock::new(|| regex(r"\\infty|\binf(?:inity)?\b"));
    let text = named_signs(undressed(text));
    let is_matrix = text.contains("matrix");
    let text = SPACING.replace_all(&text, |found: &Captures| spacing(&found[0], is_matrix));
    let text = COMMA.replace_all(&text, ",");
    let text = AND.replace_all(&text, ",");
    let text = text.replace("...", "\\ldots ");
    let text = PERCENT.replace_all(&text, "\\%");
    let text = INFINITY.replace_all(&text, "\\infty ");
    let text = braced(&text);
    let text = text.replace("\\$", "").replace(CURRENCIES, "").replace('"', "").replace("\\text{}", "");
    text.trim().trim_end_matches(['.', '。', ',']).trim().to_owned()
}

/// Puts braces around arguments of one digit: `\frac12`, `\sqrt2`.
fn braced(text: &str) -> String {
    static BOTH: LazyLock<Regex> = LazyLock::new(|| regex(r"\\([dtc]?frac)\s?(\d)\s?(\d+)"));
    static ABOVE: LazyLock<Regex> = LazyLock::new(|| regex(r"\\([dtc]?frac)\s?(\d)\s?\{"));
    static BELOW: LazyLock<Regex> = LazyLock::new(|| regex(r"\\([dtc]?frac)\s?\{([^{}]*)\}\s?(\d)"));
    static ROOT: LazyLock<Regex> = LazyLock::new(|| regex(r"\\sqrt\s?(\d)"));
    let text = BOTH.replace_all(text, r"\$1{$2}{$3}");
    let text = ABOVE.replace_all(&text, r"\$1{$2}{");
    let text = BELOW.replace_all(&text, r"\$1{$2}{$3}");
    ROOT.replace_all(&text, r"\sqrt{$1}").into_owned()
}

/// What stands for a spacing command. Two backslashes end a row of a matrix; before a name they are one too many.
fn spacing(found: &str, is_matrix: bool) -> String {
    match found {
        row if row.starts_with("\\\\") => {
            if is_matrix || row.len() == 2 {
                row.to_owned()
            } else {
                row[1..].to_owned()
            }
        }
        "\\!" => String::new(),
        bracket if bracket.starts_with("\\left") || bracket.starts_with("\\right") => String::new(),
        _ => " ".to_owned(),
    }
}

/// Takes off what encloses the whole text.
fn undressed(text: &str) -> &str {
    const DRESS: [(&str, &str); 6] =
        [("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"), ("**", "**"), ("\\displaystyle", "")];
    let mut text = text.trim();
    'again: loop {
        for (open, close) in DRESS {
            let inside = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
            if let Some(inside) = inside {
                text = inside.trim();
                continue 'again;
            }
        }
        match boxed(text) {
            Some(inside) => text = inside.trim(),
            None => return text,
        }
    }
}

fn boxed(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("\\boxed").or_else(|| text.strip_prefix("\\fbox"))?;
    let rest = rest.trim();
    Some(rest.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(rest))
}

fn named_signs(text: &str) -> String {
    let mut named = String::with_capacity(text.len());
    for c in text.chars() {
        match SIGNS.iter().find(|(sign, _)| *sign == c) {
            Some((_, name)) => named.push_str(name),
            None => named.push(c),
        }
    }
    named
}

/// Returns the text without a unit at its end, if anything is left then, and what was taken off.
pub(crate) fn without_unit(bare: &str) -> (String, String) {
    static IN_TEXT: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"/?\s*\\(?:text|mbox|mathrm|textbf)\s*\{[^{}]*\}\s*(?:\^\s*(?:\d|\{\s*\d\s*\}))?$")
    });
    static IN_WORDS: LazyLock<Regex> = LazyLock::new(|| {
        let word = format!(r"(?:{})(?:s|es)?\.?", words());
        regex(&format!(r"([\d}})\s])\s*{word}(?:\s+{word}){{0,3}}\s*$"))
    });
    static WITH_POWER: LazyLock<Regex> = LazyLock::new(|| {
        regex(&format!(r"([\d}})\s])\s*(?:{})(?:s|es)?\s*\^\s*(?:\d|\{{\d\}})$", lengths()))
    });
    // `5t` are five tons; in `27-3t` the letter is a name.
    static LETTER: LazyLock<Regex> = LazyLock::new(|| regex(r"[\d})\s]\s*[a-zA-Z](?:/[a-zA-Z])?$"));
    static NUMBER: LazyLock<Regex> =
        LazyLock::new(|| regex(&format!(r"^{DECIMAL}(?:\\[dt]?frac)?[\d.,\s{{}}/]*[a-zA-Z](?:/[a-zA-Z])?$")));
    static CHINESE: LazyLock<Regex> = LazyLock::new(|| regex(r"([\d})])\s*[\u{4e00}-\u{9fff}]+$"));
    static TEMPERATURE: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(\d\s*\^?\s*\{?\s*\\circ\s*\}?)\s*(?:[CF]|\\(?:text|mathrm)\s*\{\s*[CF]\s*\})$")
    });
    let mut text = TEMPERATURE.replace(bare, "$1").trim().to_owned();
    // Twice: `5\text{ cm}\text{ long}`, `5\text{ km}/\text{day}`.
    let units: [(&Regex, &str); 5] =
        [(&WITH_POWER, "$1"), (&IN_TEXT, ""), (&IN_TEXT, ""), (&IN_WORDS, "$1"), (&CHINESE, "$1")];
    for (unit, kept) in units {
        if LETTER.is_match(&text) && !NUMBER.is_match(&text) {
            break;
        }
        let shorter = unit.replace(&text, kept).trim().to_owned();
        if !shorter.is_empty() {
            text = shorter;
        }
    }
    let taken = bare.strip_prefix(text.as_str()).unwrap_or_default().trim().to_owned();
    (text, taken)
}

/// Returns a number without a capital letter behind it and a space, which may be a unit (`5 N`) or a name, where the other
/// side has no names that it could be.
pub(crate) fn without_capital<'t>(text: &'t str, other: &str) -> Cow<'t, str> {
    static CAPITAL: LazyLock<Regex> = LazyLock::new(|| {
        let fraction = r"/\s*\d+|\\[dt]?frac\s*\{[\d.]+\}\s*\{[\d.]+\}";
        regex(&format!(r"^(\$?(?:[a-zA-Z]\w?\s*=\s*)?\$?{DECIMAL}(?:{fraction})?)\s+[NJWVAKCL](\$?\.?)$"))
    });
    static COMMAND: LazyLock<Regex> = LazyLock::new(|| regex(r"\\[a-zA-Z]+"));
    let text = text.trim();
    if COMMAND.replace_all(other, "").contains(|c: char| c.is_ascii_alphabetic()) {
        return Cow::Borrowed(text);
    }
    CAPITAL.replace(text, "$1$2")
}

/// Returns the text as it is compared with another text: without spaces, case and text commands.
pub(crate) fn folded(text: &str) -> String {
    static TEXT: LazyLock<Regex> =
        LazyLock::new(|| regex(r"\\(?:text|textbf|textit|textrm|mbox|mathrm|mathbf)\s*\{([^{}]*)\}"));
    static BELOW: LazyLock<Regex> = LazyLock::new(|| regex(r"([_^])\{([^{}\\])\}"));
    let text = bare(text);
    let text = TEXT.replace_all(&text, "$1");
    let text = BELOW.replace_all(&text, "$1$2");
    text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase()
}
