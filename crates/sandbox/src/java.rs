//! Java programs: which class of a file is begun with. Reads no more of the language than where its classes stand.

use std::ops::Range;

/// The class that is begun with when it has a `main`, as the judges of contests have it.
const USUAL: &str = "Main";

/// A class, interface, enumeration or record that stands in no other.
struct Class<'a> {
    name: &'a str,
    place: Range<usize>,
    has_main: bool,
}

/// A program with the class whose `main` is meant before all others: `java FILE` begins with the first class of the file,
/// whether that has a `main` or not. The class `Main` is meant, else the first one with a `main`.
pub(crate) fn main_first(program: &str) -> String {
    let classes = classes(program);
    let with_main = || classes.iter().filter(|class| class.has_main);
    let meant = with_main().find(|class| class.name == USUAL).or_else(|| with_main().next());
    match (classes.first(), meant) {
        (Some(first), Some(meant)) if first.place.start < meant.place.start => {
            let (before, between) = (&program[..first.place.start], first.place.start..meant.place.start);
            let (class, after) = (&program[meant.place.clone()], &program[meant.place.end..]);
            format!("{before}{class}\n{}{after}", &program[between])
        }
        _ => program.to_owned(),
    }
}

/// The classes of a file, in order.
fn classes(program: &str) -> Vec<Class<'_>> {
    let tokens = tokens(program);
    let mut classes: Vec<Class> = Vec::new();
    let (mut depth, mut begin) = (0_usize, 0);
    let (mut name, mut has_main) = (None, false);
    for (place, token) in tokens.iter().enumerate() {
        let word = &program[token.clone()];
        let after = |more: usize| tokens.get(place + more).map_or("", |token| &program[token.clone()]);
        match word {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth = depth.saturating_sub(1);
                if depth == 0 && word == "}" {
                    let place = begin..token.end;
                    classes.extend(name.take().map(|name| Class { name, place, has_main }));
                    (begin, has_main) = (token.end, false);
                }
            }
            ";" if depth == 0 => begin = token.end,
            "class" | "interface" | "enum" | "record" if depth == 0 && name.is_none() => {
                name = Some(after(1))
            }
            "void" if depth == 1 && after(1) == "main" && after(2) == "(" => has_main = true,
            _ => {}
        }
    }
    classes
}

/// Words and single signs, without comments and the texts between quotes.
fn tokens(program: &str) -> Vec<Range<usize>> {
    let bytes = program.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &program[at..];
        let is_word =
            |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'$' || !byte.is_ascii();
        let end = if rest.starts_with("//") {
            at + rest.find('\n').unwrap_or(rest.len())
        } else if let Some(comment) = rest.strip_prefix("/*") {
            at + comment.find("*/").map_or(rest.len(), |end| end + "/**/".len())
        } else if let Some(quote) = ["\"\"\"", "\"", "'"].into_iter().find(|quote| rest.starts_with(quote)) {
            at + quoted(rest, quote)
        } else {
            let word = bytes[at..].iter().take_while(|byte| is_word(byte)).count();
            if !bytes[at].is_ascii_whitespace() {
                found.push(at..at + word.max(1));
            }
            at + word.max(1)
        };
        at = end;
    }
    found
}

/// Length of a text between quotes, with them. One that does not end goes to the end of its line.
fn quoted(rest: &str, quote: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut at = quote.len();
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'\n' if quote.len() == 1 => return at,
            _ if bytes[at..].starts_with(quote.as_bytes()) => return at + quote.len(),
            _ => at += 1,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELPER: &str =
        "\n// A helper.\nclass Helper { String s = \"} class Main { void main(\"; char c = '{'; /* } */ }";
    const MAIN: &str =
        "\n@Marked({1}) public class Other { static void g() {}\n public static void main(String[] a) { } }";

    #[test]
    fn a_class_with_main_comes_first() {
        let program = format!("import java.util.*;{HELPER}{MAIN}\n");
        assert_eq!(main_first(&program), format!("import java.util.*;{MAIN}\n{HELPER}\n"));
    }

    #[test]
    fn the_class_main_goes_before_others_that_have_one() {
        let usual = "class Main { void f() { class Inner {} }\n static void main (String[] a) {} }";
        let program = format!("{MAIN}{HELPER}{usual}");
        assert_eq!(main_first(&program), format!("{usual}\n{MAIN}{HELPER}"));
    }

    #[test]
    fn what_needs_no_order_stays_as_it_is() {
        let nested = "class A { class B { public static void main(String[] a) {} } }";
        let block = "class A { String s = \"\"\"\n \\\"\"\" } class Main { void main( \"\"\"; }";
        for program in
            [&format!("{MAIN}{HELPER}"), HELPER, nested, block, "", "}}}", "class", "\"", "'\\", "/*", "é{"]
        {
            assert_eq!(main_first(program), *program);
        }
    }
}
