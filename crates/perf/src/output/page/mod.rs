//! `perf_report.html`: one file with everything in it and nothing that runs. A policy in it forbids scripts and whatever
//! would have to be fetched.

mod charts;
mod svg;

use crate::measure::{Figures, PerfSummary, StageSummary};
use crate::output::table::number;
use std::fmt::Write;
use svg::escaped;

const STYLE: &str = include_str!("../../../assets/perf.css");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The page.
pub fn html(summary: &PerfSummary) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" \
         content=\"{POLICY}\"><meta name=\"viewport\" content=\"width=device-width\"><title>{0}: load test</title>\
         <style>{STYLE}</style></head><body><main><h1>{0}</h1>",
        escaped(&summary.model)
    );
    let _ = write!(
        out,
        "<p class=\"facts\">{} · {} · prompts: {} · {} · EvalScope {}</p>",
        escaped(&summary.url),
        escaped(&summary.api),
        escaped(&summary.dataset),
        escaped(&summary.began_at),
        escaped(&summary.evalscope)
    );
    for note in &summary.notes {
        let _ = write!(out, "<p class=\"facts\">{}</p>", escaped(note));
    }
    out.push_str("<h2>Loads</h2>");
    table(&mut out, &summary.stages);
    for knee in &summary.knees {
        let (low, high) = knee.between;
        let _ = write!(
            out,
            "<p class=\"facts\">Saturation: at {} {}, between {low} and {high}, with {} requests per second.</p>",
            escaped(&knee.load),
            number(knee.at),
            number(knee.requests_per_s)
        );
    }
    if let Some(found) = &summary.search {
        let end = |end: Option<f64>| end.map_or_else(|| "none".to_owned(), number);
        let _ = write!(
            out,
            "<p class=\"facts\">{}: kept at {} {}, missed at {}</p>",
            escaped(&found.goals),
            escaped(&found.maximize),
            end(found.kept),
            end(found.missed)
        );
    }
    cards(&mut out, charts::of_test(summary));
    for stage in &summary.stages {
        section(&mut out, stage);
    }
    out.push_str("</main></body></html>\n");
    out
}

fn section(out: &mut String, stage: &StageSummary) {
    let repeat = if stage.repeat > 1 { format!(", once more ({})", stage.repeat) } else { String::new() };
    let _ = write!(out, "<h2>{}{repeat}</h2>", escaped(&stage.name));
    for reason in &stage.invalid {
        let _ = write!(out, "<p class=\"invalid\">INVALID: {}</p>", escaped(reason));
    }
    let failed = stage.requests.classes.iter().filter(|(class, _)| *class != "ok");
    let failed: Vec<String> = failed.map(|(class, count)| format!("{count} {class}")).collect();
    if !failed.is_empty() {
        let _ = write!(out, "<p class=\"facts\">Failed: {}</p>", escaped(&failed.join(", ")));
    }
    cards(out, charts::of_stage(stage));
}

fn cards(out: &mut String, charts: Vec<String>) {
    if !charts.is_empty() {
        out.push_str("<div class=\"cards\">");
        charts.iter().for_each(|chart| {
            let _ = write!(out, "<figure>{chart}</figure>");
        });
        out.push_str("</div>");
    }
}

fn table(out: &mut String, stages: &[StageSummary]) {
    out.push_str("<div class=\"scroll\"><table><thead><tr>");
    for name in [
        "load",
        "ok",
        "failed",
        "requests/s",
        "tokens/s",
        "TTFT p50, ms",
        "p99",
        "TPOT p50, ms",
        "p99",
        "E2E p50, ms",
        "p99",
        "",
    ] {
        let _ = write!(out, "<th>{name}</th>");
    }
    out.push_str("</tr></thead><tbody>");
    let time = |figures: &Option<Figures>, name: &str| {
        figures.as_ref().and_then(|figures| figures.percentile(name)).map_or_else(|| "–".to_owned(), number)
    };
    for stage in stages {
        let latency = &stage.latency;
        let tokens = stage.throughput.output_tokens_per_s.map_or_else(|| "–".to_owned(), number);
        let cells = [
            stage.name.clone(),
            stage.requests.ok.to_string(),
            stage.requests.failed.to_string(),
            number(stage.throughput.requests_per_s),
            tokens,
            time(&latency.ttft_ms, "p50"),
            time(&latency.ttft_ms, "p99"),
            time(&latency.tpot_ms, "p50"),
            time(&latency.tpot_ms, "p99"),
            time(&latency.e2e_ms, "p50"),
            time(&latency.e2e_ms, "p99"),
        ];
        out.push_str("<tr>");
        cells.iter().for_each(|cell| {
            let _ = write!(out, "<td>{}</td>", escaped(cell));
        });
        let word = if stage.invalid.is_empty() { "" } else { "INVALID" };
        let _ = write!(out, "<td class=\"bad\">{word}</td></tr>");
    }
    out.push_str("</tbody></table></div>");
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A test of no loads.
    pub fn summary() -> PerfSummary {
        PerfSummary {
            version: 1,
            evalscope: "0".into(),
            began_at: "then".into(),
            model: "m".into(),
            url: "http://h".into(),
            api: "openai_chat".into(),
            dataset: "synthetic".into(),
            prompts: 1,
            seed: 1,
            stages: Vec::new(),
            search: None,
            knees: Vec::new(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn no_text_from_outside_becomes_markup() {
        let evil = "<img src=x onerror=alert(1)>\"'".to_owned();
        let mut stage = crate::truth::tests::stage_of_nothing();
        stage.name.clone_from(&evil);
        stage.invalid.push(evil.clone());
        stage.requests.classes.insert(evil.clone(), 1);
        stage.server.push(crate::measure::Series {
            from: evil.clone(),
            name: evil.clone(),
            sort: crate::measure::Sort::Gauge,
            points: vec![(0.0, 1.0), (1.0, 2.0)],
        });
        let page = html(&PerfSummary {
            model: evil.clone(),
            url: evil.clone(),
            notes: vec![evil],
            stages: vec![stage],
            ..summary()
        });
        assert!(!page.contains("<img") && !page.contains("<script"), "{page}");
        assert!(page.contains("INVALID: &lt;img") && page.matches("<svg").count() >= 1);
    }
}
