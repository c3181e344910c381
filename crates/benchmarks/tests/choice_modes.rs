//! Multiple choice in other modes than the protocols' own: what is asked, and what of an outcome is the answer.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where its set-up fails")]

use evalscope_benchmarks::{DatasetArgs, Library, Needs, Protocol};
use evalscope_core::{
    ChoiceMode, Completion, Constraint, ContinuationScore, Effect, GenerateRequest, Generation, Input,
    Outcome, Sample, Score, Step,
};
use serde_json::{Value, json};

const CHOICE: ChoiceMode = ChoiceMode::Constrained(Constraint::Choice);
const SCHEMA: ChoiceMode = ChoiceMode::Constrained(Constraint::JsonSchema);

fn resolve(reference: &str, arguments: Value) -> Protocol {
    let arguments: DatasetArgs = serde_json::from_value(arguments).unwrap();
    Library::builtin().unwrap().resolve(reference, &arguments).unwrap()
}

fn departed(reference: &str, mode: ChoiceMode, is_chat: bool) -> (Protocol, Sample) {
    let mut protocol = resolve(reference, json!({}));
    protocol.depart(mode, is_chat).unwrap();
    let sample = protocol.example().unwrap().unwrap();
    (protocol, sample)
}

fn effect(protocol: &Protocol, sample: &Sample) -> Effect {
    match protocol.step(sample, &[]).unwrap() {
        Step::Need(effects) if effects.len() == 1 => effects[0].clone(),
        other => panic!("{other:?}"),
    }
}

fn request(protocol: &Protocol, sample: &Sample) -> GenerateRequest {
    match effect(protocol, sample) {
        Effect::Generate(request) => request,
        other => panic!("{other:?}"),
    }
}

/// All that is said, as an endpoint without a chat template has it.
fn text(request: &GenerateRequest) -> String {
    match &request.input {
        Input::Text(text) => text.clone(),
        Input::Chat(messages) => {
            messages.iter().map(|message| message.text().into_owned()).collect::<Vec<_>>().join("\n\n")
        }
    }
}

fn said(text: &str, extra: Value) -> Outcome {
    let completions = vec![Completion { text: text.into(), ..Completion::default() }];
    let extra = extra.as_object().cloned().unwrap_or_default();
    Outcome::Generation(Generation { completions, extra, ..Generation::default() })
}

fn scored(protocol: &Protocol, sample: &Sample, outcome: Outcome) -> Score {
    match protocol.step(sample, &[outcome]).unwrap() {
        Step::Done(score) => score,
        other => panic!("{other:?}"),
    }
}

/// The example of `arc` has B as its answer.
fn verdict(mode: ChoiceMode, outcome: Outcome) -> (Option<String>, f64) {
    let (protocol, sample) = departed("arc@lm-eval-0.4", mode, true);
    let score = scored(&protocol, &sample, outcome);
    assert_eq!(score.values.keys().collect::<Vec<_>>(), ["acc"], "only the main metric is left");
    (score.answer, score.values["acc"])
}

#[test]
fn options_that_a_prompt_does_not_show_stand_after_it() {
    let (protocol, sample) = departed("arc@lm-eval-0.4", ChoiceMode::Generate, true);
    assert_eq!(protocol.needs(), Needs::Chat);
    assert_eq!(
        text(&request(&protocol, &sample)),
        "Question: Which of these does a plant need to make its own food?\nA. moonlight\nB. sunlight\nC. sugar\nD. \
         salt\nAnswer:"
    );
    let (protocol, sample) = departed("winogrande@lm-eval-0.4", ChoiceMode::Generate, false);
    let request = request(&protocol, &sample);
    assert!(matches!(&request.input, Input::Text(_)), "{request:?}");
    assert_eq!(request.sampling.stop, ["\n"]);
    assert!(
        text(&request)
            .starts_with("The ladder did not fit behind the shelf because the _ was too long.\nA. ")
    );
}

/// What the protocol asks as it is written, and with the options in it.
fn own_prompt(reference: &str) -> String {
    let own = resolve(reference, json!({}));
    text(&request(&own, &own.example().unwrap().unwrap()))
}

