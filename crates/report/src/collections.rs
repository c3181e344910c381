//! Mixes of benchmarks while they are added up: each sample of theirs once more, beside its own benchmark.

use crate::judge_meter::{Doubt, JudgeError, JudgeShift};
use crate::summary::{Averages, CollectionSummary, MemberSubset, MemberSummary, MetricSummary};
use crate::tally::{MetricInfo, Tally};
use evalscope_core::{PlannedCollection, PlannedMember, Selection};
use evalscope_metrics::aggregate::Scored;
use evalscope_metrics::stats::{Part, square_and_add};
use indexmap::IndexMap;

/// A question of a benchmark, as a mix sees it.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub benchmark: &'a str,
    pub subset: &'a str,
    pub index: u64,
    pub cluster: Option<&'a str>,
    /// Repeats with a call that failed for good.
    pub failed: u64,
    /// The variance that contradictions of judges leave in its score.
    pub doubt: f64,
    /// The main metric of its benchmark.
    pub metric: &'a MetricInfo,
}

/// A mix, or a part of it, while it is added up.
#[derive(Default)]
struct Sum {
    /// Nothing before the first scored question.
    tally: Option<Tally>,
    failed: u64,
    doubt: Doubt,
}

impl Sum {
    fn add(&mut self, asked: &Asked<'_>, samples: &[Scored<'_>]) {
        self.failed += asked.failed;
        if !samples.is_empty() {
            let tally = self.tally.get_or_insert_with(|| Tally::of(asked.metric));
            tally.add(samples, asked.cluster, asked.metric);
            self.doubt.add(asked.doubt);
        }
    }

    /// The score without what judges leave open in it.
    fn metric(&self, name: &str) -> MetricSummary {
        let empty = Tally::default();
        self.tally.as_ref().unwrap_or(&empty).summary(name, &MetricInfo::SHARE)
    }

    /// The same, and what judges leave open, where they can shift it.
    fn apart(&self, shift: Option<f64>) -> (MetricSummary, Option<JudgeError>) {
        (self.metric("score"), shift.map(|shift| self.doubt.error(shift)))
    }

    /// The score with what judges leave open in it.
    fn summary(&self, shift: Option<f64>) -> MetricSummary {
        let (metric, error) = self.apart(shift);
        widened(metric, error)
    }
}

/// A benchmark of a mix while it is added up.
#[derive(Default)]
struct Member {
    whole: Sum,
    subsets: IndexMap<String, Sum>,
    /// By how much its judges can shift its score; nothing where nobody judged.
    shift: Option<f64>,
}

/// A mix on one model while it is added up.
pub struct Mix<'a> {
    planned: &'a PlannedCollection,
    whole: Sum,
    members: Vec<Member>,
    tags: IndexMap<&'a str, Sum>,
    task_types: IndexMap<&'a str, Sum>,
}

impl<'a> Mix<'a> {
    pub fn new(planned: &'a PlannedCollection) -> Mix<'a> {
        Mix {
            whole: Sum::default(),
            members: planned.members.iter().map(|_| Member::default()).collect(),
            tags: IndexMap::new(),
            task_types: IndexMap::new(),
            planned,
        }
    }

    /// Adds a question by its main metric, when it belongs to the mix; without samples, what failed of it.
    pub fn add(&mut self, asked: &Asked<'_>, samples: &[Scored<'_>]) {
        let (planned, cluster) = (self.planned, cluster(asked));
        let metric = of_a_question(asked.metric);
        let among_others = Asked { cluster: Some(&cluster), metric: &metric, ..*asked };
        for (member, own) in planned.members.iter().zip(&mut self.members) {
            let is_own = member.samples.as_ref().is_none_or(|own| holds(own, asked.subset, asked.index));
            if member.benchmark != asked.benchmark || !is_own {
                continue;
            }
            for tag in &member.tags {
                self.tags.entry(tag.as_str()).or_default().add(&among_others, samples);
            }
            if let Some(kind) = &member.task_type {
                self.task_types.entry(kind.as_str()).or_default().add(&among_others, samples);
            }
            own.whole.add(asked, samples);
            if !own.subsets.contains_key(asked.subset) {
                own.subsets.insert(asked.subset.to_owned(), Sum::default());
            }
            own.subsets[asked.subset].add(asked, samples);
            self.whole.add(&among_others, samples);
        }
    }

