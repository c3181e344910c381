//! Templates and expressions: minijinja with Python's string methods, strict about names, with a limit on work.

use crate::cpython_random::CPythonRandom;
use crate::drop_answers::drop_answers;
use crate::go_file::go_file;
use crate::python_literals::value_of;
use crate::python_repr::python_list;
use crate::unpack::unpacked;
use evalscope_core::{Row, Value, json};
use evalscope_metrics::extract::{Reply, extractor};
use evalscope_metrics::python::trim;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value as Jinja};
use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

/// Steps that one rendering may take: far more than any prompt needs, far less than an endless loop.
const FUEL: u64 = 1_000_000;

/// An environment with everything that benchmark files may use.
pub(crate) fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Names what is undefined. It costs something where a template fails only.
    environment.set_debug(true);
    environment.set_fuel(Some(FUEL));
    environment.set_syntax(syntax());
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.add_filter("after_last", after_last);
    environment.add_filter("before_last", before_last);
    environment.add_filter("as_letter", as_letter);
    // Jinja's goes by Python's white space, minijinja's by Rust's.
    environment.add_filter("trim", |text: Cow<'_, str>, letters: Option<&str>| match letters {
        Some(letters) => text.trim_matches(|letter| letters.contains(letter)).to_owned(),
        None => trim(&text).to_owned(),
    });
    environment.add_filter("wikihow_clean", |text: &str| wikihow_clean(text));
    environment.add_filter("sentences", sentences);
    environment.add_filter("extracted", extracted);
    environment.add_filter("shuffled_by", shuffled_by);
    environment.add_filter("python_list", python_list);
    environment.add_filter("from_python", from_python);
    environment.add_filter("from_json", |text: &str| from_json(text));
    environment.add_filter("unpacked", |text: &str| unpacked(text));
    environment.add_filter("date", date);
    environment.add_filter("go_file", |text: &str| go_file(text));
    environment.add_function("letters", letters);
    environment.add_function("lettered_lines", lettered_lines);
    environment.add_function("letters_where", letters_where);
    environment.add_function("letter_of", letter_of);
    environment.add_function("letters_of", letters_of);
    environment.add_function("columns", columns);
    environment.add_function("drop_answers", |row: &Jinja| drop_answers(row));
    environment
}

/// Jinja's own marks; a template's last line end is part of its text.
fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder().keep_trailing_newline(true).build().expect("the marks are Jinja's own")
}

/// The filters and functions of ours, with what they do.
pub(crate) const VOCABULARY: [(&str, &str); 20] = [
    ("after_last(marker)", "filter: the text after the last marker; all of it when there is none"),
    ("before_last(marker)", "filter: the text before the last marker; all of it when there is none"),
    ("as_letter(base=1)", "filter: `1` to `A` (or `0` to `A` with base 0); letters stay"),
    ("wikihow_clean", "filter: HellaSwag's cleaning of bracketed marks, as lm-eval and EvalScope do it"),
    (
        "sentences",
        "filter: TruthfulQA's answers, a list or a text split at `;`, trimmed, each ending in a full stop",
    ),
    (
        "extracted(name)",
        "filter: what the extractor of this name finds in the text; empty text when it finds nothing",
    ),
    (
        "shuffled_by(text)",
        "filter: the list in the order that this text's checksum gives, as EvalScope 1.14 shuffles",
    ),
    ("python_list", "filter: a list of texts as Python prints it"),
    ("from_python", "filter: the lists, texts and numbers that a text in Python's notation stands for"),
    ("from_json", "filter: the value that a JSON text stands for"),
    (
        "unpacked",
        "filter: the JSON text that was pickled, compressed and written in base64, as LiveCodeBench has it",
    ),
    ("date", "filter: a day like `2024-01-31` as it is; anything else is an error"),
    ("go_file", "filter: Go code under one header of its packages and imports, as EvalScope 1.14 builds it"),
    ("letters(choices)", "function: `A,B,C` for as many choices"),
    ("lettered_lines(choices, separator)", "function: `A) first` lines, separator between letter and text"),
    (
        "columns(row, names)",
        "function: the values of the columns with these one-letter names up to the first that is empty",
    ),
    ("letters_where(flags)", "function: the letters of the true flags, as a list"),
    ("letter_of(choices, text)", "function: the letter of the first choice that is this text"),
    ("letters_of(choices, texts)", "function: the letters of those texts that are a choice, as a list"),
    ("drop_answers(row)", "function: the accepted answers of a row of DROP, several spans as a JSON list"),
];

/// The letter of the option at `index`: A to Z, then 1, 2, … as EvalScope counts on.
pub(crate) fn letter(index: usize) -> String {
    match u8::try_from(index) {
        Ok(small) if small < 26 => char::from(b'A' + small).to_string(),
        _ => (index - 25).to_string(),
    }
}

fn after_last(text: &str, marker: &str) -> String {
    text.rsplit_once(marker).map_or(text, |(_, after)| after).to_owned()
}

