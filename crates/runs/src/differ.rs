//! Says in one line how two plans differ.

use evalscope_core::plan::Difference;

/// Fields named at most.
const FIELDS: usize = 5;
/// Characters shown of a value at most.
const VALUE: usize = 60;
/// Characters shown before the first one that differs.
const LEAD: usize = 12;

/// The first few fields with both values, shortened to where they differ.
pub fn sentence(differences: &[Difference]) -> String {
    let mut parts: Vec<String> = differences.iter().take(FIELDS).map(one).collect();
    if differences.len() > FIELDS {
        parts.push(format!("and {} more", differences.len() - FIELDS));
    }
    parts.join("; ")
}

fn one(difference: &Difference) -> String {
    let (recorded, wanted) = (difference.recorded.to_string(), difference.wanted.to_string());
    let same = recorded.chars().zip(wanted.chars()).take_while(|(a, b)| a == b).count();
    format!(
        "{} (recorded {}, now {})",
        difference.field,
        shortened(&recorded, same),
        shortened(&wanted, same)
    )
}

/// `text` around the character `at`.
fn shortened(text: &str, at: usize) -> String {
    let total = text.chars().count();
    if total <= VALUE {
        return text.to_owned();
    }
    let start = if at > 2 * LEAD { (at - LEAD).min(total - LEAD) } else { 0 };
    let middle: String = text.chars().skip(start).take(VALUE).collect();
    let before = if start > 0 { "…" } else { "" };
    let after = if start + VALUE < total { "…" } else { "" };
    format!("{before}{middle}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn difference(recorded: serde_json::Value, wanted: serde_json::Value) -> Difference {
        Difference { field: "f".into(), recorded, wanted }
    }

    #[test]
    fn long_values_are_shown_where_they_differ() {
        let (a, b) = (format!("{}one{}", "x".repeat(200), "y".repeat(200)), "x".repeat(200));
        let text = sentence(&[difference(json!(a), json!(b))]);
        assert_eq!(
            text,
            format!("f (recorded …{}one{}…, now …{}\")", "x".repeat(12), "y".repeat(45), "x".repeat(12))
        );
    }

    #[test]
    fn line_breaks_stay_escaped_and_many_fields_are_counted() {
        let text = sentence(&vec![difference(json!("a\nb"), json!(null)); 7]);
        assert!(text.starts_with(r#"f (recorded "a\nb", now null); "#), "{text}");
        assert!(text.ends_with("; and 2 more"), "{text}");
        assert!(!text.contains('\n'));
    }
}
