//! Values as counts, so that memory does not grow with their number and percentiles still come from all of them.
//!
//! A value is a whole number of microseconds (or tokens). Up to 99,999 it is kept as it is, beyond that with five
//! significant digits: finer than anything that can be measured, and the same percentiles as from a list.

/// Values that are kept exactly.
const EXACT: u64 = 100_000;
/// Values of five digits per power of ten beyond.
const PER_DECADE: u64 = 90_000;
/// Counts that are made room for at once.
const PAGE: usize = 1024;
/// Quantile 0.975 of the normal distribution.
pub(super) const Z_95: f64 = 1.959_963_984_540_054;

/// Values, counted.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    pages: Vec<Option<Box<[u64; PAGE]>>>,
    count: u64,
    sum: f64,
    squares: f64,
    least: u64,
    most: u64,
}

impl Counts {
    /// Adds a value.
    pub fn add(&mut self, value: u64) {
        let (page, place) = (index(value) / PAGE, index(value) % PAGE);
        if page >= self.pages.len() {
            self.pages.resize(page + 1, None);
        }
        self.pages[page].get_or_insert_with(|| Box::new([0; PAGE]))[place] += 1;
        self.least = if self.count == 0 { value } else { self.least.min(value) };
        self.most = self.most.max(value);
        self.count += 1;
        self.sum += value as f64;
        self.squares += value as f64 * value as f64;
    }

