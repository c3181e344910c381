//! Prometheus' text format: names, labels, values. Of histograms, sum and count are kept and the buckets are not.

use crate::measure::Sort;

/// A sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Its name and its labels, as the server writes them.
    pub name: String,
    /// What kind of number it is.
    pub sort: Sort,
    /// Its value.
    pub value: f64,
}

/// The samples of a text, in order.
pub fn read(text: &str) -> Vec<Sample> {
    let mut kind = ("", "untyped");
    let mut samples = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let mut words = rest.split_whitespace();
            kind = (words.next().unwrap_or_default(), words.next().unwrap_or("untyped"));
        } else if !line.starts_with('#') && !line.is_empty() {
            samples.extend(sample(line, kind));
        }
    }
    samples
}

fn sample(line: &str, (name_of_type, kind): (&str, &str)) -> Option<Sample> {
    let end = match line.find('{') {
        Some(open) => end_of_labels(line, open)?,
        None => line.find(char::is_whitespace)?,
    };
    let (name, rest) = line.split_at(end);
    let value: f64 = rest.split_whitespace().next()?.parse().ok()?;
    let bare = name.split('{').next().unwrap_or_default();
    let is_of_type = bare.starts_with(name_of_type);
    if (is_of_type && kind == "histogram" && bare.ends_with("_bucket"))
        || name.contains("quantile=\"")
        || bare.ends_with("_created")
        || !value.is_finite()
    {
        return None;
    }
    let grows = is_of_type && matches!(kind, "counter" | "histogram" | "summary");
    let grows = grows || (kind == "untyped" && bare.ends_with("_total"));
    // llama.cpp calls the longest sequence so far a counter.
    let grows = grows && !bare.ends_with("_max");
    Some(Sample { name: name.to_owned(), sort: if grows { Sort::Counter } else { Sort::Gauge }, value })
}

/// Where labels end: values may hold braces between their quotes.
fn end_of_labels(line: &str, open: usize) -> Option<usize> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (place, byte) in line.bytes().enumerate().skip(open) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b'}' if !is_quoted => return Some(place + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_have_their_kind() {
        let text = "\
# HELP vllm:num_requests_running Number of requests.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{model_name=\"a}\\\"b\"} 3.0
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{model_name=\"m\"} 1.5e3 1712345678000
# TYPE vllm:generation_tokens_created gauge
vllm:generation_tokens_created{model_name=\"m\"} 1.7e9
# TYPE ttft histogram
ttft_bucket{le=\"0.1\"} 4
ttft_sum 0.5
ttft_count 7
# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{gpu=\"0\",UUID=\"GPU-1\"} 97
# TYPE x summary
x{quantile=\"0.5\"} 1
nan_value NaN
# TYPE llamacpp:n_tokens_max counter
llamacpp:n_tokens_max 77
broken{a=\"b\"
llamacpp:tokens_total 9";
        let found = read(text);
        let seen: Vec<(&str, Sort, f64)> =
            found.iter().map(|sample| (sample.name.as_str(), sample.sort, sample.value)).collect();
        assert_eq!(
            seen,
            [
                ("vllm:num_requests_running{model_name=\"a}\\\"b\"}", Sort::Gauge, 3.0),
                ("vllm:generation_tokens_total{model_name=\"m\"}", Sort::Counter, 1500.0),
                ("ttft_sum", Sort::Counter, 0.5),
                ("ttft_count", Sort::Counter, 7.0),
                ("DCGM_FI_DEV_GPU_UTIL{gpu=\"0\",UUID=\"GPU-1\"}", Sort::Gauge, 97.0),
                ("llamacpp:n_tokens_max", Sort::Gauge, 77.0),
                ("llamacpp:tokens_total", Sort::Gauge, 9.0),
            ]
        );
    }
}
