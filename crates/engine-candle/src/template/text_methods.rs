//! The methods of Python's `str`.

use super::arguments::{Arguments, wrong};
use super::casing;
use super::cost::pay_copied;
use super::methods::place;
use super::percent::width;
use super::{format, text};
use minijinja::value::{Tuple, Value};
use minijinja::{Error, ErrorKind, State};
use regex::Regex;
use std::collections::HashSet;
use std::sync::LazyLock;

static IDENTIFIER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[\p{XID_Start}_]\p{XID_Continue}*$").expect("the pattern is constant and right")
});
static LETTER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\p{L}$").expect("the pattern is constant and right"));
static DECIMAL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\p{Nd}$").expect("the pattern is constant and right"));
/// Digits that are no decimals, from Python's tables (Unicode 14).
#[rustfmt::skip]
static DIGIT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"^[²³¹\x{1369}-\x{1371}\x{19da}\x{2070}\x{2074}-\x{2079}\x{2080}-\x{2089}\x{2460}-\x{2468}\x{2474}-\x{247c}",
        r"\x{2488}-\x{2490}\x{24ea}\x{24f5}-\x{24fd}\x{24ff}\x{2776}-\x{277e}\x{2780}-\x{2788}\x{278a}-\x{2792}",
        r"\x{10a40}-\x{10a43}\x{10e60}-\x{10e68}\x{11052}-\x{1105a}\x{1f100}-\x{1f10a}]$",
    ))
    .expect("the pattern is constant and right")
});

/// What the method gives.
pub(super) fn call(
    state: &mut State<'_, '_>,
    of: &str,
    name: &str,
    arguments: &Arguments,
) -> Result<Value, Error> {
    Ok(match name {
        "capitalize" => Value::from(casing::capitalize(of)),
        "casefold" => Value::from(casing::fold(of)),
        "lower" => Value::from(of.to_lowercase()),
        "swapcase" => Value::from(casing::swap(of)),
        "title" => Value::from(casing::title(of)),
        "upper" => Value::from(of.to_uppercase()),
        "center" | "ljust" | "rjust" => Value::from(padded(of, name, arguments)?),
        "encode" => encoded(of, arguments)?,
        "expandtabs" => Value::from(tabs_expanded(state, of, arguments.integer(0, "tabsize")?.unwrap_or(8))?),
        "format" => Value::from(format::fill_in(state, of, arguments)?),
        "join" => Value::from(joined(state, of, &arguments.need(0, "iterable")?)?),
        "strip" | "lstrip" | "rstrip" => {
            Value::from(stripped(of, name, arguments.text(0, "chars")?.as_deref()))
        }
        "partition" | "rpartition" => partition(of, name, &arguments.need_text(0, "sep")?)?,
        "removeprefix" => Value::from(of.strip_prefix(&*arguments.need_text(0, "prefix")?).unwrap_or(of)),
        "removesuffix" => Value::from(of.strip_suffix(&*arguments.need_text(0, "suffix")?).unwrap_or(of)),
        "replace" => {
            let (old, new) = (arguments.need_text(0, "old")?, arguments.need_text(1, "new")?);
            Value::from(replaced(state, of, (&old, &new), arguments.integer(2, "count")?)?)
        }
        "split" | "rsplit" => listed(state, &split(of, name, arguments)?)?,
        "splitlines" => listed(state, &lines(of, arguments.is_true(0, "keepends")))?,
        "zfill" => Value::from(filled(of, width(arguments.integer(0, "width")?.unwrap_or(0), name)?)),
        "count" | "find" | "index" | "rfind" | "rindex" => search(of, name, arguments)?,
        "startswith" | "endswith" => Value::from(has_edge(of, name, arguments)?),
        _ if name.starts_with("is") => Value::from(is(of, name)?),
        _ => return Err(Error::from(ErrorKind::UnknownMethod)),
    })
}

/// What Python takes for a space: what Unicode does, and four separators.
pub(super) fn is_space(letter: char) -> bool {
    letter.is_whitespace() || ('\x1c'..='\x1f').contains(&letter)
}

pub(super) fn is(of: &str, name: &str) -> Result<bool, Error> {
    let matches = |pattern: &Regex, letter: char| pattern.is_match(letter.encode_utf8(&mut [0; 4]));
    let is_decimal = |letter: char| letter.is_ascii_digit() || matches(&DECIMAL, letter);
    let is_digit = |letter: char| is_decimal(letter) || matches(&DIGIT, letter);
    let is_letter = |letter: char| letter.is_ascii_alphabetic() || matches(&LETTER, letter);
    let each = |is: &dyn Fn(char) -> bool| !of.is_empty() && of.chars().all(is);
    let only = |is: fn(char) -> bool, is_other: fn(char) -> bool| {
        of.chars().any(is) && !of.chars().any(|letter| is_other(letter) || casing::is_title(letter))
    };
    Ok(match name {
        "isalnum" => each(&|letter| is_letter(letter) || letter.is_numeric()),
        "isalpha" => each(&is_letter),
        "isascii" => of.is_ascii(),
        "isdecimal" => each(&is_decimal),
        "isdigit" => each(&is_digit),
        "isidentifier" => IDENTIFIER.is_match(of),
        "islower" => only(char::is_lowercase, char::is_uppercase),
        "isnumeric" => each(&char::is_numeric),
        "isprintable" => of.chars().all(text::is_printable),
        "isspace" => each(&is_space),
        "istitle" => casing::is_titled(of),
        "isupper" => only(char::is_uppercase, char::is_lowercase),
        _ => return Err(Error::from(ErrorKind::UnknownMethod)),
    })
}

