//! The benchmarks that are there: built in, and the user's own over them.

use crate::arguments::DatasetArgs;
use crate::benchmark::Benchmark;
use crate::builtin;
use crate::error::{Error, Problem};
use crate::protocol::Protocol;
use crate::read;
use crate::schema::{BenchmarkFile, ProtocolSection};
use evalscope_core::suggest;
use indexmap::IndexMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// All benchmarks that can be run.
#[derive(Debug, Clone)]
pub struct Library {
    benchmarks: IndexMap<String, Entry>,
    layouts: IndexMap<String, ProtocolSection>,
}

/// A benchmark of the program, which is read when it is asked for, or one of the user.
#[derive(Debug, Clone)]
enum Entry {
    Builtin { file: &'static str, text: &'static str, read: OnceLock<Benchmark> },
    Own(Benchmark),
}

impl Entry {
    fn benchmark(&self) -> Result<&Benchmark, Error> {
        let (file, text, read) = match self {
            Entry::Own(benchmark) => return Ok(benchmark),
            Entry::Builtin { file, text, read } => (file, text, read),
        };
        if let Some(benchmark) = read.get() {
            return Ok(benchmark);
        }
        let file = read::benchmark(file, text).map_err(Error::File)?;
        Ok(read.get_or_init(|| Benchmark { file, is_builtin: true }))
    }
}

impl Library {
    /// The benchmarks inside the program.
    pub fn builtin() -> Result<Library, Error> {
        let layouts = read::layouts("_layouts.yaml", builtin::LAYOUTS).map_err(Error::File)?;
        let mut library = Library { benchmarks: IndexMap::new(), layouts };
        for (file, text) in builtin::benchmarks() {
            // A file is called as its benchmark.
            let name = file.strip_suffix(".yaml").unwrap_or(file).to_owned();
            library.benchmarks.insert(name, Entry::Builtin { file, text, read: OnceLock::new() });
        }
        library.benchmarks.sort_keys();
        Ok(library)
    }

    /// Adds a file, or every `.yaml` file of a folder. A benchmark replaces the one of the same name.
    pub fn add_path(&mut self, path: &Path) -> Result<(), Error> {
        for path in yaml_files(path)? {
            let text = std::fs::read_to_string(&path)
                .map_err(|source| Error::Read { path: path.clone(), source })?;
            let name = path.display().to_string();
            let file = read::benchmark(&name, &text).map_err(Error::File)?;
            if let Some(problem) = self.problems(&name, &text, &file).into_iter().next() {
                return Err(Error::File(problem));
            }
            self.benchmarks.insert(file.name.clone(), Entry::Own(Benchmark { file, is_builtin: false }));
        }
        self.benchmarks.sort_keys();
        Ok(())
    }

    /// Names of all benchmarks, in order.
    pub fn names(&self) -> Vec<String> {
        self.benchmarks.keys().cloned().collect()
    }

    /// The benchmark of this name.
    pub fn get(&self, name: &str) -> Result<&Benchmark, Error> {
        let entry = self.benchmarks.get(name).ok_or_else(|| Error::UnknownBenchmark {
            name: name.to_owned(),
            nearest: suggest::nearest(name, self.benchmarks.keys().map(String::as_str)).map(str::to_owned),
        })?;
        entry.benchmark()
    }

    /// Resolves `name` or `name@protocol` with the user's arguments.
    pub fn resolve(&self, reference: &str, arguments: &DatasetArgs) -> Result<Protocol, Error> {
        let (name, protocol) = match reference.split_once('@') {
            Some((name, protocol)) => (name, Some(protocol)),
            None => (reference, None),
        };
        let benchmark = self.get(name)?;
        let protocol = protocol.map_or_else(|| benchmark.default_protocol(), str::to_owned);
        let Some(section) = benchmark.file.protocols.get(&protocol) else {
            return Err(Error::UnknownProtocol {
                benchmark: name.to_owned(),
                protocol,
                known: benchmark.protocols(),
            });
        };
        let section = self.laid_out(section).map_err(|message| Error::Argument {
            benchmark: reference.to_owned(),
            message,
            hint: None,
        })?;
        Protocol::new(benchmark, &protocol, section, arguments)
    }