#[test]
fn a_conversation_is_told_that_the_letter_is_all() {
    for (reference, line) in [
        ("mmlu", "Reply with the letter alone."),
        ("arc", "Reply with the letter alone."),
        ("super_gpqa", "Reply with the letter alone."),
        ("cmmlu", "只回答选项的字母。"),
        ("general_mcq", "只回答选项的字母。"),
    ] {
        for mode in [ChoiceMode::TopLogprobs, CHOICE, SCHEMA] {
            let (protocol, sample) = departed(reference, mode, true);
            let asked = text(&request(&protocol, &sample));
            assert_eq!(asked, format!("{}\n\n{line}", own_prompt(reference).trim_end()), "{reference}");
            assert_eq!(protocol.asking()["choice_mode"]["after_prompt"], line);
        }
        let (protocol, _) = departed(reference, ChoiceMode::Generate, true);
        assert_eq!(protocol.asking().get("choice_mode"), None, "{reference} asks for a reply by itself");
    }
}

#[test]
fn raw_text_ends_with_the_words_before_the_letter() {
    for (reference, words) in [
        ("mmlu", "ANSWER:"),
        ("truthful_qa", "ANSWER:"),
        ("cmmlu", "答案："),
        ("race@opencompass-0.2", "Answer:"),
    ] {
        let wanted = format!("{}\n\n{words}", own_prompt(reference));
        for mode in [ChoiceMode::TopLogprobs, CHOICE, SCHEMA] {
            let (protocol, sample) = departed(reference, mode, false);
            let asked = request(&protocol, &sample);
            assert_eq!(asked.input, Input::Text(wanted.clone()), "{reference}");
            assert_eq!(protocol.asking()["choice_mode"]["after_prompt"], words);
        }
        let (protocol, sample) = departed(reference, ChoiceMode::Loglikelihood, true);
        let Effect::Loglikelihood(asked) = effect(&protocol, &sample) else { panic!("{reference}") };
        assert_eq!(asked.prefix_text(), wanted, "{reference}");
        assert_eq!(asked.continuations[..2], [" A", " B"]);
    }
}

#[test]
fn a_recorded_run_is_asked_as_its_plan_says() {
    let as_planned = |planned: &Value| {
        let mut protocol = resolve("arc", json!({}));
        protocol.depart_as_planned(planned).unwrap();
        protocol
    };
    let prompt = |protocol: &Protocol| text(&request(protocol, &protocol.example().unwrap().unwrap()));
    // Older versions put nothing after prompts but the words before likelihoods, and named neither.
    for chat in [true, false] {
        let old = json!({"mode": "top_logprobs", "chat": chat});
        let protocol = as_planned(&old);
        assert_eq!(prompt(&protocol), own_prompt("arc"));
        assert_eq!(protocol.asking()["choice_mode"], old);
        let (new, _) = departed("arc", ChoiceMode::TopLogprobs, chat);
        let again = as_planned(&new.asking()["choice_mode"]);
        assert_eq!((prompt(&again), again.asking()), (prompt(&new), new.asking()));
    }
    let old = json!({"mode": "loglikelihood", "chat": true});
    let (new, sample) = departed("arc", ChoiceMode::Loglikelihood, true);
    assert_eq!(new.asking()["choice_mode"], old);
    assert_eq!(effect(&as_planned(&old), &sample), effect(&new, &sample));
    assert_eq!(as_planned(&Value::Null).asking().get("choice_mode"), None);
}

#[test]
fn prompts_that_are_written_for_a_letter_stay_as_they_are() {
    let library = Library::builtin().unwrap();
    let mut seen = 0;
    for benchmark in library.names() {
        let reference = format!("{benchmark}@opencompass-0.2");
        let Ok(own) = library.resolve(&reference, &DatasetArgs::default()) else { continue };
        if own.own_choice_mode() != Some(ChoiceMode::Generate) || benchmark == "race" {
            continue;
        }
        seen += 1;
        let wanted = own_prompt(&reference);
        for (mode, is_chat) in
            [(ChoiceMode::TopLogprobs, true), (ChoiceMode::TopLogprobs, false), (CHOICE, false)]
        {
            let (protocol, sample) = departed(&reference, mode, is_chat);
            assert_eq!(text(&request(&protocol, &sample)), wanted, "{reference}");
        }
        let (protocol, sample) = departed(&reference, ChoiceMode::Loglikelihood, true);
        let Effect::Loglikelihood(asked) = effect(&protocol, &sample) else { panic!("{reference}") };
        assert_eq!(asked.prefix_text(), wanted, "{reference}");
    }
    assert!(seen > 25, "{seen}");
    for (mode, is_chat) in [(ChoiceMode::TopLogprobs, true), (ChoiceMode::TopLogprobs, false), (CHOICE, true)]
    {
        let (protocol, sample) = departed("arc@evalscope-0.5", mode, is_chat);
        assert!(text(&request(&protocol, &sample)).ends_with("\nAnswer:"));
        assert_eq!(protocol.asking()["choice_mode"].get("after_prompt"), None);
    }
}

