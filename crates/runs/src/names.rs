//! Names of files, made of names that come from outside: models, benchmarks, subsets.

use evalscope_core::{Plan, digest};
use indexmap::IndexMap;
use std::collections::{HashMap, HashSet};

/// Bytes of a name at most; file systems allow 255 and endings are added.
const MAX_BYTES: usize = 120;
/// Digits of the digest that tells names apart.
const DIGEST_DIGITS: usize = 8;

/// Which file belongs to what. Follows from the plan alone, so that it is the same after a resume.
#[derive(Debug)]
pub struct FileNames {
    models: IndexMap<String, String>,
    benchmarks: IndexMap<String, String>,
    subsets: IndexMap<(String, String), String>,
}

impl FileNames {
    /// The names of a plan's files.
    pub fn of(plan: &Plan) -> FileNames {
        let models = plan.models.iter().map(|model| (model.id.clone(), model.id.clone()));
        let benchmarks: Vec<(String, String)> = plan
            .benchmarks
            .iter()
            .map(|benchmark| (benchmark.name.clone(), short(plan, &benchmark.name)))
            .collect();
        let subsets = plan.benchmarks.iter().zip(&benchmarks).flat_map(|(benchmark, (name, short))| {
            benchmark
                .subsets
                .keys()
                .map(move |subset| ((name.clone(), subset.clone()), format!("{short}_{subset}")))
        });
        FileNames {
            models: distinct(models.collect()),
            subsets: distinct(subsets.collect()),
            benchmarks: distinct(benchmarks.clone()),
        }
    }

    /// The folder of a model.
    pub fn model(&self, model: &str) -> Option<&str> {
        self.models.get(model).map(String::as_str)
    }

    /// The file of a benchmark, without ending.
    pub fn benchmark(&self, benchmark: &str) -> Option<&str> {
        self.benchmarks.get(benchmark).map(String::as_str)
    }

    /// The file of a subset, without ending.
    pub fn subset(&self, benchmark: &str, subset: &str) -> Option<&str> {
        self.subsets.get(&(benchmark.to_owned(), subset.to_owned())).map(String::as_str)
    }
}

/// The benchmark's name without protocol, when the plan has it in one protocol only.
fn short(plan: &Plan, name: &str) -> String {
    let bare = |name: &str| name.split('@').next().unwrap_or(name).to_owned();
    let same = plan.benchmarks.iter().filter(|benchmark| bare(&benchmark.name) == bare(name)).count();
    if same == 1 { bare(name) } else { name.to_owned() }
}

/// A safe file name for each key; names that could be taken for each other get a digest.
fn distinct<K: std::hash::Hash + Eq + serde::Serialize>(wanted: Vec<(K, String)>) -> IndexMap<K, String> {
    let mut count: HashMap<String, u32> = HashMap::new();
    let mut seen = HashSet::new();
    let wanted: Vec<(K, String)> = wanted
        .into_iter()
        .filter(|(key, _)| seen.insert(digest(key)))
        .map(|(key, name)| {
            let safe = safe(&name);
            // Some file systems take upper and lower case for the same.
            *count.entry(safe.to_lowercase()).or_default() += 1;
            (key, safe)
        })
        .collect();
    wanted
        .into_iter()
        .map(|(key, safe)| {
            let alone = count.get(&safe.to_lowercase()).is_none_or(|count| *count == 1);
            let name = if alone { safe } else { format!("{safe}-{}", &digest(&key)[..DIGEST_DIGITS]) };
            (key, name)
        })
        .collect()
}

/// `name` as one component of a path. `/` becomes `_`; any other change leaves a digest, so that different
/// names stay different.
fn safe(name: &str) -> String {
    let flat = name.replace('/', "_");
    let mut safe: String = flat.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let mut end = safe.len().min(MAX_BYTES);
    while !safe.is_char_boundary(end) {
        end -= 1;
    }
    safe.truncate(end);
    let trimmed = safe.trim_start_matches('.').trim_matches(' ').trim_end_matches('.');
    if trimmed == flat && !is_reserved(trimmed) {
        return flat;
    }
    format!("{trimmed}-{}", &digest(&name)[..DIGEST_DIGITS])
}

