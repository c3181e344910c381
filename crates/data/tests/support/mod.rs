//! A loopback server that stands in for a hub, and a place to work in.
#![expect(dead_code, reason = "each test file uses a part")]

use evalscope_core::Secret;
use evalscope_data::{CacheRoots, DatasetId, Error, Hub, ReadOptions, RepoId, Store, StoreOptions};
use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// What came in.
#[derive(Debug, Clone)]
pub struct Request {
    /// Path and query.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The byte at which the request wants to start.
    pub fn start(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

/// What goes out.
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Send only so many bytes of the body, then hang up.
    pub cut: Option<usize>,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status, headers: Vec::new(), body: body.into(), cut: None }
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Reply {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The part of a file that a request wants, as servers with ranges do it.
    pub fn file(request: &Request, content: &[u8]) -> Reply {
        match request.start() {
            Some(start) if start >= content.len() => {
                Reply::new(416, "").with("Content-Range", format!("bytes */{}", content.len()))
            }
            Some(start) => Reply::new(206, &content[start..])
                .with("Content-Range", format!("bytes {start}-{}/{}", content.len() - 1, content.len())),
            None => Reply::new(200, content),
        }
    }
}

/// A server that answers with a function and remembers what it was asked.
pub struct Server {
    pub address: String,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&log);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let Some(request) = read(&stream) else { continue };
                seen.lock().unwrap().push(request.clone());
                write(stream, &answer(&request));
            }
        });
        Server { address, log }
    }

    /// Takes what was asked since the last call.
    pub fn asked(&self) -> Vec<Request> {
        std::mem::take(&mut *self.log.lock().unwrap())
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines();
    let target = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    for line in lines {
        let line = line.ok()?;
        let Some((name, value)) = line.split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    Some(Request { target, headers })
}

fn write(mut stream: TcpStream, reply: &Reply) {
    let mut head = format!(
        "HTTP/1.1 {} x\r\nContent-Length: {}\r\nConnection: close\r\n",
        reply.status,
        reply.body.len()
    );
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let end = reply.cut.unwrap_or(reply.body.len());
    let _ = stream.write_all(format!("{head}\r\n").as_bytes());
    let _ = stream.write_all(&reply.body[..end]);
}

/// A folder with caches and data, deleted at the end.
pub struct Place {
    pub folder: TempDir,
}

impl Place {
    pub fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn options(&self, hub: Hub, address: &str) -> StoreOptions {
        StoreOptions {
            hub,
            dataset_dir: Some(self.path("data")),
            cache: CacheRoots {
                evalscope: self.path("cache/evalscope"),
                modelscope: self.path("cache/modelscope"),
                huggingface: self.path("cache/huggingface"),
            },
            offline: false,
            modelscope_endpoint: address.to_owned(),
            huggingface_endpoint: address.to_owned(),
            modelscope_token: Some(Secret::new("ms-secret")),
            huggingface_token: Some(Secret::new("hf-secret")),
            pip: self.path("pip"),
            watch: Default::default(),
        }
    }

    pub fn store(&self, hub: Hub, address: &str) -> Store {
        Store::new(self.options(hub, address)).unwrap()
    }

    pub fn offline(&self, hub: Hub, address: &str) -> Store {
        Store::new(StoreOptions { offline: true, ..self.options(hub, address) }).unwrap()
    }

    /// The rows of a file in a local data set, as JSON lines.
    pub fn rows(&self, file: &str, options: &ReadOptions) -> Result<Vec<String>, Error> {
        let id = DatasetId { local_path: Some(self.path("")), ..dataset(None) };
        let dataset = self.store(Hub::Local, "http://127.0.0.1:9").open(&id)?;
        rows(&dataset, file, options)
    }
}

/// The rows of a file, as JSON lines.
pub fn rows(
    dataset: &evalscope_data::Dataset,
    file: &str,
    options: &ReadOptions,
) -> Result<Vec<String>, Error> {
    dataset.rows(file, options)?.map(|row| Ok(serde_json::to_string(&row?).unwrap())).collect()
}

/// A data set that is `org/name` on both hubs.
pub fn dataset(revision: Option<&str>) -> DatasetId {
    let id = repository(revision);
    DatasetId { name: "quiz".into(), local_path: None, modelscope: Some(id.clone()), huggingface: Some(id) }
}

pub fn repository(revision: Option<&str>) -> RepoId {
    RepoId { id: "org/name".into(), revision: revision.map(str::to_owned) }
}

pub fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}
