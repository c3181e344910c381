//! Words that announce an answer, and what numbers look like in prose.

use super::announced::{FAR, Next, REACH, Search, Values};
use super::equation::{Calculation, calculation, last_calculation};
use super::latex::{Closers, Group, group_between, within};
use crate::rules::Reading;
use fancy_regex::Regex;
use regex::Regex as PlainRegex;
use std::sync::LazyLock;

/// A number: `1,234.5`, `1 234`, `-0.5`, `.5`, `1.8e1`; a percent sign may follow.
const NUMBER: &str = r"(?<!\d)(?:-?\d+(?:\.\d+)?[eE][+-]?\d+|-?[1-9]\d{0,2}(?:[ ,]\d{3})+(?:\.\d+)?|-?\d+[.,]\d+|\.\d+|-?\d+)(?:\s*(?:%|[Pp]ercent|[Pp]ct))?";

/// An expression of numbers with at least one operator, up to some length, so that tables of numbers take no time.
const EXPRESSION: &str = r"-?\(?-?\d[\d.\s+\-*×/^()÷]{0,100}[+\-*×/^()÷][\d.\s+\-*×/^()÷]{1,100}\)?";
const OPERATORS: [char; 9] = ['+', '-', '*', '×', '/', '^', '(', ')', '÷'];
const MEANT_OPERATORS: [char; 10] = ['+', '-', '*', '×', '/', '^', '(', ')', '÷', '√'];

/// What stands before a number: space, `=`, bold, a currency sign.
const BEFORE: &str = r"(?:^|\s|=)(?:\*\*)?";
const CURRENCY: &str = "[$€£¥₹₽₪₩₫฿]?";
const AFTER_EXPRESSION: &str = r"(?:\*\*)?(?:[.,:\s)$]|$)";

/// Where an answer stands, with its surroundings.
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The answer itself, or the answers.
    pub(super) parts: Vec<Span>,
    /// Whether a percent sign follows that does not stand in the parts.
    pub(super) is_percent: bool,
}

/// Start and end.
pub(super) type Span = (usize, usize);

impl Place {
    pub(super) fn number((start, end): Span, value: Span) -> Place {
        Place { start, end, parts: vec![value], is_percent: false }
    }

    /// Whether the answer of the other one stands inside of this one.
    fn holds(&self, other: &Place) -> bool {
        let first = self.parts.first().map_or(self.start, |part| part.0);
        other.parts.iter().all(|part| first <= part.0 && part.1 <= self.end)
    }

    /// The same place in a text in which so much stands before.
    pub(super) fn moved(mut self, by: usize) -> Place {
        for (start, end) in &mut self.parts {
            (*start, *end) = (*start + by, *end + by);
        }
        Place { start: self.start + by, end: self.end + by, ..self }
    }

    pub(super) fn group(group: &Group) -> Place {
        Place { start: group.start, end: group.end, parts: group.parts.clone(), is_percent: group.is_percent }
    }
}

/// The one that ends later; of two that end together, the one that begins earlier.
pub(super) fn later(left: Option<Place>, right: Option<Place>) -> Option<Place> {
    left.into_iter().chain(right).max_by_key(|found| (found.end, usize::MAX - found.start))
}

pub(super) fn plain(pattern: &str) -> PlainRegex {
    PlainRegex::new(pattern).expect("the regex is a literal")
}

pub(super) fn fancy(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the regex is a literal")
}

/// A pair, a point or an interval of numbers.
const TUPLE: &str = r"[(\[]\s?[-−]?[\d./]+(?:\s?,\s?[-−]?[\d./]+){1,5}\s?[)\]]";

/// Intervals that are joined or cut, or a single pair.
fn tuples() -> String {
    format!(r"{TUPLE}(?:\s?(?:∪|∩|\\cup|\\cap)\s?{TUPLE}){{0,5}}")
}

/// `2π/3`, `√5`, `3:4`.
const SIGNED_FORMS: &str = r"[-−]?\d*(?:\.\d+)?π(?:/\d+)?|[-−]?(?:\d+/)?√\(?\d+\)?(?:/\d+)?|\d+(?::\d+)+";

/// A word that announces the answer.
pub(super) struct Marker {
    /// The word.
    word: PlainRegex,
    /// From the word to where a formula may begin.
    lead: PlainRegex,
    /// How far a formula may begin after it.
    reach: usize,
    /// What it announces.
    values: Values,
    /// Whether the value stands right behind `is`.
    has_is: bool,
    reading: Reading,
}

impl Marker {
    /// The calculation at a place: what a final answer is, the first one says; other words may announce steps.
    fn calculation(&self, text: &str, start: usize) -> Option<Calculation> {
        if self.has_is { calculation(text, start) } else { last_calculation(text, start) }
    }
}

/// What answers look like in prose.
pub(super) struct Patterns {
    /// `final answer … is`.
    pub(super) final_answer: Marker,
    /// `answer:`.
    pub(super) colon: Marker,
    /// `answer`.
    pub(super) word: Marker,
    pub(super) expressions: Regex,
    pub(super) numbers: Regex,
}

