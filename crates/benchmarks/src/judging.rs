//! How judges score a benchmark: what the protocol says, and the wishes of the user over it.

use crate::compile::{Metric, MetricKind};
use crate::judge_wishes::{JudgeWishes, ScoreType};
use crate::schema::{JudgePair, JudgeSection, JudgeTurn};
use evalscope_core::{Sample, Shown};
use evalscope_judge::contract::REASON;
use evalscope_judge::null_model::null_answer;
use evalscope_judge::{Aggregation, Contract, Grade, Panel};
use indexmap::IndexMap;

/// For a benchmark that has no prompt of its own.
const GENERAL: &str = "Compare an answer to a question with the reference answer.\n\n\
    [Question]\n{question}\n\n[Reference Answer]\n{gold}\n\n[Predicted Answer]\n{pred}\n\n\
    Only agreement with the reference counts, not style or length.\nThe verdict is one of:\n\
    A: the answer says what the reference says\nB: it does not";
const GENERAL_NUMBER: &str = "Say how good an answer to a question is.\n\n\
    [Question]\n{question}\n\n[Response]\n{pred}\n\n\
    Look at whether it is right, complete and to the point; length by itself is no merit.\n\
    Give a number from 0, of no use, to 1, as good as can be.";
/// EvalScope's name for what its own prompts measure.
const GENERAL_METRIC: &str = "acc";

/// How judges score a protocol.
pub(crate) struct Judging {
    wishes: JudgeWishes,
    system: Option<Prompt>,
    prompt: Prompt,
    /// Where replies are compared with the target.
    pair: Option<JudgePair>,
    /// Where a conversation is judged turn by turn.
    turns: Vec<JudgeTurn>,
    pub contract: Contract,
    /// Whether the judge sees all of the reply and not the answer in it, as with EvalScope's general prompts.
    pub is_shown_whole: bool,
    /// What labels are worth.
    labels: IndexMap<String, IndexMap<String, f64>>,
    /// The metric that a number becomes, and the number that is 1.
    number: Option<(String, f64)>,
    /// The rule's main metric, where judges are only asked about what it finds wrong.
    pub recall: Option<Metric>,
}

enum Prompt {
    Text(String),
    /// In this field of the sample.
    Field(String),
}

/// What the labels of a general prompt are worth, in their order.
fn general_labels(mapping: &IndexMap<String, f64>) -> IndexMap<String, IndexMap<String, f64>> {
    let mut mapping = mapping.clone();
    if mapping.is_empty() {
        mapping.extend([("A".to_owned(), 1.0), ("B".to_owned(), 0.0)]);
    }
    mapping.sort_unstable_keys();
    let worth = |value: f64| IndexMap::from([(GENERAL_METRIC.to_owned(), value)]);
    mapping.into_iter().map(|(label, value)| (label, worth(value))).collect()
}

impl Judging {
    /// What a protocol says of judges, the user's wishes over it.
    pub fn of(own: Option<&JudgeSection>, wishes: &JudgeWishes) -> Judging {
        let is_own = wishes.prompt_template.is_none();
        let mut judging = Judging {
            wishes: wishes.clone(),
            system: wishes.system_prompt.clone().map(Prompt::Text),
            pair: None,
            prompt: Prompt::Text(String::new()),
            is_shown_whole: own.is_none() || !is_own,
            turns: Vec::new(),
            contract: Contract::Number {
                field: "score".into(),
                low: 0.0,
                high: 1.0,
                is_whole: false,
                reason: REASON,
            },
            labels: IndexMap::new(),
            number: Some((GENERAL_METRIC.to_owned(), 1.0)),
            recall: None,
        };
        match (own.filter(|_| is_own), wishes.score_type) {
            (Some(own), _) => judging.take(own),
            (None, ScoreType::Numeric) => {
                judging.prompt =
                    Prompt::Text(wishes.prompt_template.as_deref().unwrap_or(GENERAL_NUMBER).into());
            }
            (None, ScoreType::Pattern) => {
                judging.prompt = Prompt::Text(wishes.prompt_template.as_deref().unwrap_or(GENERAL).into());
                judging.set_labels(general_labels(&wishes.score_mapping));
            }
        }
        judging
    }

