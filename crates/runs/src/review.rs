//! A line of `reviews/`: the verdict on a sample under the field names that EvalScope's users know.

use crate::entry::{Review, Verdict};
use crate::exact::Exact;
use crate::lines;
use evalscope_core::{Audit, CallFailure, JudgedReply, Score};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One sample at its end.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Review")]
pub struct ReviewLine {
    /// Position of the sample in the subset, from 0.
    index: u64,
    /// Which repetition, from 0.
    #[serde(default)]
    repeat: u32,
    /// The data set's own id of the row.
    id: String,
    /// The subset.
    subset: String,
    /// The group that the subset belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    /// Names what the sample shares with others, such as a passage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cluster: Option<String>,
    /// The accepted answers.
    target: Vec<String>,
    /// The verdict.
    sample_score: SampleScore,
    /// Why there is no score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<CallFailure>,
}

/// Holds the score, as EvalScope's lines do.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct SampleScore {
    score: ScoreLine,
}

/// What the sample is worth.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct ScoreLine {
    /// Metric name to value; empty when a call failed.
    value: IndexMap<String, Exact>,
    /// The answer that was found in the reply; `null` when none was.
    extracted_prediction: Option<String>,
    /// Byte range of the answer in the reply, when it stands there literally.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    extracted_span: Option<(usize, usize)>,
    /// What the answer was compared with, where that is not the line's `target`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compared_with: Option<Vec<String>>,
    /// A short reason for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    explanation: Option<String>,
    /// A second look at the reply, which is in no score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    audit: Option<Audit>,
    /// What judges said of the reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    judged: Option<Box<JudgedReply>>,
    /// The metric that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    main_score_name: Option<String>,
    status: ScoreStatus,
}

/// Whether there is a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ScoreStatus {
    /// The sample was scored.
    Success,
    /// A call failed; the sample counts in no mean.
    Failed,
}

impl From<&Review> for ReviewLine {
    fn from(review: &Review) -> Self {
        let (score, error) = match &review.verdict {
            Verdict::Scored(score) => (scored(score, &review.targets), None),
            Verdict::Failed(failure) => (failed(), Some(failure.clone())),
        };
        ReviewLine {
            index: review.index,
            repeat: review.repeat,
            id: review.sample_id.clone(),
            subset: review.subset.clone(),
            category: review.category.clone(),
            cluster: review.cluster.clone(),
            target: review.targets.clone(),
            sample_score: SampleScore { score },
            error,
        }
    }
}

fn scored(score: &Score, targets: &[String]) -> ScoreLine {
    ScoreLine {
        value: score.values.iter().map(|(name, value)| (name.clone(), Exact(*value))).collect(),
        extracted_prediction: score.answer.clone(),
        extracted_span: score.answer_span,
        compared_with: (score.targets != targets).then(|| score.targets.clone()),
        explanation: score.explanation.clone(),
        audit: score.audit.clone(),
        judged: score.judged.clone(),
        main_score_name: score.main().map(|(name, _)| name.to_owned()),
        status: ScoreStatus::Success,
    }
}

fn failed() -> ScoreLine {
    ScoreLine {
        value: IndexMap::new(),
        extracted_prediction: None,
        extracted_span: None,
        compared_with: None,
        explanation: None,
        audit: None,
        judged: None,
        main_score_name: None,
        status: ScoreStatus::Failed,
    }
}

impl Review {
    /// The review that a line stands for, or what is wrong with it.
    pub fn from_line(line: &[u8]) -> Result<Review, String> {
        serde_json::from_slice::<ReviewLine>(line)
            .map_err(|error| lines::json_message(&error))
            .and_then(ReviewLine::into_review)
    }

    /// The line of `reviews/`, with its line break.
    pub fn to_line(&self) -> Result<Vec<u8>, String> {
        let mut line = serde_json::to_vec(&ReviewLine::from(self)).map_err(|error| error.to_string())?;
        line.push(b'\n');
        Ok(line)
    }
}

impl ReviewLine {
    /// The review that this line stands for, or what is missing in it.
    pub fn into_review(self) -> Result<Review, String> {
        let score = self.sample_score.score;
        let verdict = match (score.status, self.error) {
            (ScoreStatus::Failed, Some(failure)) => Verdict::Failed(failure),
            (ScoreStatus::Success, None) => Verdict::Scored(Score {
                values: score.value.into_iter().map(|(name, value)| (name, value.0)).collect(),
                answer: score.extracted_prediction,
                answer_span: score.extracted_span,
                targets: score.compared_with.unwrap_or_else(|| self.target.clone()),
                explanation: score.explanation,
                audit: score.audit,
                judged: score.judged,
            }),
            (ScoreStatus::Failed, None) => return Err("a failed sample without `error`".into()),
            (ScoreStatus::Success, Some(_)) => return Err("a scored sample with `error`".into()),
        };
        Ok(Review {
            index: self.index,
            repeat: self.repeat,
            sample_id: self.id,
            subset: self.subset,
            category: self.category,
            cluster: self.cluster,
            targets: self.target,
            verdict,
        })
    }
}
