//! Reads Python string literals as data: adjacent literals joined and unescaped, nothing executed.
//!
//! Prompt texts that we may not ship stand in Python packages as literals. This reads plain ones in
//! single, double and triple quotes; it stops at the first thing that is not a literal (an f-string, a name, a bracket).

use evalscope_core::{Row, Value};

/// The joined value of the literals that follow `marker` in Python source. `None` when the marker or a literal
/// is not there, or a literal does not end.
pub(crate) fn literals_after(source: &str, marker: &str) -> Option<String> {
    let at = source.find(marker)? + marker.len();
    let mut rest = source[at..].chars().peekable();
    let mut joined = String::new();
    let mut found = false;
    loop {
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        match rest.peek() {
            Some('#') => while rest.next_if(|c| *c != '\n').is_some() {},
            Some('\'' | '"') => {
                joined.push_str(&literal(&mut rest)?);
                found = true;
            }
            _ => return found.then_some(joined),
        }
    }
}

/// The value that a Python text of lists, dictionaries, texts, numbers, `True`, `False` and `None` stands for, as
/// `ast.literal_eval` reads it. `None` when it is anything else.
pub(crate) fn value_of(text: &str) -> Option<Value> {
    let mut rest = text.chars().peekable();
    let value = value(&mut rest, MAX_DEPTH)?;
    skip_space(&mut rest);
    rest.peek().is_none().then_some(value)
}

/// Lists within lists that a value may have: rows have three or four, and each costs stack.
const MAX_DEPTH: usize = 32;

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn skip_space(rest: &mut Rest) {
    while rest.next_if(|c| c.is_whitespace()).is_some() {}
}

fn value(rest: &mut Rest, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    skip_space(rest);
    match *rest.peek()? {
        '[' => {
            let mut items = Vec::new();
            members(rest, ']', |rest| {
                items.push(value(rest, depth)?);
                Some(())
            })?;
            Some(Value::List(items))
        }
        '{' => {
            let mut fields = Row::new();
            members(rest, '}', |rest| {
                let key = literal(rest)?;
                skip_space(rest);
                rest.next_if_eq(&':')?;
                fields.insert(key, value(rest, depth)?);
                Some(())
            })?;
            Some(Value::Object(fields))
        }
        '\'' | '"' => literal(rest).map(Value::String),
        _ => word(rest),
    }
}

/// What stands between brackets, one `member` after each comma.
fn members(rest: &mut Rest, end: char, mut member: impl FnMut(&mut Rest) -> Option<()>) -> Option<()> {
    rest.next();
    loop {
        skip_space(rest);
        if rest.next_if_eq(&end).is_some() {
            return Some(());
        }
        member(rest)?;
        skip_space(rest);
        if rest.next_if_eq(&',').is_none() && rest.peek() != Some(&end) {
            return None;
        }
    }
}

fn word(rest: &mut Rest) -> Option<Value> {
    let word: String =
        std::iter::from_fn(|| rest.next_if(|c| c.is_alphanumeric() || "+-._".contains(*c))).collect();
    match word.as_str() {
        "None" => Some(Value::Null),
        "True" => Some(Value::Bool(true)),
        "False" => Some(Value::Bool(false)),
        number => number.parse::<f64>().ok().map(|_| Value::from_number_text(number)),
    }
}

fn literal(rest: &mut std::iter::Peekable<std::str::Chars>) -> Option<String> {
    let quote = rest.next()?;
    let mut ahead = rest.clone();
    let is_long = ahead.next() == Some(quote) && ahead.next() == Some(quote);
    if is_long {
        *rest = ahead;
    }
    let mut text = String::new();
    loop {
        match rest.next()? {
            '\\' => match rest.next()? {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                'a' => text.push('\u{7}'),
                'b' => text.push('\u{8}'),
                'f' => text.push('\u{c}'),
                'v' => text.push('\u{b}'),
                '\n' => {}
                'u' => {
                    let code: String = (0..4).map_while(|_| rest.next()).collect();
                    text.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
                }
                same @ ('\\' | '\'' | '"') => text.push(same),
                // Python keeps the backslash of an escape that it does not know.
                other => text.extend(['\\', other]),
            },
            '\n' if !is_long => return None,
            end if end == quote && is_long => {
                let mut ahead = rest.clone();
                if ahead.next() == Some(quote) && ahead.next() == Some(quote) {
                    *rest = ahead;
                    return Some(text);
                }
                text.push(end);
            }
            end if end == quote => return Some(text),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjacent_literals_are_joined_until_something_else() {
        let source = "x = (\n  \"It's\\n\"  # first\n  'a \\'b\\' \\d'\n  f\"Q: {q}\"\n)";
        assert_eq!(literals_after(source, "x = (").as_deref(), Some("It's\na 'b' \\d"));
        assert_eq!(literals_after(source, "y = ("), None);
        let long = "x = (\"\"\"\nA \"b\"\n c\"\"\" '' 'd')";
        assert_eq!(literals_after(long, "x = (").as_deref(), Some("\nA \"b\"\n cd"));
        assert_eq!(
            literals_after(r"x = '\frac\text\pi\v'", "x = ").as_deref(),
            Some("\u{c}rac\text\\pi\u{b}")
        );
        assert_eq!(literals_after("x = (f'no')", "x = ("), None);
        assert_eq!(literals_after("x = ('never ends\n')", "x = ("), None);
    }

    #[test]
    fn values_are_read_as_python_reads_them() {
        let text = r#"[{'a': "it's", 'b': ['x\n', 'say "y"'], 'c': 3}, {'a': None, 'd': True, 'e': -1.5},]"#;
        let json = r#"[{"a": "it's", "b": ["x\n", "say \"y\""], "c": 3}, {"a": null, "d": true, "e": -1.5}]"#;
        assert_eq!(value_of(text), evalscope_core::json::parse(json).ok());
        assert_eq!(value_of("[]"), Some(Value::List(Vec::new())));
        for wrong in ["", "[1", "[1 2]", "{'a' 1}", "name", "[1] x", "'open", &"[".repeat(100)] {
            assert_eq!(value_of(wrong), None, "{wrong}");
        }
    }
}
