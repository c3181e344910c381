//! Reads the images of messages when they are sent.

use crate::refusal::Refusal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evalscope_core::Image;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of an image at most; no service takes more in a request (Gemini 20 MB, Anthropic 5 MB).
const MAX_IMAGE_BYTES: u64 = 20 << 20;
/// Characters of an address that a message quotes.
const MAX_QUOTE: usize = 60;

/// An image as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// The server fetches it.
    Address(String),
    /// It is in the request.
    Data {
        /// Such as `image/png`.
        media_type: String,
        /// Its bytes in base64.
        base64: String,
    },
}

impl Picture {
    /// The image of a message; a file is read.
    pub fn read(image: &Image) -> Result<Picture, Refusal> {
        match image {
            Image::Url(url) => of_url(url),
            Image::File { path, sha256 } => of_file(path, sha256),
        }
    }

    /// As an address; an image that is in the request is a `data:` URL.
    pub fn into_url(self) -> String {
        match self {
            Picture::Address(url) => url,
            Picture::Data { media_type, base64 } => format!("data:{media_type};base64,{base64}"),
        }
    }
}

fn of_url(url: &str) -> Result<Picture, Refusal> {
    if url.starts_with("https://") || url.starts_with("http://") {
        return Ok(Picture::Address(url.to_owned()));
    }
    let start = || url.chars().take(MAX_QUOTE).collect::<String>();
    let parts = url.strip_prefix("data:").and_then(|rest| rest.split_once(','));
    let Some((media_type, base64)) =
        parts.and_then(|(about, data)| Some((about.strip_suffix(";base64")?, data)))
    else {
        let text = format!("the image `{}…` is neither an `https:` nor a `data:…;base64,` URL", start());
        return Err(Refusal::of_this_request(text));
    };
    if base64.len() as u64 / 4 * 3 > MAX_IMAGE_BYTES {
        return Err(too_large(&start()));
    }
    Ok(Picture::Data { media_type: media_type.to_owned(), base64: base64.to_owned() })
}

fn of_file(path: &Path, sha256: &str) -> Result<Picture, Refusal> {
    let shown = path.display().to_string();
    let mut bytes = Vec::new();
    // One byte more than is allowed tells a file that is too large, however large it says that it is.
    File::open(path)
        .and_then(|file| file.take(MAX_IMAGE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| Refusal::of_this_request(format!("cannot read the image {shown}: {error}")))?;
    if bytes.len() as u64 > MAX_IMAGE_BYTES {
        return Err(too_large(&shown));
    }
    let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if !found.eq_ignore_ascii_case(sha256) {
        let text = format!("the image {shown} has changed: its sha256 is {found}, it was {sha256}");
        return Err(Refusal::of_this_request(text));
    }
    let media_type = media_type(&bytes).ok_or_else(|| {
        Refusal::of_this_request(format!("{shown} is no PNG, JPEG, GIF, WebP or BMP image"))
    })?;
    Ok(Picture::Data { media_type: media_type.to_owned(), base64: STANDARD.encode(bytes) })
}

fn too_large(shown: &str) -> Refusal {
    Refusal::of_this_request(format!("the image {shown} is larger than {} MiB", MAX_IMAGE_BYTES >> 20))
}

/// What the first bytes say; names of files are not believed.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let known: [(&[u8], &str); 5] = [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"BM", "image/bmp"),
    ];
    let found = known.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| *name);
    found.or(is_webp.then_some("image/webp"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_told_by_their_first_bytes() {
        for (bytes, name) in [
            (&b"\x89PNG\r\n\x1a\nrest"[..], Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"GIF89a", Some("image/gif")),
            (b"RIFF\x01\x02\x03\x04WEBPVP8 ", Some("image/webp")),
            (b"RIFF\x01\x02\x03\x04WAVE", None),
            (b"<svg>", None),
            (b"", None),
        ] {
            assert_eq!(media_type(bytes), name, "{bytes:?}");
        }
    }

    #[test]
    fn addresses_stay_as_they_are() {
        for url in ["https://h/a.png?x=1", "data:image/png;base64,AAAA"] {
            assert_eq!(Picture::read(&Image::Url(url.into())).unwrap().into_url(), url);
        }
        for url in ["", "a.png", "file:///etc/passwd", "data:image/png,raw", "data:image/png;base64"] {
            let refusal = Picture::read(&Image::Url(url.into())).unwrap_err();
            assert!(refusal.text.contains("neither"), "{url}: {}", refusal.text);
        }
        let long = format!("data:image/png;base64,{}", "A".repeat((MAX_IMAGE_BYTES as usize / 3 + 2) * 4));
        assert!(Picture::read(&Image::Url(long)).unwrap_err().text.ends_with("is larger than 20 MiB"));
    }
}