    fn laid_out(&self, section: &ProtocolSection) -> Result<ProtocolSection, String> {
        match &section.layout {
            None => Ok(section.clone()),
            Some(name) => match self.layouts.get(name) {
                Some(layout) => Ok(section.clone().over(layout)),
                None => {
                    let near = suggest::nearest(name, self.layouts.keys().map(String::as_str));
                    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                    Err(format!("there is no layout `{name}`{hint}"))
                }
            },
        }
    }

    /// Names of all layouts with what they are.
    pub(crate) fn layouts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.layouts.iter().map(|(name, layout)| (name.as_str(), layout.about.as_deref().unwrap_or("")))
    }

    /// What is wrong with a file that is valid YAML: names that do not exist, templates that do not parse.
    pub(crate) fn problems(&self, name: &str, text: &str, file: &BenchmarkFile) -> Vec<Problem> {
        let benchmark = Benchmark { file: file.clone(), is_builtin: false };
        let mut problems = Vec::new();
        if file.protocols.is_empty() {
            problems.push(self.problem(
                name,
                text,
                "protocols",
                "a benchmark needs at least one protocol".into(),
            ));
        }
        for (protocol, section) in &file.protocols {
            let compiled = self.laid_out(section).and_then(|section| {
                Protocol::new(&benchmark, protocol, section, &DatasetArgs::default())
                    .and_then(|protocol| render_example(&protocol))
                    .map_err(|error| error.to_string())
            });
            if let Err(message) = compiled {
                problems.push(self.problem(name, text, &quoted_or(&message, protocol), message.clone()));
            }
        }
        problems
    }

    fn problem(&self, file: &str, text: &str, place: &str, message: String) -> Problem {
        let (line, column) = read::locate(text, place);
        Problem { file: file.to_owned(), line, column, message, hint: None }
    }
}

/// Renders what the protocol asks for its file's own example: finds names that only a rendering meets.
fn render_example(protocol: &Protocol) -> Result<(), Error> {
    if let Some(sample) = protocol.example()? {
        protocol.step(&sample, &[])?;
    }
    Ok(())
}

/// The first thing that a message quotes, or else `other`.
fn quoted_or(message: &str, other: &str) -> String {
    message.split('`').nth(1).unwrap_or(other).lines().next().unwrap_or(other).to_owned()
}

/// The file itself, or the `.yaml` and `.yml` files of a folder, in order.
pub(crate) fn yaml_files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let wrong = |source| Error::Read { path: path.to_owned(), source };
    if !std::fs::metadata(path).map_err(wrong)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files: Vec<PathBuf> = std::fs::read_dir(path)
        .map_err(wrong)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "yaml" || end == "yml"))
        .filter(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('_')))
        .collect();
    files.sort();
    Ok(files)
}

/// Checks a file or a folder of files without running anything.
pub fn lint(path: &Path) -> Result<Vec<Problem>, Error> {
    let library = Library::builtin()?;
    let mut problems = Vec::new();
    for path in yaml_files(path)? {
        let text =
            std::fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let name = path.display().to_string();
        match read::benchmark(&name, &text) {
            Err(problem) => problems.push(problem),
            Ok(file) => problems.extend(library.problems(&name, &text, &file)),
        }
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_program_is_called_as_its_benchmark_and_can_be_read() {
        let library = Library::builtin().unwrap();
        for name in library.names() {
            assert_eq!(library.get(&name).unwrap().file.name, name);
        }
        assert!(!library.names().is_empty() && library.names().is_sorted());
    }

    #[test]
    fn releases_that_overlap_say_how_many_problems_there_are() {
        let library = Library::builtin().unwrap();
        let benchmark = library.get("live_code_bench").unwrap();
        let all = benchmark.samples().unwrap();
        let problems = benchmark.subsets().iter().filter_map(|subset| benchmark.samples_of(subset)).max();
        assert_eq!(problems, benchmark.samples_of("release_latest"));
        for count in [all, problems.unwrap()] {
            let count = format!("{},{:03}", count / 1000, count % 1000);
            assert!(benchmark.about().contains(&count), "{count}: {}", benchmark.about());
        }
        assert!(benchmark.about().contains(&benchmark.subsets().len().to_string()));
    }
}