fn before_last(text: &str, marker: &str) -> String {
    text.rsplit_once(marker).map_or(text, |(before, _)| before).to_owned()
}

fn as_letter(value: &Jinja, base: Option<i64>) -> Result<String, Error> {
    let text = value.to_string();
    match text.parse::<i64>() {
        Ok(number) => usize::try_from(number - base.unwrap_or(1))
            .map(letter)
            .map_err(|_| Error::new(ErrorKind::InvalidOperation, format!("`{text}` is no option's number"))),
        Err(_) => Ok(text),
    }
}

/// HellaSwag's cleaning: trim, ` [title]` to `. `, other bracketed marks away, two spaces to one (one pass).
fn wikihow_clean(text: &str) -> String {
    static MARK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[.*?\]").expect("the regex is a literal"));
    let text = trim(text).replace(" [title]", ". ");
    MARK.replace_all(&text, "").replace("  ", " ")
}

fn sentences(answers: &Jinja) -> Result<Vec<String>, Error> {
    // Iterating over what is not there gives nothing, and a row without its answers would be one without targets.
    if answers.is_undefined() || answers.is_none() {
        return Err(Error::new(
            ErrorKind::UndefinedError,
            "there are no sentences: the column is missing or empty",
        ));
    }
    let parts: Vec<String> = match answers.as_str() {
        Some(text) => text.split(';').map(str::to_owned).collect(),
        None => answers.try_iter()?.map(|part| part.to_string()).collect(),
    };
    let parts = parts.iter().map(|part| trim(part)).filter(|part| !part.is_empty());
    let with_stop = |part: &str| if part.ends_with('.') { part.to_owned() } else { format!("{part}.") };
    Ok(parts.map(with_stop).collect())
}

fn letters(choices: &Jinja) -> Result<String, Error> {
    Ok((0..choices.try_iter()?.count()).map(letter).collect::<Vec<_>>().join(","))
}

fn lettered_lines(choices: &Jinja, separator: &str) -> Result<String, Error> {
    let lines = choices
        .try_iter()?
        .enumerate()
        .map(|(index, choice)| format!("{}{separator}{choice}", letter(index)));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

fn letters_where(flags: &Jinja) -> Result<Vec<String>, Error> {
    let flags = flags.try_iter()?.enumerate();
    Ok(flags.filter(|(_, flag)| flag.is_true()).map(|(index, _)| letter(index)).collect())
}

fn letter_of(choices: &Jinja, text: &str) -> Result<String, Error> {
    let place = choices.try_iter()?.position(|choice| choice.as_str() == Some(text));
    place
        .map(letter)
        .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("`{text}` is none of the choices")))
}

fn letters_of(choices: &Jinja, texts: &Jinja) -> Result<Vec<String>, Error> {
    let choices: Vec<Jinja> = choices.try_iter()?.collect();
    let places = texts.try_iter()?.filter_map(|text| choices.iter().position(|choice| *choice == text));
    Ok(places.map(letter).collect())
}

fn extracted(text: &str, name: &str) -> Result<String, Error> {
    let found = extractor(name)
        .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("there is no extractor `{name}`")))?;
    Ok((found.run)(&Reply { text, labels: &[], choices: &[], targets: 0 })
        .map(|answer| answer.text)
        .unwrap_or_default())
}

fn from_python(text: &str) -> Result<Jinja, Error> {
    let value = value_of(text);
    value.map(|value| to_jinja(&value)).ok_or_else(|| {
        Error::new(ErrorKind::InvalidOperation, "the text is not a value in Python's notation")
    })
}

/// The value that a JSON text stands for.
fn from_json(text: &str) -> Result<Jinja, Error> {
    let value = json::parse(text).map_err(|error| {
        Error::new(ErrorKind::InvalidOperation, format!("the text is not valid JSON: {error}"))
    })?;
    Ok(to_jinja(&value))
}

/// A day of the calendar, as ISO 8601 writes it.
fn date(text: &str) -> Result<String, Error> {
    static DAY: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$").expect("the regex is a literal")
    });
    let wrong = || Error::new(ErrorKind::InvalidOperation, format!("`{text}` is not a day like 2024-01-31"));
    DAY.is_match(text).then(|| text.to_owned()).ok_or_else(wrong)
}

fn shuffled_by(items: &Jinja, text: &str) -> Result<Vec<Jinja>, Error> {
    let mut items: Vec<Jinja> = items.try_iter()?.collect();
    CPythonRandom::from_digest_of(text).shuffle(&mut items);
    Ok(items)
}

/// The values of the columns A, B, C, … of a row, up to the first that is absent or empty.
fn columns(row: &Jinja, names: &str) -> Result<Vec<Jinja>, Error> {
    let mut values = Vec::new();
    for name in names.chars() {
        let value = row.get_attr(&name.to_string())?;
        if value.is_undefined() || value.is_none() || value.as_str() == Some("") {
            break;
        }
        values.push(value);
    }
    Ok(values)
}

