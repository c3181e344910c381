//! The one place that reads the process environment.
#![expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]

use crate::pull_progress;
use evalscope::Environment;
use evalscope::core::Secret;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// What says which graphics cards to use, where their libraries are, and how threads that compute wait for each other.
const DEVICES: [&str; 9] = [
    "CUDA_VISIBLE_DEVICES",
    "CUDA_DEVICE_ORDER",
    "GGML_VK_VISIBLE_DEVICES",
    "HIP_VISIBLE_DEVICES",
    "ROCR_VISIBLE_DEVICES",
    "HSA_OVERRIDE_GFX_VERSION",
    "LD_LIBRARY_PATH",
    "OMP_WAIT_POLICY",
    "GOMP_SPINCOUNT",
];

/// Reads folders, endpoints and tokens from the process environment.
pub fn read(offline: bool) -> Environment {
    let home = home();
    let cache = path("XDG_CACHE_HOME").unwrap_or_else(|| home.join(".cache"));
    let huggingface_home = path("HF_HOME").unwrap_or_else(|| cache.join("huggingface"));
    Environment {
        modelscope_cache: path("MODELSCOPE_CACHE").unwrap_or_else(|| cache.join("modelscope")),
        huggingface_cache: path("HF_HUB_CACHE")
            .or_else(|| path("HUGGINGFACE_HUB_CACHE"))
            .unwrap_or_else(|| huggingface_home.join("hub")),
        cache: path("EVALSCOPE_CACHE").unwrap_or_else(|| cache.join("evalscope")),
        modelscope_endpoint: modelscope_endpoint(),
        huggingface_endpoint: text("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".into()),
        modelscope_token: secret("MODELSCOPE_API_TOKEN"),
        huggingface_token: secret("HF_TOKEN").or_else(|| secret("HUGGING_FACE_HUB_TOKEN")),
        offline: offline || flag("EVALSCOPE_OFFLINE") || flag("HF_HUB_OFFLINE"),
        launcher: launcher(),
        devices: DEVICES.iter().filter_map(|name| Some(((*name).into(), std::env::var_os(name)?))).collect(),
        keys: std::env::vars_os().map(|(name, _)| name).filter(|name| is_key(name)).collect(),
        path: std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default(),
        watch: pull_progress::lines(),
        pip: path("EVALSCOPE_PIP").unwrap_or_else(|| PathBuf::from("pip")),
        api_key: secret("EVALSCOPE_API_KEY"),
        openai_api_key: secret("OPENAI_API_KEY"),
        anthropic_api_key: secret("ANTHROPIC_API_KEY"),
        gemini_api_key: secret("GEMINI_API_KEY").or_else(|| secret("GOOGLE_API_KEY")),
    }
}

/// What this user's commands remember (`XDG_STATE_HOME`, else `~/.local/state`).
pub fn state() -> PathBuf {
    path("XDG_STATE_HOME").unwrap_or_else(|| home().join(".local/state")).join("evalscope")
}

fn home() -> PathBuf {
    path("HOME").or_else(|| path("USERPROFILE")).unwrap_or_else(|| PathBuf::from("."))
}

/// This program, also when another version has taken its place in its folder since it started.
fn launcher() -> PathBuf {
    let own = PathBuf::from("/proc/self/exe");
    if own.exists() { own } else { std::env::current_exe().unwrap_or_default() }
}

fn modelscope_endpoint() -> String {
    let given = text("MODELSCOPE_ENDPOINT").or_else(|| text("MODELSCOPE_DOMAIN"));
    match given {
        Some(address) if address.contains("://") => address,
        Some(domain) => format!("https://{domain}"),
        None => "https://www.modelscope.cn".into(),
    }
}

/// The secret in the variable of this name.
pub fn secret_named(name: &str) -> Option<Secret> {
    secret(name)
}

/// The folder in which the command was started.
pub fn directory() -> Option<PathBuf> {
    std::env::current_dir().ok()
}

/// `path` from the root.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Makes `folder` the one that relative paths start from; whether that was possible.
pub fn enter(folder: &Path) -> bool {
    std::env::set_current_dir(folder).is_ok()
}

/// Whether output must not be coloured or animated, whatever the terminal can do.
pub fn plain_output() -> bool {
    text("NO_COLOR").is_some() || text("TERM").as_deref() == Some("dumb") || text("CI").is_some()
}

/// Width of the terminal as the shell gives it.
pub fn columns() -> Option<usize> {
    text("COLUMNS")?.parse().ok()
}

/// Whether a variable of this name holds the key of an endpoint, as the makers of models call theirs.
fn is_key(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.to_ascii_uppercase().ends_with("_API_KEY"))
}

fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn secret(name: &str) -> Option<Secret> {
    text(name).map(|text| Secret::new(text).from_source(name))
}

fn flag(name: &str) -> bool {
    matches!(text(name).as_deref(), Some("1" | "true" | "TRUE" | "True" | "yes" | "YES" | "on" | "ON"))
}
