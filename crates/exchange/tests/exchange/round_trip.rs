//! A run that is exported and imported has the same scores.

use crate::made_up::{ENDINGS, MODEL, QUIZ, made_up};
use crate::support::{Place, form, summary};
use evalscope_core::{Effect, Outcome};
use evalscope_exchange::{FORMATS, Overwrite, export, named};
use evalscope_report::Summary;
use evalscope_runs::{RunFolder, Status, Verdict};
use std::path::Path;

/// Exports the made-up run and imports it again.
fn there_and_back(place: &Place, name: &str) -> (Summary, RunFolder) {
    let folder = made_up(&place.path("run"));
    let exported = export(&folder, named(name).unwrap(), None, Overwrite::Never).unwrap();
    assert_eq!((exported.samples, form(&exported.path)), (22, Some(name)));
    let imported = place.import(&exported.path, "back").unwrap();
    assert_eq!((imported.samples, imported.unscored), (22, 0));
    (summary(folder.path()), RunFolder::open(&place.path("back")).unwrap())
}

#[test]
fn scores_counts_and_parts_are_the_same_in_every_form() {
    for format in &FORMATS {
        let place = Place::new();
        let (before, back) = there_and_back(&place, format.name);
        let after = summary(back.path());
        assert_eq!((before.counts, before.status, before.seed), (after.counts, after.status, after.seed));
        assert_eq!(before.status, Status::Interrupted);
        assert_eq!(after.benchmarks.len(), 2);
        for before in &before.benchmarks {
            let after = after.benchmarks.iter().find(|after| after.name() == before.name()).unwrap();
            let name = format.name;
            assert_eq!((&before.name(), &before.model), (&after.name(), &after.model), "{name}");
            assert_eq!(before.metrics, after.metrics, "{name}");
            assert_eq!(before.categories, after.categories, "{name}");
            assert_eq!(before.subsets, after.subsets, "{name}");
            assert_eq!(before.missing_subsets, after.missing_subsets, "{name}");
            assert_eq!(before.health.without_answer, after.health.without_answer, "{name}");
            assert_eq!(after.health.unscored, 0, "{name}");
            // Why a reply ended is nothing that lm-eval writes.
            let cut = if name == "lm-eval" { 0 } else { before.health.cut_replies };
            assert_eq!(after.health.cut_replies, cut, "{name}");
            assert_eq!(before.usage.tokens, after.usage.tokens, "{name}");
        }
    }
}

#[test]
fn prompts_replies_and_failures_come_back() {
    for format in &FORMATS {
        let place = Place::new();
        let (_, back) = there_and_back(&place, format.name);
        let before = RunFolder::open(&place.path("run")).unwrap();
        for subset in ["history", "law"] {
            let calls = |folder: &RunFolder| -> Vec<_> {
                folder.read_journal(MODEL, QUIZ, subset).unwrap().map(Result::unwrap).collect()
            };
            let (before, after) = (calls(&before), calls(&back));
            assert_eq!(before.len(), after.len(), "{}", format.name);
            for (before, after) in before.iter().zip(&after) {
                let (Effect::Generate(asked), Effect::Generate(again)) = (&before.effect, &after.effect)
                else {
                    panic!("a question came back as a comparison")
                };
                assert_eq!(asked.input, again.input, "{}", format.name);
                match (&before.outcome, &after.outcome) {
                    (Ok(Outcome::Generation(one)), Ok(Outcome::Generation(other))) => {
                        assert_eq!((one.text(), one.usage), (other.text(), other.usage));
                    }
                    (Err(one), Err(other)) => {
                        assert_eq!((one.kind, &one.message), (other.kind, &other.message));
                    }
                    other => panic!("{}: {other:?}", format.name),
                }
            }
        }
        let failed = back.read_reviews(MODEL, QUIZ, "law").unwrap().find(1, 0).unwrap().unwrap();
        assert!(matches!(failed.verdict, Verdict::Failed(_)), "{}: {failed:?}", format.name);
    }
}

#[test]
fn likelihoods_come_back_where_the_form_has_them() {
    for name in ["parquet", "lm-eval"] {
        let place = Place::new();
        let (_, back) = there_and_back(&place, name);
        let call = back.read_journal(MODEL, ENDINGS, "default").unwrap().next().unwrap().unwrap();
        let Ok(Outcome::Loglikelihoods(scores)) = &call.outcome else { panic!("{call:?}") };
        let sums: Vec<f64> = scores.iter().map(|score| score.sum).collect();
        assert_eq!(sums, [-0.25, -1.25, -2.25, f64::NEG_INFINITY], "{name}");
        assert!(scores[0].is_greedy && !scores[1].is_greedy, "{name}");
    }
}

#[test]
fn an_imported_run_says_where_it_is_from_and_is_no_run_of_ours() {
    let place = Place::new();
    let (_, back) = there_and_back(&place, "lm-eval");
    let identity = &back.plan().models[0].identity;
    assert_eq!((identity["imported_from"].as_str(), identity["imported_sha256"].len()), ("lm-eval", 64));
    let manifest = back.manifest().unwrap().unwrap();
    assert_eq!(manifest.benchmarks[0].origin, "imported from lm-eval");
    assert_eq!(manifest.benchmarks[0].data.len(), 5, "four files of samples, one of scores");
    assert_eq!(
        back.given().unwrap()["made"]["program"],
        RunFolder::open(&place.path("run")).unwrap().status().program
    );
}

