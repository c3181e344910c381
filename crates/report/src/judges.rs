//! What the verdicts of a benchmark's judges say of the judges, and how much less sure they make the score.

use crate::judge_meter::{Doubt, JudgeMeter, JudgeShift};
use crate::summary::MetricSummary;
use evalscope_arena::arena_hard::{Label, win_rate_of_questions};
use evalscope_arena::estimate::Estimate;
use evalscope_arena::length_control::{Compared, length_controlled};
use evalscope_arena::meter::{Alone, Meter, meter_of_alone, meter_of_pairs};
use evalscope_arena::{Battle, Winner};
use evalscope_core::{JudgeVote, JudgedReply, PlannedBenchmark, PlannedModel, Shown};
use indexmap::IndexMap;
use serde_json::Value;

/// Stands for the answers that replies are compared with, where the benchmark does not name their model.
const BASELINE: &str = "baseline";
/// Why a conversation says nothing about a liking for length.
const SEVERAL_TURNS: &str = "each turn is rated, and of the replies only the length of the last is known";
/// The share of a draw.
const DRAW: f64 = 0.5;

/// The verdicts of a benchmark's judges on one model, so far.
pub struct Judges {
    model: String,
    baseline: String,
    judges: Vec<Judge>,
    /// Lowest and highest value of the main metric.
    range: (f64, f64),
    /// Replies that they were asked about.
    replies: u64,
    /// What the verdicts give together, beside the metric.
    also: Vec<String>,
    compared: Vec<Compared>,
    labels: IndexMap<String, Vec<Label>>,
}

/// One judge's verdicts.
#[derive(Default)]
struct Judge {
    name: String,
    /// The name under which it competes itself, when it does.
    own: Option<String>,
    /// Whether it rates each turn of a conversation.
    has_turns: bool,
    battles: Vec<Battle>,
    words: Vec<Option<(f64, f64)>>,
    /// Replies that were judged by themselves, each once.
    alone: Vec<Alone>,
    verdicts_alone: u64,
    unread_alone: u64,
    /// How much longer the reply was than the other answer, and what it was given.
    lengths: Vec<(f64, f64)>,
    null_model: Vec<f64>,
    /// What it gave the model more than the other judges did.
    above_others: Vec<f64>,
}

impl Judges {
    /// The judges of a plan.
    pub fn of(model: &PlannedModel, planned: &PlannedBenchmark) -> Judges {
        let section = &planned.scoring["judge"];
        let baseline = section["pair"]["baseline"].as_str().unwrap_or(BASELINE).to_owned();
        let has_turns = section["turns"].as_array().is_some_and(|turns| !turns.is_empty());
        let judge = |given: &Value| {
            let name = given["judge"].as_str().unwrap_or_default();
            let served = given["model"].as_str();
            let is_model = match (served, model.identity.get("model")) {
                (Some(one), Some(other)) => one == other,
                _ => name == model.id,
            };
            let own = is_model.then(|| model.id.clone());
            let own = own.or_else(|| (served.unwrap_or(name) == baseline).then(|| baseline.clone()));
            Judge { name: name.to_owned(), own, has_turns, ..Judge::default() }
        };
        let judges = section["wishes"]["judges"].as_array().into_iter().flatten().map(judge).collect();
        let range = |end: usize| planned.scoring["metrics"][0]["range"][end].as_f64();
        let also = section["pair"]["also"].as_array().into_iter().flatten();
        Judges {
            model: model.id.clone(),
            baseline,
            judges,
            range: (range(0).unwrap_or(0.0), range(1).unwrap_or(1.0)),
            replies: 0,
            also: also.filter_map(|name| Some(name.as_str()?.to_owned())).collect(),
            compared: Vec::new(),
            labels: IndexMap::new(),
        }
    }