    fn take(&mut self, own: &JudgeSection) {
        let own_system = own.system_field.clone().map(Prompt::Field);
        let own_system = own_system.or_else(|| own.system.clone().map(Prompt::Text));
        self.system = self.system.take().or(own_system);
        self.prompt = match (&own.prompt, &own.prompt_field) {
            (None, Some(field)) => Prompt::Field(field.clone()),
            (prompt, _) => Prompt::Text(prompt.clone().unwrap_or_else(|| GENERAL.to_owned())),
        };
        if let Some(pair) = &own.pair {
            let mut pair = pair.clone();
            pair.swap = self.wishes.position_swap.unwrap_or(pair.swap);
            self.set_labels(pair.labels.keys().map(|label| (label.clone(), IndexMap::new())).collect());
            if let Contract::Labels { has_reasoning, .. } = &mut self.contract {
                *has_reasoning = !pair.terse;
            }
            self.pair = Some(pair);
            return;
        }
        match &own.number {
            Some(number) => {
                self.contract = Contract::Number {
                    field: number.field.clone().unwrap_or_else(|| "verdict".into()),
                    low: number.low,
                    high: number.high,
                    is_whole: number.rating,
                    reason: if number.rating { "explanation" } else { REASON },
                };
                let one = if number.rating { 1.0 } else { number.high };
                self.number = Some((number.metric.clone(), one));
                self.turns.clone_from(&own.turns);
            }
            None if own.labels.is_empty() => self.set_labels(general_labels(&IndexMap::new())),
            None => self.set_labels(own.labels.clone()),
        }
    }

    fn set_labels(&mut self, labels: IndexMap<String, IndexMap<String, f64>>) {
        self.contract = Contract::Labels {
            field: "verdict".into(),
            labels: labels.keys().cloned().collect(),
            has_reasoning: true,
        };
        self.labels = labels;
        self.number = None;
    }

    /// Puts the judge's main metric under the name of the rule's.
    pub fn keep_to(&mut self, rule: Option<Metric>) {
        let Some(rule) = rule else { return };
        let name = rule.name.clone();
        let main = self.metrics().first().map(|metric| metric.name.clone()).unwrap_or_default();
        let only = |values: &IndexMap<String, f64>| {
            IndexMap::from([(name.clone(), values.get(&main).copied().unwrap_or(0.0))])
        };
        self.labels = self.labels.iter().map(|(label, values)| (label.clone(), only(values))).collect();
        self.number = self.number.take().map(|(_, high)| (name.clone(), high));
        self.recall = Some(rule);
    }

    /// The metrics that verdicts give, the main one first.
    pub fn metrics(&self) -> Vec<Metric> {
        let names: Vec<&String> = match (&self.pair, &self.number, self.labels.first()) {
            (Some(pair), ..) => vec![&pair.metric],
            (_, Some((name, _)), _) => vec![name],
            (_, None, Some((_, values))) => values.keys().collect(),
            (_, None, None) => Vec::new(),
        };
        let names: Vec<&String> =
            names.into_iter().chain(self.turns.iter().map(|turn| &turn.metric)).collect();
        let (is_number, range) = (self.number.is_some(), self.range());
        let metric = |(place, name): (usize, &&String)| Metric {
            name: (*name).clone(),
            // Shares of other verdicts stand behind that of the right one.
            kind: MetricKind::Judged { higher_is_better: place == 0 || is_number, range },
            aggregate: None,
            k: None,
        };
        names.iter().enumerate().map(metric).collect()
    }

    /// Lowest and highest value of the metrics.
    fn range(&self) -> (f64, f64) {
        match &self.contract {
            Contract::Number { low, high, is_whole: true, .. } => (*low, *high),
            _ => (0.0, 1.0),
        }
    }