impl Patterns {
    /// Returns those of a reading: Math-Verify sees no pairs, roots and ratios without dollar signs.
    pub(super) fn of(reading: Reading) -> &'static Patterns {
        static MEANT: LazyLock<Patterns> =
            LazyLock::new(|| Patterns::with(Reading::Meant, &meant_expression()));
        static MATH_VERIFY: LazyLock<Patterns> =
            LazyLock::new(|| Patterns::with(Reading::MathVerify, EXPRESSION));
        match reading {
            Reading::Meant => &MEANT,
            Reading::MathVerify => &MATH_VERIFY,
        }
    }

    fn with(reading: Reading, expression: &str) -> Patterns {
        let number = number(reading);
        let marker = |word: &str, lead: &str, reach: usize, next: Next| Marker {
            word: plain(&format!("(?i){word}")),
            lead: plain(&format!("(?is)^{word}{lead}")),
            reach,
            values: values(reading, next),
            has_is: next == Next::Any,
            reading,
        };
        Patterns {
            final_answer: marker("final answer", &format!(r".{{0,{FAR}}}?\sis:?\s*"), 0, Next::Any),
            colon: marker("answer:", "", REACH, Next::NoEquals),
            word: marker("answer", "", REACH, Next::NoEquals),
            expressions: fancy(&format!("{BEFORE}({expression}){AFTER_EXPRESSION}")),
            numbers: fancy(&format!("{BEFORE}{CURRENCY}({number})")),
        }
    }
}

/// A pair, a sum on one line, perhaps with roots, or a form that is none.
fn meant_expression() -> String {
    let sum = EXPRESSION.replace("-?", "[-−]?").replace("÷]", "÷√]").replace(r"\d.\s", r"\d. \t");
    format!("(?:{}|{sum}|{SIGNED_FORMS})", tuples())
}

fn number(reading: Reading) -> String {
    match reading {
        Reading::Meant => NUMBER.replace("-?", "[-−]?"),
        Reading::MathVerify => NUMBER.to_owned(),
    }
}

fn values(reading: Reading, next: Next) -> Values {
    let ended = match next {
        Next::Any => "",
        Next::NoEquals => r"(?!\s*=)",
    };
    let form = |form: &str| Some(fancy(&format!("^({form}){AFTER_EXPRESSION}{ended}")));
    let number = fancy(&format!("^{CURRENCY}({}){ended}", number(reading)));
    match reading {
        Reading::Meant => Values {
            minus: &['-', '−'],
            operators: &MEANT_OPERATORS,
            spaces: |c| c == ' ' || c == '\t',
            before_sums: form(&tuples()),
            after_sums: form(SIGNED_FORMS),
            number,
            next,
        },
        Reading::MathVerify => Values {
            minus: &['-'],
            operators: &OPERATORS,
            spaces: char::is_whitespace,
            before_sums: None,
            after_sums: None,
            number,
            next,
        },
    }
}

/// Words that are looked at, from the last one back.
const MOST_WORDS: usize = 200;

/// Characters from a word on, white space not counted, within which a number begins that it announces: word and reach, and
/// a little more.
const NEAR: usize = 12 + FAR + 20;

/// Of these, so many are searched for a formula, and so many for a number: no reply announces so often what is neither.
const MOST_SEARCHED: usize = 20;

/// How much text after a word is looked at, in bytes: all reaches together, and a long expression.
const WINDOW: usize = 600;

/// The last formula or number that the word announces.
pub(super) fn announced(text: &str, marker: &Marker) -> Option<Place> {
    let words: Vec<usize> = marker.word.find_iter(text).map(|word| word.start()).collect();
    let last_words = || words.iter().rev().take(MOST_WORDS).copied();
    let mut closers = Closers::default();
    let near = last_words().filter_map(|start| reach_of(text, start, marker));
    let group = near.take(MOST_SEARCHED).find_map(|reach| group_after(text, reach, &mut closers));
    let mut search = Search::new(text, &marker.values);
    let windows = last_words().filter(|start| may_announce(text, *start)).take(MOST_SEARCHED);
    let number = windows.into_iter().find_map(|start| number_after(text, start, marker, &mut search));
    match (&group, &number, marker.reading) {
        // What stands in a formula is a part of it: one interval of `$(0,9) \cup (9,36)$`.
        (Some(formula), Some(part), Reading::Meant) if formula.holds(part) => group,
        _ => later(group, number),
    }
}

/// Whether a number may follow: one begins near, and a digit stands somewhere.
fn may_announce(text: &str, start: usize) -> bool {
    let window = within(text, start, WINDOW);
    let mut near = window.chars().filter(|c| !c.is_whitespace()).take(NEAR);
    near.any(|c| c.is_ascii_digit() || c == 'π') && window.contains(|c: char| c.is_ascii_digit())
}

/// From where to where a formula may begin after a word.
struct Reach {
    word: usize,
    from: usize,
    to: usize,
}

