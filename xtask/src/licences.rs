//! Holds every dependency to deny.toml: licences, banned crates, sources.
//! Asks cargo-deny where it is installed; elsewhere reads the same file itself, which needs no network.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde::Deserialize;
use spdx::{Expression, Licensee, ParseMode};

use crate::error::{Error, Finding, settle};
use crate::workspace::{Workspace, output, pass_through, read};

/// How cargo names the one registry that we take packages from, whichever mirror serves it.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// The part of deny.toml that we read ourselves.
#[derive(Debug, Deserialize)]
struct Rules {
    graph: Targets,
    licenses: LicenceRules,
    bans: BanRules,
}

#[derive(Debug, Deserialize)]
struct Targets {
    targets: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct LicenceRules {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

/// Licences that one crate alone may have.
#[derive(Debug, Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct BanRules {
    deny: Vec<Ban>,
}

#[derive(Debug, Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    license_file: Option<PathBuf>,
    source: Option<String>,
}

/// Checks all dependencies, for every platform that deny.toml names.
pub fn check(workspace: &Workspace) -> Result<String, Error> {
    if has_cargo_deny() {
        pass_through(Command::new("cargo").current_dir(&workspace.root).args([
            "deny",
            "--offline",
            "check",
            "licenses",
            "bans",
            "sources",
        ]))?;
        return Ok("licences: checked by cargo-deny\n".to_owned());
    }
    let rules: Rules = toml::from_str(&read(&workspace.root.join("deny.toml"))?)
        .map_err(|error| Error::form("deny.toml", &error))?;
    let packages = packages(workspace, &rules.graph.targets)?;
    let findings = rules.findings(&packages)?;
    settle(&findings, format!("licences: {} packages keep to deny.toml\n", packages.len()))
}

