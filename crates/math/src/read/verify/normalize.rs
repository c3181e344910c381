//! Takes dress, units and slips off a text, in the order of latex2sympy2_extended 1.11.0.

use super::LONGEST;
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Words that are taken off the end, as a regex knows them, in the order in which they are tried.
const UNITS: &str = "integerpoint|feet|sue|digit|pound|meal|edge|student|children ticket|multiple|east|degree|mph|kmph|ft|\
    m square| m east|sq m|deg|mile|q .|monkey|prime|ratio|profit of rs|rd|o|gm|p . m|lb|tile|per|dm|lt|gain|ab|way|west|\
    a .|b .|c .|d .|e .|f .|g .|h .|t|h|no change|men|soldier|pie|bc|excess|st|inches|noon|cent|by|gal|kmh|c|acre|rise|\
    a . m|th|π r 2|sq|mark|l|toy|coin|sq . m|gallon|° f|profit|minw|yr|women|am|pm|hr|cu cm|square|v â € ™|are|rupee|\
    rounds|cubic|cc|mtr|s|ohm|number|kmph|day|hour|minute|min|second|man|woman|sec|cube|mt|sq inch|mp|∏ cm ³|hectare|\
    more|sec|unit|cu . m|cm 2|rs .|rs|kg|g|month|km|m|cm|mm|apple|liter|loss|yard|pure|year|increase|decrease|d|less|\
    Surface|litre|pi sq m|s .|metre|meter|inch";

/// What is replaced, and by what; the first that fits counts.
const REPLACED: [(&str, &str); 20] = [
    (r"\\math(?:rm|it|bf)", r"\text"),
    (r"\\text(?:normal|bf|it|rm)", r"\text"),
    (r"\\[dtc]frac", r"\frac"),
    (r"\s\.", " 0."),
    (r"\{\.", "{0."),
    (r"~=", r"\approx"),
    (r"\s*\{\s*,\s*\}", ","),
    (r",?\s*(?:and|or)", ","),
    (r",?\s*\\text\{\s*(?:and|or)\s*\}", ","),
    (r"\\\s", " "),
    (r"infinity", r"\infty"),
    (r",?\\ldots", " "),
    (r"\s*\bpercentage\b", r"\%"),
    (r"\\text\{percentage\}", "%"),
    (r"\s*\bpercent\b", r"\%"),
    (r"\\text\{percent\}", "%"),
    (r"\s*\bpct\b", r"\%"),
    (r"\\text\{pct\}", "%"),
    (r"inf", r"\infty"),
    (r" sqrt", r"\sqrt"),
];

/// Those of them that must not stand beside some signs.
const AND: usize = 7;
const SPACE: usize = 9;
const INFINITE: usize = 18;

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic()
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the regex is a literal")
}

/// Returns the text that is parsed. One that is too long for that stays as it is.
pub(crate) fn normalized(text: &str) -> String {
    if text.len() > LONGEST {
        return text.to_owned();
    }
    let text = without_dress(&out_of_boxes(text));
    let mut text = without_units(text);
    if text.starts_with('.') {
        text.insert(0, '0');
    }
    if text == "0.5" {
        text = "\\frac{1}{2}".to_owned();
    }
    with_braces(&text).trim().to_owned()
}

/// The contents of all boxes from left to right, joined by commas; of boxes in boxes, the inner one.
fn out_of_boxes(text: &str) -> String {
    let mut found: Vec<&str> = Vec::new();
    let mut end = text.len();
    static BOX: LazyLock<Regex> = LazyLock::new(|| regex(r"\\boxed|\\fbox"));
    let mut starts: Vec<usize> = BOX.find_iter(text).map(|found| found.start()).collect();
    while let Some(start) = starts.pop() {
        let command = if text[start..].starts_with("\\boxed") { 6 } else { 5 };
        let rest = &text[start + command..end];
        let open = end - rest.trim_start().len();
        if open >= end {
            break;
        }
        match closing_brace(&text[open..end]) {
            Some(close) => {
                let content = text[open + 1..open + close].trim();
                if found.last() != Some(&content) {
                    found.push(content);
                }
            }
            None => {
                if found.is_empty() {
                    found.push(&text[open..]);
                }
                break;
            }
        }
        end = start;
    }
    if found.is_empty() {
        return text.to_owned();
    }
    found.reverse();
    found.join(",")
}