    /// Everything that decides a verdict on a given reply.
    pub fn planned(&self) -> serde_json::Value {
        let said = |prompt: &Prompt| match prompt {
            Prompt::Text(text) => text.clone(),
            Prompt::Field(field) => format!("the field `{field}` of the sample"),
        };
        serde_json::json!({"wishes": self.wishes, "system": self.system.as_ref().map(said),
            "prompt": said(&self.prompt), "pair": self.pair, "turns": self.turns,
            "format": self.contract.instruction(), "labels": self.labels, "number": self.number,
            "recall": self.recall.as_ref().map(Metric::planned)})
    }

    pub fn panel(&self) -> Panel {
        Panel { judges: self.wishes.judges.len() as u32, repeats: self.wishes.repeats.max(1) }
    }

    /// What the judge is told first.
    pub fn system<'a>(&'a self, sample: &'a Sample) -> Option<&'a str> {
        self.system.as_ref()?.of(sample).filter(|system| !system.is_empty())
    }

    /// The prompt with its places, or nothing when the sample has not its field.
    pub fn prompt<'a>(&'a self, sample: &'a Sample) -> Option<&'a str> {
        self.prompt.of(sample)
    }

    /// The orders in which the judge sees two answers, each with whether the reply comes first; one where there are not two.
    pub fn orders(&self) -> &'static [bool] {
        match &self.pair {
            Some(pair) if pair.swap => &[false, true],
            _ => &[false],
        }
    }

    /// The answers without content that stand in the reply's place, one for each order; none for samples that are not
    /// probed.
    pub fn null_answers(&self, sample: &Sample) -> Option<Vec<String>> {
        let answer = |order: usize| null_answer(&self.contract, &self.best_label(order));
        self.is_probed(sample).then(|| (0..self.orders().len()).map(answer).collect())
    }

    /// Whether judges are also shown an answer without content for this sample.
    pub fn is_probed(&self, sample: &Sample) -> bool {
        sample.index < self.wishes.null_model
    }

    /// The label that a reply hopes for in one of the orders: that of the second answer is worth least to the first.
    fn best_label(&self, order: usize) -> String {
        let is_second = self.shown(order) == Shown::Second;
        let worth = |(label, values): (&String, &IndexMap<String, f64>)| {
            let pair = self.pair.as_ref().and_then(|pair| pair.labels.get(label));
            let worth = pair.or_else(|| values.values().next()).copied().unwrap_or(0.0);
            (label.clone(), if is_second { -worth } else { worth })
        };
        let best = self.labels.iter().map(worth).max_by(|one, other| one.1.total_cmp(&other.1));
        best.map_or_else(String::new, |(label, _)| label)
    }

    /// The turns of a conversation that are judged each by itself.
    pub fn turns(&self) -> &[JudgeTurn] {
        &self.turns
    }

    /// Verdicts that are asked for on one reply: its orders, or its turns.
    pub fn questions(&self) -> usize {
        self.turns.len().max(self.orders().len())
    }

    /// Whether replies are compared with another answer.
    pub fn is_pair(&self) -> bool {
        self.pair.is_some()
    }

    /// Where the reply stands in one of the orders.
    pub fn shown(&self, order: usize) -> Shown {
        match (&self.pair, self.orders()[order % self.orders().len()]) {
            (None, _) => Shown::Alone,
            (Some(_), true) => Shown::First,
            (Some(_), false) => Shown::Second,
        }
    }

    /// What one verdict in one of the orders gives the reply, by the main metric.
    pub fn share(&self, grade: &Grade, order: usize) -> Option<f64> {
        match (&self.pair, grade) {
            (Some(pair), Grade::Label(label)) => {
                let first = *pair.labels.get(label)?;
                Some(if self.shown(order) == Shown::First { first } else { 1.0 - first })
            }
            _ => self.value(&[grade]).values().next().copied(),
        }
    }

    /// Judges who must have given a verdict.
    pub fn least(&self) -> u32 {
        self.wishes.min_valid_judges.max(1)
    }

    pub fn aggregation(&self) -> Aggregation {
        self.wishes.aggregation
    }

    /// What a judge's verdict is worth, or its verdicts in all orders, by metric.
    pub fn value(&self, grades: &[&Grade]) -> IndexMap<String, f64> {
        if let Some(pair) = &self.pair {
            let shares = grades.iter().enumerate().filter_map(|(order, grade)| self.share(grade, order));
            return IndexMap::from([(pair.metric.clone(), of_both(&shares.collect::<Vec<f64>>()))]);
        }
        if let (false, Some((metric, one))) = (self.turns.is_empty(), &self.number) {
            let numbers: Vec<f64> = grades.iter().filter_map(|grade| number_of(grade)).collect();
            let mean = numbers.iter().sum::<f64>() / numbers.len().max(1) as f64 / one;
            let of_turns =
                self.turns.iter().zip(&numbers).map(|(turn, number)| (turn.metric.clone(), number / one));
            return std::iter::once((metric.clone(), mean)).chain(of_turns).collect();
        }
        match (grades.first(), &self.number) {
            (Some(Grade::Number(number)), Some((metric, high))) => {
                IndexMap::from([(metric.clone(), number / high)])
            }
            (Some(Grade::Label(label)), _) => self.labels.get(label).cloned().unwrap_or_default(),
            _ => IndexMap::new(),
        }
    }
}

