//! Sees to it that every benchmark file has golden prompts, and every golden prompt its benchmark.

use crate::error::{Error, Finding};
use crate::golden::FOLDER;
use crate::workspace::Workspace;

/// Finds benchmarks without golden prompts, and golden prompts without a benchmark.
pub fn check(workspace: &Workspace) -> Result<Vec<Finding>, Error> {
    Ok(compare(&workspace.files))
}

fn compare(files: &[String]) -> Vec<Finding> {
    let benchmarks: Vec<(&String, &str)> =
        files.iter().filter_map(|file| Some((file, benchmark_name(file)?))).collect();
    let golden: Vec<(&String, &str)> =
        files.iter().filter_map(|file| Some((file, golden_name(file)?))).collect();
    let mut findings = Vec::new();
    for (file, name) in &benchmarks {
        if !golden.iter().any(|(_, golden)| golden == name) {
            let hint = format!("run `cargo xtask golden {name}` and read what it writes");
            findings.push(Finding::new(*file, "has no golden prompt", hint));
        }
    }
    for (file, name) in &golden {
        if !benchmarks.iter().any(|(_, benchmark)| benchmark == name) {
            findings.push(Finding::new(*file, format!("there is no benchmark `{name}`"), "remove the file"));
        }
    }
    findings
}

/// Returns the name of the benchmark that a file defines; files with `_` hold what benchmarks share.
fn benchmark_name(file: &str) -> Option<&str> {
    let name = file.strip_prefix("benchmarks/")?.strip_suffix(".yaml")?;
    (!name.contains('/') && !name.starts_with('_')).then_some(name)
}

/// Returns the benchmark that a golden prompt belongs to: `gsm8k` for `gsm8k@evalscope-1.14.txt`.
fn golden_name(file: &str) -> Option<&str> {
    let name = file.strip_prefix(FOLDER)?.strip_prefix('/')?.strip_suffix(".txt")?;
    Some(name.split_once('@').map_or(name, |(benchmark, _)| benchmark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[&str]) -> Vec<String> {
        let files: Vec<String> = files.iter().map(|file| file.to_string()).collect();
        compare(&files).into_iter().map(|finding| format!("{}: {}", finding.place, finding.message)).collect()
    }

    #[test]
    fn a_benchmark_and_its_golden_prompts_belong_together() {
        let files =
            ["benchmarks/_layouts.yaml", "benchmarks/arc.yaml", "benchmarks/golden/arc@evalscope-1.14.txt"];
        assert_eq!(found(&files), [""; 0]);
    }

    #[test]
    fn either_without_the_other_is_found() {
        let files = ["benchmarks/arc.yaml", "benchmarks/golden/gone@a.txt"];
        let expected = [
            "benchmarks/arc.yaml: has no golden prompt",
            "benchmarks/golden/gone@a.txt: there is no benchmark `gone`",
        ];
        assert_eq!(found(&files), expected);
    }
}
