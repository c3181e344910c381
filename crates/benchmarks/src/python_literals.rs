//! Reads Python string literals as data: adjacent literals joined and unescaped, nothing executed.
//!
//! Prompt texts that we may not ship stand in Python packages as literals. This reads plain ones in
//! single, double and triple quotes; it stops at the first thing that is not a literal (an f-string, a name, a bracket).

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
    use super::literals_after;

    #[test]
    fn adjacent_literals_are_joined_until_something_else() {
        let source = "x = (\n  \"It's\\n\"  # first\n  'a \\'b\\' \\d'\n  f\"Q: {q}\"\n)";
        assert_eq!(literals_after(source, "x = (").as_deref(), Some("It's\na 'b' \\d"));
        assert_eq!(literals_after(source, "y = ("), None);
        let long = "x = (\"\"\"\nA \"b\"\n c\"\"\" '' 'd')";
        assert_eq!(literals_after(long, "x = (").as_deref(), Some("\nA \"b\"\n cd"));
        assert_eq!(literals_after("x = (f'no')", "x = ("), None);
        assert_eq!(literals_after("x = ('never ends\n')", "x = ("), None);
    }
}
