//! Finds import cycles between the top modules of a crate.
//! The crate root counts as a module when its own code uses its children; handing names on (`pub use`) does not count.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proc_macro2::TokenStream;
use syn::{Item, UseTree};

use crate::error::{Error, Finding};
use crate::source::{self, Scan};
use crate::workspace::Workspace;

/// What the crate root is called in a cycle.
const ROOT: &str = "(crate root)";

/// Module → module that it uses → the first place where it does.
type Graph = BTreeMap<String, BTreeMap<String, String>>;

/// Finds every knot of modules that use each other.
pub fn check(workspace: &Workspace) -> Result<Vec<Finding>, Error> {
    let files = workspace.rust_files()?;
    let mut findings = Vec::new();
    for package in &workspace.packages {
        let source = format!("{}/src/", workspace.folder(package));
        let files: Vec<(&str, &str, &str)> = files
            .iter()
            .filter_map(|(file, text)| Some((file.as_str(), file.strip_prefix(&source)?, text.as_str())))
            .filter(|(_, inside, _)| !inside.starts_with("bin/"))
            .collect();
        let graph = graph(&files)?;
        for knot in knots(&graph) {
            findings.push(finding(&package.name, &graph, &knot));
        }
    }
    Ok(findings)
}

/// Draws the modules of one crate from its files: (path to show, path inside `src/`, text).
fn graph(files: &[(&str, &str, &str)]) -> Result<Graph, Error> {
    let mut scans: Vec<(&str, Vec<String>, Scan)> = Vec::new();
    let mut roots = RootNames::default();
    for (shown, inside, text) in files {
        let path = module_path(inside);
        let tokens: TokenStream = text.parse().map_err(|error| Error::form(shown, &error))?;
        if path.is_empty() {
            roots.read(&syn::parse2(tokens.clone()).map_err(|error| Error::form(shown, &error))?);
        }
        scans.push((shown, path.clone(), source::scan(tokens, &path)));
    }
    let tests: Vec<Vec<String>> = scans.iter().flat_map(|(_, _, scan)| scan.test_modules.clone()).collect();
    scans.retain(|(_, path, _)| !tests.iter().any(|test| path.starts_with(test)));
    let modules: BTreeSet<String> = scans
        .iter()
        .flat_map(|(_, path, scan)| {
            path.first().into_iter().chain(scan.uses.iter().filter_map(|used| used.by.as_ref()))
        })
        .cloned()
        .collect();
    let mut graph = Graph::new();
    for (shown, _, scan) in &scans {
        for used in &scan.uses {
            let from = used.by.clone().unwrap_or_else(|| ROOT.to_owned());
            for to in roots.resolve(&used.name, used.by.is_none(), &modules) {
                if to != from {
                    let place = || format!("{shown}:{}", used.line);
                    graph.entry(from.clone()).or_default().entry(to).or_insert_with(place);
                }
            }
        }
    }
    Ok(graph)
}

/// Returns the module that a file is: `a/b.rs` and `a/b/mod.rs` are `a::b`, the root is empty.
fn module_path(inside: &str) -> Vec<String> {
    let mut parts: Vec<String> = inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    let is_folder_file = parts.last().is_some_and(|last| last == "mod");
    let is_root = parts.len() == 1 && matches!(parts[0].as_str(), "lib" | "main");
    if is_folder_file || is_root {
        parts.pop();
    }
    parts
}

/// The names that live at the root of a crate, and where they come from.
#[derive(Default)]
struct RootNames {
    /// Defined in the root itself.
    own: BTreeSet<String>,
    /// Brought in by `use`: name → first part of the path.
    imported: BTreeMap<String, String>,
    /// Modules that are brought in whole.
    globs: BTreeSet<String>,
}

impl RootNames {
    fn read(&mut self, file: &syn::File) {
        for item in &file.items {
            match item {
                Item::Use(item) => self.import(&item.tree, None),
                Item::Const(item) => self.define(&item.ident),
                Item::Enum(item) => self.define(&item.ident),
                Item::Fn(item) => self.define(&item.sig.ident),
                Item::Static(item) => self.define(&item.ident),
                Item::Struct(item) => self.define(&item.ident),
                Item::Trait(item) => self.define(&item.ident),
                Item::Type(item) => self.define(&item.ident),
                _ => {}
            }
        }
    }

    fn define(&mut self, name: &syn::Ident) {
        self.own.insert(name.to_string());
    }

    fn import(&mut self, tree: &UseTree, first: Option<&str>) {
        let from = |name: &syn::Ident| first.map_or_else(|| name.to_string(), str::to_owned);
        match tree {
            UseTree::Path(path) if first.is_none() && (path.ident == "crate" || path.ident == "self") => {
                self.import(&path.tree, None);
            }
            UseTree::Path(path) => self.import(&path.tree, Some(&from(&path.ident))),
            UseTree::Name(name) => {
                self.imported.insert(name.ident.to_string(), from(&name.ident));
            }
            UseTree::Rename(rename) => {
                self.imported.insert(rename.rename.to_string(), from(&rename.ident));
            }
            UseTree::Glob(_) => self.globs.extend(first.map(str::to_owned)),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, first)),
        }
    }

    /// Returns the modules that `name` at the root leads to.
    fn resolve(&self, name: &str, by_root: bool, modules: &BTreeSet<String>) -> Vec<String> {
        if modules.contains(name) {
            return vec![name.to_owned()];
        }
        if by_root {
            return Vec::new();
        }
        if name == "*" {
            let all = self.imported.values().chain(&self.globs).filter(|module| modules.contains(*module));
            return all.cloned().chain([ROOT.to_owned()]).collect();
        }
        match self.imported.get(name) {
            Some(module) if modules.contains(module) => vec![module.clone()],
            Some(_) => Vec::new(),
            None if self.own.contains(name) || self.globs.is_empty() => vec![ROOT.to_owned()],
            None => self.globs.intersection(modules).cloned().collect(),
        }
    }
}

