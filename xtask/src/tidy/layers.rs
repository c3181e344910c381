//! Holds every crate to `layers.toml`: who may use whom, and how many packages there may be.

use std::collections::BTreeMap;

use crate::error::{Error, Finding};
use crate::workspace::{Layer, Package, Workspace, read};

/// Finds edges between crates that the table does not know, and crates that one of the two does not know.
pub fn edges(workspace: &Workspace) -> Result<Vec<Finding>, Error> {
    Ok(compare(&workspace.packages, &workspace.layers.crates))
}

/// Finds out whether `Cargo.lock` holds more packages than agreed.
pub fn ceiling(workspace: &Workspace) -> Result<Vec<Finding>, Error> {
    let lock = read(&workspace.root.join("Cargo.lock"))?;
    let packages = lock.lines().filter(|line| *line == "[[package]]").count();
    let ceiling = workspace.layers.packages.ceiling;
    if packages <= ceiling {
        return Ok(Vec::new());
    }
    Ok(vec![Finding::new(
        "Cargo.lock",
        format!("{packages} packages, the ceiling is {ceiling}"),
        "do without, or raise `ceiling` in layers.toml and say why in the commit",
    )])
}

fn compare(packages: &[Package], table: &[Layer]) -> Vec<Finding> {
    let layers: BTreeMap<&str, &Layer> = table.iter().map(|layer| (layer.name.as_str(), layer)).collect();
    let mut findings = table_findings(table, &layers);
    for package in packages {
        match layers.get(package.name.as_str()) {
            Some(layer) => findings.extend(package_findings(package, layer, packages)),
            None => findings.push(Finding::new(
                "layers.toml",
                format!("the crate `{}` is missing", package.name),
                "add a [[crate]] with its floor and what it may use",
            )),
        }
    }
    for layer in table {
        if !packages.iter().any(|package| package.name == layer.name) {
            findings.push(Finding::new(
                "layers.toml",
                format!("there is no crate `{}`", layer.name),
                "remove its entry",
            ));
        }
    }
    findings
}

/// A table that allows an edge upwards would allow cycles.
fn table_findings(table: &[Layer], layers: &BTreeMap<&str, &Layer>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for layer in table {
        for used in &layer.may_use {
            if layers.get(used.as_str()).is_none_or(|used| used.floor >= layer.floor) {
                findings.push(Finding::new(
                    "layers.toml",
                    format!("`{}` may use `{used}`, which does not lie on a lower floor", layer.name),
                    "only lower floors may be used",
                ));
            }
        }
    }
    findings
}

fn package_findings(package: &Package, layer: &Layer, packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let place = package.manifest_path.file_name().map_or("Cargo.toml".into(), |name| name.to_string_lossy());
    let place = format!("{} ({place})", package.name);
    for dependency in &package.dependencies {
        // Tests may look wherever they like: what a crate ships is what counts.
        if dependency.kind.as_deref() == Some("dev") {
            continue;
        }
        let is_ours = packages.iter().any(|package| package.name == dependency.name);
        if is_ours && !layer.may_use.contains(&dependency.name) {
            findings.push(Finding::new(
                &place,
                format!("uses `{}`, which layers.toml does not allow it", dependency.name),
                "move the code to the floor where it belongs; ARCHITECTURE.md says which",
            ));
        }
        if layer.must_not_know.contains(&dependency.name) {
            findings.push(Finding::new(
                &place,
                format!("uses `{}`; it must not know {}", dependency.name, layer.never),
                "let a higher floor do it and pass the outcome in",
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn package(name: &str, uses: &[(&str, Option<&str>)]) -> Package {
        let dependencies = uses
            .iter()
            .map(|(name, kind)| Dependency { name: name.to_string(), kind: kind.map(str::to_owned) })
            .collect();
        Package { name: name.to_owned(), manifest_path: "Cargo.toml".into(), dependencies }
    }

    fn layer(name: &str, floor: u8, may_use: &[&str], must_not_know: &[&str]) -> Layer {
        let owned = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
        Layer {
            name: name.to_owned(),
            floor,
            may_use: owned(may_use),
            must_not_know: owned(must_not_know),
            ..Layer::default()
        }
    }

    fn messages(packages: &[Package], table: &[Layer]) -> Vec<String> {
        compare(packages, table).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn an_edge_in_the_table_is_fine() {
        let packages = [package("core", &[("serde", None)]), package("runs", &[("core", None)])];
        let table = [layer("core", 0, &[], &["tokio"]), layer("runs", 1, &["core"], &[])];
        assert_eq!(messages(&packages, &table), [""; 0]);
    }

    #[test]
    fn an_edge_outside_the_table_is_found() {
        let packages = [package("core", &[("runs", None)]), package("runs", &[])];
        let table = [layer("core", 0, &[], &[]), layer("runs", 1, &["core"], &[])];
        assert_eq!(messages(&packages, &table), ["uses `runs`, which layers.toml does not allow it"]);
    }

    #[test]
    fn a_package_that_must_not_be_known_is_found_unless_only_tests_use_it() {
        let packages = [package("core", &[("tokio", None), ("reqwest", Some("dev"))])];
        let table = [layer("core", 0, &[], &["tokio", "reqwest"])];
        assert_eq!(messages(&packages, &table), ["uses `tokio`; it must not know "]);
    }

    #[test]
    fn a_table_that_allows_an_edge_upwards_is_found() {
        let packages = [package("a", &[]), package("b", &[])];
        let table = [layer("a", 1, &["b"], &[]), layer("b", 1, &[], &[])];
        assert_eq!(messages(&packages, &table), ["`a` may use `b`, which does not lie on a lower floor"]);
    }

    #[test]
    fn table_and_workspace_name_the_same_crates() {
        let found = messages(&[package("new", &[])], &[layer("gone", 0, &[], &[])]);
        assert_eq!(found, ["the crate `new` is missing", "there is no crate `gone`"]);
    }
}