#[test]
fn each_mode_asks_in_its_own_fields() {
    let fields = |mode, is_chat| {
        let (protocol, sample) = departed("arc@evalscope-0.5", mode, is_chat);
        request(&protocol, &sample).sampling
    };
    let chat = fields(ChoiceMode::TopLogprobs, true);
    assert_eq!((chat.max_tokens, &chat.extra_body["top_logprobs"]), (Some(1), &json!(20)));
    assert_eq!(fields(ChoiceMode::TopLogprobs, false).extra_body["logprobs"], 5);
    assert_eq!(fields(CHOICE, true).extra_body["guided_choice"], json!(["A", "B", "C", "D"]));
    let schema = &fields(SCHEMA, true).extra_body["response_format"]["json_schema"]["schema"];
    assert_eq!(schema["properties"]["answer"]["enum"], json!(["A", "B", "C", "D"]));
    assert!(fields(ChoiceMode::Generate, true).extra_body.is_empty());
}

#[test]
fn outcomes_are_read_by_their_mode() {
    let logprobs = |list: Value| json!({"choices": [{"logprobs": {"content": [{"token": "The", "logprob": -0.1, "top_logprobs": list}]}}]});
    let two = json!([{"token": " B", "logprob": -1.0}, {"token": "A", "logprob": -1.5}]);
    let some = |label: &str, value: f64| (Some(label.to_owned()), value);
    assert_eq!(verdict(ChoiceMode::TopLogprobs, said("The", logprobs(two))), some("B", 1.0));
    assert_eq!(verdict(ChoiceMode::TopLogprobs, said("The", logprobs(json!([])))), (None, 0.0));
    assert_eq!(
        verdict(ChoiceMode::TopLogprobs, said("B", json!({}))),
        (None, 0.0),
        "no log-probabilities came"
    );
    assert_eq!(verdict(CHOICE, said("A", json!({}))), some("A", 0.0));
    assert_eq!(verdict(CHOICE, said("B, because", json!({}))), (None, 0.0), "the constraint was not kept");
    assert_eq!(verdict(SCHEMA, said("{\"answer\": \"B\"}", json!({}))), some("B", 1.0));
    assert_eq!(
        verdict(ChoiceMode::Generate, said("<think>A?</think>The answer is B.", json!({}))),
        some("B", 1.0)
    );
    let likelihood = |sums: [f64; 4]| {
        Outcome::Loglikelihoods(
            sums.map(|sum| ContinuationScore { sum, ..ContinuationScore::default() }).to_vec(),
        )
    };
    let (protocol, sample) = departed("arc", ChoiceMode::Loglikelihood, true);
    let score = scored(&protocol, &sample, likelihood([-3.0, -1.0, -1.0, -2.0]));
    assert_eq!((score.answer.as_deref(), score.values["accuracy"]), (Some("B"), 1.0));
}

#[test]
fn free_replies_are_audited_and_single_tokens_are_not() {
    let audit = |mode, text: &str| {
        let (protocol, sample) = departed("arc@evalscope-0.5", mode, true);
        scored(&protocol, &sample, said(text, json!({}))).audit
    };
    let readings = audit(ChoiceMode::Generate, "It is B, I think.").unwrap().readings.unwrap();
    assert!(!readings.strict && readings.lenient && readings.differ);
    assert_eq!(audit(ChoiceMode::TopLogprobs, "B"), None);
}

