//! How times are distributed, and how that changes: histograms, and a map of times over time. Both of constant size.

use crate::measure::counts::Counts;
use crate::measure::figures::rounded;
use crate::measure::row::Row;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bars of a histogram.
const BARS: usize = 40;
/// Columns of the map at most; when there are more, two become one.
const COLUMNS: usize = 240;
/// Rows of the map for each power of ten.
const PER_DECADE: f64 = 8.0;
/// The least time of the map, in milliseconds, and the rows above it: up to 1,000 s.
const LEAST_MS: f64 = 0.1;
const ROWS: usize = 56;

/// How often values of equal parts of a logarithmic scale came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Histogram {
    /// The ends of the parts, one more than there are parts, in the unit of the measure.
    pub edges: Vec<f64>,
    /// Values in each.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// Of values in `unit`s of the measure.
    pub fn of(counts: &Counts, unit: f64) -> Option<Histogram> {
        let (least, most) = counts.range()?;
        let (low, high) = (least.max(1) as f64, (most.max(1) as f64) * 1.000_001);
        let step = (high / low).ln() / BARS as f64;
        let mut bars = vec![0; BARS];
        counts.each(|value, count| {
            let place = ((value.max(low) / low).ln() / step.max(1e-12)) as usize;
            bars[place.min(BARS - 1)] += count;
        });
        let edges = (0..=BARS).map(|edge| rounded(low * (step * edge as f64).exp() * unit)).collect();
        Some(Histogram { edges, counts: bars })
    }
}

/// How often which times came when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HeatMap {
    /// `ttft_ms`, or `e2e_ms` where nothing is streamed.
    pub measure: String,
    /// Seconds of a column; the first begins with the stage.
    pub column_s: f64,
    /// The least time of the first row, in milliseconds.
    pub least_ms: f64,
    /// Rows for each power of ten.
    pub rows_per_decade: f64,
    /// Columns, each with the counts of its rows up to the last that is not 0.
    pub columns: Vec<Vec<u32>>,
}

/// Collects the map.
#[derive(Debug, Clone)]
pub struct Heat {
    column_s: f64,
    columns: Vec<[u32; ROWS]>,
    is_streamed: bool,
}

impl Default for Heat {
    fn default() -> Heat {
        Heat { column_s: 1.0, columns: Vec::new(), is_streamed: false }
    }
}

impl Heat {
    /// Adds a request that was answered.
    pub fn add(&mut self, row: &Row) {
        self.is_streamed |= row.ttft_ms.is_some();
        let time = row.ttft_ms.unwrap_or(row.e2e_ms).max(LEAST_MS);
        let place = (((time / LEAST_MS).log10() * PER_DECADE) as usize).min(ROWS - 1);
        let column = loop {
            let column = (row.sent_s.max(0.0) / self.column_s) as usize;
            if column < COLUMNS {
                break column;
            }
            self.halve();
        };
        if self.columns.len() <= column {
            self.columns.resize(column + 1, [0; ROWS]);
        }
        self.columns[column][place] += 1;
    }

    fn halve(&mut self) {
        self.column_s *= 2.0;
        let pair = |pair: &[[u32; ROWS]]| {
            let mut sum = pair[0];
            if let Some(second) = pair.get(1) {
                sum.iter_mut().zip(second).for_each(|(sum, count)| *sum += count);
            }
            sum
        };
        self.columns = self.columns.chunks(2).map(pair).collect();
    }

    /// The map.
    pub fn map(&self) -> Option<HeatMap> {
        let used = |column: &[u32; ROWS]| {
            let last = column.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
            column[..last].to_vec()
        };
        (!self.columns.is_empty()).then(|| HeatMap {
            measure: if self.is_streamed { "ttft_ms" } else { "e2e_ms" }.to_owned(),
            column_s: self.column_s,
            least_ms: LEAST_MS,
            rows_per_decade: PER_DECADE,
            columns: self.columns.iter().map(used).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_in_one_bar() {
        let mut counts = Counts::default();
        (1..=1000).for_each(|value| counts.add(value * 100));
        let histogram = Histogram::of(&counts, 0.001).unwrap();
        assert_eq!((histogram.counts.iter().sum::<u64>(), histogram.edges.len()), (1000, BARS + 1));
        assert!((histogram.edges[0] - 0.1).abs() < 1e-9 && (histogram.edges[BARS] - 100.0).abs() < 1e-3);
        let mut one = Counts::default();
        one.add(5);
        assert_eq!(Histogram::of(&one, 1.0).unwrap().counts.iter().sum::<u64>(), 1);
        assert_eq!(Histogram::of(&Counts::default(), 1.0), None);
    }

    #[test]
    fn a_long_test_has_wider_columns() {
        let mut heat = Heat::default();
        for second in 0..1000 {
            heat.add(&Row { sent_s: f64::from(second), ttft_ms: Some(1.0), ..Row::default() });
        }
        let map = heat.map().unwrap();
        assert_eq!((map.column_s, map.columns.len()), (8.0, 125));
        // 1 ms is eight rows above 0.1 ms.
        assert_eq!(map.columns[3], [0, 0, 0, 0, 0, 0, 0, 0, 8]);
        assert_eq!(map.columns.iter().flatten().sum::<u32>(), 1000);
    }
}
