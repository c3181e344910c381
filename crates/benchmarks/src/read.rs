//! Reads a benchmark file: YAML to [`BenchmarkFile`], with line and column when it is not one.

use crate::error::Problem;
use crate::schema::{BenchmarkFile, ProtocolSection};
use evalscope_core::suggest;
use indexmap::IndexMap;

/// Reads the YAML of a benchmark.
pub(crate) fn benchmark(name: &str, text: &str) -> Result<BenchmarkFile, Problem> {
    serde_saphyr::from_str(text).map_err(|error| problem(name, &error))
}

/// Reads `_layouts.yaml`.
pub(crate) fn layouts(name: &str, text: &str) -> Result<IndexMap<String, ProtocolSection>, Problem> {
    serde_saphyr::from_str(text).map_err(|error| problem(name, &error))
}

fn problem(file: &str, error: &serde_saphyr::Error) -> Problem {
    let location = error.location();
    let bare = error.without_snippet();
    let (message, hint) = match bare {
        serde_saphyr::Error::SerdeUnknownField { field, expected, .. } => {
            let near = suggest::nearest(field, expected.iter().copied());
            let hint = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("one of: {}", expected.join(", ")),
            };
            (format!("unknown key `{field}`"), Some(hint))
        }
        other => (plain(&other.to_string()), None),
    };
    Problem {
        file: file.to_owned(),
        line: location.map_or(0, |at| at.line()),
        column: location.map_or(1, |at| at.column()),
        message,
        hint,
    }
}

/// The first line of the parser's message, without the place, which stands before it.
fn plain(message: &str) -> String {
    let line = message.lines().next().unwrap_or("not valid");
    let line = line.split(" at line ").next().unwrap_or(line);
    // The parser's advice to whoever calls it is none to whoever writes the file.
    line.split(", set DuplicateKeyPolicy").next().unwrap_or(line).to_owned()
}

/// Line and column of the first place where `text` holds `needle`.
pub(crate) fn locate(text: &str, needle: &str) -> (u64, u64) {
    match text.find(needle) {
        None => (0, 1),
        Some(at) => {
            let before = &text[..at];
            let line = before.matches('\n').count() as u64 + 1;
            let column = before.rsplit('\n').next().map_or(0, |start| start.chars().count()) as u64 + 1;
            (line, column)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_have_line_column_and_the_nearest_name() {
        let problem = benchmark("mine.yaml", "name: mine\ntitle: Mine\nabuot: x\n").unwrap_err();
        assert_eq!((problem.line, problem.column), (3, 1), "{problem}");
        assert_eq!(problem.to_string(), "mine.yaml:3:1: unknown key `abuot` (did you mean `about`?)");
    }

    #[test]
    fn a_place_is_found() {
        assert_eq!(locate("a\nb c\n", "c"), (2, 3));
    }
}
