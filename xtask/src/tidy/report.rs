//! The figures of the code base that we hold ourselves to. Shown, never failing: `check_all` does that.

use std::fmt::Write;
use std::ops::Range;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, ImplItemFn, Item, ItemFn, Meta, Signature, TraitItemFn, Visibility};

use crate::error::Error;
use crate::source;
use crate::workspace::{Workspace, read};

/// A function longer than this should be two.
const LONG_FUNCTION: usize = 60;
/// A function with more parameters than this wants a struct.
const MANY_PARAMETERS: usize = 5;

/// Measures the Rust files of the repository and says what came out.
pub fn figures(workspace: &Workspace) -> Result<String, Error> {
    let mut total = Figures::default();
    for (file, text) in workspace.rust_files()? {
        let parsed = syn::parse_file(&text).map_err(|error| Error::form(&file, &error))?;
        total.add(&file, &text, &parsed);
    }
    let lock = read(&workspace.root.join("Cargo.lock"))?;
    let packages = lock.lines().filter(|line| *line == "[[package]]").count();
    let ceiling = workspace.layers.packages.ceiling;
    Ok(format!("{total}packages in Cargo.lock         {packages} of {ceiling}\n"))
}

/// What the files add up to.
#[derive(Default)]
struct Figures {
    /// Lines of each product file, its own tests left out.
    files: Vec<usize>,
    files_with_docs: usize,
    product_lines: usize,
    test_lines: usize,
    functions: Vec<usize>,
    long_parameter_lists: usize,
    public: usize,
    documented: usize,
    expects: usize,
}

impl Figures {
    fn add(&mut self, file: &str, text: &str, parsed: &syn::File) {
        let lines = text.lines().count();
        if is_test_file(file) {
            self.test_lines += lines;
            return;
        }
        let mut measure = Measure::default();
        measure.visit_file(parsed);
        let test_lines: usize = measure.tests.iter().map(Range::len).sum();
        self.files.push(lines - test_lines);
        self.files_with_docs += usize::from(text.starts_with("//! "));
        self.product_lines += lines - test_lines;
        self.test_lines += test_lines;
        self.functions.extend(measure.functions);
        self.long_parameter_lists += measure.long_parameter_lists;
        self.public += measure.public;
        self.documented += measure.documented;
        self.expects += measure.expects;
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let functions = self.functions.len();
        let long = self.functions.iter().filter(|lines| **lines > LONG_FUNCTION).count();
        let mut row = |name: &str, value: String, aim: &str| writeln!(out, "{name:<29}  {value:<16}  {aim}");
        row("product lines", self.product_lines.to_string(), "")?;
        row("test lines", self.test_lines.to_string(), "")?;
        row("share of tests", share(self.test_lines, self.product_lines + self.test_lines), "40–55 %")?;
        row("files", self.files.len().to_string(), "")?;
        row("file lines, median and p95", spread(&self.files), "≤ 200, ≤ 500")?;
        row("files that open with docs", share(self.files_with_docs, self.files.len()), "100 %")?;
        row("functions", functions.to_string(), "")?;
        row("function lines, median and p95", spread(&self.functions), "p95 ≤ 40")?;
        row("functions over 60 lines", share(long, functions), "≤ 2 %")?;
        row("functions over 5 parameters", share(self.long_parameter_lists, functions), "≤ 0.5 %")?;
        row("public items with docs", share(self.documented, self.public), "100 %")?;
        let per_thousand = format!("{:.2}", self.expects as f64 * 1000.0 / self.product_lines.max(1) as f64);
        row("`expect` per 1,000 lines", per_thousand, "≤ 1")
    }
}

/// Test files and benches are not product.
fn is_test_file(file: &str) -> bool {
    let mut parts = file.rsplit('/');
    let name = parts.next().unwrap_or_default();
    matches!(name, "tests.rs" | "test.rs")
        || parts.any(|part| matches!(part, "tests" | "benches" | "testserver"))
}

fn share(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "none".to_owned();
    }
    format!("{:.1} %", part as f64 * 100.0 / whole as f64)
}

/// Writes the median and the 95th percentile (nearest rank).
fn spread(values: &[usize]) -> String {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let at = |percent: usize| sorted.get((sorted.len() * percent).div_ceil(100).max(1) - 1).copied();
    let mut text = String::new();
    match (at(50), at(95), sorted.last()) {
        (Some(median), Some(high), Some(max)) => {
            // Writing to a string cannot fail.
            let _ = write!(text, "{median}, {high}, max {max}");
        }
        _ => text.push_str("none"),
    }
    text
}

