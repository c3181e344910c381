//! A reply, and the answer that is found in it.

/// A reply, and what is known of the question.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    /// What the model wrote.
    pub text: &'a str,
    /// Labels of the options, for multiple choice.
    pub labels: &'a [String],
    /// Texts of the options.
    pub choices: &'a [String],
    /// How many targets there are, for rows that hold several questions.
    pub targets: usize,
}

/// An answer found in a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The answer.
    pub text: String,
    /// Its byte range in the reply, when it stands there literally.
    pub span: Option<(usize, usize)>,
}

impl Answer {
    pub(crate) fn at(text: &str, start: usize, end: usize) -> Answer {
        Answer { text: text[start..end].to_owned(), span: Some((start, end)) }
    }

    pub(crate) fn made(text: impl Into<String>) -> Answer {
        Answer { text: text.into(), span: None }
    }
}
