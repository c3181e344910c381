//! Keeps what a model thought apart from what it answered.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Splits `<think>…</think>` off the start of a reply: the reasoning, and the answer after it.
///
/// A block that is not closed is all reasoning: the reply was cut before an answer began. One that is closed and was
/// not opened was opened by the chat template, at the end of the prompt (DeepSeek-R1, QwQ). Elsewhere in the reply the
/// tags are text like any other.
pub fn split(text: String) -> (Option<String>, String) {
    let halves = match text.trim_start().strip_prefix(OPEN) {
        Some(rest) => Some(rest.split_once(CLOSE).unwrap_or((rest, ""))),
        None => text.split_once(CLOSE).filter(|(before, _)| !before.contains(OPEN)),
    };
    let Some((reasoning, answer)) = halves else { return (None, text) };
    let reasoning = reasoning.trim();
    ((!reasoning.is_empty()).then(|| reasoning.to_owned()), answer.trim_start().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinking_is_split_off_the_start_only() {
        let cases = [
            ("B", None, "B"),
            ("  B ", None, "  B "),
            ("<think>a\nb</think>\n\nB", Some("a\nb"), "B"),
            ("\n<think>\n\n</think>\n\nB", None, "B"),
            ("<think>a", Some("a"), ""),
            ("B <think>a</think>", None, "B <think>a</think>"),
            ("a\nb\n</think>\n\nB", Some("a\nb"), "B"),
            ("\n</think>\n\nB", None, "B"),
            ("a</think>", Some("a"), ""),
            ("a</think>B <think>c</think>", Some("a"), "B <think>c</think>"),
            ("<think>a</think>B</think>C", Some("a"), "B</think>C"),
        ];
        for (text, reasoning, answer) in cases {
            let expected = (reasoning.map(str::to_owned), answer.to_owned());
            assert_eq!(split(String::from(text)), expected, "{text}");
        }
    }
}
