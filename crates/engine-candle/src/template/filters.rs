//! Filters, tests and functions of Jinja2 that minijinja lacks or does differently.
//!
//! Not there: `random` and `lipsum`, which give something else each time; `urlize` and `wordwrap`. `striptags` knows the
//! entities that `escape` writes, numbers and no others, and `pprint` what fits on one line. Not as in Jinja2: `current`
//! of a `cycler` is the value that was given last, and there the next one.

use super::arguments::{Arguments, Given, wrong};
use super::cost::pay_copied;
use super::lists::pair;
use super::methods::is_dict;
use super::range::range;
use super::text::{pretty, text};
use super::text_methods::{centred, lines};
use super::{casing, lists, numbers, percent, text_methods};
use minijinja::value::{Kwargs, Rest, Tuple, Value, ValueKind};
use minijinja::{Environment, Error, Output, State};
use regex::Regex;
use std::sync::LazyLock;

static WORD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\p{L}\p{N}_]+").expect("the pattern is constant and right"));
static ENTITY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"&(#\d+;|[a-zA-Z]\w*;?|#)").expect("the pattern is constant and right"));

/// Columns of what `pprint` prints without breaking it.
const LINE: usize = 80;

const CHANCE: &str = "gives something else each time, and a prompt must not";
const ABSENT: &str = "is a filter of Jinja2 that is not here";

/// Makes the environment Jinja2's.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.set_formatter(write);
    for extra in ["bool", "chain", "lines", "split", "zip"] {
        environment.remove_filter(extra);
    }
    for extra in ["startingwith", "endingwith", "safe", "int"] {
        environment.remove_test(extra);
    }
    environment.remove_global("debug");
    add_tests(environment);
    add_functions(environment);
    add_filters(environment);
}

/// Refuses, with the reason: the function or filter gives something else each time, or is not here.
fn refuse(name: &'static str, reason: &'static str) -> impl Fn(Given) -> Result<Value, Error> {
    move |_| Err(wrong(format!("`{name}` {reason}")))
}

fn add_functions(environment: &mut Environment<'_>) {
    environment.add_function("range", range);
    environment.add_function("lipsum", refuse("lipsum", CHANCE));
    environment.add_function("joiner", minijinja_contrib::globals::joiner);
    environment
        .add_function("cycler", |items: Rest<Value>| minijinja_contrib::globals::cycler(items.to_vec()));
}

fn add_tests(environment: &mut Environment<'_>) {
    environment.add_test("iterable", is_iterable);
    environment.add_test("callable", |value: &Value| {
        matches!(value.kind(), ValueKind::Plain | ValueKind::Undefined)
    });
    environment.add_test("lower", |state: &State<'_, '_>, value: &Value| {
        text_methods::is(&text(state, value)?, "islower")
    });
    environment.add_test("mapping", is_dict);
    environment
        .add_test("number", |value: &Value| matches!(value.kind(), ValueKind::Number | ValueKind::Bool));
    environment.add_test("sequence", |value: &Value| {
        let has_places = |kind| matches!(kind, ValueKind::Seq | ValueKind::String | ValueKind::Bytes);
        has_places(value.kind()) || is_dict(value) || value.is_undefined()
    });
    environment.add_test("upper", |state: &State<'_, '_>, value: &Value| {
        text_methods::is(&text(state, value)?, "isupper")
    });
}

fn add_filters(environment: &mut Environment<'_>) {
    lists::add(environment);
    numbers::add(environment);
    environment.add_filter("center", |state: &State<'_, '_>, value: &Value, given: Given| {
        let width = Arguments::of(given).integer(0, "width")?.unwrap_or(80);
        Ok::<_, Error>(centred(&text(state, value)?, percent::width(width, "center")?, " "))
    });
    add_text(environment, "capitalize", |text| Value::from(casing::capitalize(&text)));
    environment.add_filter("e", escape);
    environment.add_filter("escape", escape);
    add_text(environment, "forceescape", |text| marked(&escaped(&text)));
    environment.add_filter("format", formatted);
    environment.add_filter("indent", indented);
    environment.add_filter("join", joined);
    add_text(environment, "lower", |text| Value::from(text.to_lowercase()));
    environment.add_filter("pprint", printed);
    environment.add_filter("random", refuse("random", CHANCE));
    environment.add_filter("replace", replaced);
    add_text(environment, "safe", |text| marked(&text));
    environment.add_filter("string", |state: &State<'_, '_>, value: &Value| match value.is_safe() {
        true => Ok(value.clone()),
        false => text(state, value).map(Value::from),
    });
    environment.add_filter("striptags", without_tags);
    add_text(environment, "title", |text| Value::from(minijinja::filters::title(text.into())));
    environment.add_filter("trim", |state: &State<'_, '_>, value: &Value, given: Given| {
        let letters = Arguments::of(given).text(0, "chars")?;
        let text = text(state, value)?;
        Ok::<_, Error>(text_methods::stripped(&text, "strip", letters.as_deref()).to_owned())
    });
    environment.add_filter("truncate", truncated);
    add_text(environment, "upper", |text| Value::from(text.to_uppercase()));
    environment.add_filter("urlencode", url_encoded);
    environment.add_filter("urlize", refuse("urlize", ABSENT));
    add_text(environment, "wordcount", |text| Value::from(WORD.find_iter(&text).count()));
    environment.add_filter("wordwrap", refuse("wordwrap", ABSENT));
    environment.add_filter("xmlattr", attributes);
}

