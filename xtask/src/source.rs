//! Reads Rust source as tokens: which names of its own crate does a file use outside its tests?

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A name at the root of the crate that some module uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The top module that uses it; nothing for the crate root itself.
    pub by: Option<String>,
    /// The name at the root: a top module, an item, or `*`.
    pub name: String,
    /// The line of the use.
    pub line: usize,
}

/// What one file uses, and which modules it declares for tests only.
#[derive(Debug, Default)]
pub struct Scan {
    /// Uses of names at the crate root.
    pub uses: Vec<Use>,
    /// Paths of modules under `#[cfg(test)]`.
    pub test_modules: Vec<Vec<String>>,
}

/// Scans a file that is the module `path` of its crate. Macro bodies are read like any other code.
pub fn scan(tokens: TokenStream, path: &[String]) -> Scan {
    let mut scanner = Scanner { module: path.to_vec(), found: Scan::default() };
    scanner.walk(tokens);
    scanner.found
}

/// Tells whether the inside of an attribute, as in `#[cfg(test)]`, keeps an item for tests.
pub fn is_for_tests(attribute: TokenStream) -> bool {
    let mut idents = Vec::new();
    collect_idents(attribute, &mut idents);
    idents.first().is_some_and(|first| first == "cfg")
        && idents.iter().any(|ident| ident == "test")
        && !idents.iter().any(|ident| ident == "not")
}

