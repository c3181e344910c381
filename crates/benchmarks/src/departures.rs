//! What a user's arguments have otherwise than a protocol is written.

use crate::protocol::Protocol;
use crate::schema::ProtocolSection;
use evalscope_core::Departures;
use evalscope_core::departures::told;
use serde_json::{Value, json};

impl Protocol {
    /// The arguments that change what is asked or how it is scored, by their names. What takes fewer samples (`subset_list`), adds
    /// a number (`aggregation`) or says where the same rows are (`local_path`, `dataset_id`) is none of them.
    pub(crate) fn departures_from(&self, own: &ProtocolSection) -> Departures {
        let (given, data) = (&self.arguments, &self.benchmark.file.data);
        let mut found = Departures::new();
        let mut note = |is_other: bool, name: &str, value: Value| {
            if is_other {
                found.insert(name.to_owned(), told(value));
            }
        };
        let has_shots = self.shot_count() > 0;
        let is_other_split =
            |given: &Option<String>, own: Option<&String>| given.is_some() && given.as_ref() != own;
        note(self.shot_count() != self.shot_count_of(None), "few_shot_num", json!(self.shot_count()));
        note(has_shots && self.pick() != self.pick_of(None), "few_shot_random", json!(given.few_shot_random));
        // A protocol may have a place for the user's text in a prompt of its own, which then stays as it is.
        let is_in_own = given.prompt_template.is_some() && self.section.prompt == own.prompt;
        let has_place = own.prompt.as_deref().is_some_and(|prompt| prompt.contains("prompt_template"));
        note(self.section.prompt != own.prompt || is_in_own && has_place, "prompt_template", Value::Null);
        note(self.section.system != own.system, "system_prompt", Value::Null);
        note(is_other_split(&given.eval_split, Some(&data.test)), "eval_split", json!(given.eval_split));
        note(
            has_shots && is_other_split(&given.train_split, data.shots.as_ref()),
            "train_split",
            json!(given.train_split),
        );
        note(given.shuffle == Some(true), "shuffle", json!(true));
        let shuffles = |section: &ProtocolSection| section.shuffle_choices == Some(true);
        note(
            shuffles(&self.section) != shuffles(own),
            "shuffle_choices",
            json!(self.section.shuffle_choices),
        );
        for (name, option) in &own.options {
            let value = self.options.get(name).unwrap_or(&option.default);
            note(*value != option.default, name, value.clone());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use crate::arguments::DatasetArgs;
    use crate::judge_wishes::{JudgeStrategy, JudgeWishes};
    use crate::library::Library;
    use serde_json::{Value, json};

    fn resolved(benchmark: &str, arguments: Value) -> crate::protocol::Protocol {
        let arguments = DatasetArgs::from_json(&arguments).unwrap();
        Library::builtin().unwrap().resolve(benchmark, &arguments).unwrap()
    }

    fn departures(benchmark: &str, arguments: Value) -> Value {
        json!(resolved(benchmark, arguments).departures())
    }

    #[test]
    fn what_changes_the_asking_is_named() {
        let all = json!({
            "few_shot_num": 2, "few_shot_random": true, "prompt_template": "Translate: {question}", "system_prompt": "Be brief.",
            "eval_split": "train", "train_split": "test", "shuffle": true
        });
        let named = json!({
            "few_shot_num": 2, "few_shot_random": true, "prompt_template": null, "system_prompt": null,
            "eval_split": "train", "train_split": "test", "shuffle": true
        });
        assert_eq!(departures("gsm8k", all), named);
        assert_eq!(departures("arc", json!({"shuffle_choices": true})), json!({"shuffle_choices": true}));
        let turns = departures("mmlu@opencompass-0.2", json!({"extra_params": {"turns": false}}));
        assert_eq!(turns, json!({"turns": false}));
        // The protocol puts the user's text into its own prompt.
        let own_place = departures("gsm8k@evalscope-0.5", json!({"prompt_template": "Think."}));
        assert_eq!(own_place, json!({"prompt_template": null}));
    }

    #[test]
    fn what_the_protocol_says_itself_is_no_departure() {
        let same = json!({
            "few_shot_num": 4, "few_shot_random": false, "eval_split": "test", "train_split": "train", "shuffle": false,
            "shuffle_choices": false
        });
        assert_eq!(departures("gsm8k", same), json!({}));
        // Without examples it says nothing where they would come from.
        let none = json!({"few_shot_num": 0, "few_shot_random": true, "train_split": "test"});
        assert_eq!(departures("gsm8k", none), json!({"few_shot_num": 0}));
        let elsewhere = json!({"local_path": "data", "dataset_id": "org/name", "subset_list": ["anatomy"], "aggregation": "mean"});
        assert_eq!(departures("mmlu", elsewhere), json!({}));
        let turns = json!({"extra_params": {"turns": true}});
        assert_eq!(departures("mmlu@opencompass-0.2", turns), json!({}));
    }

    #[test]
    fn judges_that_score_otherwise_are_named() {
        let departures = |benchmark: &str, wishes: JudgeWishes| {
            let judges = vec![indexmap::IndexMap::from([("model".to_owned(), "j".to_owned())])];
            let wishes = JudgeWishes { judges, repeats: 1, ..wishes };
            json!(resolved(benchmark, json!({})).judged(Some(&wishes)).unwrap().departures())
        };
        let strategy = |strategy| JudgeWishes { strategy, ..JudgeWishes::default() };
        assert_eq!(departures("gsm8k", strategy(JudgeStrategy::Auto)), json!({}));
        assert_eq!(departures("gsm8k", strategy(JudgeStrategy::Llm)), json!({"judge_strategy": "llm"}));
        assert_eq!(departures("simple_qa", strategy(JudgeStrategy::Llm)), json!({}));
        let prompts = JudgeWishes {
            system_prompt: Some("Be strict.".into()),
            prompt_template: Some("{pred}?".into()),
            ..JudgeWishes::default()
        };
        let named = json!({"judge.prompt_template": null, "judge.system_prompt": null});
        assert_eq!(departures("simple_qa", prompts), named);
        let swap = |position_swap| JudgeWishes { position_swap, ..JudgeWishes::default() };
        let own = departures("arena_hard", swap(Some(true)));
        let other = departures("arena_hard", swap(Some(false)));
        assert_eq!((own, other), (json!({}), json!({"judge.position_swap": false})));
    }
}