/// Returns the sets of modules that all reach each other, the smallest names first.
fn knots(graph: &Graph) -> Vec<BTreeSet<String>> {
    let reach: BTreeMap<&String, BTreeSet<String>> =
        graph.keys().map(|module| (module, reachable(graph, module))).collect();
    let mut knots: Vec<BTreeSet<String>> = Vec::new();
    for (module, reached) in &reach {
        if !reached.contains(*module) || knots.iter().any(|knot| knot.contains(*module)) {
            continue;
        }
        let back = |other: &&String| reach.get(other).is_some_and(|reached| reached.contains(*module));
        knots.push(reached.iter().filter(back).cloned().collect());
    }
    knots
}

fn reachable(graph: &Graph, from: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(module) = open.pop() {
        for to in graph.get(&module).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(to.clone()) {
                open.push(to.clone());
            }
        }
    }
    reached
}

/// Returns the shortest way round inside a knot.
fn shortest_cycle(graph: &Graph, knot: &BTreeSet<String>) -> Vec<String> {
    knot.iter().filter_map(|start| way_back(graph, start)).min_by_key(Vec::len).unwrap_or_default()
}

/// Returns the shortest way from a module back to itself, without the return.
fn way_back(graph: &Graph, start: &str) -> Option<Vec<String>> {
    let mut open = VecDeque::from([vec![start.to_owned()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = open.pop_front() {
        for to in way.last().and_then(|module| graph.get(module)).into_iter().flat_map(BTreeMap::keys) {
            if to == start {
                return Some(way);
            }
            if seen.insert(to.clone()) {
                open.push_back(way.iter().cloned().chain([to.clone()]).collect());
            }
        }
    }
    None
}

fn finding(package: &str, graph: &Graph, knot: &BTreeSet<String>) -> Finding {
    let cycle = shortest_cycle(graph, knot);
    let steps: Vec<String> = cycle
        .iter()
        .zip(cycle.iter().cycle().skip(1))
        .map(|(from, to)| format!("{from} uses {to} ({})", graph[from][to]))
        .collect();
    let names: Vec<&str> = knot.iter().map(String::as_str).collect();
    let size =
        if knot.len() > cycle.len() { format!(", in a knot of {}", names.join(", ")) } else { String::new() };
    Finding::new(
        package,
        format!("import cycle: {}{size}", steps.join(", ")),
        "move what both need into a module below them, or pass it in",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<(&str, &str, &str)> = files.iter().map(|(file, text)| (*file, *file, *text)).collect();
        let graph = graph(&files).expect("valid Rust");
        knots(&graph).iter().map(|knot| finding("x", &graph, knot).message).collect()
    }

    #[test]
    fn two_modules_that_use_each_other_are_a_cycle() {
        let files =
            [("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::B;\n"), ("b.rs", "\nuse super::a::A;")];
        assert_eq!(found(&files), ["import cycle: a uses b (a.rs:1), b uses a (b.rs:2)"]);
    }

    #[test]
    fn a_use_inside_a_folder_belongs_to_its_top_module() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a/mod.rs", "mod deep;"),
            ("a/deep.rs", "fn f() { crate::b::g() }"),
            ("b.rs", "use crate::a::deep;"),
        ];
        assert_eq!(found(&files).len(), 1);
    }

    #[test]
    fn a_name_that_the_root_hands_on_counts_as_its_module() {
        let files = [
            ("lib.rs", "mod a; mod error; pub use error::{Error as E};"),
            ("a.rs", "use crate::E;"),
            ("error.rs", "use crate::a::A;"),
        ];
        assert_eq!(found(&files), ["import cycle: a uses error (a.rs:1), error uses a (error.rs:1)"]);
    }

    #[test]
    fn a_root_with_code_of_its_own_takes_part() {
        let files = [("lib.rs", "mod a; use a::A; pub struct R;"), ("a.rs", "use crate::R;")];
        assert_eq!(
            found(&files),
            [format!("import cycle: {ROOT} uses a (lib.rs:1), a uses {ROOT} (a.rs:1)")]
        );
    }

    #[test]
    fn one_way_flow_is_fine() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c; pub use a::A; pub use b::B;"),
            ("a.rs", "use crate::{B, c::C};"),
            ("b.rs", "use crate::c;"),
            ("c.rs", "#[cfg(test)] mod tests { use crate::a; }"),
        ];
        assert_eq!(found(&files), [""; 0]);
    }

    #[test]
    fn test_files_are_left_out() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "#[cfg(test)] mod tests; use crate::b;"),
            ("a/tests.rs", "use crate::b;"),
            ("b.rs", "#[cfg(test)] mod tests;"),
            ("b/tests.rs", "use crate::a;"),
        ];
        assert_eq!(found(&files), [""; 0]);
    }

    #[test]
    fn the_shortest_cycle_of_a_knot_is_shown() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b;"),
            ("b.rs", "use crate::c; use crate::a;"),
            ("c.rs", "use crate::a;"),
        ];
        let expected = "import cycle: a uses b (a.rs:1), b uses a (b.rs:1), in a knot of a, b, c";
        assert_eq!(found(&files), [expected]);
    }
}
