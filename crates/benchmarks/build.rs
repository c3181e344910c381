//! Embeds the benchmark files: lists `benchmarks/*.yaml` and the data of our own benchmarks as Rust constants.
#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script its folders through the environment"
)]

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let folder = manifest.join("../../benchmarks");
    let mut code = String::new();
    list(&mut code, "BENCHMARK_FILES", &folder, "yaml", "");
    list(&mut code, "DATA_FILES", &folder.join("starter"), "jsonl", "starter/");
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed={}", folder.join("starter").display());
    let out = std::env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    if let Err(error) = std::fs::write(out.join("files.rs"), code) {
        println!("cargo::error=the list of benchmark files cannot be written: {error}");
    }
}

fn list(code: &mut String, constant: &str, folder: &Path, extension: &str, prefix: &str) {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == extension))
        .collect();
    files.sort();
    let _ = writeln!(code, "pub(crate) const {constant}: &[(&str, &str)] = &[");
    for path in files {
        println!("cargo::rerun-if-changed={}", path.display());
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let _ = writeln!(
            code,
            "    ({:?}, include_str!({:?})),",
            format!("{prefix}{name}"),
            path.display().to_string()
        );
    }
    let _ = writeln!(code, "];");
}