/// A data set's value as templates see it.
pub(crate) fn to_jinja(value: &Value) -> Jinja {
    match value {
        Value::Null => Jinja::from(()),
        Value::Bool(truth) => Jinja::from(*truth),
        Value::Int(whole) => Jinja::from(*whole),
        Value::Float(float) => Jinja::from(*float),
        Value::Number(text) => Jinja::from(text.as_ref()),
        Value::String(text) => Jinja::from(text.as_str()),
        Value::Bytes(bytes) => Jinja::from(bytes.clone()),
        Value::List(items) => items.iter().map(to_jinja).collect(),
        Value::Object(fields) => row_to_jinja(fields),
    }
}

/// A row as templates see it.
pub(crate) fn row_to_jinja(row: &Row) -> Jinja {
    Jinja::from_pairs(row.iter().map(|(name, value)| (name.clone(), to_jinja(value))))
}

/// What an expression gave, as a data set's value.
pub(crate) fn from_jinja(value: &Jinja) -> Value {
    use minijinja::value::ValueKind;
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Value::Null,
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number => match value.as_i64() {
            Some(whole) if !value.to_string().contains('.') => Value::Int(whole),
            _ => Value::from_number_text(&value.to_string()),
        },
        ValueKind::Seq | ValueKind::Iterable => Value::List(
            value.try_iter().map(|items| items.map(|item| from_jinja(&item)).collect()).unwrap_or_default(),
        ),
        ValueKind::Map => Value::Object(
            value
                .try_iter()
                .map(|keys| {
                    keys.map(|key| {
                        let field = value.get_item(&key).unwrap_or_default();
                        (key.to_string(), from_jinja(&field))
                    })
                    .collect()
                })
                .unwrap_or_default(),
        ),
        _ => Value::String(value.to_string()),
    }
}

/// A template error in one line, with what went wrong first.
pub(crate) fn message(error: &Error) -> String {
    let mut text = match error.detail() {
        Some(detail) => detail.to_owned(),
        None => error.kind().to_string(),
    };
    if error.kind() == ErrorKind::UndefinedError && error.detail().is_none() {
        text = "a name in the expression is not defined".to_owned();
    }
    if error.kind() == ErrorKind::OutOfFuel {
        text = format!("the template takes more than {FUEL} steps");
    }
    if let Some(line) = error.line() {
        text.push_str(&format!(" (line {line} of the template)"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, expected: &str) {
        let environment = environment();
        let text =
            environment.render_str(&format!("{{{{ {expression} }}}}"), Jinja::from_pairs([("x", "y")]));
        assert_eq!(text.unwrap(), expected);
    }

    #[test]
    fn filters_do_what_they_say() {
        check("'a#b#c' | after_last('#')", "c");
        check("'a#b#c' | before_last('#')", "a#b");
        check("'2' | as_letter", "B");
        check("0 | as_letter(0)", "A");
        check("'C' | as_letter", "C");
        check("'A man writes [header] over snow. [title] Go' | wikihow_clean", "A man writes over snow.. Go");
        check("letters(['x', 'y', 'z'])", "A,B,C");
        check("lettered_lines(['x', 'y'], ') ')", "A) x\nB) y");
        check("columns({'A': 'x', 'B': 'y', 'C': '', 'D': 'z'}, 'ABCD')", "['x', 'y']");
        check("letters_where([0, 1, 1])", "['B', 'C']");
        check("letter_of(['x', 'y'], 'y')", "B");
        check("letters_of(['x', 'y'], ['z', 'y', 'x'])", "['B', 'A']");
        check("'It is \\\\boxed{5}.' | extracted('math_answer')", "5");
        check("'' | extracted('math_answer')", "");
        check("['a', \"it's\"] | python_list", "['a', \"it's\"]");
        check("'[1, [2]]' | from_python", "[1, [2]]");
        check("'\u{1c} a\u{1f}\u{85}' | trim", "a");
        check("5 | trim", "5");
        check("'xaxy' | trim('xy')", "a");
        check("'a; b.;' | sentences | join('|')", "a.|b.");
        check("['a; b', ' c. ', ' '] | sentences | join('|')", "a; b.|c.");
        check("'[1, {\"a\": 2}]' | from_json | length", "2");
        check("'2024-02-29' | date", "2024-02-29");
        check("'a b'.split(' ')[1]", "b");
        check("'HELLO you'.capitalize()", "Hello you");
    }

    #[test]
    fn an_endless_template_ends() {
        let environment = environment();
        let text = "{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}";
        assert!(message(&environment.render_str(text, ()).unwrap_err()).contains("steps"));
    }

    #[test]
    fn unknown_names_are_errors() {
        let error = environment().render_str("{{ nothing }}", ()).unwrap_err();
        assert!(message(&error).contains("`nothing` is undefined"), "{}", message(&error));
        assert!(environment().render_str("{{ none | sentences }}", ()).is_err(), "a column without answers");
    }
}