    /// Takes down by how much judges can shift the score of a benchmark.
    pub fn judged(&mut self, benchmark: &str, shift: JudgeShift) {
        let members = self.planned.members.iter().zip(&mut self.members);
        let named = members.filter(|(planned, _)| planned.benchmark == benchmark);
        named.for_each(|(_, own)| own.shift = Some(shift.total()));
    }

    pub fn summary(&self, model: &str) -> CollectionSummary {
        let with_tag = |(tag, all): (&&str, &Sum)| {
            self.part(tag, all, |member| member.tags.iter().any(|own| own == tag))
        };
        let of_kind = |(kind, all): (&&str, &Sum)| {
            self.part(kind, all, |member| member.task_type.as_deref() == Some(*kind))
        };
        CollectionSummary {
            model: model.to_owned(),
            whole: self.part(&self.planned.name, &self.whole, |_| true),
            members: self.planned.members.iter().zip(&self.members).map(member_summary).collect(),
            task_types: self.task_types.iter().map(of_kind).collect(),
            tags: self.tags.iter().map(with_tag).collect(),
        }
    }

    /// The means over the benchmarks that are in a part of the mix.
    fn part(&self, name: &str, all: &Sum, is_in: impl Fn(&PlannedMember) -> bool) -> Averages {
        let pairs = self.planned.members.iter().zip(&self.members);
        let members: Vec<_> = pairs.filter(|(member, _)| is_in(member)).collect();
        let subsets = members.iter().flat_map(|(_, own)| own.subsets.values().map(|one| (one, own.shift)));
        let subsets: Vec<Summed> = subsets.map(|(one, shift)| (1.0, one.apart(shift))).collect();
        let benchmarks = members.iter().map(|(member, own)| (member.weight, own.whole.apart(own.shift)));
        let asked = |own: &Member| own.whole.doubt.questions as f64;
        let questions: f64 = members.iter().map(|(_, own)| asked(own)).sum();
        let errors =
            members.iter().map(|(_, own)| (asked(own) / questions.max(1.0), own.whole.apart(own.shift).1));
        Averages {
            name: name.to_owned(),
            failed: all.failed,
            micro: widened(all.metric("micro"), JudgeError::of_mean(errors)),
            macro_average: weighted("macro", &subsets),
            weighted: weighted("weighted", &benchmarks.collect::<Vec<Summed>>()),
        }
    }
}

/// A part of a mix: its weight, its score, and, not in its interval, what judges leave open in it.
pub(crate) type Summed = (f64, (MetricSummary, Option<JudgeError>));

/// The metric with what judges leave open in its interval.
fn widened(mut metric: MetricSummary, error: Option<JudgeError>) -> MetricSummary {
    error.into_iter().for_each(|error| metric.widen(error));
    metric
}

fn member_summary((planned, own): (&PlannedMember, &Member)) -> MemberSummary {
    let subset = |(name, sum): (&String, &Sum)| MemberSubset {
        name: name.clone(),
        failed: sum.failed,
        metric: sum.summary(own.shift),
    };
    MemberSummary {
        benchmark: planned.benchmark.clone(),
        weight: planned.weight,
        failed: own.whole.failed,
        metric: own.whole.summary(own.shift),
        subsets: own.subsets.iter().map(subset).collect(),
    }
}

/// The metric of a question among those of other benchmarks: what all samples of a benchmark give together is not one question's.
fn of_a_question(metric: &MetricInfo) -> MetricInfo {
    let aggregate = metric.aggregate.filter(|_| !metric.is_of_all());
    MetricInfo { aggregate, ..MetricInfo::SHARE }
}

/// What a question shares with others of the mix. One that shares nothing is a cluster by itself, or else those of the other benchmarks
/// would be lost.
fn cluster(asked: &Asked<'_>) -> String {
    match asked.cluster {
        Some(cluster) => format!("{}\0{cluster}", asked.benchmark),
        None => format!("{}\0\0{}\0{}", asked.benchmark, asked.subset, asked.index),
    }
}

/// Whether a sample is one of these.
pub(crate) fn holds(samples: &Selection, subset: &str, index: u64) -> bool {
    samples.get(subset).is_some_and(|places| places.binary_search(&index).is_ok())
}

