//! Images that go with prompts: files of a folder, or made of random pixels.

use crate::error::Error;
use crate::random::Random;
use base64::Engine;
use flate2::{Compression, Crc, write::ZlibEncoder};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Images.
#[derive(Debug, Clone, PartialEq)]
pub struct Images {
    /// How many go with each prompt.
    pub count: usize,
    /// Where they come from.
    pub source: ImageSource,
}

/// Where images come from.
#[derive(Debug, Clone, PartialEq)]
pub enum ImageSource {
    /// Random pixels: width, height, and what a pixel is.
    Random(u32, u32, Pixel),
    /// The files of a folder, or one file.
    Files(PathBuf),
}

/// What a pixel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pixel {
    /// A grey.
    Grey,
    /// Three colours.
    #[default]
    Rgb,
    /// Three colours, and how much they cover.
    Rgba,
}

/// Different random images at most: each is kept, and few megabytes are enough to be no cache's friend.
const MOST_MADE: usize = 32;
/// Kinds of files that servers read.
const KINDS: [(&str, &str); 5] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("webp", "image/webp"),
    ("gif", "image/gif"),
];

impl Images {
    /// All of them, as `data:` addresses.
    pub fn read(&self, seed: u64) -> Result<Vec<Arc<str>>, Error> {
        match &self.source {
            ImageSource::Files(path) => files(path),
            ImageSource::Random(width, height, pixel) => {
                let made = (0..MOST_MADE).map(|number| {
                    let mut random = Random::new(seed, 4_000_000 + number as u64);
                    let png = png((*width, *height), *pixel, &mut random);
                    png.map(|png| address("image/png", &png))
                        .map_err(Error::file("make", Path::new("an image")))
                });
                made.collect()
            }
        }
    }
}

fn address(kind: &str, bytes: &[u8]) -> Arc<str> {
    format!("data:{kind};base64,{}", base64::engine::general_purpose::STANDARD.encode(bytes)).into()
}

fn files(path: &Path) -> Result<Vec<Arc<str>>, Error> {
    let mut paths = vec![path.to_owned()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(Error::file("read", path))?;
        paths = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
    }
    let kind = |path: &Path| {
        let end = path.extension()?.to_str()?.to_lowercase();
        KINDS.iter().find(|(name, _)| *name == end).map(|(_, kind)| *kind)
    };
    let images = paths.iter().filter_map(|path| Some((path, kind(path)?))).map(|(path, kind)| {
        std::fs::read(path).map(|bytes| address(kind, &bytes)).map_err(Error::file("read", path))
    });
    let images: Vec<Arc<str>> = images.collect::<Result<_, _>>()?;
    if images.is_empty() {
        return Err(Error::Prompts {
            place: path.display().to_string(),
            reason: "there is no image: .png, .jpg, .jpeg, .webp, .gif".into(),
        });
    }
    Ok(images)
}

/// A PNG of random pixels (ISO/IEC 15948): head, one compressed piece of unfiltered lines, end.
fn png((width, height): (u32, u32), pixel: Pixel, random: &mut Random) -> std::io::Result<Vec<u8>> {
    let (colour, bytes) = match pixel {
        Pixel::Grey => (0, 1),
        Pixel::Rgb => (2, 3),
        Pixel::Rgba => (6, 4),
    };
    let mut lines = ZlibEncoder::new(Vec::new(), Compression::fast());
    let mut line = vec![0; width as usize * bytes + 1];
    for _ in 0..height {
        line[1..].iter_mut().for_each(|byte| *byte = random.next() as u8);
        lines.write_all(&line)?;
    }
    let mut head = [width.to_be_bytes(), height.to_be_bytes()].concat();
    head.extend_from_slice(&[8, colour, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    piece(b"IHDR", &head, &mut out);
    piece(b"IDAT", &lines.finish()?, &mut out);
    piece(b"IEND", &[], &mut out);
    Ok(out)
}

fn piece(name: &[u8], data: &[u8], out: &mut Vec<u8>) {
    let mut crc = Crc::new();
    crc.update(name);
    crc.update(data);
    out.extend_from_slice(&(data.len() as u32).to_be_bytes());
    out.extend_from_slice(name);
    out.extend_from_slice(data);
    out.extend_from_slice(&crc.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_image_has_its_size_and_its_pixels() {
        // Python's zlib.crc32(b"IEND") is 0xae426082.
        let image = png((3, 2), Pixel::Rgb, &mut Random::new(1, 1)).unwrap();
        assert_eq!(&image[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(&image[image.len() - 12..], b"\0\0\0\0IEND\xae\x42\x60\x82");
        assert_eq!(&image[16..29], [0, 0, 0, 3, 0, 0, 0, 2, 8, 2, 0, 0, 0]);
        let data = &image[41..image.len() - 16];
        let mut lines = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(data), &mut lines).unwrap();
        assert_eq!((lines.len(), lines[0], lines[10]), (2 * (1 + 9), 0, 0));
    }

    #[test]
    fn images_of_a_folder_have_their_kind() {
        let place = tempfile::tempdir().unwrap();
        let read = || Images { count: 1, source: ImageSource::Files(place.path().to_owned()) }.read(1);
        assert!(read().is_err());
        std::fs::write(place.path().join("a.JPG"), b"x").unwrap();
        std::fs::write(place.path().join("b.txt"), b"x").unwrap();
        assert_eq!(read().unwrap(), ["data:image/jpeg;base64,eA==".into()]);
    }
}
