//! One file from a hub to disk: continued where it broke off, checked for size and SHA-256.

use crate::checksum::sha256_of;
use crate::error::Error;
use crate::files::make_parent;
use crate::http::{Endpoint, Failure, Patience, cause};
use crate::names::is_sha256;
use crate::watch::{Arriving, Watch};
use reqwest::blocking::Response;
use reqwest::{StatusCode, Url, header};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

/// Bytes read at once.
const CHUNK: usize = 1 << 17;

/// A file that is wanted, and what is known of it.
pub(crate) struct Wanted<'a> {
    pub url: Url,
    /// Repository and file, for messages.
    pub what: &'a str,
    /// Where the bytes gather, from one process to the next.
    pub partial: &'a Path,
    pub size: Option<u64>,
    pub sha256: Option<&'a str>,
}

/// Fetches a file to `partial`; when this returns, it is there whole and as published.
pub(crate) fn download(endpoint: &Endpoint, wanted: &Wanted<'_>) -> Result<(), Error> {
    make_parent(wanted.partial)?;
    let mut was_there = length(wanted.partial) > 0;
    let mut patience = Patience::default();
    let mut sha256 = wanted.sha256.map(str::to_owned);
    loop {
        let before = length(wanted.partial);
        let outcome = match wanted.size {
            Some(size) if size == before && before > 0 => Ok(None),
            _ => attempt(endpoint, wanted, before),
        };
        match outcome {
            Ok(linked) => {
                sha256 = sha256.or(linked);
                match verify(wanted, sha256.as_deref()) {
                    // The beginning was of another version, or damaged: once more, all of it.
                    Err(_) if was_there => was_there = false,
                    verified => return verified,
                }
            }
            Err(failure) => {
                if length(wanted.partial) > before {
                    patience.renew();
                }
                patience.bear(failure).map_err(|failure| endpoint.gone(wanted.what, failure))?;
            }
        }
    }
}

/// One request for what is missing; gives the SHA-256 that the hub tells on the way.
fn attempt(endpoint: &Endpoint, wanted: &Wanted<'_>, have: u64) -> Result<Option<String>, Failure> {
    let start = (have > 0).then_some(have);
    let reply = endpoint.get(wanted.url.clone(), wanted.what, start)?;
    let mut file = File::options()
        .create(true)
        .append(true)
        .open(wanted.partial)
        .map_err(|error| Failure::Final(Error::io("write", wanted.partial)(error)))?;
    let truncate = |file: &File| {
        file.set_len(0).map_err(|error| Failure::Final(Error::io("write", wanted.partial)(error)))
    };
    match reply.response.status() {
        StatusCode::PARTIAL_CONTENT if start.is_some() && range_start(&reply.response) == start => {}
        StatusCode::RANGE_NOT_SATISFIABLE | StatusCode::PARTIAL_CONTENT => {
            truncate(&file)?;
            return Err(Failure::Transient("the file has changed meanwhile".into(), None));
        }
        _ => truncate(&file)?,
    }
    copy(&endpoint.watch, wanted, reply.response, &mut file)?;
    Ok(reply.linked_etag.filter(|etag| is_sha256(etag)))
}

/// Appends a reply's body to the file.
fn copy(watch: &Watch, wanted: &Wanted<'_>, mut response: Response, file: &mut File) -> Result<(), Failure> {
    let on_disk = |error| Failure::Final(Error::io("write", wanted.partial)(error));
    let is_length_known = response.content_length().is_some();
    let mut chunk = vec![0; CHUNK];
    let mut found = length(wanted.partial);
    loop {
        watch.tell(Arriving { what: wanted.what, have: found, size: wanted.size });
        let count = response.read(&mut chunk).map_err(|error| Failure::Transient(cause(&error), None))?;
        file.write_all(&chunk[..count]).map_err(on_disk)?;
        found += count as u64;
        let is_end = count == 0;
        match wanted.size {
            Some(size) if found > size || (is_end && found < size && is_length_known) => {
                // Another file than the hub lists; more requests do not help.
                file.set_len(0).map_err(on_disk)?;
                let file = wanted.what.to_owned();
                return Err(Failure::Final(Error::Size { file, expected: size, found }));
            }
            Some(size) if is_end && found < size => {
                return Err(Failure::Transient("the reply ended early".into(), None));
            }
            _ if is_end => return file.sync_all().map_err(on_disk),
            _ => {}
        }
    }
}

fn range_start(response: &Response) -> Option<u64> {
    let range = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok()
}

/// Checks the whole file, and throws it away when it is wrong.
fn verify(wanted: &Wanted<'_>, sha256: Option<&str>) -> Result<(), Error> {
    let file = wanted.what.to_owned();
    let found_size = length(wanted.partial);
    let wrong = match (wanted.size, sha256) {
        (Some(expected), _) if expected != found_size => {
            Some(Error::Size { file, expected, found: found_size })
        }
        (_, Some(expected)) => {
            let found = sha256_of(wanted.partial)?;
            let is_wrong = !found.eq_ignore_ascii_case(expected);
            is_wrong.then(|| Error::Checksum { file, expected: expected.to_owned(), found })
        }
        _ => None,
    };
    match wrong {
        None => Ok(()),
        Some(error) => {
            fs::remove_file(wanted.partial).map_err(Error::io("delete", wanted.partial))?;
            Err(error)
        }
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}
