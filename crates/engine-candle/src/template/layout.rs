//! What stands behind the colon of a field of `format`: `{:*>8}`, `{:+.2f}`.
//!
//! Not there: numbers grouped and filled up with zeros at once (`{:08,}`) are as minijinja has them, and `n` knows no
//! country.

use super::arguments::wrong;
use super::percent::width;
use super::text::text;
use minijinja::formatting::{FormatStyle, format};
use minijinja::value::{Value, ValueKind};
use minijinja::{Error, State};

/// How a value is laid out: `[[fill]align][sign][#][0][width][grouping][.precision][kind]`.
struct Layout<'t> {
    fill: Option<char>,
    align: Option<char>,
    sign: &'t str,
    zero: bool,
    width: usize,
    /// From the grouping on.
    rest: &'t str,
}

/// The value as it is laid out.
pub(super) fn laid_out(state: &State<'_, '_>, value: &Value, layout: &str) -> Result<String, Error> {
    let parsed = Layout::parse(layout)?;
    match value.kind() {
        ValueKind::String => parsed.text(value.as_str().unwrap_or_default()),
        ValueKind::Bool => parsed.number(state, &Value::from(i64::from(value.is_true())), layout),
        ValueKind::Number => parsed.number(state, value, layout),
        kind => Err(wrong(format!("`format` lays out texts and numbers, not a {kind}"))),
    }
}

impl<'t> Layout<'t> {
    fn parse(layout: &'t str) -> Result<Self, Error> {
        let mut letters = layout.chars();
        let (first, second) = (letters.next(), letters.next());
        let is_align = |letter: &char| "<>=^".contains(*letter);
        let (fill, align, start) = match (first, second.filter(is_align), first.filter(is_align)) {
            (Some(fill), Some(align), _) => (Some(fill), Some(align), fill.len_utf8() + 1),
            (_, None, Some(align)) => (None, Some(align), 1),
            _ => (None, None, 0),
        };
        let span = |from: usize, signs: &str| {
            from + layout[from..].find(|letter| !signs.contains(letter)).unwrap_or(layout.len() - from)
        };
        let behind_sign = span(start, "+- #");
        let behind_zero = behind_sign + usize::from(layout[behind_sign..].starts_with('0'));
        let behind_width = span(behind_zero, "0123456789");
        let digits = &layout[behind_zero..behind_width];
        let wanted = if digits.is_empty() { 0 } else { digits.parse().unwrap_or(i64::MAX) };
        Ok(Layout {
            fill,
            align,
            sign: &layout[start..behind_sign],
            zero: behind_zero > behind_sign,
            width: width(wanted, "format")?,
            rest: &layout[behind_width..],
        })
    }

    fn text(&self, text: &str) -> Result<String, Error> {
        let precision = self.rest.trim_end_matches('s');
        let kept = match precision.strip_prefix('.').map(str::parse::<usize>) {
            None if precision.is_empty() => usize::MAX,
            Some(Ok(kept)) => kept,
            _ => return Err(self.unknown("a text")),
        };
        if !self.sign.is_empty() || self.align == Some('=') {
            return Err(self.unknown("a text"));
        }
        Ok(self.filled("", &text.chars().take(kept).collect::<String>(), '<'))
    }

    fn number(&self, state: &State<'_, '_>, value: &Value, layout: &str) -> Result<String, Error> {
        let (most, kind) = match self.rest.char_indices().next_back() {
            Some((at, kind)) if kind.is_ascii_alphabetic() || kind == '%' => (&self.rest[..at], kind),
            _ => (self.rest, ' '),
        };
        if kind == 's' {
            return Err(self.unknown("a number"));
        }
        if self.zero && most.contains([',', '_']) {
            return format(FormatStyle::StrFormat, &format!("{{:{layout}}}"), std::slice::from_ref(value));
        }
        let precision = most.trim_start_matches([',', '_']).trim_start_matches('.');
        width(precision.parse().unwrap_or(if precision.is_empty() { 0 } else { i64::MAX }), "format")?;
        let whole = value.is_integer();
        let (value, kind) = match kind {
            '%' => (&Value::from(f64::try_from(value.clone())? * 100.0), "f"),
            'n' => (value, if whole { "d" } else { "g" }),
            ' ' => (value, ""),
            _ => (value, &self.rest[most.len()..]),
        };
        let plain = format!("{}{most}{kind}", self.sign);
        let mut written = match plain.as_str() {
            "" => text(state, value)?,
            _ => format(FormatStyle::StrFormat, &format!("{{:{plain}}}"), std::slice::from_ref(value))?,
        };
        if self.rest.ends_with('%') {
            written.push('%');
        }
        let head = self.length_of_head(&written);
        Ok(self.filled(&written[..head], &written[head..], if kind == "c" { '<' } else { '>' }))
    }

    /// The sign, and what says the base: zeros stand behind them.
    fn length_of_head(&self, written: &str) -> usize {
        let sign = usize::from(written.starts_with(['+', '-', ' ']));
        let has_base =
            self.sign.contains('#') && written[sign..].starts_with('0') && written.len() > sign + 2;
        sign + if has_base { 2 } else { 0 }
    }

    /// Head and body, filled up to the width.
    fn filled(&self, head: &str, body: &str, usual: char) -> String {
        let missing = self.width.saturating_sub(head.chars().count() + body.chars().count());
        let fill = self.fill.unwrap_or(if self.zero { '0' } else { ' ' });
        let usual = if self.zero && usual == '>' { '=' } else { usual };
        let padding = |length: usize| String::from_iter(std::iter::repeat_n(fill, length));
        match self.align.unwrap_or(usual) {
            '<' => [head, body, &padding(missing)].concat(),
            '^' => [&padding(missing / 2), head, body, &padding(missing - missing / 2)].concat(),
            '=' => [head, &padding(missing), body].concat(),
            _ => [&padding(missing), head, body].concat(),
        }
    }

    fn unknown(&self, of: &str) -> Error {
        wrong(format!("`format` cannot lay out {of} by `{}{}`", self.sign, self.rest))
    }
}