/// The reach of a word, if a mark stands in it with which formulas begin.
fn reach_of(text: &str, word: usize, marker: &Marker) -> Option<Reach> {
    let from = word + marker.lead.find(within(text, word, WINDOW))?.end();
    let rest = within(text, from, WINDOW);
    let to = rest.char_indices().nth(marker.reach).map_or(rest.len(), |(offset, _)| offset);
    within(rest, 0, to + 1).contains(['$', '\\', '[']).then_some(Reach { word, from, to: from + to })
}

fn group_after(text: &str, reach: Reach, closers: &mut Closers) -> Option<Place> {
    let group = group_between(text, reach.from, reach.to, closers)?;
    Some(Place { start: reach.word, ..Place::group(&group) })
}

fn number_after(text: &str, start: usize, marker: &Marker, search: &mut Search) -> Option<Place> {
    let from = start + marker.word.find(within(text, start, WINDOW))?.end();
    if let (Reading::Meant, Some(last)) = (marker.reading, calculated_at(text, from, marker)) {
        return Some(Place::number((start, last.1), last));
    }
    let value = if marker.has_is { search.after_is(from) } else { search.near(from) }?;
    let span = (value.start, value.end);
    if marker.reading == Reading::MathVerify {
        return Some(Place::number((start, value.whole_end), span));
    }
    Some(match marker.calculation(text, value.start).and_then(|found| found.last) {
        Some(last) => Place::number((start, last.1), last),
        None => Place::number((start, value.whole_end), before_bracket(text, span)),
    })
}

/// What the calculation right behind a word gives.
fn calculated_at(text: &str, from: usize, marker: &Marker) -> Option<Span> {
    let rest = &text[from..];
    marker.calculation(text, text.len() - rest.trim_start_matches([' ', '*', '_']).len())?.last
}

/// The value before a bracket that does not close in it: `7 (3 + 4` is 7.
fn before_bracket(text: &str, (start, end): Span) -> Span {
    let mut open = Vec::new();
    for (at, c) in text[start..end].char_indices() {
        match c {
            '(' | '[' => open.push(at),
            ')' | ']' => drop(open.pop()),
            _ => {}
        }
    }
    let before = open.first().map_or(end, |at| start + at);
    let (from, to) = trimmed(text, (start, before));
    if from < to { (from, to) } else { (start, end) }
}

/// The span without white space at its ends.
pub(super) fn trimmed(text: &str, (start, end): Span) -> Span {
    let inside = &text[start..end];
    let from = start + inside.len() - inside.trim_start().len();
    (from, from + inside.trim().len())
}

#[cfg(test)]
mod tests {
    use super::super::announced::Value;
    use super::*;
    use proptest::prelude::*;

    /// What follows `answer`, or `final answer … is`, as one pattern.
    fn patterns(reading: Reading) -> (Regex, Regex) {
        let expression = match reading {
            Reading::MathVerify => EXPRESSION.to_owned(),
            Reading::Meant => meant_expression(),
        };
        let number = number(reading);
        let value = format!("(?:{BEFORE}({expression}){AFTER_EXPRESSION}|{BEFORE}{CURRENCY}({number}))");
        let near = format!(r"^answer(?:.{{0,{FAR}}}=\s*|.{{0,{REACH}}}?){value}(?!\s*=)");
        (fancy(&near), fancy(&format!(r"^answer.{{0,{FAR}}}?\s+is:?{value}")))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_number_is_that_of_the_pattern(
            tail in "( |=|\n|\\*\\*| is| is: |[0-9eE×]|[-−+*/^÷√().,:$%\\[\\]π€x]|12|1,234| 5 %){0,40}"
        ) {
            let text = format!("answer{tail}");
            for reading in [Reading::MathVerify, Reading::Meant] {
                let (near, after_is) = patterns(reading);
                let by = |pattern: Regex| pattern.captures(&text).unwrap().map(|captures| {
                    let value = captures.get(1).or_else(|| captures.get(2)).unwrap();
                    (captures.get(0).unwrap().end(), value.start(), value.end())
                });
                let parts = |value: Value| (value.whole_end, value.start, value.end);
                let (ended, any) = (values(reading, Next::NoEquals), values(reading, Next::Any));
                let found = Search::new(&text, &ended).near("answer".len());
                prop_assert_eq!(found.map(parts), by(near), "{}", text);
                let found = Search::new(&text, &any).after_is("answer".len());
                prop_assert_eq!(found.map(parts), by(after_is), "{}", text);
            }
        }
    }

    #[test]
    fn so_many_words_are_searched_for_a_number() {
        let found = |between: &str, times: usize| {
            let text = format!("The answer is 7. {}{}", between.repeat(times), " ".repeat(WINDOW));
            announced(&text, &Patterns::of(Reading::MathVerify).word).is_some()
        };
        assert!(found("answer is 1= ", MOST_SEARCHED - 1));
        assert!(!found("answer is 1= ", MOST_SEARCHED));
        assert!(found("answer is it ", MOST_WORDS - 1));
        let found = |times: usize| {
            let text = format!("The answer is $seven$. {}", "answer is \\( it\n ".repeat(times));
            announced(&text, &Patterns::of(Reading::MathVerify).word).is_some()
        };
        assert!(found(MOST_SEARCHED - 1) && !found(MOST_SEARCHED));
    }
}
