//! Charts as SVG: pure functions from numbers to text. Whatever comes from outside is escaped here.

use crate::output::table::number;
use std::fmt::Write;

/// Size of a chart, in its own units.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 260.0;
/// Room for axes and their words.
const LEFT: f64 = 58.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 40.0;
/// Colours that the style has.
const COLOURS: usize = 6;
/// Marks of an axis.
const MARKS: usize = 5;

/// What SVG and HTML would take for something else than text.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && c != '\n' && c != '\t' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A line of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it is.
    pub name: String,
    /// Its points, and what each is, where that is worth a word.
    pub points: Vec<(f64, f64, String)>,
}

/// What an axis is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis<'a> {
    /// Its words.
    pub name: &'a str,
    /// Whether equal distances are equal factors.
    pub is_logarithmic: bool,
}

/// A range of values, on a scale.
#[derive(Debug, Clone, Copy)]
struct Scale {
    low: f64,
    high: f64,
    is_logarithmic: bool,
}

impl Scale {
    fn of(values: impl Iterator<Item = f64>, is_logarithmic: bool) -> Option<Scale> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| value.is_finite() && (!is_logarithmic || *value > 0.0)) {
            (low, high) = (low.min(value), high.max(value));
        }
        if low > high {
            return None;
        }
        if is_logarithmic {
            return Some(Scale {
                low,
                high: if high > low * 1.01 { high } else { low * 2.0 },
                is_logarithmic,
            });
        }
        let low = low.min(0.0);
        Some(Scale { low, high: if high > low { high } else { low + 1.0 }, is_logarithmic })
    }

    /// Where a value lies, from 0 to 1.
    fn place(&self, value: f64) -> f64 {
        let place = if self.is_logarithmic {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        place.clamp(0.0, 1.0)
    }

    fn marks(&self) -> Vec<f64> {
        let share = |mark: usize| mark as f64 / (MARKS - 1) as f64;
        let mark = |mark: usize| match self.is_logarithmic {
            true => self.low * (self.high / self.low).powf(share(mark)),
            false => self.low + (self.high - self.low) * share(mark),
        };
        (0..MARKS).map(mark).collect()
    }
}

fn across(scale: Scale, value: f64) -> f64 {
    LEFT + scale.place(value) * (WIDTH - LEFT - RIGHT)
}

fn up(scale: Scale, value: f64) -> f64 {
    HEIGHT - BOTTOM - scale.place(value) * (HEIGHT - TOP - BOTTOM)
}

fn begin(title: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\"><title>{}</title>",
        escaped(title),
        escaped(title)
    )
}

fn axes(out: &mut String, (x, x_name): (Scale, &str), (y, y_name): (Scale, &str)) {
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    let _ = write!(out, "<path class=\"axis\" d=\"M{LEFT} {TOP}V{bottom}H{right}\" fill=\"none\"/>");
    for mark in x.marks() {
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            across(x, mark),
            bottom + 15.0,
            number(mark)
        );
    }
    for mark in y.marks() {
        let at = up(y, mark);
        let _ = write!(out, "<path class=\"axis\" d=\"M{LEFT} {at:.1}H{right}\"/>");
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            at + 4.0,
            number(mark)
        );
    }
    let middle = f64::midpoint(LEFT, right);
    let _ = write!(
        out,
        "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text><text x=\"4\" y=\"12\">{}</text>",
        HEIGHT - 8.0,
        escaped(x_name),
        escaped(y_name)
    );
}

/// Lines with points. Nothing where there is nothing to draw.
pub fn lines(title: &str, (x_axis, y_axis): (Axis<'_>, Axis<'_>), lines: &[Line]) -> Option<String> {
    let points = || lines.iter().flat_map(|line| &line.points);
    let x = Scale::of(points().map(|point| point.0), x_axis.is_logarithmic)?;
    let y = Scale::of(points().map(|point| point.1), y_axis.is_logarithmic)?;
    let mut out = begin(title);
    axes(&mut out, (x, x_axis.name), (y, y_axis.name));
    for (place, line) in lines.iter().enumerate() {
        let colour = place % COLOURS;
        let path: Vec<String> = line
            .points
            .iter()
            .map(|point| format!("{:.1} {:.1}", across(x, point.0), up(y, point.1)))
            .collect();
        let _ = write!(out, "<path class=\"curve s{colour}\" d=\"M{}\"/>", path.join("L"));
        for point in line.points.iter().filter(|point| !point.2.is_empty()) {
            let _ = write!(
                out,
                "<circle class=\"f{colour}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.2\"><title>{}</title></circle>",
                across(x, point.0),
                up(y, point.1),
                escaped(&point.2)
            );
        }
    }
    legend(&mut out, lines);
    out.push_str("</svg>");
    Some(out)
}

