//! A Go file out of pieces that each have a header of their own.

use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A regular expression that is compiled once.
macro_rules! regex {
    ($pattern:literal) => {{
        static REGEX: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($pattern).expect("the regex is a literal"));
        &*REGEX
    }};
}

/// The code under one header: all its packages, then all its imports, sorted. `postprocess_full_code` of EvalScope 1.14.1, whose
/// packages stand in no order when there are several.
pub(crate) fn go_file(code: &str) -> String {
    let packages: BTreeSet<&str> = all(regex!(r"package\s+(\w+)"), code);
    let body = regex!(r"package\s+\w+\s*").replace_all(code, "");
    let mut imports = all(regex!(r#"import\s+(".*?")"#), &body);
    for block in all(regex!(r"(?s)import\s*\((.*?)\)"), &body) {
        imports.extend(block.split('\n').map(str::trim).filter(|line| !line.is_empty()));
    }
    let lines = |word: &str, names: &BTreeSet<&str>| {
        names.iter().map(|name| format!("{word} {name}")).collect::<Vec<_>>().join("\n")
    };
    let header = [lines("package", &packages), lines("import", &imports)];
    let header = header.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    let body_without = regex!(r#"import\s+(".*?")"#).replace_all(&body, "");
    let body_without = regex!(r"(?s)import\s*\((.*?)\)").replace_all(&body_without, "");
    format!("{header}\n\n{body_without}").trim().to_owned()
}

/// The first group of every match.
fn all<'a>(regex: &Regex, text: &'a str) -> BTreeSet<&'a str> {
    regex.captures_iter(text).filter_map(|found| found.get(1)).map(|group| group.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_become_one() {
        let code = "import (\"fmt\")\npackage my_test\n\nimport (\n    \"testing\"\n    \"fmt\"\n)\n\nimport \"sort\"\n\nfunc f() {}\n";
        // EvalScope 1.14.1.
        let expected =
            "package my_test\n\nimport \"fmt\"\nimport \"sort\"\nimport \"testing\"\n\n\n\n\n\n\nfunc f() {}";
        assert_eq!(go_file(code), expected);
    }
}
