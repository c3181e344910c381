//! An image of a sample's messages: one that is in the message, or a file of the run. Nothing is fetched, and no file that lies elsewhere
//! is read.

use crate::error::Error;
use crate::outputs::Outputs;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of an image at most, as when it is sent to a model.
const MAX_BYTES: u64 = 20 << 20;

/// An image as it is served.
#[derive(Debug, PartialEq, Eq)]
pub struct Picture {
    /// `image/png` and such, by the first bytes: what a name or a URL says is not believed.
    pub media_type: &'static str,
    /// The image.
    pub bytes: Vec<u8>,
}

/// The image with this number of a call's messages, counted over all of them.
pub fn picture(outputs: &Outputs, folder: &Path, call: &Value, number: usize) -> Result<Picture, Error> {
    let messages = call["messages"].as_array().into_iter().flatten();
    let parts = messages.flat_map(|message| message["content"].as_array().into_iter().flatten());
    let image = parts.filter_map(image).nth(number);
    let bytes = match image.ok_or_else(|| Error::missing(format!("image {number} in this call")))? {
        Image::Url(url) => decoded(url)?,
        Image::File { path, sha256 } => read(outputs, folder, path, sha256)?,
    };
    let media_type = media_type(&bytes)
        .ok_or_else(|| Error::Broken { message: "this is no PNG, JPEG, GIF or WebP image".into() })?;
    Ok(Picture { media_type, bytes })
}

enum Image<'a> {
    Url(&'a str),
    File { path: &'a str, sha256: Option<&'a str> },
}

/// The image of a part of a message, in our form or an endpoint's.
fn image(part: &Value) -> Option<Image<'_>> {
    let of = [&part["image"], &part["image_url"]].into_iter().find(|of| !of.is_null())?;
    if let Some(path) = of["file"]["path"].as_str() {
        return Some(Image::File { path, sha256: of["file"]["sha256"].as_str() });
    }
    Some(Image::Url(of["url"].as_str().or(of.as_str()).unwrap_or_default()))
}

fn decoded(url: &str) -> Result<Vec<u8>, Error> {
    let broken = |message: &str| Error::Broken { message: message.to_owned() };
    let data = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let (_, base64) = data.ok_or_else(|| broken("this image is elsewhere, and nothing is fetched"))?;
    if base64.len() as u64 / 4 * 3 > MAX_BYTES {
        return Err(broken("this image is too large to show"));
    }
    STANDARD.decode(base64).map_err(|error| broken(&format!("this image is not in base 64: {error}")))
}

fn read(outputs: &Outputs, folder: &Path, path: &str, sha256: Option<&str>) -> Result<Vec<u8>, Error> {
    let missing = || Error::missing("such image in the run's folder");
    let folder = outputs.inside(folder).ok_or_else(missing)?;
    let file = outputs.inside(&folder.join(path)).filter(|file| file.starts_with(&folder) && file.is_file());
    let file = file.ok_or_else(missing)?;
    let mut bytes = Vec::new();
    let opened = File::open(&file).map_err(Error::file("read", &file))?;
    // One byte more than is allowed tells a file that is too large.
    opened.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(Error::file("read", &file))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::Broken { message: "this image is too large to show".into() });
    }
    let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    match sha256 {
        Some(wanted) if !wanted.eq_ignore_ascii_case(&found) => {
            Err(Error::Broken { message: "this image has changed since the model saw it".into() })
        }
        _ => Ok(bytes),
    }
}

/// What the first bytes say. SVG is not among them: it can hold scripts.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let known: [(&[u8], &str); 4] = [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
    ];
    let found = known.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| *name);
    found.or(is_webp.then_some("image/webp"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

    fn call(image: Value) -> Value {
        json!({"messages": [{"content": "text"}, {"content": [{"type": "text", "text": "?"}, {"type": "image", "image": image}]}]})
    }

    #[test]
    fn an_image_comes_from_the_message_or_from_the_folder_of_the_run() {
        let home = tempfile::tempdir().unwrap();
        let outputs = Outputs::open(home.path()).unwrap();
        let run = home.path().join("run");
        std::fs::create_dir_all(run.join("images")).unwrap();
        std::fs::write(run.join("images/a.png"), PNG).unwrap();
        std::fs::write(run.join("images/page.png"), "<script>").unwrap();
        std::fs::write(home.path().join("other.png"), PNG).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(home.path().join("other.png"), run.join("images/link.png")).unwrap();
        let of = |image: Value| picture(&outputs, &run, &call(image), 0);
        let file = |path: &str| of(json!({"file": {"path": path}}));
        let url = |url: &str| of(json!({"url": url}));
        assert_eq!(file("images/a.png").unwrap(), Picture { media_type: "image/png", bytes: PNG.to_vec() });
        assert!(file(run.join("images/a.png").to_str().unwrap()).is_ok());
        let inline = format!("data:image/svg+xml;base64,{}", STANDARD.encode(PNG));
        assert_eq!(url(&inline).unwrap().media_type, "image/png");
        let outside = home.path().join("other.png");
        for path in [
            "../other.png",
            "images/link.png",
            outside.to_str().unwrap(),
            "images",
            "",
            "none.png",
            "/etc/passwd",
            "images/page.png",
        ] {
            assert!(file(path).is_err(), "{path}");
        }
        let svg = format!("data:image/svg+xml;base64,{}", STANDARD.encode("<svg onload=alert(1)>"));
        for address in [
            "https://evil.example/a.png",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:image/png,raw",
            "data:image/png;base64,?",
            "",
            &svg,
        ] {
            assert!(url(address).is_err(), "{address}");
        }
        assert!(of(json!({"file": {"path": "images/a.png", "sha256": "00"}})).is_err());
        assert!(picture(&outputs, &run, &call(json!({"url": inline})), 1).is_err());
    }
}