    /// Adds a number of milliseconds.
    pub fn add_ms(&mut self, milliseconds: f64) {
        self.add((milliseconds * 1000.0).round().max(0.0) as u64);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The least and the greatest.
    pub fn range(&self) -> Option<(u64, u64)> {
        (self.count > 0).then_some((self.least, self.most))
    }

    /// Their mean.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    /// Their standard deviation (n − 1).
    pub fn deviation(&self) -> Option<f64> {
        let count = self.count as f64;
        let squares = self.squares - self.sum * self.sum / count;
        (self.count > 1).then(|| (squares.max(0.0) / (count - 1.0)).sqrt())
    }

    /// Half the width of the 95 % interval of the mean.
    pub fn half_width(&self) -> Option<f64> {
        self.deviation().map(|deviation| Z_95 * deviation / (self.count as f64).sqrt())
    }

    /// The value below which this share of the values lies, linear between neighbours, as NumPy's default; with its
    /// interval.
    pub fn quantile(&self, share: f64) -> Option<Quantile> {
        let last = self.count.checked_sub(1)?;
        let place = share * last as f64;
        let below = place.floor() as u64;
        let (low, high) = interval(self.count, share);
        let ranks = [Some(below), Some((below + 1).min(last)), low, high];
        let [left, right, low, high] = self.at(ranks);
        let (left, right) = (left?, right?);
        Some(Quantile { value: left + (right - left) * (place - below as f64), low, high })
    }

    /// Calls `seen` with each value and how often it came.
    pub fn each(&self, mut seen: impl FnMut(f64, u64)) {
        let pages = self.pages.iter().enumerate().filter_map(|(page, counts)| Some((page, counts.as_ref()?)));
        for (page, counts) in pages {
            for (place, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                seen(value(page * PAGE + place), *count);
            }
        }
    }

    /// The values at these ranks, from 0.
    fn at<const N: usize>(&self, ranks: [Option<u64>; N]) -> [Option<f64>; N] {
        let mut found = [None; N];
        let mut seen = 0;
        for (page, counts) in
            self.pages.iter().enumerate().filter_map(|(page, counts)| Some((page, counts.as_ref()?)))
        {
            for (place, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                let here = seen..seen + count;
                seen = here.end;
                for (rank, found) in ranks.iter().zip(&mut found) {
                    if rank.is_some_and(|rank| here.contains(&rank)) {
                        let value = value(page * PAGE + place);
                        *found = Some(value.clamp(self.least as f64, self.most as f64));
                    }
                }
            }
        }
        found
    }
}

/// A quantile with its 95 % interval, where the values say one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The quantile.
    pub value: f64,
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// Ranks (from 0) between which a quantile lies with a probability of 95 %, whatever the distribution: the number of
/// values below it is binomial. Nothing where even the least or greatest value does not reach.
fn interval(count: u64, share: f64) -> (Option<u64>, Option<u64>) {
    let mean = share * count as f64;
    let spread = Z_95 * (mean * (1.0 - share)).sqrt();
    let low = (mean - spread).floor() - 1.0;
    let high = (mean + spread).ceil();
    ((low >= 0.0).then_some(low as u64), (high < count as f64).then_some(high as u64))
}

fn index(value: u64) -> usize {
    if value < EXACT {
        return value as usize;
    }
    let (mut digits, mut decade) = (value, 0);
    while digits >= EXACT {
        digits /= 10;
        decade += 1;
    }
    (EXACT + (decade - 1) * PER_DECADE + digits - EXACT / 10) as usize
}

/// The middle of the values that share an index.
fn value(index: usize) -> f64 {
    let index = index as u64;
    if index < EXACT {
        return index as f64;
    }
    let decade = (index - EXACT) / PER_DECADE + 1;
    let digits = (index - EXACT) % PER_DECADE + EXACT / 10;
    let unit = 10_f64.powi(decade as i32);
    digits as f64 * unit + (unit - 1.0) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts(values: &[u64]) -> Counts {
        let mut counts = Counts::default();
        values.iter().for_each(|value| counts.add(*value));
        counts
    }

    #[test]
    fn quantiles_agree_with_numpy() {
        // NumPy 2.2.6: percentile(x, 100 * share), mean(x), std(x, ddof=1).
        let counts = counts(&[3000, 1000, 4000, 1500, 9000, 2600]);
        for (share, wanted) in
            [(0.0, 1000.0), (0.25, 1775.0), (0.5, 2800.0), (0.9, 6500.0), (0.99, 8750.0), (1.0, 9000.0)]
        {
            assert!((counts.quantile(share).unwrap().value - wanted).abs() < 1e-9, "{share}");
        }
        assert!((counts.mean().unwrap() - 3_516.666_666_666_667).abs() < 1e-9);
        assert!((counts.deviation().unwrap() - 2_891.654_658_956_817).abs() < 1e-6);
        assert_eq!(Counts::default().quantile(0.5), None);
    }

    #[test]
    fn intervals_are_there_only_where_values_say_them() {
        let counts = counts(&(0..1000).collect::<Vec<_>>());
        // Ranks 469 and 531 of 1,000 hold the median with 95 %.
        let median = counts.quantile(0.5).unwrap();
        assert_eq!((median.low, median.high), (Some(468.0), Some(531.0)));
        let last = counts.quantile(0.999).unwrap();
        assert!(last.low.is_some() && last.high.is_none());
        assert_eq!(counts.quantile(0.001).unwrap().low, None);
    }

    #[test]
    fn long_times_keep_five_digits() {
        for number in [99_999, 100_000, 123_456, 999_999, 1_234_567, 3_600_000_000, 86_400_000_000] {
            let kept = value(index(number));
            assert!((kept / number as f64 - 1.0).abs() < 5e-5, "{number}: {kept}");
        }
    }

    proptest! {
        #[test]
        fn quantiles_lie_between_the_values(values in prop::collection::vec(0_u64..10_000_000, 1..200), share in 0.0..=1.0) {
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let found = counts(&values).quantile(share).unwrap().value;
            let place = share * (sorted.len() - 1) as f64;
            let (low, high) = (sorted[place.floor() as usize] as f64, sorted[place.ceil() as usize] as f64);
            prop_assert!(found >= low * 0.9999 - 1e-9 && found <= high * 1.0001 + 1e-9, "{low} {found} {high}");
        }
    }
}
