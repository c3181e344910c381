//! What was found, where, and by which rule.

use std::fmt;
use std::ops::Range;

/// An answer that was found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The answer: what stands there, several answers joined by commas.
    pub text: String,
    /// Where it stands, in bytes of the text; several when it was joined. Made answers have none.
    pub spans: Vec<Range<usize>>,
    /// What led to it.
    pub rule: Rule,
}

impl Found {
    /// An answer that stands in the text as it is.
    pub(crate) fn at(text: &str, span: Range<usize>, rule: Rule) -> Found {
        Found { text: text[span.clone()].to_owned(), spans: vec![span], rule }
    }

    /// An answer that was made of what the text says.
    pub(crate) fn made(text: String, rule: Rule) -> Found {
        Found { text, spans: Vec::new(), rule }
    }

    /// Returns the only span, when the answer stands there literally.
    pub fn literal_span(&self, text: &str) -> Option<Range<usize>> {
        let [span] = self.spans.as_slice() else { return None };
        (text.get(span.clone()) == Some(self.text.as_str())).then(|| span.clone())
    }
}

/// What led to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// `\boxed{…}` or `\fbox{…}`.
    Boxed,
    /// What stands between `<answer>` and `</answer>`.
    Tagged,
    /// What follows `####`.
    Hashes,
    /// What follows `final answer … is`.
    FinalAnswer,
    /// What follows `answer:`, or right after `answer is`, `答案是` or `答案：`.
    AnswerColon,
    /// What stands within 50 characters after `answer`.
    AnswerWord,
    /// The formula, expression or number that ends last.
    Last,
    /// A number right after a Chinese character or a currency sign.
    LooseNumber,
    /// A pattern of the program whose mode it is.
    Pattern,
}

impl Rule {
    /// Returns its name, as it stands in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Boxed => "boxed",
            Rule::Tagged => "tagged",
            Rule::Hashes => "hashes",
            Rule::FinalAnswer => "final_answer",
            Rule::AnswerColon => "answer_colon",
            Rule::AnswerWord => "answer_word",
            Rule::Last => "last",
            Rule::LooseNumber => "loose_number",
            Rule::Pattern => "pattern",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(self.name())
    }
}
