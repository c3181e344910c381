//! What graphics cards did during a stage, from the series of exporters whose names for it are known: NVIDIA's
//! dcgm-exporter, nvidia_gpu_exporter (which asks `nvidia-smi`), and nvidia_gpu_prometheus_exporter (which asks NVML).
//!
//! All that an exporter says is among the series of the stage; here stands what a reader asks first.

use crate::measure::figures::rounded;
use crate::measure::series::Series;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Characters of a label that are kept.
const LONGEST_LABEL: usize = 80;

/// A graphics card during a stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Gpu {
    /// The address that its figures came from.
    pub from: String,
    /// What its exporter calls it: its UUID, or its number where there is none.
    pub id: String,
    /// Its number on its machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Its make.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Share of the time in which it worked, on average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy_share: Option<f64>,
    /// Memory in use, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_most_bytes: Option<f64>,
    /// What it drew, on average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_w: Option<f64>,
    /// Its temperature, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_most_c: Option<f64>,
}

/// What a metric is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Busy,
    Memory,
    Power,
    Temperature,
}

const MIB: f64 = 1_048_576.0;

/// Names of metrics, what each is about, and its unit in ours: shares, bytes, watts, degrees Celsius.
const METRICS: [(&str, About, f64); 15] = [
    ("DCGM_FI_DEV_GPU_UTIL", About::Busy, 0.01),
    ("DCGM_FI_DEV_FB_USED", About::Memory, MIB),
    ("DCGM_FI_DEV_POWER_USAGE", About::Power, 1.0),
    ("DCGM_FI_DEV_GPU_TEMP", About::Temperature, 1.0),
    // Parts of a card (MIG) have no other measure of work.
    ("DCGM_FI_PROF_GR_ENGINE_ACTIVE", About::Busy, 1.0),
    ("nvidia_smi_utilization_gpu_ratio", About::Busy, 1.0),
    ("nvidia_smi_memory_used_bytes", About::Memory, 1.0),
    ("nvidia_smi_power_draw_watts", About::Power, 1.0),
    ("nvidia_smi_power_draw_average_watts", About::Power, 1.0),
    ("nvidia_smi_power_draw_instant_watts", About::Power, 1.0),
    ("nvidia_smi_temperature_gpu", About::Temperature, 1.0),
    ("nvidia_gpu_duty_cycle", About::Busy, 0.01),
    ("nvidia_gpu_memory_used_bytes", About::Memory, 1.0),
    ("nvidia_gpu_power_usage_milliwatts", About::Power, 0.001),
    ("nvidia_gpu_temperature_celsius", About::Temperature, 1.0),
];

/// The cards of a stage's series, in the order in which they come. Of several metrics about the same, the first of the
/// list counts.
pub fn gpus(series: &[Series]) -> Vec<Gpu> {
    let mut found: Vec<Gpu> = Vec::new();
    for (metric, about, unit) in METRICS {
        for one in series {
            let (name, labels) = one.name.split_once('{').unwrap_or((&one.name, ""));
            if name != metric || one.points.is_empty() {
                continue;
            }
            let gpu = card(&mut found, &one.from, labels);
            let values = || one.points.iter().map(|(_, value)| value * unit);
            let mean = rounded(values().sum::<f64>() / one.points.len() as f64);
            let most = rounded(values().fold(f64::NEG_INFINITY, f64::max));
            match about {
                About::Busy => drop(gpu.busy_share.get_or_insert(mean)),
                About::Memory => drop(gpu.memory_most_bytes.get_or_insert(most)),
                About::Power => drop(gpu.power_w.get_or_insert(mean)),
                About::Temperature => drop(gpu.temperature_most_c.get_or_insert(most)),
            }
        }
    }
    found
}

/// The card of these labels, added where it is new.
fn card<'a>(found: &'a mut Vec<Gpu>, from: &str, labels: &str) -> &'a mut Gpu {
    let first = |names: &[&str]| names.iter().find_map(|name| label(labels, name));
    let number = first(&["gpu", "minor_number", "index"]);
    let mut id = first(&["UUID", "uuid"]).or_else(|| number.clone()).unwrap_or_default();
    if let Some(part) = label(labels, "GPU_I_ID").filter(|part| !part.is_empty()) {
        id = format!("{id}/{part}");
    }
    let known = found.iter().position(|gpu| gpu.from == from && gpu.id == id);
    let place = known.unwrap_or_else(|| {
        let model = first(&["modelName", "name"]);
        found.push(Gpu { from: from.to_owned(), id, number, model, ..Gpu::default() });
        found.len() - 1
    });
    &mut found[place]
}

/// The value of a label, as the exporter wrote it.
fn label(labels: &str, name: &str) -> Option<String> {
    let mut rest = labels;
    while let Some((before, after)) = rest.split_once("=\"") {
        let own = before.trim_start_matches([',', ' ', '}']);
        let end = end_of_value(after)?;
        if own == name {
            // It stands in tables of a terminal, and comes from elsewhere.
            let plain = after[..end].chars().filter(|c| !c.is_control());
            return Some(plain.take(LONGEST_LABEL).collect());
        }
        rest = &after[end + 1..];
    }
    None
}