fn number_of(grade: &Grade) -> Option<f64> {
    match grade {
        Grade::Number(number) => Some(*number),
        Grade::Label(_) => None,
    }
}

/// What verdicts in both orders say together, as EvalScope 1.14.1 counts: a draw where they differ, else the clearer one.
fn of_both(shares: &[f64]) -> f64 {
    const DRAW: f64 = 0.5;
    let all = |is: fn(&f64) -> bool| !shares.is_empty() && shares.iter().all(is);
    if all(|share| *share > DRAW) {
        shares.iter().copied().fold(DRAW, f64::max)
    } else if all(|share| *share < DRAW) {
        shares.iter().copied().fold(DRAW, f64::min)
    } else {
        DRAW
    }
}

impl Prompt {
    fn of<'a>(&'a self, sample: &'a Sample) -> Option<&'a str> {
        match self {
            Prompt::Text(text) => Some(text),
            Prompt::Field(field) => sample.fields.get(field)?.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Judging, of_both};
    use crate::judge_wishes::JudgeWishes;
    use crate::schema::JudgePair;
    use indexmap::IndexMap;

    #[test]
    fn a_null_answer_argues_for_itself_in_both_orders() {
        let mut judging = Judging::of(None, &JudgeWishes::default());
        let labels = [("first".to_owned(), 1.0), ("second".to_owned(), 0.0)];
        judging.set_labels(labels.iter().map(|(label, _)| (label.clone(), IndexMap::new())).collect());
        judging.pair = Some(JudgePair {
            metric: "win".into(),
            swap: true,
            labels: labels.into_iter().collect(),
            baseline: None,
            terse: false,
            also: Vec::new(),
        });
        // The reply comes second in the first order.
        assert_eq!((judging.best_label(0), judging.best_label(1)), ("second".to_owned(), "first".to_owned()));
    }

    #[test]
    fn orders_that_differ_are_a_draw() {
        // evalscope 1.14.1, arena_hard: _reduce_placements and PairwiseOutcome.score.
        assert_eq!(of_both(&[1.0, 0.75]), 1.0);
        assert_eq!(of_both(&[0.75, 0.75]), 0.75);
        assert_eq!(of_both(&[0.25, 0.0]), 0.0);
        assert_eq!(of_both(&[1.0, 0.0]), 0.5);
        assert_eq!(of_both(&[1.0, 0.5]), 0.5);
        assert_eq!(of_both(&[0.25]), 0.25);
    }
}
