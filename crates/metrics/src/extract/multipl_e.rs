//! Programs in replies to MultiPL-E, as EvalScope 1.14.1 finds them: two ways, and small changes for some languages.

use crate::answer::{Answer, Reply};
use crate::python::trim;
use fancy_regex::Regex;
use std::sync::LazyLock;

static CLOSED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)```(?<language>[^\n]*)\n(?<code>.*?)\n\s*```").expect("the regex is a literal")
});
static OPEN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?s)```(?<language>[^\n]*)\n(?<code>.*)").expect("the regex is a literal"));
/// After this line some models show how their code is called.
const EXAMPLE: &str = "# Example usage";

/// A fenced block.
struct Block<'a> {
    language: &'a str,
    start: usize,
    end: usize,
}

/// Returns the program of a reply in C++: the first block without carriage returns, up to `int main()`, trimmed when that is
/// there.
pub(super) fn cpp(reply: &Reply) -> Option<Answer> {
    let code = first_of_any(reply.text, "");
    Some(found(reply, &before_trimmed(&before_trimmed(&code, "int main()"), EXAMPLE)))
}

/// Returns the program of a reply in Rust: the first block without carriage returns.
pub(super) fn rs(reply: &Reply) -> Option<Answer> {
    Some(found(reply, &before_trimmed(&first_of_any(reply.text, ""), EXAMPLE)))
}

/// Returns the program of a reply in Java: the first block without carriage returns; a class `Main` with its `main` becomes
/// a class `Solution` without one.
pub(super) fn java(reply: &Reply) -> Option<Answer> {
    const MAIN: &str = "public class Main {\n";
    let mut code = first_of_any(reply.text, "");
    if code.contains(MAIN) {
        code = code.replace(MAIN, "class Solution {\n").replace("public static void main(String[] args)", "");
    }
    Some(found(reply, &before_trimmed(&code, EXAMPLE)))
}

/// Returns the program of a reply in Bash: the first block without carriage returns; without one, the lines of the reply
/// that are not blank.
pub(super) fn sh(reply: &Reply) -> Option<Answer> {
    let lines: Vec<&str> = reply.text.split('\n').filter(|line| !trim(line).is_empty()).collect();
    Some(found(
        reply,
        &before_trimmed(&first_of_any(reply.text, &format!("{}\n", lines.join("\n"))), EXAMPLE),
    ))
}

/// Returns the program of a reply in Go: of the closed blocks, else of the open one, the first that says it is Go, else the
/// first.
pub(super) fn go(reply: &Reply) -> Option<Answer> {
    Some(chosen(reply, &["go", "Go"]))
}

/// Returns the program of a reply in JavaScript: the first closed block, else the open one. What blocks say of their language
/// does not count: EvalScope looks for `js`, which it has another word for.
pub(super) fn js(reply: &Reply) -> Option<Answer> {
    Some(chosen(reply, &[]))
}

fn chosen(reply: &Reply, names: &[&str]) -> Answer {
    let closed = blocks(&CLOSED, reply.text);
    let blocks = if closed.is_empty() { blocks(&OPEN, reply.text) } else { closed };
    let named = blocks.iter().find(|block| names.contains(&trim(block.language)));
    match named.or(blocks.first()) {
        Some(block) => Answer::at(reply.text, block.start, block.end),
        None => found(reply, ""),
    }
}

/// The first closed block, else the open one, else this text; without carriage returns.
fn first_of_any(text: &str, otherwise: &str) -> String {
    let first = |regex| blocks(regex, text).first().map(|block| text[block.start..block.end].to_owned());
    first(&CLOSED).or_else(|| first(&OPEN)).unwrap_or_else(|| otherwise.to_owned()).replace('\r', "")
}

fn blocks<'a>(regex: &Regex, text: &'a str) -> Vec<Block<'a>> {
    let found = regex.captures_iter(text).map_while(Result::ok);
    let block = found.filter_map(|captures| {
        let (language, code) = (captures.name("language")?, captures.name("code")?);
        Some(Block { language: language.as_str(), start: code.start(), end: code.end() })
    });
    block.collect()
}

/// What stands before the marker, trimmed; all as it is when there is none.
fn before_trimmed(code: &str, marker: &str) -> String {
    code.split_once(marker).map_or(code, |(before, _)| trim(before)).to_owned()
}

/// The answer, with its place when the reply holds it as it is.
fn found(reply: &Reply, code: &str) -> Answer {
    let place = reply.text.find(code).filter(|_| !code.is_empty());
    Answer { text: code.to_owned(), span: place.map(|start| (start, start + code.len())) }
}