fn has_cargo_deny() -> bool {
    let asked = Command::new("cargo")
        .args(["deny", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.success())
}

/// Lists every package that a build for one of `targets` could use, whatever the features.
fn packages(workspace: &Workspace, targets: &[String]) -> Result<Vec<Package>, Error> {
    let mut command = Command::new("cargo");
    command.current_dir(&workspace.root).args([
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--all-features",
    ]);
    for target in targets {
        command.args(["--filter-platform", target]);
    }
    let metadata: Metadata = serde_json::from_str(&output(&mut command)?)
        .map_err(|error| Error::form("cargo metadata", &error))?;
    Ok(metadata.packages)
}

impl Rules {
    fn findings(&self, packages: &[Package]) -> Result<Vec<Finding>, Error> {
        let allowed = licensees(&self.licenses.allow)?;
        let mut findings = Vec::new();
        for package in packages {
            let place = format!("{} {}", package.name, package.version);
            let exceptions: Vec<String> = self
                .licenses
                .exceptions
                .iter()
                .filter(|exception| exception.name == package.name)
                .flat_map(|exception| exception.allow.clone())
                .collect();
            let mut allowed = allowed.clone();
            allowed.extend(licensees(&exceptions)?);
            findings.extend(licence_finding(&place, package, &allowed));
            if let Some(ban) = self.bans.deny.iter().find(|ban| ban.name == package.name) {
                let hint =
                    format!("{}; `cargo tree --invert {}` says who wants it", ban.reason, package.name);
                findings.push(Finding::new(&place, "is banned by deny.toml", hint));
            }
            if package.source.as_deref().is_some_and(|source| source != REGISTRY) {
                findings.push(Finding::new(
                    &place,
                    "comes from elsewhere than crates.io",
                    "depend on a release",
                ));
            }
        }
        Ok(findings)
    }
}

fn licensees(names: &[String]) -> Result<Vec<Licensee>, Error> {
    let parse = |name: &String| {
        Licensee::parse(name)
            .map_err(|error| Error::form("deny.toml", &format!("`{name}`: {}", error.reason)))
    };
    names.iter().map(parse).collect()
}

fn licence_finding(place: &str, package: &Package, allowed: &[Licensee]) -> Option<Finding> {
    let hint = "use another package, or allow the licence in deny.toml after reading it";
    let Some(text) = &package.license else {
        let message =
            if package.license_file.is_some() { "has a licence of its own" } else { "has no licence" };
        return Some(Finding::new(place, message, hint));
    };
    match is_allowed(text, allowed) {
        Ok(true) => None,
        Ok(false) => {
            Some(Finding::new(place, format!("has the licence `{text}`, which is not allowed"), hint))
        }
        Err(reason) => Some(Finding::new(place, format!("has the licence `{text}`: {reason}"), hint)),
    }
}

/// Tells whether the licence expression can be met with the allowed licences alone.
fn is_allowed(expression: &str, allowed: &[Licensee]) -> Result<bool, String> {
    // Lax: old packages write `MIT/Apache-2.0`.
    let expression =
        Expression::parse_mode(expression, ParseMode::LAX).map_err(|error| error.reason.to_string())?;
    Ok(expression.evaluate(|requirement| allowed.iter().any(|licensee| licensee.satisfies(requirement))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(expression: &str) -> Result<bool, String> {
        let names = ["MIT", "Apache-2.0", "ISC", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        is_allowed(expression, &licensees(&names).expect("known licences"))
    }

    #[test]
    fn one_side_of_or_is_enough_and_both_sides_of_and_are_needed() {
        assert_eq!(allows("GPL-3.0-only OR MIT"), Ok(true));
        assert_eq!(allows("Apache-2.0 AND ISC"), Ok(true));
        assert_eq!(allows("Apache-2.0 AND BUSL-1.1"), Ok(false));
        assert_eq!(allows("(MIT OR GPL-2.0-only) AND MPL-2.0"), Ok(false));
    }

    #[test]
    fn old_spellings_and_exceptions_are_read() {
        assert_eq!(allows("MIT/Apache-2.0"), Ok(true));
        assert_eq!(allows("Apache-2.0 WITH LLVM-exception"), Ok(true));
        assert_eq!(allows("MIT WITH Classpath-exception-2.0"), Ok(false));
    }

    #[test]
    fn what_is_no_licence_is_not_allowed() {
        assert!(allows("Some-Licence-Of-Mine").is_err());
    }

    fn rules() -> Rules {
        let text = r#"
            [graph]
            targets = []
            [licenses]
            allow = ["MIT"]
            exceptions = [{ crate = "special", allow = ["ISC"] }]
            [bans]
            deny = [{ crate = "openssl-sys", reason = "no system library" }]
        "#;
        toml::from_str(text).expect("valid rules")
    }

    fn package(name: &str, license: Option<&str>, source: Option<&str>) -> Package {
        Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: license.map(str::to_owned),
            license_file: None,
            source: source.map(str::to_owned),
        }
    }

    fn messages(packages: &[Package]) -> Vec<String> {
        let findings = rules().findings(packages).expect("known licences");
        findings.into_iter().map(|finding| format!("{} {}", finding.place, finding.message)).collect()
    }

    #[test]
    fn packages_that_keep_the_rules_are_fine() {
        let packages = [package("a", Some("MIT"), Some(REGISTRY)), package("special", Some("ISC"), None)];
        assert_eq!(messages(&packages), [""; 0]);
    }

    #[test]
    fn breaches_are_found() {
        let packages = [
            package("a", Some("ISC"), None),
            package("b", None, None),
            package("openssl-sys", Some("MIT"), Some(REGISTRY)),
            package("c", Some("MIT"), Some("git+https://a.example/c")),
        ];
        let expected = [
            "a 1.0.0 has the licence `ISC`, which is not allowed",
            "b 1.0.0 has no licence",
            "openssl-sys 1.0.0 is banned by deny.toml",
            "c 1.0.0 comes from elsewhere than crates.io",
        ];
        assert_eq!(messages(&packages), expected);
    }

    #[test]
    fn the_real_rules_are_valid() {
        let rules: Rules = toml::from_str(include_str!("../../deny.toml")).expect("deny.toml");
        assert!(licensees(&rules.licenses.allow).is_ok());
    }
}
