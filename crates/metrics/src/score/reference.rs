//! Metrics of well-known scorers, under the names that benchmark files give them.

use super::{TextMetric, share};
use crate::bleu::nltk::{self, Smoothing as Nltk};
use crate::bleu::{self, Smoothing, Tokenizer};
use crate::ifeval::{self, Reading};
use crate::rouge::{Kind, Words, rouge};
use crate::{chrf, drop, edit, exact, python, squad, ter};

const fn percent(
    name: &'static str,
    about: &'static str,
    run: fn(answer: &str, targets: &[String]) -> f64,
) -> TextMetric {
    TextMetric { name, about, range: (0.0, 100.0), higher_is_better: true, run }
}

/// NLTK's BLEU of the words between white space.
fn nltk_bleu(answer: &str, targets: &[String], smoothing: Nltk) -> f64 {
    let words = |text: &str| python::split(text).map(str::to_owned).collect::<Vec<_>>();
    let targets: Vec<Vec<String>> = targets.iter().map(|target| words(target)).collect();
    nltk::sentence(&words(answer), &targets, smoothing)
}

/// Exact match, reading comprehension, edits.
pub(super) const MATCHES: &[TextMetric] = &[
    share(
        "exact_match",
        "1 if the answer is a target character by character, else 0; lm-eval 0.4",
        exact::exact,
    ),
    share(
        "exact_match_ignore_case",
        "the same in lower case; `ignore_case` of lm-eval 0.4",
        exact::ignoring_case,
    ),
    share(
        "exact_match_ignore_case_punctuation",
        "the same in lower case without ASCII punctuation; `ignore_punctuation` of lm-eval 0.4",
        exact::ignoring_case_and_punctuation,
    ),
    share(
        "exact_match_ignore_case_punctuation_numbers",
        "the same without ASCII digits, too; `ignore_numbers` of lm-eval 0.4",
        exact::ignoring_all,
    ),
    share(
        "squad_exact",
        "1 if both are equal without case, punctuation and articles, else 0; SQuAD 1.1",
        squad::exact,
    ),
    share("squad_f1", "F1 of the words without case, punctuation and articles; SQuAD 1.1", squad::f1),
    share(
        "drop_exact",
        "1 if both are equal as DROP normalises them, numbers as numbers, else 0",
        drop::exact,
    ),
    share(
        "drop_f1",
        "F1 of the sets of words as DROP normalises them, 0 if numbers differ; a target that is a JSON list of texts is \
         one of several spans",
        drop::f1,
    ),
    share("edit_similarity", "1 − Levenshtein distance / length of the longer text", edit::edit_similarity),
    share(
        "indel_similarity",
        "1 − insertions and deletions / length of both texts; `fuzz.ratio`",
        edit::indel_similarity,
    ),
];

/// BLEU, chrF and TER.
pub(super) const TRANSLATION: &[TextMetric] = &[
    percent(
        "bleu",
        "BLEU of the answer, tokenizer 13a, exponential smoothing; `sentence_bleu` of sacrebleu 2.6",
        |a, t| bleu::sentence(a, t, Tokenizer::Mteval13a, Smoothing::Exponential),
    ),
    percent("bleu_intl", "the same with the tokenizer intl", |a, t| {
        bleu::sentence(a, t, Tokenizer::International, Smoothing::Exponential)
    }),
    percent("bleu_zh", "the same with the tokenizer zh", |a, t| {
        bleu::sentence(a, t, Tokenizer::Chinese, Smoothing::Exponential)
    }),
    percent("bleu_char", "the same with characters as words", |a, t| {
        bleu::sentence(a, t, Tokenizer::Characters, Smoothing::Exponential)
    }),
    percent("bleu_none", "the same with the words between white space", |a, t| {
        bleu::sentence(a, t, Tokenizer::None, Smoothing::Exponential)
    }),
    percent("bleu_floor", "BLEU with the tokenizer 13a and floor smoothing, 0.1", |a, t| {
        bleu::sentence(a, t, Tokenizer::Mteval13a, Smoothing::Floor(0.1))
    }),
    percent("bleu_add_k", "BLEU with the tokenizer 13a and add-k smoothing, 1", |a, t| {
        bleu::sentence(a, t, Tokenizer::Mteval13a, Smoothing::AddK(1.0))
    }),
    percent("bleu_unsmoothed", "BLEU with the tokenizer 13a, without smoothing", |a, t| {
        bleu::sentence(a, t, Tokenizer::Mteval13a, Smoothing::None)
    }),
    share(
        "nltk_bleu",
        "BLEU of the words between white space; `sentence_bleu` of NLTK 3.10, 0 to 1",
        |a, t| nltk_bleu(a, t, Nltk::Method0),
    ),
    share("nltk_bleu_1", "the same with NLTK's smoothing method1", |a, t| nltk_bleu(a, t, Nltk::Method1)),
    share("nltk_bleu_2", "the same with method2", |a, t| nltk_bleu(a, t, Nltk::Method2)),
    share("nltk_bleu_3", "the same with method3", |a, t| nltk_bleu(a, t, Nltk::Method3)),
    share("nltk_bleu_4", "the same with method4", |a, t| nltk_bleu(a, t, Nltk::Method4)),
    share("nltk_bleu_5", "the same with method5, which can exceed 1", |a, t| nltk_bleu(a, t, Nltk::Method5)),
    share("nltk_bleu_7", "the same with method7, which can exceed 1", |a, t| nltk_bleu(a, t, Nltk::Method7)),
    percent("chrf", "chrF: F2 of runs of 1 to 6 characters; sacrebleu 2.6", |a, t| chrf::sentence(a, t, 0)),
    percent("chrf_plus", "chrF+: single words, too", |a, t| chrf::sentence(a, t, 1)),
    percent("chrf_plus_plus", "chrF++: words and pairs of words, too", |a, t| chrf::sentence(a, t, 2)),
    TextMetric {
        name: "ter",
        about: "translation edit rate: edits and moves per 100 words of the target, less is better; sacrebleu 2.6",
        range: (0.0, f64::INFINITY),
        higher_is_better: false,
        run: ter::sentence,
    },
];