fn is_plain(c: char) -> bool {
    !c.is_control() && !matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|') && !is_direction(c)
}

/// Marks with which a name could be shown in another order than it is written.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Whether Windows takes the name for a device, or it is no name at all.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let numbered = |device: &str| {
        stem.strip_prefix(device)
            .is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    name.is_empty()
        || matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || numbered("com")
        || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_core::{PlannedBenchmark, PlannedModel, Sampling};
    use proptest::prelude::*;

    fn plan(models: &[&str], benchmarks: &[(&str, &[&str])]) -> Plan {
        Plan {
            version: 1,
            models: models
                .iter()
                .map(|id| PlannedModel {
                    id: (*id).to_owned(),
                    identity: IndexMap::new(),
                    sampling: Sampling::default(),
                })
                .collect(),
            benchmarks: benchmarks
                .iter()
                .map(|(name, subsets)| PlannedBenchmark {
                    name: (*name).to_owned(),
                    subsets: subsets.iter().map(|subset| ((*subset).to_owned(), 1)).collect(),
                    missing: Vec::new(),
                    asking: serde_json::Value::Null,
                    scoring: serde_json::Value::Null,
                    departures: IndexMap::new(),
                })
                .collect(),
            collections: Vec::new(),
            seed: 0,
            repeats: 1,
            limit: None,
        }
    }

    #[test]
    fn usual_names_are_those_of_evalscope() {
        let names = FileNames::of(&plan(&["org/m-1.5"], &[("arc@evalscope-1.14", &["ARC-Easy"])]));
        assert_eq!(names.model("org/m-1.5"), Some("org_m-1.5"));
        assert_eq!(names.benchmark("arc@evalscope-1.14"), Some("arc"));
        assert_eq!(names.subset("arc@evalscope-1.14", "ARC-Easy"), Some("arc_ARC-Easy"));
        assert_eq!(names.subset("arc@evalscope-1.14", "other"), None);
    }

    #[test]
    fn two_protocols_of_one_benchmark_keep_their_names() {
        let names = FileNames::of(&plan(&["m"], &[("arc@a", &["x"]), ("arc@b", &["x"])]));
        assert_eq!(names.subset("arc@a", "x"), Some("arc@a_x"));
        assert_eq!(names.subset("arc@b", "x"), Some("arc@b_x"));
    }

    #[test]
    fn colliding_names_get_a_digest() {
        let names =
            FileNames::of(&plan(&["a/b", "a_b", "A_B"], &[("q@p", &["r_x"]), ("q_r@p", &["x", "X"])]));
        let models: HashSet<_> = names.models.values().map(|name| name.to_lowercase()).collect();
        let subsets: HashSet<_> = names.subsets.values().map(|name| name.to_lowercase()).collect();
        assert_eq!((models.len(), subsets.len()), (3, 3), "{names:?}");
    }

    #[test]
    fn hostile_names_stay_one_component() {
        for name in [
            "..",
            ".",
            "",
            "../../etc/passwd",
            "/etc/passwd",
            "a\0b",
            "con",
            "NUL.txt",
            "C:\\x",
            &"é".repeat(500),
        ] {
            let safe = safe(name);
            assert!(!safe.contains(['/', '\\', '\0']) && !safe.starts_with('.'), "{name:?} became {safe:?}");
            assert!(!safe.is_empty() && safe.len() < 140, "{name:?} became {safe:?}");
        }
        assert_ne!(safe("a?b"), safe("a*b"));
    }

    proptest! {
        #[test]
        fn different_models_have_different_folders(ids in proptest::collection::hash_set("[aA/_.?\u{e9}]{0,6}", 1..20)) {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let names = FileNames::of(&plan(&ids, &[]));
            let folders: HashSet<_> = names.models.values().map(|name| name.to_lowercase()).collect();
            prop_assert_eq!(folders.len(), ids.len());
        }
    }
}