/// Where the brace at the beginning is closed.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return (at > 0).then_some(at);
        }
    }
    None
}

fn without_dress(text: &str) -> String {
    static LEFT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"\\m?left(\\\{|\{|\\\||\||\[|\(|\\rbracl|\\lgroup|\\lbrace|\\lbrack|\\vert|\\lvert|\\lceil|\\lfloor|\\langle|\\llcorner|\\ulcorner)",
        )
    });
    static RIGHT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"\\m?right(\\\}|\}|\\\||\||\]|\)|\\rbrack|\\rgroup|\\rbrace|\\vert|\\rvert|\\rceil|\\rfloor|\\rangle|\\lrcorner|\\urcorner)",
        )
    });
    static ARRANGEMENTS: LazyLock<Regex> =
        LazyLock::new(|| regex(r"\(([a-zA-Z0-9+\-*/\\ ]+?)\)_\{([a-zA-Z0-9+\-*/\\ ]+?)\}"));
    // A sign behind a backslash is kept.
    static REMOVED: LazyLock<Regex> = LazyLock::new(|| {
        regex(r#"(\\["'])|\\mathrm\{th\}|\\!\s*|\\text\s*\{\s*\}|\\\$|\$|["']|\\displaystyle"#)
    });
    static DOUBLED: LazyLock<Regex> = LazyLock::new(|| regex(r"\\\\([a-zA-Z])"));
    let text = text.replace("\\mathrm{T}", "T").replace("\\mathrm{d}", "d").replace("{\\rm d}", "d");
    let text = text.replace("\\left[\\begin{matrix}", "\\begin{bmatrix}");
    let text = text.replace("\\end{matrix}\\right]", "\\end{bmatrix}");
    let text = LEFT.replace_all(&text, "$1");
    let text = RIGHT.replace_all(&text, "$1");
    let text = ARRANGEMENTS.replace_all(&text, r"\frac{($1)!}{(($1)-($2))!}");
    let text = REMOVED
        .replace_all(&text, |found: &Captures| found.get(1).map_or("", |kept| kept.as_str()).to_owned());
    let text = replaced(&text).replace(['\n', '\t'], " ");
    if text.contains("matrix") { text } else { DOUBLED.replace_all(&text, r"\$1").into_owned() }
}

fn replaced(text: &str) -> String {
    static ANY: LazyLock<Regex> = LazyLock::new(|| {
        let all: Vec<String> = REPLACED.iter().map(|(pattern, _)| format!("({pattern})")).collect();
        regex(&all.join("|"))
    });
    let mut out = String::with_capacity(text.len());
    let (mut kept, mut from) = (0, 0);
    while let Some(captures) = ANY.captures_at(text, from) {
        let Some(found) = captures.get(0) else { break };
        let index = (0..REPLACED.len()).find(|index| captures.get(index + 1).is_some()).unwrap_or_default();
        if !may_stand(index, &text[..found.start()], &text[found.end()..]) {
            // With a letter behind it, it cannot stand without the many spaces before it either.
            let next = text[found.start()..].chars().next().map_or(1, char::len_utf8);
            let is_word = index == AND && text[found.end()..].starts_with(is_letter);
            from = if is_word { found.end() } else { found.start() + next };
            continue;
        }
        out.push_str(&text[kept..found.start()]);
        out.push_str(REPLACED[index].1);
        (kept, from) = (found.end(), found.end());
    }
    out.push_str(&text[kept..]);
    out
}

/// Whether what stands around a find lets it count.
fn may_stand(index: usize, before: &str, after: &str) -> bool {
    match index {
        AND => !before.ends_with(is_letter) && !after.starts_with(is_letter),
        SPACE => !before.ends_with('\\'),
        INFINITE => !before.ends_with('\\') && !after.starts_with("inity"),
        _ => true,
    }
}

