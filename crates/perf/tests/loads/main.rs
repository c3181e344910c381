//! Whole load tests against a server on loopback that does what it is told and counts what it did.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where its set-up fails")]

mod apis;
mod exporters;
mod faults;
mod figures;
mod scrape;
mod search;
mod server;
mod shapes;
mod version_two;

use evalscope_perf::{
    Answers, Dataset, Http, Phase, Plan, Portion, Prefix, Prompts, Row, Server, Shape, Signals, Stage,
    StageSummary, Start, Think, api_by_name, run,
};
use std::path::Path;
use std::time::Duration;

/// A closed loop of so many requests.
pub fn closed(parallel: u32, number: u64) -> Stage {
    Stage {
        shape: Shape::Closed { parallel, start: Start::Apart },
        number: Some(number),
        duration: None,
        warm_up: Portion::NONE,
        cool_down: Portion::NONE,
    }
}

/// A plan of one stage.
pub fn plan(url: &str, stage: Stage, folder: &Path) -> Plan {
    Plan {
        server: Server {
            url: url.to_owned(),
            api: api_by_name("openai", url).unwrap(),
            http: Http::One,
            certificates: None,
            model: "m".into(),
            key: None,
            headers: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            total_timeout: Duration::from_secs(120),
            check: false,
            is_own: false,
        },
        prompts: Prompts {
            dataset: Dataset::Synthetic,
            name: "synthetic".into(),
            min_length: None,
            max_length: None,
            prefix: Prefix::default(),
            bust_cache: false,
            images: None,
            turns: None,
            think: Think::Not,
            offset: 0,
            tokenizer: None,
        },
        answers: Answers { stream: true, max_tokens: Some((16, 16)), parameters: serde_json::Map::new() },
        stages: vec![stage],
        search: None,
        sweep: None,
        metrics: Vec::new(),
        repeat: 1,
        rest: Duration::ZERO,
        goals: None,
        seed: 1,
        folder: folder.to_owned(),
    }
}

/// The rows of a folder.
pub fn opened(folder: &Path) -> evalscope_data::Dataset {
    let nowhere = || folder.join("no-cache");
    let store = evalscope_data::Store::new(evalscope_data::StoreOptions {
        hub: evalscope_data::Hub::Local,
        dataset_dir: None,
        cache: evalscope_data::CacheRoots {
            evalscope: nowhere(),
            modelscope: nowhere(),
            huggingface: nowhere(),
        },
        offline: true,
        modelscope_endpoint: String::new(),
        huggingface_endpoint: String::new(),
        modelscope_token: None,
        huggingface_token: None,
        pip: "pip".into(),
        watch: Default::default(),
    });
    let id = evalscope_data::DatasetId {
        name: "rows".into(),
        local_path: Some(folder.to_owned()),
        modelscope: None,
        huggingface: None,
    };
    store.unwrap().open(&id).unwrap()
}

/// Runs a plan of one stage: its figures and its rows.
pub fn ran(plan: &Plan) -> (StageSummary, Vec<Row>) {
    let tested = run(plan, &|_| {}, &Signals::default()).expect("the test runs");
    let stage = tested.summary.stages.into_iter().next().expect("there is a stage");
    (stage, rows(&plan.folder))
}

/// The rows of the only stage.
pub fn rows(folder: &Path) -> Vec<Row> {
    let mut stages = std::fs::read_dir(folder).unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let stage = stages.find(|path| path.is_dir()).expect("there is a stage");
    evalscope_perf::output::rows::read(&stage.join("requests.jsonl")).unwrap().map(Result::unwrap).collect()
}

/// Rows of measured requests.
pub fn measured(rows: &[Row]) -> usize {
    rows.iter().filter(|row| row.phase == Phase::Measured).count()
}
