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
        "class Helper { static int two() { return 2; } }\npublic class Program { public static void main(String[] a) { int two = Helper.two(); TEST } }",
        "assert 1 + 1 == two;",
        "assert 1 + 2 == two;",
    ],
    [
        "javascript",
        "const assert = require('node:assert');\nTEST",
        "assert.deepEqual([1], [1]);",
        "assert.deepEqual([1], [2]);",
    ],
    [
        "go",
        "package main\nfunc main() { v := []int{1, 2}; TEST }",
        "if v[1] != 2 { panic(1) }",
        "if v[1] != 3 { panic(1) }",
    ],
    [
        "go_test",
        "package main\nimport \"testing\"\nfunc TestIt(t *testing.T) { v := []int{1, 2}; TEST }",
        "if v[1] != 2 { t.Error(v) }",
        "if v[1] != 3 { t.Error(v) }",
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
            // Go builds its library anew for every program.
            let more = if name.starts_with("go") { 10.0 } else { 1.0 };
            asked.limits = Limits {
                cpu_s: 20.0 * more,
                wall_s: 60.0 * more,
                processes: 64,
                disk_mb: 512,
                ..Limits::default()
            };
            sandbox.execute(&asked).unwrap()
        };
        let passed = run(program.replace("TEST", good));
        assert_eq!(passed.verdict, Passed, "{name}: {passed:?}");
        let failed = run(program.replace("TEST", bad));
        // A shell has no word for a test that failed, and Go only for those of its own kind.
        let wanted = if ["bash", "go"].contains(name) { RuntimeError } else { Failed };
        assert_eq!(failed.verdict, wanted, "{name}: {failed:?}");
        let broken = run("((((".into());
        assert_eq!(broken.verdict, CompileError, "{name}: {broken:?}");
    }
    assert_eq!(CASES.len(), languages().len(), "every language has a case");
}
