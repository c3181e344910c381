//! What a summary says of a benchmark is on the pages too. That each word there is in both languages, TypeScript checks.

use serde_json::Value;
use std::collections::HashSet;
use std::fs::{read_dir, read_to_string};
use std::path::Path;

/// Fields that are shown by another: the intervals hold what judges can shift.
const SHOWN_OTHERWISE: [&str; 1] = ["judge_shift"];

/// The scripts of the pages, but for the one that only declares what the API says.
fn scripts(folder: &Path) -> String {
    let mut text = String::new();
    for entry in read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &scripts(&path);
        } else if !path.ends_with("lib/api.ts") && path.extension().is_some_and(|end| end != "css") {
            text += &read_to_string(&path).unwrap();
        }
    }
    text
}

fn is_of_name(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

/// The names in a script.
fn names(script: &str) -> HashSet<&str> {
    script.split(|sign| !is_of_name(sign)).collect()
}

/// The names behind dots: fields that are read. A word of the pages may be called as a field that is not.
fn fields(script: &str) -> HashSet<&str> {
    script.split('.').skip(1).filter_map(|rest| rest.split(|sign| !is_of_name(sign)).next()).collect()
}

#[test]
fn the_pages_show_what_a_summary_says_of_a_benchmark() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let schema = read_to_string(root.join("schemas/summary.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let (declared, shown) =
        (read_to_string(root.join("web/src/lib/api.ts")).unwrap(), scripts(&root.join("web/src")));
    let (declared, shown) = (names(&declared), fields(&shown));
    for of in ["BenchmarkSummary", "Health", "AuditSummary"] {
        let properties = schema["$defs"][of]["properties"].as_object().unwrap();
        for field in properties.keys().filter(|field| !SHOWN_OTHERWISE.contains(&field.as_str())) {
            assert!(declared.contains(field.as_str()), "web/src/lib/api.ts does not know `{field}` of {of}");
            assert!(shown.contains(field.as_str()), "no page shows `{field}` of {of}");
        }
    }
}
