//! Long texts and images of a sample, which stand apart from its messages and are put back for reading.

use serde_json::{Map, Value};

/// Begins a text that stands among the sample's attachments.
const ATTACHMENT: &str = "attachment://";
/// Bytes that are put back into one sample at most: a few words name an attachment, as often as a file likes.
const MAX_PUT_BACK: usize = 64 << 20;

/// Puts texts and images in their places.
pub fn put_back(sample: &mut Value) -> Result<(), String> {
    let Some(Value::Object(attachments)) = sample.get_mut("attachments").map(Value::take) else {
        return Ok(());
    };
    let mut places = Places { attachments, left: MAX_PUT_BACK };
    ["messages", "output"].into_iter().filter_map(|field| Some(places.fill(sample.get_mut(field)?))).collect()
}

struct Places {
    attachments: Map<String, Value>,
    /// Bytes that may still be put back.
    left: usize,
}

impl Places {
    fn fill(&mut self, value: &mut Value) -> Result<(), String> {
        match value {
            Value::String(text) => {
                let key = text.strip_prefix(ATTACHMENT);
                if let Some(found) = key.and_then(|key| self.attachments.get(key)?.as_str()) {
                    let left = self.left.checked_sub(found.len());
                    self.left = left.ok_or_else(|| {
                        format!("its attachments come to more than {MAX_PUT_BACK} bytes where they belong")
                    })?;
                    found.clone_into(text);
                }
                Ok(())
            }
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.fill(item)),
            Value::Object(fields) => fields.values_mut().try_for_each(|field| self.fill(field)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_come_back_where_they_belong() {
        let mut sample = json!({"attachments": {"a": "long", "b": {"no": "text"}}, "input": "attachment://a",
            "messages": [{"content": "attachment://a"}, {"content": [{"image": "attachment://b"}, "attachment://c"]}],
            "output": {"completion": "attachment://a"}});
        put_back(&mut sample).unwrap();
        assert_eq!(
            (&sample["messages"][0]["content"], &sample["output"]["completion"]),
            (&json!("long"), &json!("long"))
        );
        assert_eq!(sample["messages"][1]["content"], json!([{"image": "attachment://b"}, "attachment://c"]));
        assert_eq!(sample["input"], "attachment://a");
    }
}