    /// Adds what judges said of a reply. Returns the variance that their contradictions leave in its score: a pair on which
    /// both orders differ is somewhere between them.
    pub fn add(&mut self, question: &str, judged: &JudgedReply) -> f64 {
        self.replies += 1;
        let own: Vec<&JudgeVote> = judged.votes.iter().filter(|vote| !vote.is_null_model).collect();
        let (low, high) = self.range;
        // Verdicts of a judge on one question are one observation: they are not free of each other.
        for (place, judge) in self.judges.iter_mut().enumerate() {
            let null = judged.votes.iter().filter(|vote| vote.is_null_model && vote.judge as usize == place);
            let shares: Vec<f64> = null.filter_map(|vote| vote.share).collect();
            if !shares.is_empty() {
                let mean = shares.iter().sum::<f64>() / shares.len() as f64;
                judge.null_model.push((mean - low) / (high - low));
            }
        }
        let (mut spread, mut groups) = (0.0, 0.0);
        for group in own.chunk_by(|one, other| (one.judge, one.repeat) == (other.judge, other.repeat)) {
            groups += 1.0;
            // Both orders of a pair; turns of a conversation are rated each by itself.
            if let [JudgeVote { share: Some(one), shown, .. }, JudgeVote { share: Some(other), .. }] = group
                && *shown != Shown::Alone
            {
                spread += (one - other).abs() / 2.0;
            }
            self.add_group(question, judged, group);
        }
        if judged.other.is_none() {
            self.add_alone(judged.reply.words as f64, &own);
        }
        self.compare_judges(&own);
        if !self.also.is_empty() {
            self.add_compared(question, judged, &own);
        }
        if groups > 0.0 { (spread / groups).powi(2) } else { 0.0 }
    }

    /// Adds the verdicts on a reply that was judged by itself: the mean of each judge's.
    fn add_alone(&mut self, words: f64, votes: &[&JudgeVote]) {
        for (place, judge) in self.judges.iter_mut().enumerate() {
            let own = votes.iter().filter(|vote| vote.judge as usize == place);
            let own: Vec<Option<f64>> = own.map(|vote| vote.share).collect();
            let shares: Vec<f64> = own.iter().filter_map(|share| *share).collect();
            judge.verdicts_alone += shares.len() as u64;
            judge.unread_alone += (own.len() - shares.len()) as u64;
            if !own.is_empty() {
                let mean = shares.iter().sum::<f64>() / shares.len() as f64;
                judge.alone.push(Alone { score: (!shares.is_empty()).then_some(mean), words });
            }
        }
    }

    fn add_group(&mut self, question: &str, judged: &JudgedReply, group: &[&JudgeVote]) {
        let Some(judge) = group.first().and_then(|vote| self.judges.get_mut(vote.judge as usize)) else {
            return;
        };
        let reply = judged.reply.words as f64;
        let Some(other) = judged.other.map(|other| other.words as f64) else { return };
        let mut battle = Battle::new(&self.baseline, &self.model, Winner::Unknown);
        battle.question_id = question.into();
        battle.win = None;
        for vote in group {
            match vote.shown {
                Shown::First => battle.win_2 = Some(winner(vote.share)),
                Shown::Second | Shown::Alone => battle.win_1 = Some(winner(vote.share)),
            }
        }
        judge.battles.push(battle);
        judge.words.push(Some((other, reply)));
        let shares: Vec<f64> = group.iter().filter_map(|vote| vote.share).collect();
        if !shares.is_empty() && reply + other > 0.0 {
            let share = shares.iter().sum::<f64>() / shares.len() as f64;
            judge.lengths.push(((reply - other) / (reply + other), share));
        }
    }

    /// Keeps what the metrics over all verdicts are made of. As in the score, of two orders none counts where one could not be
    /// read: the other alone would pay for the place.
    fn add_compared(&mut self, question: &str, judged: &JudgedReply, votes: &[&JudgeVote]) {
        let groups = votes.chunk_by(|one, other| (one.judge, one.repeat) == (other.judge, other.repeat));
        let read = groups.filter_map(|group| group.iter().map(|vote| vote.share).collect::<Option<Vec<_>>>());
        let shares: Vec<f64> = read.flatten().collect();
        if shares.is_empty() {
            return;
        }
        let entry = self.labels.entry(question.to_owned());
        let number = entry.index();
        entry.or_default().extend(shares.iter().map(|share| Label::of_share(*share)));
        if let Some(other) = judged.other {
            self.compared.push(Compared {
                question: number,
                preference: shares.iter().sum::<f64>() / shares.len() as f64,
                baseline: other.characters as f64,
                model: judged.reply.characters as f64,
            });
        }
    }