/// A filter of what `str` makes of a value.
fn add_text(environment: &mut Environment<'_>, name: &'static str, filter: fn(String) -> Value) {
    environment.add_filter(name, move |state: &State<'_, '_>, value: &Value| text(state, value).map(filter));
}

/// Writes values as Python's `str` has them.
fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::String => minijinja::escape_formatter(out, state, value),
        _ => minijinja::escape_formatter(out, state, &Value::from(text(state, value)?)),
    }
}

/// `none` is not, and what is undefined is.
fn is_iterable(value: &Value) -> bool {
    match value.kind() {
        ValueKind::Map => is_dict(value),
        ValueKind::None => false,
        _ => value.try_iter().is_ok(),
    }
}

fn marked(text: &str) -> Value {
    Value::from_safe_string(text.to_owned())
}

/// A text with the signs of HTML escaped as `markupsafe` does.
fn escaped(text: &str) -> String {
    let signs = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('\'', "&#39;"), ('"', "&#34;")];
    signs.iter().fold(text.to_owned(), |text, (sign, escape)| text.replace(*sign, escape))
}

fn escape(state: &State<'_, '_>, value: &Value) -> Result<Value, Error> {
    if value.is_safe() { Ok(value.clone()) } else { Ok(marked(&escaped(&text(state, value)?))) }
}

/// The filter `format`, which is `%` with the arguments.
fn formatted(state: &State<'_, '_>, value: &Value, given: Given) -> Result<String, Error> {
    let arguments = Arguments::of(given);
    let values = match arguments.all() {
        (placed, None) => Value::from(Tuple::from(placed)),
        ([], Some(named)) => named,
        _ => return Err(wrong("`format` takes values by place or by name, not both")),
    };
    percent::fill_in(state, &text(state, value)?, &values)
}

fn indented(state: &State<'_, '_>, value: &Value, given: Given) -> Result<String, Error> {
    let arguments = Arguments::of(given);
    let indent = match arguments.get(0, "width") {
        Some(width) if width.as_str().is_some() => text(state, &width)?,
        _ => " ".repeat(percent::width(arguments.integer(0, "width")?.unwrap_or(4), "indent")?),
    };
    let of = value.as_str().ok_or_else(|| wrong(format!("`indent` wants a text, not {}", value.kind())))?;
    let (first, blank) = (arguments.is_true(1, "first"), arguments.is_true(2, "blank"));
    let ends = of.chars().filter(|letter| text_methods::is_end_of_line(*letter)).count();
    pay_copied(state, (ends + 1).saturating_mul(indent.len()))?;
    let mut out = String::new();
    for (at, line) in lines(&format!("{of}\n"), false).into_iter().enumerate() {
        let is_indented = if at == 0 { first } else { blank || !line.is_empty() };
        out.extend([if at == 0 { "" } else { "\n" }, if is_indented { &indent } else { "" }, line]);
    }
    Ok(out)
}

fn joined(state: &mut State<'_, '_>, values: &Value, given: Given) -> Result<String, Error> {
    let arguments = Arguments::of(given);
    let mark = arguments.get(0, "d").map_or_else(|| Ok(String::new()), |mark| text(state, &mark))?;
    let values = match arguments.some(1, "attribute") {
        Some(attribute) => {
            let named = Kwargs::from_iter([("attribute", attribute)]);
            state.apply_filter("map", &[values.clone(), Value::from(named)])?
        }
        None => values.clone(),
    };
    let mut out = String::new();
    for (at, value) in values.try_iter()?.enumerate() {
        let text = text(state, &value)?;
        pay_copied(state, mark.len() + text.len())?;
        out.extend([if at == 0 { "" } else { &mark }, &text]);
    }
    Ok(out)
}

/// What Python's `pprint` prints on one line.
fn printed(state: &State<'_, '_>, value: &Value) -> Result<String, Error> {
    let line = pretty(state, value)?;
    match line.chars().count() <= LINE {
        true => Ok(line),
        false => {
            Err(wrong(format!("`pprint` is there for up to {LINE} characters: use `tojson` or `string`")))
        }
    }
}

fn replaced(state: &mut State<'_, '_>, value: &Value, given: Given) -> Result<String, Error> {
    let arguments = Arguments::of(given);
    let given = |place, name| text(state, &arguments.need(place, name)?);
    let (old, new) = (given(0, "old")?, given(1, "new")?);
    text_methods::replaced(state, &text(state, value)?, (&old, &new), arguments.integer(2, "count")?)
}

