//! The inner kernel: a few rows times a panel of 32 columns.

/// Columns of a panel.
pub(crate) const PANEL: usize = 32;
/// Terms of one chain; the sums of blocks are added in order, which keeps rounding errors small.
pub(crate) const BLOCK: usize = 256;
/// Rows of a tile at most. The sums of 4 × 32 columns keep the multipliers of a 512-bit machine busy (measured:
/// 109 of 118 GFLOP/s on one Zen 4 core); from 5 rows on the compiler keeps them in memory, at half the speed.
pub(crate) const MAX_ROWS: usize = 4;

/// Rows of a matrix that lie `stride` apart.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    /// From the first element of the first row on.
    pub(crate) data: &'a [f32],
    /// Elements from one row to the next.
    pub(crate) stride: usize,
    /// How many rows.
    pub(crate) count: usize,
    /// How long each is.
    pub(crate) length: usize,
}

impl<'a> Rows<'a> {
    #[inline(always)]
    fn row(&self, index: usize) -> &'a [f32] {
        &self.data[index * self.stride..][..self.length]
    }

    #[inline(always)]
    fn from(&self, first: usize, count: usize) -> Rows<'a> {
        Rows { data: &self.data[first * self.stride..], count, ..*self }
    }
}

/// Gives `rows · panel` to `store`, a row index and 32 sums at a time. The panel holds 32 columns for each inner
/// index, one inner index after the other.
#[inline(always)]
pub(crate) fn multiply_panel(
    rows: Rows<'_>,
    panel: &[f32],
    tallest: usize,
    mut store: impl FnMut(usize, &[f32; PANEL]),
) {
    let tiles = rows.count.div_ceil(tallest);
    let mut first = 0;
    for tile in 0..tiles {
        // Even tiles: 5 rows are 3 + 2 and not 4 + 1.
        let count = (rows.count - first).div_ceil(tiles - tile);
        let part = rows.from(first, count);
        let mut shifted = |row: usize, sums: &[f32; PANEL]| store(first + row, sums);
        match count {
            1 => fixed_rows::<1>(part, panel, &mut shifted),
            2 => fixed_rows::<2>(part, panel, &mut shifted),
            3 => fixed_rows::<3>(part, panel, &mut shifted),
            _ => fixed_rows::<MAX_ROWS>(part, panel, &mut shifted),
        }
        first += count;
    }
}

#[inline(always)]
fn fixed_rows<const N: usize>(rows: Rows<'_>, panel: &[f32], store: &mut impl FnMut(usize, &[f32; PANEL])) {
    let mut total = [[0f32; PANEL]; N];
    let mut start = 0;
    while start < rows.length {
        let length = BLOCK.min(rows.length - start);
        let parts: [&[f32]; N] = std::array::from_fn(|row| &rows.row(row)[start..start + length]);
        let sums = chain(parts, &panel[start * PANEL..(start + length) * PANEL]);
        for (total, sum) in total.as_flattened_mut().iter_mut().zip(sums.as_flattened()) {
            *total += *sum;
        }
        start += length;
    }
    for (row, sums) in total.iter().enumerate() {
        store(row, sums);
    }
}

/// One block: each sum is a chain of fused multiply-adds in the order of the inner index.
#[inline(always)]
fn chain<const N: usize>(parts: [&[f32]; N], panel: &[f32]) -> [[f32; PANEL]; N] {
    let mut sums = [[0f32; PANEL]; N];
    let columns = panel.as_chunks::<PANEL>().0;
    // Equal lengths that the compiler can see, so that the loop has no checks.
    let parts = parts.map(|part| &part[..columns.len()]);
    for index in 0..columns.len() {
        for row in 0..N {
            let factor = parts[row][index];
            for lane in 0..PANEL {
                sums[row][lane] = factor.mul_add(columns[index][lane], sums[row][lane]);
            }
        }
    }
    sums
}
