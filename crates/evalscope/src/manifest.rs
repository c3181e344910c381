//! The first part of a run's manifest: all that is known before a model is asked.

use crate::error::Error;
use evalscope_benchmarks::OpenBenchmark;
use evalscope_core::manifest::{
    MANIFEST_VERSION, Manifest, ManifestBenchmark, ManifestModel, Platform, Program,
};
use evalscope_core::{Plan, PlannedBenchmark, digest};
use std::sync::Arc;

/// The commit that this program was built from, when the build was told by this variable.
const COMMIT: Option<&str> = option_env!("EVALSCOPE_COMMIT");

/// What is known before a model is asked. The runner adds the rest at the end.
pub(crate) fn begin(plan: &Plan, benchmarks: &[Arc<OpenBenchmark>]) -> Result<Manifest, Error> {
    let models = plan.models.iter().map(|model| ManifestModel {
        id: model.id.clone(),
        identity: model.identity.clone(),
        sampling: model.sampling.clone(),
        reported: Vec::new(),
    });
    let planned = plan.benchmarks.iter().zip(benchmarks);
    Ok(Manifest {
        version: MANIFEST_VERSION,
        program: Program {
            name: "evalscope-rs".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            commit: COMMIT.filter(|commit| !commit.is_empty()).map(str::to_owned),
        },
        platform: Platform { os: std::env::consts::OS.into(), architecture: std::env::consts::ARCH.into() },
        models: models.collect(),
        benchmarks: planned.map(|(planned, open)| benchmark(planned, open)).collect::<Result<_, Error>>()?,
    })
}

fn benchmark(planned: &PlannedBenchmark, open: &OpenBenchmark) -> Result<ManifestBenchmark, Error> {
    Ok(ManifestBenchmark {
        name: planned.name.clone(),
        definition: digest(&(&planned.asking, &planned.scoring)),
        origin: open.origin(),
        data: open.files_read()?,
        asked: Vec::new(),
        prompts: None,
        sampling: Vec::new(),
    })
}