fn without_tags(state: &State<'_, '_>, value: &Value) -> Result<String, Error> {
    let of = text(state, value)?;
    let (mut plain, mut rest) = (String::new(), of.as_str());
    while let Some(start) = rest.find('<') {
        let end = match rest[start..].strip_prefix("<!--") {
            Some(comment) => comment.find("-->").map(|end| start + end + 7),
            None => rest[start..].find('>').map(|end| start + end + 1),
        };
        let Some(end) = end else { break };
        plain.push_str(&rest[..start]);
        rest = &rest[end..];
    }
    plain.push_str(rest);
    let words: Vec<&str> = plain.split(text_methods::is_space).filter(|word| !word.is_empty()).collect();
    unescaped(&words.join(" "))
}

/// The text with its entities resolved.
fn unescaped(text: &str) -> Result<String, Error> {
    let mut out = String::new();
    let mut from = 0;
    for entity in ENTITY.find_iter(text) {
        let letter = match entity.as_str() {
            "&amp;" => Some('&'),
            "&lt;" => Some('<'),
            "&gt;" => Some('>'),
            "&quot;" => Some('"'),
            other => {
                let number = other.strip_prefix("&#").and_then(|number| number.strip_suffix(';'));
                let number = number.and_then(|number| number.parse().ok());
                number.filter(|code| matches!(code, 32..=126 | 160..)).and_then(char::from_u32)
            }
        };
        out.push_str(&text[from..entity.start()]);
        out.push(letter.ok_or_else(|| wrong(format!("`striptags` does not know `{}`", entity.as_str())))?);
        from = entity.end();
    }
    Ok(out + &text[from..])
}

fn truncated(state: &State<'_, '_>, value: &Value, given: Given) -> Result<Value, Error> {
    let arguments = Arguments::of(given);
    let size = |number: i64| usize::try_from(number).map_err(|_| wrong("`truncate` wants lengths from 0 on"));
    let length = size(arguments.integer(0, "length")?.unwrap_or(255))?;
    let end = arguments.text(2, "end")?.unwrap_or_else(|| "...".to_owned());
    let leeway = size(arguments.integer(3, "leeway")?.unwrap_or(5))?;
    let kept = length.checked_sub(end.chars().count());
    let kept = kept.ok_or_else(|| wrong("`truncate` is to make a text shorter than its end is"))?;
    // It measures lists and what is undefined too, and cannot cut them.
    let size = if value.is_undefined() { Some(0) } else { value.len() };
    let size = size.ok_or_else(|| wrong(format!("`truncate` wants a text, not {}", value.kind())))?;
    if size <= length.saturating_add(leeway) {
        return Ok(value.clone());
    }
    if value.as_str().is_none() {
        return Err(wrong(format!("`truncate` cannot cut {}", value.kind())));
    }
    let kept: String = text(state, value)?.chars().take(kept).collect();
    let kept = if arguments.is_true(1, "killwords") {
        kept.as_str()
    } else {
        kept.rsplit_once(' ').map_or(&*kept, |(kept, _)| kept)
    };
    Ok(Value::from(kept.to_owned() + &end))
}

fn url_encoded(state: &State<'_, '_>, value: &Value) -> Result<String, Error> {
    if value.as_str().is_some() || !is_iterable(value) || value.is_undefined() {
        return Ok(quoted(&text(state, value)?, "/"));
    }
    let pairs: Vec<[Value; 2]> = match is_dict(value) {
        true => value
            .try_iter()?
            .map(|key| Ok([key.clone(), value.get_item(&key)?]))
            .collect::<Result<_, Error>>()?,
        false => value.try_iter()?.map(pair).collect::<Result<_, Error>>()?,
    };
    let quoted = |value: &Value| text(state, value).map(|text| quoted(&text, "").replace("%20", "+"));
    let parts: Vec<String> = pairs
        .iter()
        .map(|[key, value]| Ok(format!("{}={}", quoted(key)?, quoted(value)?)))
        .collect::<Result<_, Error>>()?;
    Ok(parts.join("&"))
}

/// The text with all but letters, digits and a few signs as numbers.
fn quoted(text: &str, safe: &str) -> String {
    let is_safe =
        |byte: u8| byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte) || safe.as_bytes().contains(&byte);
    let quote = |byte: u8| if is_safe(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(quote).collect()
}

fn attributes(state: &State<'_, '_>, value: &Value, given: Given) -> Result<String, Error> {
    let has_space = Arguments::of(given).get(0, "autospace").is_none_or(|space| space.is_true());
    let mut out = String::new();
    for key in value.try_iter()? {
        let (name, value) = (text(state, &key)?, value.get_item(&key)?);
        if value.is_none() || value.is_undefined() {
            continue;
        }
        if name.contains(|letter: char| letter.is_whitespace() || "/>=".contains(letter)) {
            return Err(wrong(format!("`{name}` is no name of an attribute")));
        }
        let is_safe = value.is_safe();
        let value = text(state, &value)?;
        let value = if is_safe { value } else { escaped(&value) };
        out += &format!(" {}=\"{value}\"", escaped(&name));
    }
    Ok(if has_space { out } else { out.trim_start_matches(' ').to_owned() })
}
