//! What is read of calls without their texts is what the whole lines say.

use crate::round_trip::entry;
use crate::support::{BENCHMARK, MODEL, SUBSET, create};
use evalscope_core::{Effect, FinishReason, Outcome};
use evalscope_runs::{Brought, JournalEntry, Taken};
use proptest::collection::vec;
use proptest::prelude::*;

fn taken(entry: &JournalEntry) -> Taken {
    let brought = match &entry.outcome {
        Ok(Outcome::Generation(reply)) => Brought::Reply {
            usage: reply.usage,
            timing: reply.timing,
            is_cut: reply
                .completions
                .iter()
                .any(|one| matches!(one.finish, FinishReason::Length | FinishReason::Context)),
        },
        Ok(Outcome::Loglikelihoods(_)) => Brought::Loglikelihoods,
        Ok(Outcome::Execution(execution)) => Brought::Execution(execution.isolation),
        Err(_) => Brought::Failure,
    };
    Taken {
        key: entry.key,
        model: entry.model.clone(),
        judge: entry.effect.judge(),
        is_program: matches!(entry.effect, Effect::Execute(_)),
        brought,
        at: entry.at,
        cached: entry.cached,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn calls_without_their_texts_are_the_same_calls(entries in vec(entry(), 1..4)) {
        let place = tempfile::tempdir().unwrap();
        let folder = create(place.path());
        let journal = folder.journal(MODEL, BENCHMARK, SUBSET).unwrap();
        entries.iter().for_each(|entry| journal.append(entry).unwrap());
        let whole = folder.read_journal(MODEL, BENCHMARK, SUBSET).unwrap();
        let whole: Vec<JournalEntry> = whole.collect::<Result<_, _>>().unwrap();
        let light = folder.read_taken(MODEL, BENCHMARK, SUBSET).unwrap();
        let light: Vec<Taken> = light.collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(light, whole.iter().map(taken).collect::<Vec<_>>());
    }
}