/// The part of the text between two places, and where it starts; absent where Python finds nothing, not even nothing.
fn window<'t>(of: &'t str, arguments: &Arguments) -> Result<Option<(usize, &'t str)>, Error> {
    let length = of.chars().count();
    let start = arguments.integer(1, "start")?.unwrap_or(0);
    let end = arguments.integer(2, "end")?.map_or(length, |end| place(end, length));
    let is_beyond = usize::try_from(start).is_ok_and(|start| start > length);
    let start = place(start, length);
    if is_beyond || start > end {
        return Ok(None);
    }
    let byte = |place: usize| of.char_indices().nth(place).map_or(of.len(), |(at, _)| at);
    Ok(Some((start, &of[byte(start)..byte(end)])))
}

fn search(of: &str, name: &str, arguments: &Arguments) -> Result<Value, Error> {
    let wanted = arguments.need_text(0, "sub")?;
    let window = window(of, arguments)?;
    if name == "count" {
        return Ok(Value::from(window.map_or(0, |(_, part)| part.matches(&*wanted).count())));
    }
    let found = window.and_then(|(start, part)| {
        let at = if name.starts_with('r') { part.rfind(&*wanted) } else { part.find(&*wanted) }?;
        Some(start + part[..at].chars().count())
    });
    match found {
        Some(at) => Ok(Value::from(at)),
        None if name.ends_with("find") => Ok(Value::from(-1)),
        None => Err(wrong(format!("`{name}` finds no such text"))),
    }
}

fn has_edge(of: &str, name: &str, arguments: &Arguments) -> Result<bool, Error> {
    let wanted = arguments.need(0, "prefix")?;
    let Some((_, part)) = window(of, arguments)? else { return Ok(false) };
    let has = |edge: &Value| match (edge.as_str(), name) {
        (Some(edge), "startswith") => Ok(part.starts_with(edge)),
        (Some(edge), _) => Ok(part.ends_with(edge)),
        (None, _) => Err(wrong(format!("`{name}` wants a text or a tuple of texts, not {}", edge.kind()))),
    };
    if !wanted.is_tuple() {
        return has(&wanted);
    }
    wanted.try_iter()?.map(|edge| has(&edge)).try_fold(false, |any, has| Ok(any || has?))
}

fn encoded(of: &str, arguments: &Arguments) -> Result<Value, Error> {
    let encoding = arguments.text(0, "encoding")?.unwrap_or_else(|| "utf-8".to_owned());
    match encoding.to_lowercase().replace('_', "-").as_str() {
        "utf-8" | "utf8" => Ok(Value::from_bytes(of.as_bytes().to_vec())),
        "ascii" if of.is_ascii() => Ok(Value::from_bytes(of.as_bytes().to_vec())),
        _ => Err(wrong(format!("`encode` has no encoding `{encoding}` here, only `utf-8`"))),
    }
}

fn tabs_expanded(state: &State<'_, '_>, of: &str, size: i64) -> Result<String, Error> {
    let size = width(size, "expandtabs")?;
    state.consume_fuel(1 + (of.matches('\t').count().saturating_mul(size) / 64) as u64)?;
    let (mut out, mut column) = (String::new(), 0);
    for letter in of.chars() {
        match letter {
            '\t' if size > 0 => {
                out.push_str(&" ".repeat(size - column % size));
                column = 0;
            }
            '\t' => {}
            '\n' | '\r' => {
                out.push(letter);
                column = 0;
            }
            _ => {
                out.push(letter);
                column += 1;
            }
        }
    }
    Ok(out)
}

fn joined(state: &State<'_, '_>, of: &str, values: &Value) -> Result<String, Error> {
    let mut out = String::new();
    for (at, value) in values.try_iter()?.enumerate() {
        let text =
            value.as_str().ok_or_else(|| wrong(format!("`join` wants texts, not {}", value.kind())))?;
        pay_copied(state, of.len() + text.len())?;
        out.extend([if at == 0 { "" } else { of }, text]);
    }
    Ok(out)
}

/// The text with one part in place of another, as often as that or wherever it is.
pub(super) fn replaced(
    state: &State<'_, '_>,
    of: &str,
    (old, new): (&str, &str),
    times: Option<i64>,
) -> Result<String, Error> {
    let times = times.and_then(|times| usize::try_from(times).ok()).unwrap_or(usize::MAX);
    let found = (of.len() / old.len().max(1) + 1).min(times);
    state.consume_fuel(1 + (found.saturating_mul(new.len()) / 64) as u64)?;
    Ok(of.replacen(old, new, times))
}