/// Without a text at the end and all that stands behind it, and without units; but something has to be left.
fn without_units(text: String) -> String {
    static IN_TEXT: LazyLock<Regex> = LazyLock::new(|| regex(r"\\(?:text|mbox)\{.*?\}(?:\^\d|\{\^\d\})?$"));
    static UNIT: LazyLock<Regex> =
        LazyLock::new(|| regex(&format!(r"(\d|\}}|\s)\s*(?:(?:{UNITS})(?:s|es)?)\s*$")));
    let mut text = text;
    let shorter = IN_TEXT.replace(&text, "").trim().to_owned();
    if !shorter.is_empty() {
        text = shorter;
    }
    for _ in 0..2 {
        let shorter = UNIT.replace(&text, "$1").into_owned();
        if !shorter.is_empty() {
            text = shorter;
        }
    }
    text
}

/// Puts braces where arguments have none: `\frac12`, `\sqrt2`, `x^(2)`.
fn with_braces(text: &str) -> String {
    static SLIPS: LazyLock<[(Regex, &str); 7]> = LazyLock::new(|| {
        [
            (regex(r"\^\s?\((.*?)\)"), "^{$1}"),
            (regex(r"sqrt\s?\((.*?)\)"), r"\sqrt{$1}"),
            (regex(r"\\frac\s?(\d)\s?(\d+)"), r"\frac{$1}{$2}"),
            (regex(r"\\log_\s?(\d)\s?(\d+)"), r"\log_{$1}{$2}"),
            (regex(r"\\frac\s?\{(.*?)\}\s?(\d)"), r"\frac{$1}{$2}"),
            (regex(r"\\frac\s?(\d)\s?\{(.*?)\}"), r"\frac{$1}{$2}"),
            (regex(r"\\sqrt\s?(\d)"), r"\sqrt{$1}"),
        ]
    });
    let mut text = text.to_owned();
    for (slip, mended) in SLIPS.iter() {
        text = slip.replace_all(&text, *mended).into_owned();
    }
    let text = with_braced_roots(&text.replace(" sqrt", "\\sqrt"));
    slashed(with_braced_fractions(text))
}

fn with_braced_roots(text: &str) -> String {
    let mut parts = text.split("\\sqrt");
    let mut braced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let part = part.trim_start();
        braced.push_str("\\sqrt");
        match part.chars().next() {
            Some(first) if first != '{' && first != '[' => {
                braced.push_str(&format!("{{{first}}}{}", &part[first.len_utf8()..]));
            }
            _ => braced.push_str(part),
        }
    }
    braced
}

fn with_braced_fractions(text: String) -> String {
    let mut parts = text.split("\\frac");
    let mut braced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let part = part.trim_start();
        braced.push_str("\\frac");
        if part.starts_with('{') {
            braced.push_str(part);
            continue;
        }
        let mut rest = part.chars();
        let (Some(above), Some(below)) = (rest.next(), rest.next()) else { return text };
        let rest = rest.as_str();
        braced.push_str(&if below == '{' {
            format!("{{{above}}}{{{rest}")
        } else {
            format!("{{{above}}}{{{below}}}{rest}")
        });
    }
    braced
}

/// `3/4` as a fraction, if it is all of the text.
fn slashed(text: String) -> String {
    static SLASH: LazyLock<Regex> = LazyLock::new(|| regex(r"^(-?[1-9][0-9]*|0)/(-?[1-9][0-9]*|0)$"));
    match SLASH.captures(&text) {
        Some(parts) => format!("\\frac{{{}}}{{{}}}", &parts[1], &parts[2]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::normalized;

    #[test]
    fn dress_and_units_and_slips_go() {
        for (text, left) in [
            ("\\left( 1, 2 \\right)", "( 1, 2 )"),
            ("5\\text{ cm}^2", "5"),
            ("27-3t", "27-3"),
            ("x\\text{ or }y", "x,y"),
            ("1 and 2", "1, 2"),
            ("band", "band"),
            ("x and y, and z andx", "x , y,, z andx"),
            ("\\boxed{1}\\fbox{2}\\boxed{3}", "1,2,3"),
            ("\\frac12+\\sqrt3", "\\frac{1}{2}+\\sqrt{3}"),
            ("-3/4", "\\frac{-3}{4}"),
            (".5", "\\frac{1}{2}"),
            ("x=\\boxed{\\boxed{5}}", "5"),
            ("\\boxed{1} and \\boxed{2}", "1,2"),
            ("\\boxed{5", "{5"),
            ("f'(x)", "f(x)"),
            ("(-inf,3)", "(-\\infty,3)"),
        ] {
            assert_eq!(normalized(text), left, "{text}");
        }
    }
}
