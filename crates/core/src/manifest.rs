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