    /// The metrics that all verdicts give together. What judges leave open in the score they leave open in these, but for what
    /// length shifts where length is taken out.
    pub fn metrics(&self, doubt: Doubt, shift: Option<JudgeShift>) -> Vec<MetricSummary> {
        let metric = |name: &String| {
            let (found, n, shift) = match name.as_str() {
                "length_controlled_win_rate" => {
                    let shift = shift.map(JudgeShift::at_equal_length);
                    (length_controlled(&self.compared), self.compared.len(), shift)
                }
                "arena_hard_win_rate" => {
                    let labels: Vec<Vec<Label>> = self.labels.values().cloned().collect();
                    (win_rate_of_questions(&labels), labels.len(), shift)
                }
                _ => return None,
            };
            let mut metric = MetricSummary {
                name: name.clone(),
                n: n as u64,
                score: found.map(|found| found.value),
                macro_score: None,
                standard_error: None,
                clusters: None,
                interval_95: found.map(|found| found.interval_95),
                judge_half_width_95: None,
                higher_is_better: true,
                range: (Some(0.0), Some(1.0)),
            };
            if let Some(shift) = shift {
                metric.widen(doubt.error(shift.total()));
            }
            Some(metric)
        };
        self.also.iter().filter_map(metric).collect()
    }

    /// Compares a judge that is the model with those that are not.
    fn compare_judges(&mut self, votes: &[&JudgeVote]) {
        let is_model = |place: usize| self.judges[place].own.as_deref() == Some(&self.model);
        let mean = |of: &dyn Fn(usize) -> bool| {
            let shares = votes.iter().filter(|vote| of(vote.judge as usize)).filter_map(|vote| vote.share);
            let shares: Vec<f64> = shares.collect();
            (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
        };
        let known = self.judges.len();
        let Some(place) = (0..known).find(|place| is_model(*place)) else { return };
        let others = mean(&|other| other < known && !is_model(other));
        if let Some((own, others)) = mean(&|judge| judge == place).zip(others) {
            self.judges[place].above_others.push(own - others);
        }
    }

    /// The meter of each judge, and by how much their errors can shift the score of so many replies; nothing where nobody
    /// judged. Replies that a rule scored are not shifted.
    pub fn summary(&self, scored: u64) -> (Vec<JudgeMeter>, Option<JudgeShift>) {
        let heard: Vec<&Judge> = self.judges.iter().filter(|judge| judge.has_spoken()).collect();
        let count = heard.len() as f64;
        let judged = self.replies as f64 / scored.max(self.replies).max(1) as f64;
        // As the verdicts are: the score is the mean over the judges.
        let mean = |of: &dyn Fn(&Judge) -> Option<f64>| {
            heard.iter().filter_map(|judge| of(judge)).sum::<f64>() / count * judged
        };
        let certain =
            |estimate: Option<Estimate>| estimate.filter(Estimate::is_certain).map(|estimate| estimate.value);
        let shift = JudgeShift {
            length: mean(&|judge| certain(judge.length_shift())),
            own: mean(&|judge| certain(judge.own_excess())),
            null_model: mean(&|judge| certain(judge.null_model())) * (self.range.1 - self.range.0),
        };
        let meters = heard.iter().map(|judge| JudgeMeter { judge: judge.name.clone(), meter: judge.meter() });
        (meters.collect(), (count > 0.0).then_some(shift))
    }
}

impl Judge {
    fn has_spoken(&self) -> bool {
        !self.battles.is_empty() || !self.alone.is_empty()
    }

    fn meter(&self) -> Meter {
        let mut meter = match self.battles.is_empty() {
            true => Meter {
                verdicts: self.verdicts_alone,
                unread: self.unread_alone,
                ..meter_of_alone(&self.alone)
            },
            false => meter_of_pairs(&self.battles, &self.words, self.own.as_deref()),
        };
        if self.has_turns {
            meter.length_effect = None;
            meter.not_measured.insert("length_slope".into(), SEVERAL_TURNS.into());
        }
        meter.with(self.null_model(), self.own_excess())
    }

    fn null_model(&self) -> Option<Estimate> {
        Estimate::mean(&self.null_model)
    }

    fn own_excess(&self) -> Option<Estimate> {
        Estimate::mean(&self.above_others)
    }

