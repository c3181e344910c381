//! Programs in replies: fenced blocks, and what EvalScope takes for code where there is no fence.

use crate::answer::{Answer, Reply};
use crate::python::{trim, trim_start};
use fancy_regex::Regex;
use std::sync::LazyLock;

/// A regular expression that is compiled once.
macro_rules! regex {
    ($pattern:literal) => {{
        static REGEX: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($pattern).expect("the regex is a literal"));
        &*REGEX
    }};
}

/// Returns the inside of the first fenced block, else the whole reply; HumanEval in EvalScope 1.14.1.
pub(super) fn block_or_all(reply: &Reply) -> Option<Answer> {
    let (start, end) = group(regex!(r"(?s)```\w*\n(.*?)```"), reply.text, 1).unwrap_or((0, reply.text.len()));
    Some(Answer::at(reply.text, start, end))
}

/// Returns the lines between the last two lines that hold a fence, and nothing when there are fewer; LiveCodeBench in
/// EvalScope 1.14.1, which then runs an empty program.
pub(super) fn last_block(reply: &Reply) -> Option<Answer> {
    let mut start = 0;
    let mut fences: Vec<(usize, usize)> = Vec::new();
    for line in reply.text.split('\n') {
        if line.contains("```") {
            fences.push((start, start + line.len()));
        }
        start += line.len() + 1;
    }
    let [.., (_, opened), (closed, _)] = fences.as_slice() else { return None };
    let from = opened + 1;
    // Without a line between them the text is empty.
    Some(Answer::at(reply.text, from, from.max(closed.saturating_sub(1))))
}

/// Returns the program of a reply to MBPP: before `[DONE]`, the first fenced block, else what follows an open fence, else the
/// first function or class; then up to the first test or closing docstring. EvalScope 1.14.1.
pub(super) fn mbpp(reply: &Reply) -> Option<Answer> {
    let text = before(reply.text, "[DONE]");
    let fenced = || group(regex!(r"(?s)```([^\n]*)\n(.*?)\n\s*```"), text, 2);
    let open = || group(regex!(r"(?s)```([^\n]*)\n(.*)"), text, 2);
    let block = fenced().or_else(open).map(|(start, end)| text[start..end].to_owned());
    let code = block.or_else(|| first_definition(text)).unwrap_or_default().replace('\r', "");
    let code = match code.split_once("if __name__ == \"__main__\":") {
        Some((code, _)) => trim(code),
        None => code.as_str(),
    };
    let code = before(before(code, "\nassert"), "\n\"\"\"");
    // The reference cuts here once more when the program has been put together.
    literal(reply, before(code, "if __name__ =="))
}

/// Returns the body of the function in a reply, indented by four; HumanEval in EvalScope 0.5.2.
pub(super) fn humaneval_0_5(reply: &Reply) -> Option<Answer> {
    let mut text = reply.text.to_owned();
    if text.contains("```") {
        text = match group(regex!(r"(?s)```(.*?)```"), &text, 1) {
            None => text.split("```").nth(1).unwrap_or_default().to_owned(),
            Some((start, end)) if text[start..end].starts_with('\n') => text[start..end].to_owned(),
            Some((start, end)) => after_line(&text[start..end], 0).to_owned(),
        };
    }
    if trim(&text).starts_with("from") || trim(&text).starts_with("import") {
        text = text.find("def").map_or(text.clone(), |at| after_line(&text, at).to_owned());
    }
    text = before(&text, "\n\n").to_owned();
    if trim(&text).starts_with("def") {
        text = text.split_once('\n').map_or(String::new(), |(_, rest)| rest.to_owned());
    }
    if !text.starts_with("    ") {
        text = match text.starts_with(' ') {
            true => format!("    {}", trim_start(&text)),
            false => text.split('\n').map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n"),
        };
    }
    literal(reply, &text)
}

/// The range of a group in the first match.
fn group(regex: &Regex, text: &str, number: usize) -> Option<(usize, usize)> {
    let captures = regex.captures(text).ok()??;
    captures.get(number).map(|group| (group.start(), group.end()))
}

/// The first function or class with the imports and comments right before it; blank lines do not count.
fn first_definition(text: &str) -> Option<String> {
    let lines: String =
        text.split('\n').filter(|line| !trim(line).is_empty()).map(|line| format!("{line}\n")).collect();
    let found =
        regex!(r"(?m)(?:^(?:import|from|#)[^\n]+\n)*^(?:def|class) [^\n]+\n(?:\s+[^\n]+\n)+").find(&lines);
    found.ok()?.map(|found| found.as_str().to_owned())
}

fn before<'a>(text: &'a str, marker: &str) -> &'a str {
    text.split_once(marker).map_or(text, |(before, _)| before)
}

/// What follows the line in which `at` lies; everything when there is no further line.
fn after_line(text: &str, at: usize) -> &str {
    text[at..].find('\n').map_or(text, |end| &text[at + end + 1..])
}

/// The answer, with its place when the reply holds it as it is.
fn literal(reply: &Reply, text: &str) -> Option<Answer> {
    let place = reply.text.find(text).filter(|_| !text.is_empty());
    Some(Answer { text: text.to_owned(), span: place.map(|start| (start, start + text.len())) })
}
