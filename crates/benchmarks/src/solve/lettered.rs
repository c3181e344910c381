//! What a multiple-choice question is asked with in another mode than its protocol's: the protocol's prompt with all options
//! in it, made such that a letter is what comes next.

use super::generate;
use crate::departure::{ANSWER, Departure};
use crate::error::Error;
use crate::protocol::Protocol;
use crate::schema::Over;
use evalscope_core::{Content, Effect, Input, Message, Part, Role, Sample};

/// Ends of prompts that a letter goes on from.
const CUES: [&str; 5] = [ANSWER, "答：", "答案：", "答案:", "答:"];

/// The prompt, and what is put after it.
pub(super) fn input(protocol: &Protocol, departure: Departure, sample: &Sample) -> Result<Input, Error> {
    let mut input = with_all_options(protocol, departure, sample)?;
    let Some(addition) = departure.after_prompt else { return Ok(input) };
    match &mut input {
        Input::Chat(messages) if departure.speaks() => {
            if let Some(said) = messages.iter_mut().rfind(|message| message.role == Role::User) {
                append(said, addition);
            }
        }
        other => *other = Input::Text(begun(text(other), addition)),
    }
    Ok(input)
}

/// The prompt with all options in it.
fn with_all_options(protocol: &Protocol, departure: Departure, sample: &Sample) -> Result<Input, Error> {
    let Some(section) = protocol.loglikelihood() else {
        return match generate::request(protocol, sample)? {
            Effect::Generate(request) => Ok(request.input),
            _ => Ok(Input::Text(String::new())),
        };
    };
    let rendered = || -> Result<String, Error> {
        let context = protocol.full_context(sample)?;
        protocol.render("prompt", protocol.parts.prompt, &context)
    };
    let prompt = match (section.over, section.prompt_per_choice) {
        (Over::Letters, _) => rendered()?,
        (Over::Choices, false) => with_options(&rendered()?, sample),
        (Over::Choices, true) => with_options(&sample.question, sample),
    };
    Ok(match departure.is_chat {
        true => Input::Chat(vec![Message::user(prompt)]),
        false => Input::Text(prompt),
    })
}

/// A prompt that shows no options, with them after it.
fn with_options(prompt: &str, sample: &Sample) -> String {
    let prompt = prompt.trim_end();
    let prompt = prompt.strip_suffix(ANSWER).unwrap_or(prompt).trim_end();
    let option = |(place, text): (usize, &String)| format!("{}. {text}", crate::template::letter(place));
    let options: Vec<String> = sample.choices.iter().enumerate().map(option).collect();
    format!("{prompt}\n{}\n{ANSWER}", options.join("\n"))
}

/// All that is said, as one text.
pub(super) fn text(input: &Input) -> String {
    match input {
        Input::Text(text) => text.clone(),
        Input::Chat(messages) => {
            messages.iter().map(|message| message.text().into_owned()).collect::<Vec<_>>().join("\n\n")
        }
    }
}

/// The text with the words before the letter at its end, unless the protocol's own stand there.
fn begun(text: String, words: &str) -> String {
    let has_cue = words == ANSWER && CUES.iter().any(|cue| text.trim_end().ends_with(cue));
    if has_cue { text } else { format!("{text}\n\n{words}") }
}

fn append(message: &mut Message, line: &str) {
    match &mut message.content {
        Content::Text(text) => *text = format!("{}\n\n{line}", text.trim_end()),
        Content::Parts(parts) => parts.push(Part::Text { text: format!("\n\n{line}") }),
    }
}
