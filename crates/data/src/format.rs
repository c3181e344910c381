//! What a file is, by its name.

/// How rows lie in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    JsonLines,
    Json,
    Csv,
    Tsv,
    Parquet,
}

/// How the bytes of a file are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
}

/// A file that holds files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ArchiveKind {
    Zip,
    Tar(Compression),
}

/// The first suffix that fits counts.
const FORMATS: [(&str, Format); 7] = [
    (".jsonl", Format::JsonLines),
    (".ndjson", Format::JsonLines),
    (".json", Format::Json),
    // The question lists of DPR have tabs, whatever they are called.
    (".qa.csv", Format::Tsv),
    (".csv", Format::Csv),
    (".tsv", Format::Tsv),
    (".parquet", Format::Parquet),
];

const COMPRESSIONS: [(&str, Compression); 4] = [
    (".gz", Compression::Gzip),
    (".gzip", Compression::Gzip),
    (".zst", Compression::Zstd),
    (".zstd", Compression::Zstd),
];

const ARCHIVES: [(&str, ArchiveKind); 7] = [
    (".zip", ArchiveKind::Zip),
    (".tar", ArchiveKind::Tar(Compression::None)),
    (".tar.gz", ArchiveKind::Tar(Compression::Gzip)),
    (".tgz", ArchiveKind::Tar(Compression::Gzip)),
    (".tar.zst", ArchiveKind::Tar(Compression::Zstd)),
    (".tar.zstd", ArchiveKind::Tar(Compression::Zstd)),
    (".tzst", ArchiveKind::Tar(Compression::Zstd)),
];

/// The name without the suffix of its compression, and that compression.
pub(crate) fn split_compression(name: &str) -> (&str, Compression) {
    match COMPRESSIONS.iter().find(|(suffix, _)| ends_with(name, suffix)) {
        Some((suffix, compression)) => (&name[..name.len() - suffix.len()], *compression),
        None => (name, Compression::None),
    }
}

/// The format of a file's rows, whatever its compression.
pub(crate) fn format_of(name: &str) -> Option<Format> {
    let (name, _) = split_compression(name);
    FORMATS.iter().find(|(suffix, _)| ends_with(name, suffix)).map(|(_, format)| *format)
}

/// The kind of archive that a file is.
pub(crate) fn archive_kind(name: &str) -> Option<ArchiveKind> {
    ARCHIVES.iter().find(|(suffix, _)| ends_with(name, suffix)).map(|(_, kind)| *kind)
}

fn ends_with(name: &str, suffix: &str) -> bool {
    let (name, suffix) = (name.as_bytes(), suffix.as_bytes());
    name.len() > suffix.len() && name[name.len() - suffix.len()..].eq_ignore_ascii_case(suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_files_are() {
        assert_eq!(format_of("a/HumanEval.jsonl.gz"), Some(Format::JsonLines));
        assert_eq!(format_of("a.JSON"), Some(Format::Json));
        assert_eq!(format_of("a.csv.zst"), Some(Format::Csv));
        assert_eq!(format_of("nq-test.qa.csv"), Some(Format::Tsv));
        assert_eq!(format_of("a.txt"), None);
        assert_eq!(archive_kind("x.tar.gz"), Some(ArchiveKind::Tar(Compression::Gzip)));
        assert_eq!(archive_kind("x.gz"), None);
        assert_eq!(split_compression("日本.zst"), ("日本", Compression::Zstd));
    }
}
