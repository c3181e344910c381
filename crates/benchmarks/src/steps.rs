//! What can be said of the steps from a reply to its answer before there is a reply.

use crate::expressions::Expressions;
use crate::schema::{ExtractStep, ExtractWith};
use minijinja::Value as Jinja;

/// Extractors that find the letter of one option.
const ONE_LETTER: [&str; 7] = [
    "answer_letter",
    "answer_letter_zh",
    "first_option",
    "first_option_0_5",
    "first_capital",
    "option_or_text",
    "nearest_option",
];
/// The steps, with the branch that the options choose in the place of every condition that asks for nothing else.
pub(crate) fn decided(
    steps: &[ExtractStep],
    option_context: &Jinja,
    expressions: &mut Expressions,
) -> Result<Vec<ExtractStep>, String> {
    let mut kept = Vec::new();
    for step in steps {
        let ExtractStep::With(with) = step else {
            kept.push(step.clone());
            continue;
        };
        let Some(condition) = &with.condition else {
            kept.push(step.clone());
            continue;
        };
        let handle = expressions.add(condition)?;
        if expressions.asks_only(handle, "option") {
            let is_true = expressions.eval(handle, option_context)?.is_true();
            let branch = if is_true { &with.then } else { &with.otherwise };
            kept.extend(decided(branch, option_context, expressions)?);
        } else {
            kept.push(ExtractStep::With(Box::new(ExtractWith {
                then: decided(&with.then, option_context, expressions)?,
                otherwise: decided(&with.otherwise, option_context, expressions)?,
                ..(**with).clone()
            })));
        }
    }
    Ok(kept)
}

/// Whether one of the steps, on whatever way through them, is the extractor of this name.
pub(crate) fn names(steps: &[ExtractStep], name: &str) -> bool {
    steps.iter().any(|step| match step {
        ExtractStep::Named(known) => known == name,
        ExtractStep::With(with) => names(&with.then, name) || names(&with.otherwise, name),
    })
}

/// Whether all ways through the steps end in an extractor of one option's letter.
pub(crate) fn finds_one_letter(steps: &[ExtractStep]) -> bool {
    steps.iter().any(|step| match step {
        ExtractStep::Named(name) => ONE_LETTER.contains(&name.as_str()),
        ExtractStep::With(with) => finds_one_letter(&with.then) && finds_one_letter(&with.otherwise),
    })
}

/// Whether all ways through the steps end in an extractor of option letters.
pub(crate) fn names_letters(steps: &[ExtractStep]) -> bool {
    steps.iter().any(|step| match step {
        ExtractStep::Named(name) => name.starts_with("answer_letter"),
        ExtractStep::With(with) => names_letters(&with.then) && names_letters(&with.otherwise),
    })
}
