//! Files that are broken, cut, or made to hurt: an error each, never a panic or a huge allocation.

use crate::calls::{choices, context, greedy, open as open_model, write};
use crate::tiny::Tiny;
use evalscope_core::{Diagnose, Kind, Sampling};
use evalscope_engine_candle::{EngineOptions, Error, open};
use std::path::Path;

fn open_bytes(folder: &Path, bytes: &[u8]) -> Result<(), Error> {
    let path = folder.join("broken.gguf");
    std::fs::write(&path, bytes).unwrap();
    let mut options = EngineOptions::new(path);
    options.threads = Some(1);
    open(options).map(|_| ())
}

/// Bytes before the tensor data.
fn header_length(bytes: &[u8]) -> usize {
    let last = b"blk.1.ffn_down.weight";
    bytes.windows(last.len()).rposition(|window| window == last).unwrap() + last.len() + 4 + 16 + 4 + 8
}

#[test]
fn what_is_no_gguf_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for bytes in [&b""[..], b"GGUF", b"{\"json\": true, \"padding\": \"................\"}"] {
        let error = open_bytes(folder.path(), bytes).unwrap_err();
        assert!(matches!(error, Error::NotGguf { .. }), "{error}");
        assert_eq!(error.kind(), Kind::Data);
        assert!(error.to_string().contains("broken.gguf"));
    }
}

#[test]
fn other_architectures_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = Tiny { architecture: "mamba", ..Tiny::default() }.bytes();
    let error = open_bytes(folder.path(), &bytes).unwrap_err();
    assert!(matches!(&error, Error::Architecture { architecture, .. } if architecture == "mamba"));
    assert!(error.hint().unwrap().contains("--api-url"));
}

#[test]
fn a_cut_file_is_an_error_wherever_it_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = Tiny::default().bytes();
    let header = header_length(&bytes);
    let cuts = (0..header).step_by(41).chain([header, header + 40, bytes.len() - 64]);
    for cut in cuts {
        assert!(open_bytes(folder.path(), &bytes[..cut]).is_err(), "cut at {cut}");
    }
}

#[tokio::test]
async fn weights_that_give_no_numbers_give_no_reply() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = Tiny::default().bytes();
    let last = bytes.len() - 4;
    bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    let path = folder.path().join("broken.gguf");
    std::fs::write(&path, &bytes).unwrap();
    let model = open_model(&path, |_| {});
    let warm = Sampling { temperature: Some(1.0), n: Some(3), ..greedy(4) };
    for sampling in [greedy(4), warm] {
        let failure = write(model.as_ref(), "the end", sampling).await.unwrap_err();
        assert_eq!(failure.message, "the weights of this model give no numbers");
    }
    assert!(model.loglikelihood(&choices(&["the"], &[" end"]), &context()).await.is_err());
}

#[test]
fn flipped_bits_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = Tiny::default().bytes();
    let header = header_length(&bytes);
    let mut errors = 0;
    for at in (0..header).step_by(7) {
        for bit in [0, 7] {
            let mut broken = bytes.clone();
            broken[at] ^= 1 << bit;
            errors += usize::from(open_bytes(folder.path(), &broken).is_err());
        }
    }
    assert!(errors > 100, "{errors}");
}

#[test]
fn huge_numbers_allocate_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = Tiny::default().bytes();
    // Every aligned and unaligned 8 bytes of the beginning, as the largest numbers.
    for at in 4..400 {
        for value in [u64::MAX, 1 << 62, 1 << 40, u64::from(u32::MAX)] {
            let mut broken = bytes.clone();
            broken[at..at + 8].copy_from_slice(&value.to_le_bytes());
            let _ = open_bytes(folder.path(), &broken);
        }
    }
}

#[test]
fn a_folder_needs_exactly_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let error = open(EngineOptions::new(folder.path())).err().unwrap();
    assert!(matches!(&error, Error::NotOneFile { found, .. } if found.is_empty()));
    Tiny::default().write(folder.path());
    assert!(open(EngineOptions::new(folder.path())).is_ok());
    std::fs::write(folder.path().join("b.gguf"), b"").unwrap();
    let error = open(EngineOptions::new(folder.path())).err().unwrap();
    assert!(error.hint().unwrap().contains("b.gguf, tiny.gguf"), "{error}");
    assert_eq!(open(EngineOptions::new("no/such/file")).err().unwrap().kind(), Kind::Environment);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = Tiny::default().write(folder.path());
    let refused = |change: &dyn Fn(&mut EngineOptions)| {
        let mut options = EngineOptions::new(&path);
        change(&mut options);
        open(options).err().unwrap()
    };
    assert_eq!(refused(&|options| options.threads = Some(0)).kind(), Kind::User);
    assert_eq!(refused(&|options| options.max_batch = 0).kind(), Kind::User);
    assert_eq!(refused(&|options| options.max_context = Some(301)).kind(), Kind::User);
    let error = refused(&|options| options.chat_template = Some("{% if %}".into()));
    assert!(matches!(error, Error::Template { .. }));
}
