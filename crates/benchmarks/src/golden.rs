//! Golden prompts: what each protocol sends for its file's own example, as text that a reviewer can read.
//!
//! A difference in one of them is a change of scores. Line ends stand as `⏎`, spaces at the ends of lines as `␣`, so
//! that nothing invisible changes.

use crate::arguments::DatasetArgs;
use crate::error::Error;
use crate::judge_wishes::JudgeWishes;
use crate::library::Library;
use crate::protocol::Protocol;
use crate::schema::Pick;
use evalscope_core::{Completion, Effect, Generation, Input, Outcome, Sample, Step};
use indexmap::IndexMap;
use std::fmt::Write;

/// The golden prompts of every built-in benchmark, or of one: file name and text.
pub fn golden(name: Option<&str>) -> Result<Vec<(String, String)>, Error> {
    let library = Library::builtin()?;
    let names = match name {
        Some(name) => vec![library.get(name)?.name().to_owned()],
        None => library.names(),
    };
    let mut files = Vec::new();
    for name in names {
        for protocol in library.get(&name)?.protocols() {
            let protocol = library.resolve(&format!("{name}@{protocol}"), &DatasetArgs::default())?;
            let file = format!("{}.txt", protocol.name());
            let mut text = golden_page(&protocol)?;
            if protocol.section.judge.is_some() {
                judge_text(protocol, &mut text)?;
            }
            files.push((file, text));
        }
    }
    Ok(files)
}

/// What a protocol says and asks about its file's example, without what a judge is asked.
pub fn golden_page(protocol: &Protocol) -> Result<String, Error> {
    let Some(sample) = protocol.example()? else {
        return Err(Error::Argument {
            benchmark: protocol.name().to_owned(),
            message: "its file has no `example`, so it has no golden prompt".into(),
            hint: Some("add an `example:` with a made-up `row`".into()),
        });
    };
    let mut page = heading(protocol, &sample);
    if let Step::Need(effects) = protocol.step(&sample, &[])? {
        for effect in &effects {
            effect_text(effect, &mut page);
        }
    }
    Ok(page)
}

/// What a judge is asked about a reply.
fn judge_text(protocol: Protocol, page: &mut String) -> Result<(), Error> {
    let wishes = JudgeWishes { judges: vec![IndexMap::new()], min_valid_judges: 1, ..JudgeWishes::default() };
    let protocol = protocol.judged(Some(&wishes))?;
    let Some(sample) = protocol.example()? else { return Ok(()) };
    let completions = vec![Completion { text: "⟦reply⟧".into(), ..Completion::default() }];
    let reply = Outcome::Generation(Generation { completions, ..Generation::default() });
    let metrics: Vec<&str> = protocol.metrics().collect();
    let _ = writeln!(page, "# judged; metrics: {}", metrics.join(", "));
    let mut replies = vec![reply.clone()];
    if protocol.parts.follow_up.is_some() {
        if let Step::Need(effects) = protocol.step(&sample, &replies)? {
            effects.iter().for_each(|effect| effect_text(effect, page));
        }
        replies.push(reply);
    }
    if let Step::Need(effects) = protocol.step(&sample, &replies)? {
        effects.iter().for_each(|effect| effect_text(effect, page));
    }
    Ok(())
}

fn heading(protocol: &Protocol, sample: &Sample) -> String {
    let metrics: Vec<&str> = protocol.metrics().collect();
    let mut page = format!("# {}, subset {}\n", protocol.name(), sample.subset);
    let shots = protocol.shot_count();
    if shots > 0 {
        let _ = match protocol.pick() {
            // Not ours to ship: their name stands in the prompt, once for all of them.
            Pick::Asset(_) => writeln!(page, "# {shots} examples, fetched"),
            Pick::First | Pick::Random | Pick::Shuffled | Pick::PerSample(_) => {
                let shown = (sample.shots.len() / protocol.texts_per_shot()).min(shots as usize);
                writeln!(page, "# {shown} of {shots} examples shown")
            }
        };
    }
    let _ = writeln!(page, "# targets: {}; metrics: {}", sample.targets.join(" | "), metrics.join(", "));
    let sampling = serde_json::to_string(protocol.sampling()).unwrap_or_default();
    if sampling != "{}" {
        let _ = writeln!(page, "# sampling: {sampling}");
    }
    page
}

fn effect_text(effect: &Effect, page: &mut String) {
    match effect {
        Effect::Generate(request) => match &request.input {
            Input::Text(text) => part("text", text, page),
            Input::Chat(messages) => {
                for message in messages {
                    part(&format!("{:?}", message.role).to_lowercase(), &message.text(), page);
                }
            }
        },
        Effect::Loglikelihood(request) => {
            for segment in &request.prefix {
                part("prefix", segment, page);
            }
            for continuation in &request.continuations {
                part("continuation", continuation, page);
            }
        }
        Effect::Execute(request) => part("program", &request.program, page),
    }
}

fn part(title: &str, text: &str, page: &mut String) {
    let _ = writeln!(page, "── {title}");
    let mut lines = text.split('\n').peekable();
    while let Some(line) = lines.next() {
        let end = if lines.peek().is_some() { "⏎" } else { "" };
        let _ = writeln!(page, "{}{end}", visible(line));
    }
}

/// A line with the spaces at its ends made visible.
fn visible(line: &str) -> String {
    let inner = line.trim_matches(' ');
    if inner.is_empty() {
        return "␣".repeat(line.len());
    }
    let before = line.len() - line.trim_start_matches(' ').len();
    let after = line.len() - line.trim_end_matches(' ').len();
    format!("{}{inner}{}", "␣".repeat(before), "␣".repeat(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_shown() {
        let mut page = String::new();
        part("user", " a b \n\nc\n", &mut page);
        assert_eq!(page, "── user\n␣a b␣⏎\n⏎\nc⏎\n\n");
    }

    /// The golden prompts in the repository are those that the benchmarks render.
    #[test]
    fn golden_prompts_are_current() {
        let folder = format!("{}/../../benchmarks/golden", env!("CARGO_MANIFEST_DIR"));
        for (file, text) in golden(None).unwrap() {
            let path = format!("{folder}/{file}");
            let committed = std::fs::read_to_string(&path)
                .unwrap_or_else(|_| panic!("{file} is missing: run `cargo xtask golden`"));
            assert_eq!(committed, text, "{file} differs: run `cargo xtask golden` and read the difference");
        }
    }
}
