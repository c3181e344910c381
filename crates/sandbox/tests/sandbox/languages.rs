//! Each language whose tools are on this machine: a program that passes, one that fails a test, one that does not build.

use crate::support::{request, sandbox, say};
use evalscope_core::ExecutionVerdict::{CompileError, Failed, Passed, RuntimeError};
use evalscope_core::Limits;
use evalscope_sandbox::languages;

/// Language, a program with `TEST` where its test stands, a test that holds, and one that does not.
const CASES: &[[&str; 4]] = &[
    [
        "cpp",
        "#include <cassert>\n#include <vector>\nint main() { std::vector<int> v{1, 2}; TEST }",
        "assert(v[1] == 2);",
        "assert(v[1] == 3);",
    ],
    [
        "java",
        "public class Program { public static void main(String[] a) { TEST } }",
        "assert 1 + 1 == 2;",
        "assert 1 + 1 == 3;",
    ],
    [
        "javascript",
        "const assert = require('node:assert');\nTEST",
        "assert.deepEqual([1], [1]);",
        "assert.deepEqual([1], [2]);",
    ],
    ["rust", "fn main() { let v = vec![1, 2]; TEST }", "assert_eq!(v[1], 2);", "assert_eq!(v[1], 3);"],
    ["bash", "x=$(echo 1)\nTEST", "[ \"$x\" = 1 ]", "[ \"$x\" = 2 ]"],
    ["python", "x = [1, 2]\nTEST", "assert x[1] == 2", "assert x[1] == 3"],
];

#[test]
fn languages_have_verdicts() {
    let Some(sandbox) = sandbox() else { return };
    for [name, program, good, bad] in CASES {
        let language = languages().iter().find(|language| language.name == *name).unwrap();
        if let Err(error) = sandbox.toolchain(language) {
            say(&format!("skipped: {error}"));
            continue;
        }
        let run = |program: String| {
            let mut asked = request(&program);
            asked.language = (*name).into();
            asked.limits = Limits { cpu_s: 20.0, wall_s: 60.0, processes: 64, ..Limits::default() };
            sandbox.execute(&asked).unwrap()
        };
        let passed = run(program.replace("TEST", good));
        assert_eq!(passed.verdict, Passed, "{name}: {passed:?}");
        let failed = run(program.replace("TEST", bad));
        // A shell has no word for a test that failed.
        let wanted = if *name == "bash" { RuntimeError } else { Failed };
        assert_eq!(failed.verdict, wanted, "{name}: {failed:?}");
        let broken = run("((((".into());
        assert_eq!(broken.verdict, CompileError, "{name}: {broken:?}");
    }
    assert_eq!(CASES.len(), languages().len(), "every language has a case");
}
