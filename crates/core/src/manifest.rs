//! A manifest: what a run was made of, so that another run can be held against it: program, platform, data, prompts,
//! sampling, and what the endpoint called itself.

use crate::digest;
use crate::effect::Effect;
use crate::request::Sampling;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the manifest's form.
pub const MANIFEST_VERSION: u32 = 1;

/// What a run was made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// Version of this form ([`MANIFEST_VERSION`]).
    pub version: u32,
    /// The program that worked on the run last.
    pub program: Program,
    /// The machine that it ran on.
    pub platform: Platform,
    /// The models, as in the plan.
    pub models: Vec<ManifestModel>,
    /// The benchmarks, as in the plan.
    pub benchmarks: Vec<ManifestBenchmark>,
}

/// A data file whose bytes are other ones than when the models were asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// Name with protocol.
    pub benchmark: String,
    /// Its name in the data set.
    pub file: String,
}

impl Manifest {
    /// Returns the first data file whose bytes are other ones than when the models of the run that `recorded` is of were asked.
    /// Files that one of the two does not know say nothing.
    pub fn changed_since_asked(&self, recorded: &Manifest) -> Option<ChangedFile> {
        let pairs = self.benchmarks.iter().filter_map(|own| Some((own, recorded.benchmark(&own.name)?)));
        let mut changed = pairs.filter_map(|(own, recorded)| {
            let file = differing(&own.data, recorded.as_asked()).next()?;
            Some(ChangedFile { benchmark: own.name.clone(), file: file.to_owned() })
        });
        changed.next()
    }

    /// Whether both were made of the same data, as far as both know.
    pub fn has_data_of(&self, other: &Manifest) -> bool {
        let mut pairs = self.benchmarks.iter().filter_map(|own| Some((own, other.benchmark(&own.name)?)));
        pairs.all(|(own, other)| differing(&own.data, &other.data).next().is_none())
    }

    /// The same, which keeps what `recorded` knows of the data that the models were asked with.
    pub fn after(mut self, recorded: &Manifest) -> Manifest {
        for own in &mut self.benchmarks {
            let Some(recorded) = recorded.benchmark(&own.name) else { continue };
            if differing(&own.data, recorded.as_asked()).next().is_some() {
                own.asked = recorded.as_asked().to_vec();
            }
        }
        self
    }

    fn benchmark(&self, name: &str) -> Option<&ManifestBenchmark> {
        self.benchmarks.iter().find(|benchmark| benchmark.name == name)
    }
}

impl ManifestBenchmark {
    /// The files that were other ones when the models were asked.
    pub fn changed(&self) -> impl Iterator<Item = &str> {
        differing(&self.data, self.as_asked())
    }

    /// The data files that the models were asked with.
    fn as_asked(&self) -> &[DataFile] {
        if self.asked.is_empty() { &self.data } else { &self.asked }
    }
}

/// The files that are in both lists with other bytes.
fn differing<'a>(files: &'a [DataFile], others: &'a [DataFile]) -> impl Iterator<Item = &'a str> {
    let is_other =
        |file: &&DataFile| others.iter().any(|other| other.file == file.file && other.sha256 != file.sha256);
    files.iter().filter(is_other).map(|file| file.file.as_str())
}

/// A program, exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The commit that it was built from, when the build was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// A kind of machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Platform {
    /// Operating system: `linux`, `macos`, `windows`, ….
    pub os: String,
    /// Processor architecture: `x86_64`, `aarch64`, ….
    pub architecture: String,
}

/// A model of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ManifestModel {
    /// The name under which results are filed.
    pub id: String,
    /// What decides its answers, as in the plan.
    pub identity: IndexMap<String, String>,
    /// Sampling asked for on the command line, over the model's defaults.
    pub sampling: Sampling,
    /// The names under which the endpoint answered, sorted; known at the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reported: Vec<String>,
}

/// A benchmark of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ManifestBenchmark {
    /// Name with protocol, `gsm8k@evalscope-1.14`.
    pub name: String,
    /// Digest of the resolved protocol: `asking` and `scoring` of the plan.
    pub definition: String,
    /// Where the data came from.
    pub origin: String,
    /// The files that were read, sorted.
    pub data: Vec<DataFile>,
    /// The files as they were when the models were asked; absent while they are those of `data`. They differ when a run was
    /// scored again after a file had changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<DataFile>,
    /// Digest of all rendered prompts; known when every sample has been looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompts: Option<String>,
    /// How tokens were drawn, as it was sent; several when the benchmark asks in several ways. Known at the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sampling: Vec<Sampling>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct DataFile {
    /// Its name in the data set; an archive stands for the files in it.
    pub file: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its bytes as they lie on the disk, in base 16.
    pub sha256: String,
}

/// Digest of what a model is shown: messages, tools, raw text, or texts to be compared. Says nothing of the model and of
/// how tokens are drawn, nor of the segments in which a prefix is laid out, which never change a result.
pub fn prompt_digest(effects: &[Effect]) -> String {
    let shown: Vec<Shown> = effects.iter().map(Shown::of).collect();
    digest(&shown)
}

