//! The command line that fetches something, ready to be pasted into a shell.

use crate::environment::Hub;
use crate::shell::quoted;
use evalscope_benchmarks::DatasetArgs;
use std::path::PathBuf;

/// `evalscope data pull …`, in parts.
#[derive(Debug, Default)]
pub(crate) struct PullCommand {
    name: String,
    hub: Option<String>,
    arguments: Option<serde_json::Value>,
    benchmark_paths: Vec<PathBuf>,
}

impl PullCommand {
    /// The command for a name.
    pub fn new(name: impl Into<String>) -> PullCommand {
        PullCommand { name: name.into(), ..PullCommand::default() }
    }

    /// From this hub.
    pub fn with_hub(mut self, hub: Hub) -> PullCommand {
        self.hub = Some(hub_name(hub).to_owned());
        self
    }

    /// From the hub of this name, where there is one.
    pub fn with_hub_name(mut self, hub: Option<&str>) -> PullCommand {
        self.hub = hub.map(str::to_owned);
        self
    }

    /// With these arguments of the data set.
    pub fn with_arguments(mut self, arguments: Option<serde_json::Value>) -> PullCommand {
        self.arguments = arguments;
        self
    }

    /// With benchmarks of the user's own.
    pub fn with_benchmark_paths(mut self, paths: &[PathBuf]) -> PullCommand {
        self.benchmark_paths = paths.to_vec();
        self
    }

    /// The text.
    pub fn text(&self) -> String {
        let mut text = format!("evalscope data pull {}", quoted(&self.name));
        if let Some(hub) = &self.hub {
            text.push_str(&format!(" --dataset-hub {}", quoted(hub)));
        }
        if let Some(arguments) = &self.arguments {
            let name = self.name.split('@').next().unwrap_or(&self.name);
            text.push_str(&format!(
                " --dataset-args {}",
                quoted(&serde_json::json!({name: arguments}).to_string())
            ));
        }
        for path in &self.benchmark_paths {
            text.push_str(&format!(" --benchmark-path {}", quoted(&path.display().to_string())));
        }
        text
    }
}

/// The arguments that decide which files a benchmark needs; none when the user gave none of them.
pub(crate) fn data_arguments(given: &DatasetArgs) -> Option<serde_json::Value> {
    let arguments = DatasetArgs {
        dataset_id: given.dataset_id.clone(),
        dataset_revision: given.dataset_revision.clone(),
        subset_list: given.subset_list.clone(),
        eval_split: given.eval_split.clone(),
        train_split: given.train_split.clone(),
        ..DatasetArgs::default()
    };
    (arguments != DatasetArgs::default()).then(|| serde_json::to_value(arguments).unwrap_or_default())
}

/// A hub by the name of its option.
pub(crate) fn hub_name(hub: Hub) -> &'static str {
    match hub {
        Hub::ModelScope => "modelscope",
        Hub::HuggingFace => "huggingface",
        Hub::Local => "local",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_pasted() {
        let command = PullCommand::new("gsm8k@evalscope-0.5").with_hub(Hub::ModelScope);
        assert_eq!(command.text(), "evalscope data pull gsm8k@evalscope-0.5 --dataset-hub modelscope");
        let given = DatasetArgs {
            dataset_revision: Some("it's".into()),
            few_shot_num: Some(2),
            ..DatasetArgs::default()
        };
        let command =
            command.with_arguments(data_arguments(&given)).with_benchmark_paths(&["my bench.yaml".into()]);
        assert_eq!(
            command.text(),
            "evalscope data pull gsm8k@evalscope-0.5 --dataset-hub modelscope --dataset-args \
             '{\"gsm8k\":{\"dataset_revision\":\"it'\\''s\"}}' --benchmark-path 'my bench.yaml'"
        );
        assert_eq!(data_arguments(&DatasetArgs::default()), None);
        assert_eq!(PullCommand::new("$(x)").text(), "evalscope data pull '$(x)'");
    }
}