fn collect_idents(tokens: TokenStream, idents: &mut Vec<String>) {
    for tree in tokens {
        match tree {
            TokenTree::Ident(ident) => idents.push(ident.to_string()),
            TokenTree::Group(group) => collect_idents(group.stream(), idents),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

struct Scanner {
    module: Vec<String>,
    found: Scan,
}

impl Scanner {
    fn walk(&mut self, tokens: TokenStream) {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < trees.len() {
            at = self.step(&trees, at);
        }
    }

    /// Handles what stands at `at` and returns where to go on.
    fn step(&mut self, trees: &[TokenTree], at: usize) -> usize {
        match &trees[at] {
            TokenTree::Punct(punct) if punct.as_char() == '#' => self.attribute(trees, at),
            TokenTree::Group(group) => {
                self.walk(group.stream());
                at + 1
            }
            TokenTree::Ident(ident) => match ident.to_string().as_str() {
                "mod" => self.inline_module(trees, at),
                "pub" if self.module.is_empty() => after_reexport(trees, at).unwrap_or(at + 1),
                word @ ("crate" | "self" | "super") => self.path(trees, at, word),
                word => {
                    self.child_of_root(trees, at, word);
                    at + 1
                }
            },
            TokenTree::Punct(_) | TokenTree::Literal(_) => at + 1,
        }
    }

    /// Steps over an attribute, and over the item behind it when that is for tests only.
    fn attribute(&mut self, trees: &[TokenTree], at: usize) -> usize {
        let Some(TokenTree::Group(group)) = trees.get(at + 1) else {
            return at + 1;
        };
        if group.delimiter() != Delimiter::Bracket || !is_for_tests(group.stream()) {
            return at + 1;
        }
        let mut end = at + 2;
        while let Some(tree) = trees.get(end) {
            if let (TokenTree::Ident(word), Some(TokenTree::Ident(name))) = (tree, trees.get(end + 1))
                && word == "mod"
            {
                let path = self.module.iter().cloned().chain([name.to_string()]).collect();
                self.found.test_modules.push(path);
            }
            end += 1;
            if is_item_end(tree) {
                break;
            }
        }
        end
    }

    fn inline_module(&mut self, trees: &[TokenTree], at: usize) -> usize {
        let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
            (trees.get(at + 1), trees.get(at + 2))
        else {
            return at + 1;
        };
        self.module.push(name.to_string());
        self.walk(body.stream());
        self.module.pop();
        at + 3
    }

    /// Reads `crate::…`, `self::…`, `super::super::…`; keeps it when it leads to the crate root.
    fn path(&mut self, trees: &[TokenTree], at: usize, word: &str) -> usize {
        let mut depth = match word {
            "crate" => Some(0),
            "self" => Some(self.module.len()),
            _ => self.module.len().checked_sub(1),
        };
        let mut next = at + 1;
        while is_path_separator(trees, next) {
            next += 2;
            match trees.get(next) {
                Some(TokenTree::Ident(ident)) if ident == "super" => {
                    depth = depth.and_then(|depth| depth.checked_sub(1));
                    next += 1;
                }
                Some(target) if depth == Some(0) => {
                    self.note(target);
                    return next;
                }
                _ => return next,
            }
        }
        next
    }

    /// Notes the names that the target of a path starts with: `name`, `{a, b::c}` or `*`.
    fn note(&mut self, target: &TokenTree) {
        match target {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let mut starts = true;
                for tree in group.stream() {
                    if starts {
                        self.note(&tree);
                    }
                    starts = matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == ',');
                }
            }
            TokenTree::Ident(ident) => self.keep(ident.to_string(), target),
            TokenTree::Punct(punct) if punct.as_char() == '*' => self.keep("*".to_owned(), target),
            TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }

    /// In the crate root `name::…` may be a child module, written without `crate::`.
    fn child_of_root(&mut self, trees: &[TokenTree], at: usize, name: &str) {
        let goes_on = is_path_separator(trees, at + 1);
        let starts = at < 2 || !is_path_separator(trees, at - 2);
        if self.module.is_empty() && goes_on && starts {
            self.keep(name.to_owned(), &trees[at]);
        }
    }

    fn keep(&mut self, name: String, tree: &TokenTree) {
        let by = self.module.first().cloned();
        self.found.uses.push(Use { by, name, line: tree.span().start().line });
    }
}

fn is_path_separator(trees: &[TokenTree], at: usize) -> bool {
    let is_colon =
        |tree: Option<&TokenTree>| matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    is_colon(trees.get(at)) && is_colon(trees.get(at + 1))
}

fn is_item_end(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    }
}

/// Returns the place behind `pub use …;`: handing a name on is no use of it.
fn after_reexport(trees: &[TokenTree], at: usize) -> Option<usize> {
    let mut next = at + 1;
    if matches!(trees.get(next), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
    {
        next += 1;
    }
    match trees.get(next) {
        Some(TokenTree::Ident(word)) if word == "use" => {}
        _ => return None,
    }
    let length = trees[next..]
        .iter()
        .position(|tree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ';'))?;
    Some(next + length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(module: &[&str], text: &str) -> Vec<String> {
        let path: Vec<String> = module.iter().map(|part| part.to_string()).collect();
        let tokens = text.parse().expect("tokens");
        scan(tokens, &path).uses.into_iter().map(|found| found.name).collect()
    }

    #[test]
    fn paths_from_the_root_are_found() {
        assert_eq!(names(&["a"], "use crate::b::C; fn f() { crate::d::e() }"), ["b", "d"]);
        assert_eq!(names(&["a"], "use crate::{b::C, d, e::{f, g}};"), ["b", "d", "e"]);
        assert_eq!(names(&["a"], "use crate::*;"), ["*"]);
    }

    #[test]
    fn super_counts_from_the_module_of_the_file() {
        assert_eq!(names(&["a"], "use super::b;"), ["b"]);
        assert_eq!(names(&["a", "inner"], "use super::b; use super::super::c;"), ["c"]);
        assert_eq!(names(&["a"], "mod inner { use super::x; use super::super::y; }"), ["y"]);
        assert_eq!(names(&["a"], "use super::super::nowhere;"), Vec::<String>::new());
    }

    #[test]
    fn macro_bodies_are_code() {
        assert_eq!(names(&["a"], "table! { x => crate::b::x }"), ["b"]);
    }

    #[test]
    fn tests_and_visibilities_are_no_uses() {
        assert_eq!(names(&["a"], "#[cfg(test)] mod tests { use crate::b; } pub(crate) fn f() {}"), [""; 0]);
        assert_eq!(names(&["a"], "#[cfg(all(test, unix))] use crate::b; use crate::c;"), ["c"]);
        assert_eq!(names(&["a"], "#[cfg(not(test))] use crate::b;"), ["b"]);
    }

    #[test]
    fn the_root_uses_its_children_without_a_prefix_but_reexports_are_no_uses() {
        assert_eq!(
            names(&[], "mod a; pub use a::A; pub(crate) use b::B; use c::C; fn f() { d::e() }"),
            ["c", "d"]
        );
    }

    #[test]
    fn modules_for_tests_are_named() {
        let found = scan("#[cfg(test)] mod tests;".parse().expect("tokens"), &["a".to_owned()]);
        assert_eq!(found.test_modules, [["a".to_owned(), "tests".to_owned()]]);
    }
}