/// The weighted mean of parts that do not depend on each other, its standard error and its interval. Parts without a score have
/// none in it.
pub(crate) fn weighted(name: &str, parts: &[Summed]) -> MetricSummary {
    let members: Vec<&Summed> = parts.iter().filter(|(_, (metric, _))| metric.score.is_some()).collect();
    let total: f64 = members.iter().map(|(weight, _)| weight).sum();
    let part = |(weight, (metric, _)): &&Summed| Some(weight / total * metric.score?);
    let score: Option<f64> = if members.is_empty() { None } else { members.iter().map(part).sum() };
    let variance = |(weight, (metric, _)): &&Summed| Some((weight / total * metric.standard_error?).powi(2));
    let variance: Option<f64> = members.iter().map(variance).sum();
    let standard_error = variance.map(f64::sqrt).filter(|_| !members.is_empty());
    let errors = members.iter().map(|(weight, (_, error))| (weight / total, *error));
    let metric = MetricSummary {
        name: name.to_owned(),
        n: members.iter().map(|(_, (metric, _))| metric.n).sum(),
        score,
        macro_score: score,
        standard_error,
        clusters: None,
        interval_95: interval(total, &members),
        judge_half_width_95: None,
        higher_is_better: true,
        range: MetricInfo::SHARE.range,
    };
    widened(metric, JudgeError::of_mean(errors))
}