#[test]
fn nothing_is_overwritten_unless_it_is_asked_for() {
    let place = Place::new();
    let folder = made_up(&place.path("run"));
    for format in &FORMATS {
        let to = place.path(format.name);
        let write = |overwrite| export(&folder, format, Some(&to), overwrite);
        write(Overwrite::Never).unwrap();
        assert!(write(Overwrite::Never).unwrap_err().to_string().ends_with("is there already"));
        write(Overwrite::Replace).unwrap();
        assert!(form(&to).is_some(), "{}", to.display());
    }
    let precious = place.write("mine/thesis.txt", "years of work");
    let inspect = named("inspect").unwrap();
    let error = export(&folder, inspect, Some(&place.path("mine")), Overwrite::Replace).unwrap_err();
    assert!(error.to_string().contains("`thesis.txt`"), "{error}");
    assert!(precious.is_file());
    std::fs::create_dir(place.path("bare")).unwrap();
    export(&folder, inspect, Some(&place.path("bare")), Overwrite::Replace).unwrap();
    let left = std::fs::read_dir(place.path(".")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().starts_with(".writing-")));
}

#[test]
fn results_of_other_programs_are_never_replaced() {
    let place = Place::new();
    let folder = made_up(&place.path("run"));
    // Names as the other programs give them: in a folder of theirs, then beside an export of ours.
    for (form, theirs) in [
        ("inspect", "2026-01-01T12-00-00+00-00_gsm8k_x.eval"),
        ("lm-eval", "model-x/samples_gsm8k_2026-01-01T12-00-00.jsonl"),
        ("evalscope", "reviews/x/gsm8k_main.jsonl"),
    ] {
        let (to, format) = (place.path(form), named(form).unwrap());
        let write = || export(&folder, format, Some(&to), Overwrite::Replace);
        let precious = place.write(&format!("{form}/{theirs}"), "days of computing");
        let error = write().unwrap_err().to_string();
        assert!(error.contains("not replaced") && precious.is_file(), "{error}");
        std::fs::remove_dir_all(&to).unwrap();
        write().unwrap();
        write().unwrap();
        std::fs::create_dir_all(precious.parent().unwrap()).unwrap();
        std::fs::write(&precious, "days of computing").unwrap();
        let error = write().unwrap_err().to_string();
        assert!(error.contains(&format!("`{theirs}`")) && precious.is_file(), "{error}");
    }
}

#[test]
fn an_export_that_was_changed_is_not_replaced() {
    let place = Place::new();
    let folder = made_up(&place.path("run"));
    let (to, form) = (place.path("out"), named("evalscope").unwrap());
    let path = folder.reviews_path(MODEL, QUIZ, "law").unwrap();
    let path = to.join(path.strip_prefix(folder.path()).unwrap());
    export(&folder, form, Some(&to), Overwrite::Never).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}{{}}\n")).unwrap();
    let error = export(&folder, form, Some(&to), Overwrite::Replace).unwrap_err().to_string();
    assert!(error.contains("law.jsonl`, which is not as an export wrote it"), "{error}");
    assert!(path.is_file());
}

#[test]
fn an_export_that_fails_leaves_nothing() {
    let place = Place::new();
    let folder = made_up(&place.path("run"));
    let reviews = folder.reviews_path(MODEL, QUIZ, "law").unwrap();
    std::fs::write(&reviews, "{\"index\": 0}\n").unwrap();
    for format in &FORMATS {
        let to = place.path("out").join(format.name);
        let error = export(&folder, format, Some(&to), Overwrite::Never).unwrap_err().to_string();
        assert!(error.contains(":1: "), "{error}");
        assert_eq!(std::fs::read_dir(place.path("out")).unwrap().count(), 0, "{}", format.name);
    }
}

#[test]
fn the_place_of_an_image_stays_here() {
    let place = Place::new();
    let folder = made_up(&place.path("run"));
    let predictions = folder.predictions_path(MODEL, QUIZ, "law").unwrap();
    let text = std::fs::read_to_string(&predictions).unwrap();
    let image = "[{\"type\":\"image\",\"image\":{\"file\":{\"path\":\"/pictures/somebody/x.png\",\"sha256\":\"ab12\"}}}]";
    let text = text.replacen("\"Answer with one letter.\"", image, 1);
    assert!(text.contains("somebody"));
    std::fs::write(&predictions, text).unwrap();
    for format in &FORMATS {
        let path = export(&folder, format, Some(&place.path(format.name)), Overwrite::Never).unwrap().path;
        assert!(!holds(&path, b"somebody"), "{}", format.name);
    }
}

fn holds(path: &Path, wanted: &[u8]) -> bool {
    if path.is_dir() {
        return std::fs::read_dir(path).unwrap().any(|entry| holds(&entry.unwrap().path(), wanted));
    }
    let bytes = std::fs::read(path).unwrap();
    let Ok(mut zip) = zip::ZipArchive::new(std::io::Cursor::new(&bytes)) else {
        return bytes.windows(wanted.len()).any(|window| window == wanted);
    };
    (0..zip.len()).any(|member| {
        let mut text = Vec::new();
        std::io::copy(&mut zip.by_index(member).unwrap(), &mut text).unwrap();
        text.windows(wanted.len()).any(|window| window == wanted)
    })
}
