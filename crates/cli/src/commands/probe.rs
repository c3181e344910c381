//! `evalscope probe`: what an endpoint does and lacks.

use crate::arguments::ProbeArguments;
use crate::commands::models_given::eval_type;
use crate::environment;
use crate::output::{self, Failure, printable, thousands};
use evalscope::core::Secret;
use evalscope::{EndpointAddress, Findings, GenerationConfig, ModelOptions};
use std::process::ExitCode;

pub fn run(arguments: ProbeArguments) -> Result<ExitCode, Failure> {
    let generation = arguments.generation_config.as_deref().map(GenerationConfig::parse).transpose()?;
    let model = ModelOptions {
        model: arguments.model,
        endpoints: vec![EndpointAddress { url: arguments.url, weight: 1.0 }],
        api_key: arguments.api_key.map(|key| Secret::new(key).from_source("--api-key")),
        eval_type: arguments.eval_type.as_deref().map(eval_type).transpose()?,
        generation: generation.unwrap_or_default(),
        ..ModelOptions::default()
    };
    let findings = evalscope::probe(&model, &environment::read(false))?;
    if arguments.json {
        output::json(&findings);
    } else {
        output::result(&table(&findings));
    }
    output::note(&findings.cost());
    Ok(ExitCode::SUCCESS)
}

/// One line a finding: what, whether, why.
fn table(findings: &Findings) -> String {
    let mut lines: Vec<String> =
        findings.endpoint.iter().map(|(name, value)| format!("{name:<13}  {value}")).collect();
    let context = findings.max_context.map_or_else(
        || "unknown: the endpoint does not say".to_owned(),
        |tokens| format!("{} tokens", thousands(tokens)),
    );
    lines.push(format!("{:<13}  {context}\n", "context"));
    lines.extend(findings.findings.iter().map(|finding| {
        format!("{:<13}  {:<7}  {}", finding.name.word(), finding.seen.word(), finding.evidence)
    }));
    let repeats = findings.nondeterminism.map_or_else(
        || "whether answers agree at temperature 0 cannot be told: they have no text".to_owned(),
        |figure| figure.sentence(),
    );
    lines.push(format!("\n{repeats}"));
    printable(&lines.join("\n"))
}