pub(super) fn stripped<'t>(of: &'t str, name: &str, letters: Option<&str>) -> &'t str {
    let letters: Option<HashSet<char>> = letters.map(|letters| letters.chars().collect());
    let is_gone =
        |letter: char| letters.as_ref().map_or_else(|| is_space(letter), |letters| letters.contains(&letter));
    let of = if name == "rstrip" { of } else { of.trim_start_matches(is_gone) };
    if name == "lstrip" { of } else { of.trim_end_matches(is_gone) }
}

fn partition(of: &str, name: &str, mark: &str) -> Result<Value, Error> {
    if mark.is_empty() {
        return Err(wrong(format!("`{name}` wants a separator that is not empty")));
    }
    let parts = match name {
        "partition" => of.split_once(mark).map_or([of, "", ""], |(before, after)| [before, mark, after]),
        _ => of.rsplit_once(mark).map_or(["", "", of], |(before, after)| [before, mark, after]),
    };
    Ok(Value::from(Tuple::from(parts.map(Value::from))))
}

/// Pieces between the marks, or between spaces; at most so many cuts, from the side that the name says.
fn split<'t>(of: &'t str, name: &str, arguments: &Arguments) -> Result<Vec<&'t str>, Error> {
    let mark = arguments.text(0, "sep")?;
    let cuts =
        arguments.integer(1, "maxsplit")?.and_then(|cuts| usize::try_from(cuts).ok()).unwrap_or(usize::MAX);
    let is_from_right = name == "rsplit";
    let mut pieces: Vec<&str> = match mark.as_deref() {
        Some("") => return Err(wrong(format!("`{name}` wants a separator that is not empty"))),
        Some(mark) if is_from_right => of.rsplitn(cuts.saturating_add(1), mark).collect(),
        Some(mark) => of.splitn(cuts.saturating_add(1), mark).collect(),
        None if is_from_right => words_from_right(of, cuts),
        None => words(of, cuts),
    };
    if is_from_right {
        pieces.reverse();
    }
    Ok(pieces)
}

/// The pieces as a list.
fn listed(state: &State<'_, '_>, pieces: &[&str]) -> Result<Value, Error> {
    pay_copied(state, size_of_val(pieces))?;
    Ok(pieces.iter().copied().map(Value::from).collect())
}

fn words(of: &str, cuts: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = of.trim_start_matches(is_space);
    while pieces.len() < cuts
        && let Some(at) = rest.find(is_space)
    {
        pieces.push(&rest[..at]);
        rest = rest[at..].trim_start_matches(is_space);
    }
    pieces.extend((!rest.is_empty()).then_some(rest));
    pieces
}

fn words_from_right(of: &str, cuts: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = of.trim_end_matches(is_space);
    while pieces.len() < cuts
        && let Some(at) = rest.rfind(is_space)
    {
        pieces.push(rest[at..].trim_start_matches(is_space));
        rest = rest[..at].trim_end_matches(is_space);
    }
    pieces.extend((!rest.is_empty()).then_some(rest));
    pieces
}

/// What Python takes for the end of a line.
pub(super) fn is_end_of_line(letter: char) -> bool {
    matches!(letter, '\n'..='\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub(super) fn lines(of: &str, keeps_ends: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = of;
    while let Some(at) = rest.find(is_end_of_line) {
        let end = if rest[at..].starts_with("\r\n") {
            2
        } else {
            rest[at..].chars().next().map_or(0, char::len_utf8)
        };
        lines.push(&rest[..if keeps_ends { at + end } else { at }]);
        rest = &rest[at + end..];
    }
    lines.extend((!rest.is_empty()).then_some(rest));
    lines
}

/// Zeros before the digits, behind a sign.
fn filled(of: &str, width: usize) -> String {
    let missing = width.saturating_sub(of.chars().count());
    let (sign, digits) = of.split_at(usize::from(of.starts_with(['-', '+'])));
    format!("{sign}{}{digits}", "0".repeat(missing))
}

fn padded(of: &str, name: &str, arguments: &Arguments) -> Result<String, Error> {
    let wanted = width(arguments.integer(0, "width")?.unwrap_or(0), name)?;
    let fill = arguments.text(1, "fillchar")?.unwrap_or_else(|| " ".to_owned());
    if fill.chars().count() != 1 {
        return Err(wrong(format!("the fill of `{name}` must be exactly one character")));
    }
    Ok(match name {
        "center" => centred(of, wanted, &fill),
        _ => {
            let padding = fill.repeat(wanted.saturating_sub(of.chars().count()));
            if name == "rjust" { padding + of } else { of.to_owned() + &padding }
        }
    })
}

/// The text in the middle of so many letters.
pub(super) fn centred(of: &str, wanted: usize, fill: &str) -> String {
    let missing = wanted.saturating_sub(of.chars().count());
    // CPython puts the odd one before the text when the width is odd too.
    let before = missing / 2 + (missing & wanted & 1);
    [&fill.repeat(before), of, &fill.repeat(missing - before)].concat()
}