fn legend(out: &mut String, lines: &[Line]) {
    let mut at = WIDTH - RIGHT;
    for (place, line) in lines.iter().enumerate().rev().filter(|_| lines.len() > 1) {
        // About the width of a letter.
        at -= 6.4 * line.name.chars().count() as f64 + 18.0;
        let _ = write!(
            out,
            "<circle class=\"f{}\" cx=\"{at:.1}\" cy=\"9\" r=\"4\"/><text x=\"{:.1}\" y=\"13\">{}</text>",
            place % COLOURS,
            at + 8.0,
            escaped(&line.name)
        );
    }
}

/// Bars on a logarithmic axis, one between each pair of edges.
pub fn bars(title: &str, x_name: &str, edges: &[f64], counts: &[u64]) -> Option<String> {
    let x = Scale::of(edges.iter().copied(), true)?;
    let y = Scale::of(counts.iter().map(|count| *count as f64), false)?;
    let mut out = begin(title);
    axes(&mut out, (x, x_name), (y, "requests"));
    for (pair, count) in edges.windows(2).zip(counts).filter(|(_, count)| **count > 0) {
        let (left, right, top) = (across(x, pair[0]), across(x, pair[1]), up(y, *count as f64));
        let _ = write!(
            out,
            "<rect class=\"f0\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"><title>{} to {}: \
             {count}</title></rect>",
            (right - left - 0.6).max(0.5),
            HEIGHT - BOTTOM - top,
            number(pair[0]),
            number(pair[1])
        );
    }
    out.push_str("</svg>");
    Some(out)
}

/// The cells of a map, and what its rows are.
pub struct Cells<'a> {
    /// Column, row and count.
    pub counts: &'a [(usize, usize, u32)],
    /// The value at the lower end of a row.
    pub edge: &'a dyn Fn(usize) -> f64,
}

/// A map, the darker the more.
pub fn heat(
    title: &str,
    (x_name, y_name): (&str, &str),
    column_width: f64,
    map: &Cells<'_>,
) -> Option<String> {
    let Cells { counts: cells, edge } = *map;
    let most = cells.iter().map(|cell| cell.2).max()?;
    let columns = cells.iter().map(|cell| cell.0).max()? + 1;
    let x = Scale { low: 0.0, high: columns as f64 * column_width, is_logarithmic: false };
    let ends = cells.iter().flat_map(|cell| [edge(cell.1), edge(cell.1 + 1)]);
    let y = Scale::of(ends, true)?;
    let mut out = begin(title);
    axes(&mut out, (x, x_name), (y, y_name));
    for (column, row, count) in cells {
        let left = across(x, *column as f64 * column_width);
        let right = across(x, (column + 1) as f64 * column_width);
        let (low, high) = (up(y, edge(*row)), up(y, edge(row + 1)));
        // The root, so that what came rarely is seen beside what came often.
        let shade = 0.12 + 0.88 * (f64::from(*count) / f64::from(most)).sqrt();
        let _ = write!(
            out,
            "<rect class=\"heat\" fill-opacity=\"{shade:.2}\" x=\"{left:.1}\" y=\"{high:.1}\" width=\"{:.1}\" \
             height=\"{:.1}\"><title>{count}</title></rect>",
            right - left,
            low - high
        );
    }
    out.push_str("</svg>");
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: Axis<'_> = Axis { name: "x", is_logarithmic: false };

    #[test]
    fn nothing_from_outside_is_taken_for_markup() {
        let name = "<script>alert(\"1\")</script>&'";
        let line = Line { name: name.into(), points: vec![(1.0, 2.0, name.into())] };
        let other = Line { name: "b".into(), points: vec![(2.0, 1.0, String::new())] };
        let chart = lines(name, (Axis { name, ..X }, X), &[line, other]).unwrap();
        assert!(!chart.contains("<script") && !chart.contains("alert(\""), "{chart}");
        assert_eq!(escaped("a\u{0}<\u{1b}"), "a\u{fffd}&lt;\u{fffd}");
    }

    #[test]
    fn values_lie_between_the_ends_of_their_axis() {
        let scale = Scale::of([1.0, 100.0].into_iter(), true).unwrap();
        assert!((scale.place(10.0) - 0.5).abs() < 1e-12);
        let scale = Scale::of([5.0, 20.0].into_iter(), false).unwrap();
        assert_eq!((scale.place(0.0), scale.place(20.0), scale.place(99.0)), (0.0, 1.0, 1.0));
        assert!(Scale::of([f64::NAN, 0.0].into_iter(), true).is_none());
    }

    #[test]
    fn empty_charts_are_left_out() {
        assert_eq!(lines("t", (X, X), &[]), None);
        assert_eq!(bars("t", "x", &[], &[]), None);
        assert_eq!(heat("t", ("x", "y"), 1.0, &Cells { counts: &[], edge: &|_| 1.0 }), None);
        assert!(bars("t", "x", &[1.0, 2.0, 4.0], &[3, 0]).unwrap().matches("<rect").count() == 1);
    }
}