#[test]
fn what_needs_the_likelihood_of_every_option_cannot_depart() {
    let mut protocol = resolve("truthful_qa@lm-eval-0.4", json!({}));
    assert_eq!(protocol.own_choice_mode(), Some(ChoiceMode::Loglikelihood));
    let error = protocol.depart(ChoiceMode::Generate, true).unwrap_err().to_string();
    assert!(error.contains("generate"), "{error}");
    for reference in ["gsm8k", "lambada", "general_qa", "bbh"] {
        assert_eq!(resolve(reference, json!({})).own_choice_mode(), None, "{reference}");
    }
}

#[test]
fn the_options_decide_whether_one_letter_is_looked_for() {
    let own = |reference: &str, options: Value| {
        resolve(reference, json!({"extra_params": options})).own_choice_mode()
    };
    let several = json!({"multiple_correct": true});
    for reference in ["general_mcq", "truthful_qa"] {
        assert_eq!(own(reference, json!({})), Some(ChoiceMode::Generate), "{reference}");
        assert_eq!(own(reference, several.clone()), None, "{reference}");
    }
    assert_eq!(own("general_mcq@english", json!({})), Some(ChoiceMode::Generate));
    assert_eq!(own("super_gpqa", json!({})), Some(ChoiceMode::Generate));
    assert_eq!(own("siqa@opencompass-0.2", json!({})), Some(ChoiceMode::Generate));
    assert_eq!(own("agieval", json!({})), None, "some of its subsets have no options");
}

#[test]
fn what_is_written_before_the_letter_is_known_behind_a_condition() {
    for (reference, lead) in
        [("general_mcq", "答案："), ("truthful_qa", "ANSWER:"), ("super_gpqa", "ANSWER:")]
    {
        let (protocol, sample) = departed(reference, ChoiceMode::Loglikelihood, true);
        let Effect::Loglikelihood(asked) = effect(&protocol, &sample) else { panic!("{reference}") };
        assert!(asked.prefix_text().ends_with(&format!("\n\n{lead}")), "{reference}: {asked:?}");
    }
}

#[test]
fn a_departure_stands_in_the_plan() {
    let (protocol, _) = departed("arc@lm-eval-0.4", ChoiceMode::TopLogprobs, true);
    assert_eq!(protocol.asking()["choice_mode"], json!({"mode": "top_logprobs", "chat": true}));
    assert_eq!(protocol.scoring()["choice"], json!({"mode": "top_logprobs", "own": "loglikelihood"}));
    let (same, _) = departed("arc@lm-eval-0.4", ChoiceMode::Loglikelihood, true);
    assert_eq!(same.asking().get("choice_mode"), None);
    assert_eq!(same.metrics().collect::<Vec<_>>(), ["acc", "acc_norm"]);
}

#[test]
fn evalscope_0_5_reads_letters_by_rules_of_its_own() {
    let answer = |reference: &str, reply: &str| {
        let (protocol, sample) = departed(reference, ChoiceMode::Generate, true);
        scored(&protocol, &sample, said(reply, json!({}))).answer
    };
    // EvalScope 0.5.2: `ResponseParser.parse_first_option_with_choices`, and RACE's `parse_pred_result`.
    for reference in ["mmlu@evalscope-0.5", "cmmlu@evalscope-0.5", "ceval@evalscope-0.5", "arc@evalscope-0.5"]
    {
        assert_eq!(answer(reference, "Certainly! The answer is (B).").as_deref(), Some("C"), "{reference}");
        assert_eq!(answer(reference, "none of them"), None, "{reference}");
    }
    assert_eq!(answer("race@evalscope-0.5", "The answer is B.").as_deref(), Some("The answer is B."));
    assert_eq!(answer("race@evalscope-0.5", " B\n").as_deref(), Some("B"));
    assert_eq!(answer("arc@lm-eval-0.4", "Certainly! The answer is (B).").as_deref(), Some("B"));
    let (protocol, _) = departed("arc@evalscope-0.5", ChoiceMode::Generate, true);
    assert_eq!(protocol.scoring()["letter_from"], "first_option_0_5");
    assert!(resolve("arc@evalscope-0.5", json!({})).scoring().get("letter_from").is_none());
}