/// Walks through one file.
#[derive(Default)]
struct Measure {
    functions: Vec<usize>,
    long_parameter_lists: usize,
    public: usize,
    documented: usize,
    expects: usize,
    /// Lines of items that are there for tests only.
    tests: Vec<Range<usize>>,
}

impl Measure {
    fn function(&mut self, signature: &Signature, block: &Block) {
        self.functions.push(lines(signature.fn_token.span, block.span()).len());
        let parameters =
            signature.inputs.iter().filter(|input| matches!(input, syn::FnArg::Typed(_))).count();
        self.long_parameter_lists += usize::from(parameters > MANY_PARAMETERS);
    }

    fn item(&mut self, visibility: &Visibility, attributes: &[Attribute]) {
        if matches!(visibility, Visibility::Public(_)) {
            self.public += 1;
            self.documented +=
                usize::from(attributes.iter().any(|attribute| attribute.path().is_ident("doc")));
        }
    }
}

impl<'ast> Visit<'ast> for Measure {
    fn visit_item(&mut self, item: &'ast Item) {
        if attributes(item).iter().any(is_for_tests) {
            self.tests.push(lines(item.span(), item.span()));
            return;
        }
        match item {
            Item::Const(item) => self.item(&item.vis, &item.attrs),
            Item::Enum(item) => self.item(&item.vis, &item.attrs),
            Item::Fn(item) => self.item(&item.vis, &item.attrs),
            Item::Static(item) => self.item(&item.vis, &item.attrs),
            Item::Struct(item) => self.item(&item.vis, &item.attrs),
            Item::Trait(item) => self.item(&item.vis, &item.attrs),
            Item::Type(item) => self.item(&item.vis, &item.attrs),
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.function(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.function(&function.sig, &function.block);
        self.item(&function.vis, &function.attrs);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(block) = &function.default {
            self.function(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        self.item(&field.vis, &field.attrs);
        visit::visit_field(self, field);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.expects += usize::from(call.method == "expect");
        visit::visit_expr_method_call(self, call);
    }
}

fn lines(first: Span, last: Span) -> Range<usize> {
    first.start().line..last.end().line + 1
}

fn is_for_tests(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else {
        return false;
    };
    list.path.is_ident("cfg")
        && source::is_for_tests("cfg".parse().into_iter().chain([list.tokens.clone()]).collect())
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(text: &str) -> Figures {
        let mut figures = Figures::default();
        figures.add("crates/x/src/a.rs", text, &syn::parse_file(text).expect("valid Rust"));
        figures
    }

    #[test]
    fn functions_are_measured_from_signature_to_brace() {
        let figures =
            measure("//! Doc.\n\n/// Doc.\npub fn f(a: u8) {\n    g()\n}\nimpl T { fn h(&self) {} }\n");
        assert_eq!(figures.functions, [3, 1]);
        assert_eq!((figures.public, figures.documented, figures.files_with_docs), (1, 1, 1));
    }

    #[test]
    fn tests_are_counted_apart() {
        let figures = measure("fn f() {}\n#[cfg(test)]\nmod tests {\n    fn g() { x.expect(\"y\") }\n}\n");
        assert_eq!((figures.product_lines, figures.test_lines, figures.expects), (1, 4, 0));
        assert_eq!(figures.functions, [1]);
    }

    #[test]
    fn many_parameters_and_missing_docs_are_seen() {
        let figures = measure("pub fn f(a: A, b: A, c: A, d: A, e: A, f: A) { a.expect(\"b\") }");
        assert_eq!(
            (figures.long_parameter_lists, figures.public, figures.documented, figures.expects),
            (1, 1, 0, 1)
        );
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let values: Vec<usize> = (1..=20).collect();
        assert_eq!(spread(&values), "10, 19, max 20");
        assert_eq!(spread(&[7]), "7, 7, max 7");
        assert_eq!(spread(&[]), "none");
        assert_eq!(share(1, 8), "12.5 %");
    }

    #[test]
    fn test_folders_are_no_product() {
        assert!(is_test_file("crates/cli/tests/end_to_end.rs"));
        assert!(is_test_file("crates/runs/src/tests.rs"));
        assert!(!is_test_file("crates/runs/src/latest.rs"));
    }
}