/// The interval of a weighted mean from those of its parts; nothing where a part has none.
fn interval(total: f64, parts: &[&Summed]) -> Option<(f64, f64)> {
    let part = |(weight, (metric, _)): &&Summed| Some((weight / total, metric.score?, metric.interval_95?));
    let parts: Vec<Part> = parts.iter().map(part).collect::<Option<_>>()?;
    let (low, high) = square_and_add(&parts);
    (!parts.is_empty()).then_some((low.max(0.0), high.min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::PlannedAggregate;
    use evalscope_metrics::aggregate;
    use evalscope_metrics::stats::Z_95;

    const ASKED: Asked<'static> = Asked {
        benchmark: "a",
        subset: "s",
        index: 0,
        cluster: None,
        failed: 0,
        doubt: 0.0,
        metric: &MetricInfo::SHARE,
    };

    fn member(benchmark: &str, weight: f64, tags: &[&str], samples: Option<Selection>) -> PlannedMember {
        PlannedMember {
            benchmark: benchmark.into(),
            weight,
            task_type: Some("kind".into()),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            samples,
        }
    }

    #[test]
    fn micro_macro_and_weighted_averages_are_told_apart() {
        let only = Selection::from([("s".to_owned(), vec![1, 3])]);
        let planned = PlannedCollection {
            name: "mix".into(),
            members: vec![member("a", 0.75, &["x", "y"], None), member("b", 0.25, &["y"], Some(only))],
        };
        let mut mix = Mix::new(&planned);
        let mut add = |(benchmark, subset): (&str, &str), index: u64, value: f64| {
            let sample = [Scored { value, answer: None, targets: &[] }];
            mix.add(&Asked { benchmark, subset, index, ..ASKED }, &sample);
        };
        (0..3).for_each(|index| add(("a", "s"), index, 1.0));
        add(("a", "t"), 0, 1.0);
        // Of b, 1 and 3 belong to the mix; of another benchmark, nothing.
        (0..4).for_each(|index| add(("b", "s"), index, f64::from(u8::from(index == 0))));
        add(("c", "s"), 0, 1.0);
        let found = mix.summary("m");
        let scores = |part: &Averages| {
            [&part.micro, &part.macro_average, &part.weighted].map(|one| one.score.unwrap())
        };
        assert_eq!(found.whole.micro.n, 6);
        // Macro is over the three subsets: EvalScope 1.14.1's `_group_and_compute` with `macro_child` gives the same.
        let all = [4.0 / 6.0, 2.0 / 3.0, 0.75];
        assert_eq!(scores(&found.whole), all);
        assert_eq!(scores(&found.tags[0]), [1.0, 1.0, 1.0]);
        assert_eq!(scores(&found.tags[1]), all);
        let subsets: Vec<(&str, u64)> =
            found.members[0].subsets.iter().map(|subset| (subset.name.as_str(), subset.metric.n)).collect();
        assert_eq!(subsets, [("s", 3), ("t", 1)]);
        assert_eq!(
            (found.tags[1].name.as_str(), found.task_types.len(), found.members[1].metric.n),
            ("y", 1, 2)
        );
    }

    #[test]
    fn judges_of_one_benchmark_widen_the_intervals_of_the_mix() {
        let planned = PlannedCollection {
            name: "mix".into(),
            members: vec![member("a", 0.75, &[], None), member("b", 0.25, &["y"], None)],
        };
        let mut mix = Mix::new(&planned);
        for (benchmark, doubt, count) in [("a", 0.04, 4), ("b", 0.0, 12)] {
            for index in 0..count {
                let sample =
                    [Scored { value: f64::from(u8::from(index % 2 == 0)), answer: None, targets: &[] }];
                mix.add(&Asked { benchmark, index, doubt, ..ASKED }, &sample);
            }
        }
        mix.judged("a", JudgeShift { length: 0.1, ..JudgeShift::default() });
        let found = mix.summary("m");
        // Of `a`, each of four questions leaves 0.2 of a standard deviation.
        let half = |weight: f64| weight * (Z_95 * 0.1).hypot(0.1);
        let judged = |metric: &MetricSummary| metric.judge_half_width_95.unwrap();
        let whole = &found.whole;
        for (metric, wanted) in
            [(&whole.micro, half(0.25)), (&whole.macro_average, half(0.5)), (&whole.weighted, half(0.75))]
        {
            assert!((judged(metric) - wanted).abs() < 1e-12, "{metric:?}");
        }
        let plain = {
            mix.members[0].shift = None;
            mix.summary("m")
        };
        assert!(whole.weighted.interval_95.unwrap().1 > plain.whole.weighted.interval_95.unwrap().1);
        assert_eq!(whole.weighted.standard_error, plain.whole.weighted.standard_error);
        assert_eq!(
            (found.tags[0].micro.judge_half_width_95, plain.whole.micro.judge_half_width_95),
            (None, None)
        );
        assert!((judged(&found.members[0].subsets[0].metric) - half(1.0)).abs() < 1e-12);
    }

    #[test]
    fn errors_of_independent_benchmarks_add_up() {
        let planned = PlannedCollection {
            name: "mix".into(),
            members: vec![member("a", 0.5, &[], None), member("b", 0.5, &[], None)],
        };
        let mut mix = Mix::new(&planned);
        for benchmark in ["a", "b"] {
            for index in 0..4 {
                let sample = [Scored { value: f64::from(u8::from(index < 2)), answer: None, targets: &[] }];
                mix.add(&Asked { benchmark, index, ..ASKED }, &sample);
            }
        }
        let one = mix.members[0].whole.summary(None).standard_error.unwrap();
        let both = mix.summary("m").whole.macro_average.standard_error.unwrap();
        assert!((both - one / 2.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(Mix::new(&planned).summary("m").whole.weighted.score, None);
    }

    #[test]
    fn a_benchmark_without_clusters_leaves_those_of_others() {
        let planned = PlannedCollection {
            name: "mix".into(),
            members: vec![member("passages", 0.5, &["t"], None), member("plain", 0.5, &["t"], None)],
        };
        let mut mix = Mix::new(&planned);
        let passages = [(1.0, Some("x")), (1.0, Some("x")), (0.0, Some("y")), (0.0, Some("y"))];
        let plain = [(1.0, None), (0.0, None), (1.0, None), (1.0, None)];
        for (benchmark, questions) in [("passages", passages), ("plain", plain)] {
            for (index, (value, cluster)) in questions.into_iter().enumerate() {
                let sample = [Scored { value, answer: None, targets: &[] }];
                let asked = Asked { benchmark, index: index as u64, cluster, ..ASKED };
                mix.add(&asked, &sample);
            }
        }
        let found = mix.summary("m");
        // By hand: six clusters, whose sums are 0.75, -1.25, 0.375 (three times) and -0.625 from the mean of 0.625.
        let wanted = (2.9375_f64 * 6.0 / 5.0).sqrt() / 8.0;
        for micro in [&found.whole.micro, &found.tags[0].micro, &found.task_types[0].micro] {
            assert!((micro.standard_error.unwrap() - wanted).abs() < 1e-12, "{micro:?}");
            assert_eq!(micro.clusters, Some(6));
        }
        assert_eq!((found.members[0].metric.clusters, found.members[1].metric.clusters), (Some(2), None));
    }

    #[test]
    fn what_failed_is_counted_in_every_part() {
        let planned = PlannedCollection {
            name: "mix".into(),
            members: vec![member("a", 0.5, &["t"], None), member("b", 0.5, &[], None)],
        };
        let mut mix = Mix::new(&planned);
        let asked = Asked { failed: 1, ..ASKED };
        mix.add(&asked, &[Scored { value: 1.0, answer: None, targets: &[] }]);
        // Nothing of this one is scored.
        mix.add(&Asked { index: 1, failed: 2, ..asked }, &[]);
        let found = mix.summary("m");
        let parts = [&found.whole, &found.tags[0], &found.task_types[0]];
        assert_eq!(parts.map(|part| (part.failed, part.micro.n)), [(3, 1); 3]);
        let (a, b) = (&found.members[0], &found.members[1]);
        assert_eq!((a.failed, a.subsets[0].failed, b.failed, a.metric.n), (3, 3, 0, 1));
        let failed = |row: &crate::rows::Row<'_>| row.cells.as_ref().unwrap().counts.failed;
        let shown: Vec<u64> = crate::rows::mix_rows(&found).iter().map(failed).collect();
        // Mix, macro, weighted; both benchmarks; task type and tag.
        assert_eq!(shown, [3, 3, 3, 3, 0, 3, 3, 3, 3, 3, 3]);
    }

    fn aggregated(name: &str) -> MetricInfo {
        let kind = aggregate::aggregate(name).unwrap().kind;
        MetricInfo { aggregate: Some(PlannedAggregate::of(kind, 3)), ..MetricInfo::SHARE }
    }

    /// The scores of a mix of one benchmark: of its row, that of its subset, macro and weighted; and micro.
    fn scores_of_one(metric: &MetricInfo, questions: &[&[Scored<'_>]]) -> ([f64; 4], f64) {
        let planned = PlannedCollection { name: "mix".into(), members: vec![member("a", 1.0, &[], None)] };
        let mut mix = Mix::new(&planned);
        for (index, samples) in questions.iter().enumerate() {
            mix.add(&Asked { index: index as u64, metric, ..ASKED }, samples);
        }
        let CollectionSummary { whole, members, .. } = mix.summary("m");
        let all = [&members[0].metric, &members[0].subsets[0].metric, &whole.macro_average, &whole.weighted];
        (all.map(|metric| metric.score.unwrap()), whole.micro.score.unwrap())
    }

    #[test]
    fn a_question_with_fewer_repeats_counts_as_in_its_benchmark() {
        let plain = |value| Scored { value, answer: None, targets: &[] };
        let (long, short) = ([1.0, 0.0, 0.0, 0.0].map(plain), [plain(1.0)]);
        assert_eq!(scores_of_one(&MetricInfo::SHARE, &[&long, &short]), ([0.625; 4], 0.625));
    }

    #[test]
    fn votes_of_repeats_count_as_in_their_benchmark() {
        let said = |(answer, value)| Scored { value, answer: Some(answer), targets: &[] };
        // Two of three right, then one of three: the vote is right once.
        let first = [("a", 1.0), ("a", 1.0), ("b", 0.0)].map(said);
        let second = [("b", 0.0), ("b", 0.0), ("a", 1.0)].map(said);
        let third = [("b", 0.0), ("c", 0.0), ("b", 0.0)].map(said);
        let vote = 1.0 / 3.0;
        assert_eq!(
            scores_of_one(&aggregated("majority_at_k"), &[&first, &second, &third]),
            ([vote; 4], vote)
        );
    }

    #[test]
    fn what_all_samples_give_together_is_a_benchmarks_and_not_a_samples() {
        let (one, four) = (["x".to_owned()], ["w", "x", "y", "z"].map(str::to_owned));
        let of = |value, targets| [Scored { value, answer: None, targets }];
        // Two of five blanks are filled well; of the samples, a quarter of one and the whole other.
        let scores = scores_of_one(
            &aggregated("mean_over_targets"),
            &[&of(0.25, four.as_slice()), &of(1.0, one.as_slice())],
        );
        assert_eq!(scores, ([0.4; 4], 0.625));
    }

    #[test]
    fn a_mix_of_nothing_but_wrong_answers_leaves_a_doubt() {
        let planned = PlannedCollection {
            name: "mix".into(),
            members: vec![member("a", 0.5, &[], None), member("b", 0.5, &[], None)],
        };
        let mut mix = Mix::new(&planned);
        for (benchmark, index) in ["a", "b"].iter().flat_map(|name| (0..10).map(move |index| (name, index))) {
            let sample = [Scored { value: 0.0, answer: None, targets: &[] }];
            mix.add(&Asked { benchmark, index, ..ASKED }, &sample);
        }
        let found = mix.summary("m").whole;
        // Half of what 0 of 10 leaves open (statsmodels: 0.277532799863), twice, in squares.
        let high = 0.277_532_799_863 / 2.0_f64.sqrt();
        for metric in [&found.weighted, &found.macro_average] {
            let ends = metric.interval_95.unwrap();
            assert!(ends.0 == 0.0 && (ends.1 - high).abs() < 1e-9, "{ends:?}");
        }
    }
}