/// Where a value between quotes ends.
fn end_of_value(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Sort;

    fn series(name: &str, points: &[(f64, f64)]) -> Series {
        Series { from: "http://h:9400".into(), name: name.into(), sort: Sort::Gauge, points: points.to_vec() }
    }

    #[test]
    fn cards_of_a_dcgm_exporter_are_told_apart() {
        let labels = |gpu: u32, uuid: &str| {
            format!(
                "{{gpu=\"{gpu}\",UUID=\"{uuid}\",device=\"nvidia{gpu}\",modelName=\"A, \\\"B\\\"\",Hostname=\"h\"}}"
            )
        };
        let (one, two) = (labels(0, "GPU-1"), labels(1, "GPU-2"));
        let found = gpus(&[
            series(&format!("DCGM_FI_DEV_GPU_UTIL{one}"), &[(1.0, 50.0), (2.0, 100.0)]),
            series(&format!("DCGM_FI_DEV_GPU_UTIL{two}"), &[(1.0, 10.0)]),
            series(&format!("DCGM_FI_DEV_FB_USED{one}"), &[(1.0, 1024.0), (2.0, 512.0)]),
            series(&format!("DCGM_FI_DEV_POWER_USAGE{one}"), &[(1.0, 300.0), (2.0, 500.0)]),
            series(&format!("DCGM_FI_DEV_GPU_TEMP{one}"), &[(1.0, 60.0), (2.0, 62.0)]),
            series(&format!("DCGM_FI_DEV_SM_CLOCK{one}"), &[(1.0, 1980.0)]),
        ]);
        let first = Gpu {
            from: "http://h:9400".into(),
            id: "GPU-1".into(),
            number: Some("0".into()),
            model: Some("A, \\\"B\\\"".into()),
            busy_share: Some(0.75),
            memory_most_bytes: Some(1024.0 * MIB),
            power_w: Some(400.0),
            temperature_most_c: Some(62.0),
        };
        assert_eq!(found[0], first);
        assert_eq!((found.len(), found[1].id.as_str(), found[1].busy_share), (2, "GPU-2", Some(0.1)));
    }

    #[test]
    fn exporters_over_nvml_and_nvidia_smi_have_units_of_their_own() {
        let nvml = "{minor_number=\"3\",name=\"T4\",uuid=\"GPU-9\"}";
        let found = gpus(&[
            series(&format!("nvidia_gpu_duty_cycle{nvml}"), &[(1.0, 40.0)]),
            series(&format!("nvidia_gpu_power_usage_milliwatts{nvml}"), &[(1.0, 70_500.0)]),
            series(&format!("nvidia_gpu_memory_used_bytes{nvml}"), &[(1.0, 5e9)]),
            series(&format!("nvidia_gpu_temperature_celsius{nvml}"), &[(1.0, 34.0)]),
        ]);
        let seen = &found[0];
        assert_eq!((found.len(), seen.number.as_deref(), seen.model.as_deref()), (1, Some("3"), Some("T4")));
        assert_eq!((seen.busy_share, seen.power_w), (Some(0.4), Some(70.5)));
        assert_eq!((seen.memory_most_bytes, seen.temperature_most_c), (Some(5e9), Some(34.0)));
        let smi = "{uuid=\"df6e7a7c\"}";
        let found = gpus(&[
            series(&format!("nvidia_smi_power_draw_instant_watts{smi}"), &[(1.0, 99.0)]),
            series(&format!("nvidia_smi_power_draw_watts{smi}"), &[(1.0, 90.0)]),
            series(&format!("nvidia_smi_utilization_gpu_ratio{smi}"), &[(1.0, 0.9)]),
        ]);
        assert_eq!(
            (found[0].id.as_str(), found[0].busy_share, found[0].power_w),
            ("df6e7a7c", Some(0.9), Some(90.0))
        );
    }

    #[test]
    fn other_series_are_no_cards() {
        assert!(gpus(&[series("vllm:num_requests_running{gpu=\"0\"}", &[(1.0, 2.0)])]).is_empty());
        let parts = gpus(&[
            series("DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu=\"0\",UUID=\"G\",GPU_I_ID=\"1\"}", &[(1.0, 0.5)]),
            series("DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu=\"0\",UUID=\"G\",GPU_I_ID=\"2\"}", &[(1.0, 0.25)]),
        ]);
        let ids: Vec<&str> = parts.iter().map(|gpu| gpu.id.as_str()).collect();
        assert_eq!(ids, ["G/1", "G/2"]);
    }

    #[test]
    fn labels_hold_nothing_that_steers_a_terminal() {
        let hostile = format!("gpu=\"0\u{1b}[2J\",modelName=\"{}\"", "x".repeat(500));
        assert_eq!(label(&hostile, "gpu").as_deref(), Some("0[2J"));
        assert_eq!(label(&hostile, "modelName").map(|name| name.len()), Some(LONGEST_LABEL));
    }
}