    /// What the score would lose if all replies were as long as the answers beside them.
    fn length_shift(&self) -> Option<Estimate> {
        let mean =
            self.lengths.iter().map(|(longer, _)| longer).sum::<f64>() / self.lengths.len().max(1) as f64;
        Estimate::slope(&self.lengths).map(|slope| slope.times(mean))
    }
}

/// Who won: the other answer is A, the reply B.
fn winner(share: Option<f64>) -> Winner {
    match share {
        None => Winner::Unknown,
        Some(share) if share > DRAW => Winner::B,
        Some(share) if share < DRAW => Winner::A,
        Some(_) => Winner::Tie,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_core::{Sampling, TextLength};
    use serde_json::json;

    fn judges(turns: &Value) -> Judges {
        let model = PlannedModel { id: "m".into(), identity: IndexMap::new(), sampling: Sampling::default() };
        let planned = PlannedBenchmark {
            name: "b".into(),
            subsets: IndexMap::new(),
            missing: Vec::new(),
            asking: Value::Null,
            scoring: json!({"judge": {"wishes": {"judges": [{"judge": "j"}]}, "turns": turns},
                "metrics": [{"range": [0.0, 1.0]}]}),
            departures: IndexMap::new(),
        };
        Judges::of(&model, &planned)
    }

    fn vote(share: f64, is_null_model: bool) -> JudgeVote {
        JudgeVote { judge: 0, repeat: 0, shown: Shown::Alone, is_null_model, share: Some(share) }
    }

    fn reply(words: u64, votes: Vec<JudgeVote>) -> JudgedReply {
        JudgedReply { reply: TextLength { words, characters: words }, other: None, votes }
    }

    #[test]
    fn replies_that_a_rule_scored_are_not_shifted() {
        let mut judges = judges(&json!([]));
        for n in 0..10 {
            judges.add(&format!("q/{n}"), &reply(n, vec![vote(0.5, false), vote(1.0, true)]));
        }
        let shift = |scored| judges.summary(scored).1.map(|shift| shift.null_model);
        assert_eq!((shift(10), shift(20)), (Some(1.0), Some(0.5)));
    }

    #[test]
    fn a_conversation_of_several_turns_has_no_length_effect() {
        let meter = |turns: &Value| {
            let mut judges = judges(turns);
            for n in 0..10 {
                judges.add(&format!("q/{n}"), &reply(n, vec![vote(n as f64 / 10.0, false)]));
            }
            judges.summary(10).0.remove(0).meter
        };
        assert!(meter(&json!([])).length_effect.is_some());
        let found = meter(&json!([{}, {}]));
        assert_eq!(found.length_effect, None);
        assert_eq!(found.not_measured["length_slope"], SEVERAL_TURNS);
    }

    #[test]
    fn an_order_that_was_not_read_takes_the_other_one_with_it() {
        let mut judges = Judges { also: vec!["arena_hard_win_rate".into()], ..judges(&json!([])) };
        let both = |repeat, shares: [Option<f64>; 2]| {
            let vote = |(shown, share)| JudgeVote { repeat, shown, share, ..vote(0.0, false) };
            [Shown::Second, Shown::First].into_iter().zip(shares).map(vote).collect::<Vec<JudgeVote>>()
        };
        let compared =
            |votes| JudgedReply { other: Some(TextLength { words: 2, characters: 9 }), ..reply(1, votes) };
        judges.add("q/0", &compared(both(0, [Some(1.0), None])));
        assert_eq!((judges.compared.len(), judges.labels.len()), (0, 0));
        let votes = [both(0, [Some(1.0), None]), both(1, [Some(0.75), Some(0.25)])].concat();
        judges.add("q/1", &compared(votes));
        assert_eq!((judges.compared[0].preference, judges.compared[0].question), (0.5, 0));
        assert_eq!(judges.labels["q/1"], [Label::Better, Label::Worse]);
        let (_, shift) = judges.summary(2);
        let mut doubt = Doubt::default();
        doubt.add(1.0);
        let open = |doubt| judges.metrics(doubt, shift)[0].interval_95.unwrap();
        assert!(open(doubt).1 > open(Doubt::default()).1, "{:?}", open(doubt));
    }

    #[test]
    fn null_verdicts_on_one_question_are_one_observation() {
        let mut judges = judges(&json!([]));
        judges.add("q/0", &reply(1, vec![vote(0.5, false), vote(1.0, true), vote(0.0, true)]));
        judges.add("q/1", &reply(1, vec![vote(0.5, false), vote(1.0, true), vote(1.0, true)]));
        assert_eq!(judges.judges[0].null_model, [0.5, 1.0]);
    }

    #[test]
    fn verdicts_of_a_judge_on_one_reply_are_one_observation() {
        let mut judges = judges(&json!([]));
        let unread = JudgeVote { share: None, ..vote(0.0, false) };
        judges.add("q/0", &reply(1, vec![vote(0.5, false), vote(1.0, false), unread]));
        assert_eq!(judges.judges[0].alone, [Alone { score: Some(0.75), words: 1.0 }]);
        let meter = judges.summary(1).0.remove(0).meter;
        assert_eq!((meter.verdicts, meter.unread), (2, 1));
    }
}
