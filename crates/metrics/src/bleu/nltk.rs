//! NLTK's sentence BLEU with its smoothing functions, for scores that were made with it.

use super::{ORDERS, runs};

/// A function of NLTK's `SmoothingFunction`, with its default constants. `method6` is not here: it fails on every
/// sentence without a common run of three words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Smoothing {
    /// None: a precision of 0 counts as the smallest float.
    Method0,
    /// 0.1 matches stand for none.
    Method1,
    /// One match and one run are added from pairs on.
    Method2,
    /// Half of a match stands for none, then a quarter, an eighth.
    Method3,
    /// The same, smaller for short sentences.
    Method4,
    /// Means of neighbouring precisions.
    Method5,
    /// Methods 4 and 5, one after the other.
    Method7,
}

/// The constant of [`Smoothing::Method4`].
const K: f64 = 5.0;

/// Returns NLTK's `sentence_bleu` of words, with equal weights for runs of 1 to 4 words.
///
/// 0 to 1, more is better; with methods 5 and 7 it can be above 1. Without a common word, for an empty answer and
/// without targets 0. Source: NLTK 3.10.4.
pub fn sentence(answer: &[String], targets: &[Vec<String>], smoothing: Smoothing) -> f64 {
    let counted: Vec<Precision> =
        (1..=ORDERS + 1).map(|order| Precision::of(answer, targets, order)).collect();
    if counted[0].matches == 0 {
        return 0.0;
    }
    let precisions = smoothed(&counted, answer.len(), smoothing);
    // What is 0 after smoothing is left out, as NLTK does.
    let logarithms = precisions.iter().filter(|precision| **precision > 0.0).map(|precision| precision.ln());
    let lengths = targets.iter().map(Vec::len);
    let nearest = lengths.min_by_key(|length| (length.abs_diff(answer.len()), *length)).unwrap_or(0);
    let is_longer = answer.len() > nearest;
    let brevity = if is_longer { 1.0 } else { (1.0 - nearest as f64 / answer.len() as f64).exp() };
    brevity * (logarithms.sum::<f64>() / ORDERS as f64).exp()
}

/// The clipped precision of runs of one length.
struct Precision {
    matches: u64,
    of: u64,
}

impl Precision {
    fn of(answer: &[String], targets: &[Vec<String>], order: usize) -> Precision {
        let known: Vec<_> = targets.iter().map(|target| runs(target, order)).collect();
        let mut precision = Precision { matches: 0, of: 0 };
        for (run, count) in runs(answer, order) {
            let most = known.iter().filter_map(|known| known.get(run)).max().copied().unwrap_or(0);
            precision.matches += count.min(most);
            precision.of += count;
        }
        precision.of = precision.of.max(1);
        precision
    }

    fn value(&self) -> f64 {
        self.matches as f64 / self.of as f64
    }
}

fn smoothed(counted: &[Precision], words: usize, smoothing: Smoothing) -> Vec<f64> {
    let (orders, longest) = (&counted[..ORDERS], counted[ORDERS].value());
    let each = |zero: &mut dyn FnMut(&Precision) -> f64| -> Vec<f64> {
        let value = |precision: &Precision| {
            if precision.matches == 0 { zero(precision) } else { precision.value() }
        };
        orders.iter().map(value).collect()
    };
    let mut halved = 1.0;
    let mut half = |of: u64| {
        halved *= 2.0;
        1.0 / (halved * of as f64)
    };
    let length = words as f64;
    match smoothing {
        Smoothing::Method0 => each(&mut |_| f64::MIN_POSITIVE),
        Smoothing::Method1 => each(&mut |precision| 0.1 / precision.of as f64),
        Smoothing::Method2 => {
            let more = |precision: &Precision| (precision.matches + 1) as f64 / (precision.of + 1) as f64;
            let first = orders.first().map(Precision::value);
            first.into_iter().chain(orders.iter().skip(1).map(more)).collect()
        }
        Smoothing::Method3 => each(&mut |precision| half(precision.of)),
        Smoothing::Method4 | Smoothing::Method7 => {
            let fourth = each(&mut |precision| {
                if words > 1 { half(precision.of) / K * length.ln() } else { 0.0 }
            });
            if smoothing == Smoothing::Method4 { fourth } else { averaged(fourth, longest) }
        }
        Smoothing::Method5 => averaged(each(&mut |_| 0.0), longest),
    }
}

/// Each precision as the mean of the one before, as averaged, of itself and of the one after.
fn averaged(precisions: Vec<f64>, longest: f64) -> Vec<f64> {
    let mut before = precisions[0] + 1.0;
    let after = precisions.iter().copied().skip(1).chain([longest]);
    let mean = |(own, after): (&f64, f64)| {
        before = (before + own + after) / 3.0;
        before
    };
    precisions.iter().zip(after).map(mean).collect()
}
