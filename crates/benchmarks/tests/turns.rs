//! Examples as turns of the conversation, and rows up to a number.
#![expect(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

mod support;

use evalscope_benchmarks::{DatasetArgs, Library, OpenBenchmark};
use evalscope_core::{Effect, Input, Limit, Role, Step};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use support::local_store;

fn open(folder: &Path, reference: &str, arguments: Value) -> OpenBenchmark {
    let store = local_store(&folder.join("cache"));
    let mut arguments = arguments;
    arguments["local_path"] = json!(folder);
    let arguments = DatasetArgs::from_json(&arguments).unwrap();
    Arc::new(Library::builtin().unwrap().resolve(reference, &arguments).unwrap()).open(&store).unwrap()
}

/// The messages of the first sample of a subset.
fn messages(open: &OpenBenchmark, subset: &str) -> Vec<(Role, String)> {
    let sample = open.samples(subset, 42, None).unwrap().next().unwrap().unwrap();
    let Step::Need(effects) = open.protocol().step(&sample, &[]).unwrap() else {
        unreachable!("a reply is needed")
    };
    let Effect::Generate(request) = &effects[0] else { unreachable!("text is asked for") };
    let Input::Chat(messages) = &request.input else { unreachable!("it is a conversation") };
    messages.iter().map(|message| (message.role, message.text().into_owned())).collect()
}

/// Two rows of examples and one that is asked, in the files of MMLU's archive.
fn astronomy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("astronomy_dev.csv"), "q1,a,b,c,d,B\nq2,a,b,c,d,C\n").unwrap();
    std::fs::write(folder.path().join("astronomy_test.csv"), "q3,a,b,c,d,A\n").unwrap();
    folder
}

#[test]
fn examples_are_turns_before_the_question() {
    let folder = astronomy();
    let open =
        open(folder.path(), "mmlu@opencompass-0.2", json!({"few_shot_num": 2, "subset_list": ["astronomy"]}));
    let said = messages(&open, "astronomy");
    let roles: Vec<Role> = said.iter().map(|(role, _)| *role).collect();
    assert_eq!(roles, [Role::User, Role::Assistant, Role::User, Role::Assistant, Role::User]);
    assert!(said[0].1.contains("Question: q1\nA. a"), "{}", said[0].1);
    assert_eq!((said[1].1.as_str(), said[3].1.as_str()), ("B\n", "C\n"));
    assert!(said[4].1.contains("q3") && !said[4].1.contains("q1"), "{}", said[4].1);
}

#[test]
fn examples_stand_in_the_question_when_turns_are_off() {
    let folder = astronomy();
    let arguments =
        json!({"few_shot_num": 2, "subset_list": ["astronomy"], "extra_params": {"turns": false}});
    let said = messages(&open(folder.path(), "mmlu@opencompass-0.2", arguments), "astronomy");
    assert_eq!(said.len(), 1);
    let places: Vec<usize> = ["q1", "\nB\n\n", "q2", "\nC\n\n", "q3"]
        .iter()
        .map(|text| said[0].1.find(text).unwrap_or_else(|| panic!("no {text:?} in {}", said[0].1)))
        .collect();
    assert!(places.is_sorted(), "{}", said[0].1);
}

#[test]
fn no_more_rows_are_asked_than_the_protocol_takes() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = (0..1_001)
        .map(|number| {
            // A row that is left out counts as taken.
            let document = if number == 3 { String::new() } else { format!("text {number}") };
            json!({"id": number.to_string(), "document": document, "summary": "s"}).to_string()
        })
        .collect();
    std::fs::write(folder.path().join("validation.jsonl"), rows.join("\n")).unwrap();
    let open = open(folder.path(), "xsum@opencompass-0.2", json!({}));
    assert_eq!(open.total("default").unwrap(), 999);
    let last = open.samples("default", 42, None).unwrap().last().unwrap().unwrap();
    assert_eq!(last.id, "999");
}

#[test]
fn samples_that_the_check_made_are_those_that_are_asked_as_far_as_there_is_room() {
    let folder = astronomy();
    std::fs::write(folder.path().join("astronomy_test.csv"), "q3,a,b,c,d,A\nq4,a,b,c,d,B\nq5,a,b,c,d,C\n")
        .unwrap();
    let arguments = json!({"few_shot_num": 1, "subset_list": ["astronomy"]});
    let fresh = || open(folder.path(), "mmlu@opencompass-0.2", arguments.clone());
    let samples = |open: &OpenBenchmark, limit| {
        open.samples("astronomy", 42, limit).unwrap().collect::<Result<Vec<_>, _>>().unwrap()
    };
    for limit in [None, Some(Limit::Count(2)), Some(Limit::Fraction(0.5))] {
        let made = samples(&fresh(), limit);
        assert!(made.iter().all(|sample| sample.shots.len() == 2));
        for bytes in [0, 1 << 20] {
            let (open, mut room) = (fresh(), bytes);
            open.check(42, limit, &mut room).unwrap();
            assert_eq!(room < bytes, bytes > 0, "{room}");
            // From what was kept, and made again.
            assert_eq!(samples(&open, limit), made);
            assert_eq!(samples(&open, limit), made);
        }
    }
    let (open, mut room) = (fresh(), 600);
    open.check(42, None, &mut room).unwrap();
    assert_eq!(room, 600, "not all of them find room");
    assert_eq!(samples(&open, None), samples(&fresh(), None));
    let (open, mut room) = (fresh(), 1 << 20);
    open.check(42, Some(Limit::Count(1)), &mut room).unwrap();
    assert_eq!(samples(&open, None).len(), 3, "what was made with another limit is not what is asked for");
}

#[test]
fn what_is_wrong_with_the_data_is_found_wherever_it_stands() {
    let folder = astronomy();
    let rows = |wrong: Option<usize>| -> String {
        let answer = |row: usize| if Some(row) == wrong { "" } else { "A" };
        (1..=2_100).map(|row| format!("q{row},a,b,c,d,{}\n", answer(row))).collect()
    };
    let opened = |text: String| {
        std::fs::write(folder.path().join("astronomy_test.csv"), text).unwrap();
        open(folder.path(), "mmlu@opencompass-0.2", json!({"subset_list": ["astronomy"]}))
    };
    let error = opened(rows(Some(1_500))).check(42, None, &mut 0).unwrap_err().to_string();
    assert!(error.contains("1500") && error.contains("no answer"), "{error}");
    let (open, mut room) = (opened(rows(None)), 1 << 24);
    open.check(42, None, &mut room).unwrap();
    let samples: Vec<_> = open.samples("astronomy", 42, None).unwrap().map(Result::unwrap).collect();
    let places: Vec<_> = samples.iter().map(|sample| (sample.index, sample.question.clone())).collect();
    let wanted: Vec<_> = (0..2_100).map(|index| (index, format!("q{}", index + 1))).collect();
    assert!(places == wanted && room < 1 << 24);
}