/// Digest of the prompts of many samples that come in any order, kept in a few bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PromptSum {
    /// Samples so far.
    pub samples: u64,
    sum: u128,
}

impl PromptSum {
    /// Adds a sample once, with the [`prompt_digest`] of what it shows.
    pub fn add(&mut self, index: u64, prompt: &str) {
        let digest = digest(&(index, prompt));
        // A digest is 32 hexadecimal digits.
        self.sum = self.sum.wrapping_add(u128::from_str_radix(&digest, 16).unwrap_or_default());
        self.samples += 1;
    }

    /// The sum, in 32 hexadecimal digits.
    pub fn digits(&self) -> String {
        format!("{:032x}", self.sum)
    }
}

/// Whether two effects show a model the same.
pub fn shows_same(left: &Effect, right: &Effect) -> bool {
    Shown::of(left) == Shown::of(right)
}

#[derive(PartialEq, Serialize)]
enum Shown<'a> {
    Input(&'a crate::Input, &'a [crate::Tool]),
    Likelihood(String, &'a [String], crate::ContinuationTokens),
    Program(&'a crate::ExecuteRequest),
}

impl Shown<'_> {
    fn of(effect: &Effect) -> Shown<'_> {
        match effect {
            Effect::Generate(request) => Shown::Input(&request.input, &request.tools),
            Effect::Loglikelihood(request) => {
                Shown::Likelihood(request.prefix_text(), &request.continuations, request.tokens)
            }
            Effect::Execute(request) => Shown::Program(request),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GenerateRequest, Input, LoglikelihoodRequest};

    #[test]
    fn prompts_have_one_digest_whatever_the_sampling() {
        let ask = |text: &str, temperature| {
            let sampling = Sampling { temperature, ..Sampling::default() };
            Effect::Generate(GenerateRequest::new(Input::Text(text.into()), sampling))
        };
        let (cold, warm) = (ask("a", Some(0.0)), ask("a", Some(1.0)));
        assert_eq!(prompt_digest(std::slice::from_ref(&cold)), prompt_digest(std::slice::from_ref(&warm)));
        assert_ne!(prompt_digest(std::slice::from_ref(&cold)), prompt_digest(&[ask("b", Some(0.0))]));
        assert_ne!(prompt_digest(std::slice::from_ref(&cold)), prompt_digest(&[cold.clone(), cold.clone()]));
        assert!(shows_same(&cold, &warm));
    }

    fn manifest(data: &[(&str, &str)]) -> Manifest {
        let file = |(file, sha256): &(&str, &str)| DataFile {
            file: (*file).to_owned(),
            bytes: 1,
            sha256: (*sha256).to_owned(),
        };
        Manifest {
            version: MANIFEST_VERSION,
            program: Program { name: "p".into(), version: "1".into(), commit: None },
            platform: Platform { os: "o".into(), architecture: "a".into() },
            models: Vec::new(),
            benchmarks: vec![ManifestBenchmark {
                name: "quiz@own".into(),
                definition: String::new(),
                origin: String::new(),
                data: data.iter().map(file).collect(),
                asked: Vec::new(),
                prompts: None,
                sampling: Vec::new(),
            }],
        }
    }

    #[test]
    fn the_data_that_was_asked_outlives_new_scorings() {
        let (first, second, third) =
            (manifest(&[("a", "1"), ("b", "1")]), manifest(&[("a", "2")]), manifest(&[("a", "1")]));
        let changed = second.changed_since_asked(&first).unwrap();
        assert_eq!((changed.benchmark.as_str(), changed.file.as_str()), ("quiz@own", "a"));
        let scored = second.clone().after(&first);
        assert_eq!(scored.benchmarks[0].asked, first.benchmarks[0].data);
        // Scored once more with the same file: the models were still asked with the first one.
        let again = second.clone().after(&scored);
        assert_eq!((&again, second.changed_since_asked(&again).is_some()), (&scored, true));
        // The file is what it was: nothing differs, but the scores were made with the other one.
        assert_eq!((third.changed_since_asked(&again), third.has_data_of(&again)), (None, false));
        assert!(third.after(&again).benchmarks[0].asked.is_empty());
    }

    #[test]
    fn files_that_one_manifest_does_not_know_say_nothing() {
        let (one, other) = (manifest(&[("a", "1")]), manifest(&[("b", "2")]));
        assert_eq!((one.changed_since_asked(&other), one.has_data_of(&other)), (None, true));
        let mut renamed = manifest(&[("a", "2")]);
        renamed.benchmarks[0].name = "quiz@other".into();
        assert_eq!((one.changed_since_asked(&renamed), one.after(&renamed)), (None, manifest(&[("a", "1")])));
    }

    #[test]
    fn segments_of_a_prefix_do_not_count() {
        let compare = |prefix: &[&str]| {
            Effect::Loglikelihood(LoglikelihoodRequest {
                prefix: prefix.iter().map(|text| (*text).to_owned()).collect(),
                continuations: vec![" A".into()],
                tokens: crate::ContinuationTokens::InContext,
            })
        };
        assert!(shows_same(&compare(&["a", "b"]), &compare(&["ab"])));
        assert!(!shows_same(&compare(&["a"]), &compare(&["ab"])));
    }
}