/// ROUGE of rouge-score.
pub(super) const ROUGE: &[TextMetric] = &[
    share("rouge_1", "ROUGE-1 F of rouge-score 0.1.2: words, in lower case", |a, t| {
        rouge(a, t, Kind::Runs(1), Words::Plain).f
    }),
    share("rouge_2", "ROUGE-2 F: pairs of words", |a, t| rouge(a, t, Kind::Runs(2), Words::Plain).f),
    share("rouge_l", "ROUGE-L F: longest common subsequence", |a, t| {
        rouge(a, t, Kind::Longest, Words::Plain).f
    }),
    share("rouge_lsum", "ROUGE-Lsum F: the same line by line, put together", |a, t| {
        rouge(a, t, Kind::Lines, Words::Plain).f
    }),
    share("rouge_1_stemmed", "rouge_1 of stems: `use_stemmer=True`", |a, t| {
        rouge(a, t, Kind::Runs(1), Words::Stemmed).f
    }),
    share("rouge_2_stemmed", "rouge_2 of stems", |a, t| rouge(a, t, Kind::Runs(2), Words::Stemmed).f),
    share("rouge_l_stemmed", "rouge_l of stems", |a, t| rouge(a, t, Kind::Longest, Words::Stemmed).f),
    share("rouge_lsum_stemmed", "rouge_lsum of stems", |a, t| rouge(a, t, Kind::Lines, Words::Stemmed).f),
    share("rouge_1_zh", "rouge_1 of the words that jieba cuts", |a, t| {
        rouge(a, t, Kind::Runs(1), Words::Jieba).f
    }),
    share("rouge_2_zh", "rouge_2 of the words that jieba cuts", |a, t| {
        rouge(a, t, Kind::Runs(2), Words::Jieba).f
    }),
    share("rouge_l_zh", "rouge_l of the words that jieba cuts", |a, t| {
        rouge(a, t, Kind::Longest, Words::Jieba).f
    }),
    share("rouge_lsum_zh", "rouge_lsum of the words that jieba cuts", |a, t| {
        rouge(a, t, Kind::Lines, Words::Jieba).f
    }),
];

/// IFEval. The target is a JSON object with `instruction_id_list` and `kwargs`.
pub(super) const INSTRUCTIONS: &[TextMetric] = &[
    share(
        "ifeval_prompt_strict",
        "1 if the reply follows all instructions of the target, a JSON object, else 0",
        |a, t| ifeval::all(a, t, Reading::Strict),
    ),
    share("ifeval_prompt_loose", "the same, also without asterisks, first line, last line", |a, t| {
        ifeval::all(a, t, Reading::Loose)
    }),
    share("ifeval_instruction_strict", "share of the instructions that the reply follows", |a, t| {
        ifeval::share(a, t, Reading::Strict)
    }),
    share("ifeval_instruction_loose", "the same, also without asterisks, first line, last line", |a, t| {
        ifeval::share(a, t, Reading::Loose)
    }),
];
