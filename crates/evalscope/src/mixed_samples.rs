//! The JSONL that EvalScope's samplers of collections write: a mix whose samples are chosen already.
//!
//! What is asked is made anew from the data sets, by our protocols; the file says which samples, and by its texts whether
//! the data sets are the same ones.

use crate::argument::ArgumentError;
use crate::collection_file::{CollectionEntry, CollectionFile, Mark, Sampler};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

/// The benchmark's name in EvalScope, and the mix's in reports.
pub(crate) const NAME: &str = "data_collection";

/// A sample, as EvalScope's `DatasetEntry` has it.
#[derive(Deserialize)]
struct Line {
    prompt: Prompt,
    dataset_name: String,
    subset_name: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    task_type: String,
    #[serde(default)]
    weight: f64,
}

#[derive(Deserialize)]
struct Prompt {
    /// Its position in its subset.
    id: Option<u64>,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    target: Value,
}

/// Whether a text is such a file.
pub(crate) fn is_such(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    serde_json::from_str::<Value>(first)
        .is_ok_and(|line| line.get("dataset_name").is_some() && line.get("prompt").is_some())
}

/// Reads such a file. A benchmark's weight is that of its samples together.
pub(crate) fn parse(shown: &str, text: &str) -> Result<CollectionFile, ArgumentError> {
    let mut entries: IndexMap<String, CollectionEntry> = IndexMap::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |message: String| {
            ArgumentError::new(format!("--collection: {shown}: line {}: {message}", number + 1))
        };
        let line: Line = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        let name = line.dataset_name.clone();
        let entry = entries.entry(name.clone()).or_insert_with(|| CollectionEntry {
            weight: 0.0,
            task_type: Some(line.task_type.clone()),
            tags: line.tags.clone(),
            samples: Some(IndexMap::new()),
            ..CollectionEntry::named(name.clone())
        });
        if entry.task_type.as_ref() != Some(&line.task_type) || entry.tags != line.tags {
            return Err(wrong(format!("`{name}` has another task type or other tags before")));
        }
        let index = line.prompt.id.ok_or_else(|| wrong("`prompt` has no `id`".into()))?;
        entry.weight += line.weight;
        entry.samples.get_or_insert_default().entry(line.subset_name.clone()).or_default().push(index);
        let mut prompt = String::new();
        texts(&line.prompt.input, &mut prompt);
        let mut target = String::new();
        texts(&line.prompt.target, &mut target);
        entry.marks.push(Mark { subset: line.subset_name, index, prompt, target });
    }
    let mut datasets: Vec<CollectionEntry> = entries.into_values().collect();
    if datasets.iter().all(|entry| entry.weight == 0.0) {
        // Without weights every sample counts alike.
        for entry in &mut datasets {
            entry.weight = entry.marks.len() as f64;
        }
    }
    let sampler = Sampler::default();
    Ok(CollectionFile { name: NAME.into(), samples: None, sampler, datasets, weight: None })
}

/// All texts in a value, one after the other.
fn texts(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => out.push_str(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, out)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, out)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // In the form of EvalScope 1.14.1's `WeightedSampler`, with rows made up.
    const LINES: &str = r#"
{"index": 0, "prompt": {"input": [{"role": "user", "content": "Two and two?"}], "target": "4", "id": 7}, "tags": ["en"], "categories": ["mix"], "task_type": "math", "weight": 0.125, "dataset_name": "gsm8k", "subset_name": "main"}
{"index": 1, "prompt": {"input": "One and two?", "target": "3", "id": 2}, "tags": ["en"], "categories": ["mix"], "task_type": "math", "weight": 0.125, "dataset_name": "gsm8k", "subset_name": "main"}
{"index": 2, "prompt": {"input": "Which?", "choices": ["a", "b"], "target": ["B"], "id": 0}, "weight": 0.75, "dataset_name": "arc", "subset_name": "ARC-Easy"}
"#;

    #[test]
    fn samples_become_a_mix() {
        assert!(is_such(LINES) && !is_such("name: mix") && !is_such("{\"name\": \"mix\"}"));
        let file = parse("mixed.jsonl", LINES).unwrap();
        let seen: Vec<_> = file.datasets.iter().map(|entry| (entry.name.as_str(), entry.weight)).collect();
        assert_eq!(seen, [("gsm8k", 0.25), ("arc", 0.75)]);
        assert_eq!(file.datasets[0].samples.as_ref().unwrap()["main"], [7, 2]);
        assert_eq!(file.datasets[0].marks[0].prompt, "userTwo and two?");
        assert_eq!(file.datasets[1].marks[0].target, "B");
    }

    #[test]
    fn slips_are_named_with_their_line() {
        for (from, to, says) in
            [("\"id\": 7", "\"no\": 7", "line 2: `prompt` has no `id`"), ("[\"en\"]", "[]", "line 3")]
        {
            let error = parse("mixed.jsonl", &LINES.replacen(from, to, 1)).unwrap_err();
            assert!(error.message.contains(says), "{}", error.message);
        }
    }
}
