//! `evalscope doctor`: what this machine supports.

use crate::environment;
use crate::output;
use evalscope::{LanguageCheck, SandboxCheck};
use std::process::ExitCode;

/// Exit code when programs cannot be run.
const CANNOT: u8 = 1;

pub fn run(json: bool) -> ExitCode {
    let doctor = evalscope::doctor(&environment::read(false));
    if json {
        output::json(&doctor);
    } else {
        let mut lines = vec![format!("platform   {}", doctor.platform)];
        lines.extend(doctor.sandboxes.iter().flat_map(sandbox));
        lines.extend(doctor.languages.iter().map(language));
        output::result(&output::printable(&lines.join("\n")));
    }
    match doctor.sandboxes.first() {
        Some(strongest) if strongest.protection.is_some() => ExitCode::SUCCESS,
        _ => ExitCode::from(CANNOT),
    }
}

fn sandbox(check: &SandboxCheck) -> Vec<String> {
    let name = check.isolation.word();
    match &check.protection {
        Some(protection) => {
            let proc = if protection.has_proc { "a /proc of its own" } else { "no /proc" };
            vec![format!("sandbox    {name}: yes (Landlock {}, {proc})", protection.landlock)]
        }
        None => {
            let mut lines =
                vec![format!("sandbox    {name}: no: {}", check.error.as_deref().unwrap_or("unknown"))];
            lines.extend(check.hint.as_ref().map(|hint| format!("           {hint}")));
            lines
        }
    }
}

fn language(check: &LanguageCheck) -> String {
    match &check.toolchain {
        Some(toolchain) => {
            format!("language   {}: {} ({})", check.title, toolchain.version, toolchain.program.display())
        }
        None => format!("language   {}: no {}", check.title, check.tools.join(" or ")),
    }
}
