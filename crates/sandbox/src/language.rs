//! Languages: how a program is written down, built and run, and how its verdict is read.

use crate::java;
use evalscope_core::ExecutionVerdict;

/// A language.
#[derive(Debug)]
pub struct Language {
    /// Its name in requests.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Names of its tool; the first that is found is taken.
    pub tools: &'static [&'static str],
    /// Arguments with which the tool tells its version, and on further lines, if it can, its own place and the files and
    /// folders that it needs in sight.
    pub describe: &'static [&'static str],
    /// The file in which a program is written down.
    pub file: &'static str,
    /// What is written down, of the program as it came.
    pub written: fn(&str) -> String,
    /// How it is built; `{tool}` is the tool.
    pub build: Option<&'static [&'static str]>,
    /// So many times the CPU and wall time of a run may building take. Some tools build their own library first.
    pub build_times: f64,
    /// How it is run.
    pub run: &'static [&'static str],
    /// Whether the address space is limited too. Some runtimes reserve far more than they use.
    pub limits_address_space: bool,
    /// What standard error, else standard output, shows of why a run did not end well: the first text that is found decides.
    pub signs: &'static [(&'static str, ExecutionVerdict)],
}

/// An interpreter's folder can be a home, or hold one's letters beside its libraries: it shows its own parts only.
const PYTHON_DESCRIBES: &str = r#"
import glob, os, sys, sysconfig
real, home = os.path.realpath(sys.executable), os.path.expanduser("~")
print(sys.version.split()[0])
print(real if sys.prefix == sys.base_prefix else sys.executable)
print(real)
for name in ("stdlib", "platstdlib", "purelib", "platlib"): print(sysconfig.get_path(name))
for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}:
    print(os.path.join(prefix, "pyvenv.cfg"))
    for name in ("lib", "lib64"):
        folder = os.path.join(prefix, name)
        shown = [folder] if prefix != home else glob.glob(folder + "/libpython*") + glob.glob(folder + "/python%d.%d" % sys.version_info[:2])
        print(*shown, sep="\n")
"#;

/// A build of a program with tests by Go 1.27 takes some 45 s of CPU time, nearly all for the standard library.
const GO_BUILD_TIMES: f64 = 10.0;
const GO_DESCRIBES: &[&str] = &["env", "GOVERSION", "GOROOT"];

/// A language that is one command away from running.
const PLAIN: Language = Language {
    name: "",
    title: "",
    tools: &[],
    describe: &["--version"],
    file: "",
    written: str::to_owned,
    build: None,
    build_times: 1.0,
    run: &[],
    limits_address_space: false,
    signs: &[],
};

static LANGUAGES: &[Language] = &[
    Language {
        name: "python",
        title: "Python",
        tools: &["python3", "python"],
        describe: &["-c", PYTHON_DESCRIBES],
        file: "program.py",
        run: &["{tool}", "-s", "-B", "program.py"],
        limits_address_space: true,
        signs: &[
            ("\nMemoryError", ExecutionVerdict::Memory),
            ("SyntaxError", ExecutionVerdict::CompileError),
            ("\nIndentationError", ExecutionVerdict::CompileError),
            ("\nAssertionError", ExecutionVerdict::Failed),
        ],
        ..PLAIN
    },
    Language {
        name: "cpp",
        title: "C++",
        tools: &["g++", "clang++"],
        file: "program.cpp",
        build: Some(&["{tool}", "-std=c++17", "-o", "program", "program.cpp"]),
        run: &["./program"],
        signs: &[("Assertion `", ExecutionVerdict::Failed), ("std::bad_alloc", ExecutionVerdict::Memory)],
        ..PLAIN
    },
    Language {
        name: "go",
        title: "Go",
        tools: &["go"],
        describe: GO_DESCRIBES,
        file: "program.go",
        build: Some(&["{tool}", "build", "-o", "program", "program.go"]),
        build_times: GO_BUILD_TIMES,
        run: &["./program"],
        ..PLAIN
    },
    Language {
        name: "go_test",
        title: "Go, as tests",
        tools: &["go"],
        describe: GO_DESCRIBES,
        file: "program_test.go",
        // Without a check of its own style: it would refuse programs that build.
        build: Some(&["{tool}", "test", "-c", "-vet=off", "-o", "program", "program_test.go"]),
        build_times: GO_BUILD_TIMES,
        run: &["./program"],
        signs: &[("panic:", ExecutionVerdict::RuntimeError), ("--- FAIL", ExecutionVerdict::Failed)],
        ..PLAIN
    },
    Language {
        name: "java",
        title: "Java",
        tools: &["java"],
        // Since Java 11 one command compiles and runs.
        file: "Program.java",
        written: java::main_first,
        run: &["{tool}", "-XX:+UseSerialGC", "-ea", "Program.java"],
        signs: &[
            ("error: compilation failed", ExecutionVerdict::CompileError),
            ("java.lang.AssertionError", ExecutionVerdict::Failed),
            ("java.lang.OutOfMemoryError", ExecutionVerdict::Memory),
        ],
        ..PLAIN
    },
    Language {
        name: "javascript",
        title: "JavaScript",
        tools: &["node", "nodejs"],
        file: "program.js",
        run: &["{tool}", "program.js"],
        signs: &[
            ("AssertionError", ExecutionVerdict::Failed),
            ("SyntaxError", ExecutionVerdict::CompileError),
            ("heap out of memory", ExecutionVerdict::Memory),
        ],
        ..PLAIN
    },
    Language {
        name: "rust",
        title: "Rust",
        tools: &["rustc"],
        describe: &["--print", "sysroot"],
        file: "program.rs",
        build: Some(&["{tool}", "--edition", "2021", "-o", "program", "program.rs"]),
        run: &["./program"],
        signs: &[("assertion", ExecutionVerdict::Failed)],
        ..PLAIN
    },
    Language {
        name: "bash",
        title: "Bash",
        tools: &["bash"],
        file: "program.sh",
        run: &["{tool}", "program.sh"],
        signs: &[
            ("syntax error", ExecutionVerdict::CompileError),
            ("unexpected EOF while looking", ExecutionVerdict::CompileError),
        ],
        ..PLAIN
    },
];

/// All languages that are known.
pub fn languages() -> &'static [Language] {
    LANGUAGES
}

impl Language {
    /// The language of this name.
    pub fn named(name: &str) -> Option<&'static Language> {
        LANGUAGES.iter().find(|language| language.name == name)
    }

    /// The verdict on a run that did not end well.
    pub fn verdict(&self, stderr: &str, stdout: &str) -> ExecutionVerdict {
        let shown_by = |text: &str| self.signs.iter().find(|(sign, _)| text.contains(sign));
        shown_by(stderr)
            .or_else(|| shown_by(stdout))
            .map_or(ExecutionVerdict::RuntimeError, |(_, verdict)| *verdict)
    }
}
