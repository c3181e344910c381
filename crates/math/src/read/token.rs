//! Cuts a formula into tokens.

use crate::fuel::Fuel;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;

/// Exponents of numbers such as `2E5` beyond this are not read: 10^1000 has 3,300 bits already.
const LONGEST_EXPONENT: u32 = 1_000;

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    /// A number without a sign.
    Number { value: BigRational, is_decimal: bool },
    /// A letter.
    Letter(char),
    /// A command, without its backslash; of an escaped sign, the sign.
    Command(String),
    /// The words of `\text{…}` and its kin.
    Text(String),
    /// Any other sign.
    Sign(char),
    /// White space between two numbers, which makes `3 1/2` a mixed number.
    Gap,
}

const TEXT_COMMANDS: [&str; 10] = [
    "text",
    "textbf",
    "textit",
    "textrm",
    "textnormal",
    "mbox",
    "mathrm",
    "mathbf",
    "mathit",
    "operatorname",
];

/// Names that stand for themselves without a backslash too.
const PLAIN_WORDS: [&str; 35] = [
    "sqrt", "cbrt", "abs", "pi", "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan",
    "asin", "acos", "atan", "sinh", "cosh", "tanh", "ln", "log", "exp", "gcd", "lcm", "max", "min", "floor",
    "ceil", "theta", "alpha", "beta", "gamma", "lambda", "phi", "omega",
];

/// Letters of the longest of them.
const LONGEST_WORD: usize = 6;

/// Returns the tokens, or nothing when the text holds a sign that no formula has.
pub(crate) fn tokens(text: &str, fuel: &Fuel) -> Option<Vec<Token>> {
    let mut cut = Cutter { rest: text, depth: 0, tokens: Vec::new(), fuel };
    while !cut.rest.is_empty() {
        cut.next()?;
    }
    Some(cut.tokens)
}

struct Cutter<'a> {
    rest: &'a str,
    /// Open brackets, inside which a comma separates and never groups digits.
    depth: usize,
    tokens: Vec<Token>,
    fuel: &'a Fuel,
}

impl Cutter<'_> {
    fn next(&mut self) -> Option<()> {
        let first = self.rest.chars().next()?;
        if first.is_whitespace() {
            self.rest = self.rest.trim_start();
            let is_between = matches!(self.tokens.last(), Some(Token::Number { .. }))
                && self.rest.starts_with(|c: char| c.is_ascii_digit());
            if is_between {
                self.tokens.push(Token::Gap);
            }
            return Some(());
        }
        if first.is_ascii_digit() || first == '.' && self.rest[1..].starts_with(|c: char| c.is_ascii_digit())
        {
            return self.number();
        }
        if first == '\\' {
            return self.command();
        }
        if let Some(word) = plain_word(self.rest) {
            self.rest = &self.rest[word.len()..];
            self.tokens.push(Token::Command(word.to_owned()));
            return Some(());
        }
        self.rest = &self.rest[first.len_utf8()..];
        match first {
            '(' | '[' => self.depth += 1,
            ')' | ']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        let token = if first.is_alphabetic() { Token::Letter(first) } else { Token::Sign(first) };
        let is_known = first.is_alphabetic() || "+-*/^_=<>()[]{}|!,;:%&'".contains(first);
        self.tokens.push(token);
        is_known.then_some(())
    }

    fn number(&mut self) -> Option<()> {
        let separator = if self.depth == 0 { Some(',') } else { None };
        let (whole, mut length) = whole_digits(self.rest, separator);
        let mut fraction = "";
        if let Some(after) = self.rest[length..].strip_prefix('.') {
            fraction = &after[..after.bytes().take_while(u8::is_ascii_digit).count()];
            length += 1 + fraction.len();
        }
        if let Some((value, taken)) = repeating(&whole, fraction, &self.rest[length..], self.fuel) {
            self.rest = &self.rest[length + taken..];
            self.tokens.push(Token::Number { value, is_decimal: false });
            return Some(());
        }
        let (exponent, taken) = exponent(&self.rest[length..]);
        length += taken;
        let is_decimal = !fraction.is_empty() || taken > 0;
        if !fraction.is_empty() || exponent < 0 {
            self.fuel.spend(lowest_terms((whole.len() + fraction.len()) as u64 + exponent.unsigned_abs()))?;
        }
        let value = rational(&whole, fraction, exponent)?;
        self.rest = &self.rest[length..];
        self.tokens.push(Token::Number { value, is_decimal });
        Some(())
    }

    fn command(&mut self) -> Option<()> {
        let after = &self.rest[1..];
        let length = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        if length == 0 {
            let sign = after.chars().next()?;
            self.rest = &after[sign.len_utf8()..];
            match sign {
                '{' => self.depth += 1,
                '}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            self.tokens.push(Token::Command(sign.to_string()));
            return Some(());
        }
        let (name, rest) = after.split_at(length);
        self.rest = rest;
        if !TEXT_COMMANDS.contains(&name) {
            self.tokens.push(Token::Command(name.to_owned()));
            return Some(());
        }
        let inside = rest.trim_start().strip_prefix('{')?;
        let end = inside.find('}')?;
        self.rest = &inside[end + 1..];
        self.words(inside[..end].trim())
    }

    /// What stands in a text command: words, or numbers, which are read as if they stood outside of it.
    fn words(&mut self, words: &str) -> Option<()> {
        let is_of_numbers = |c: char| c.is_ascii_digit() || " .,/()+-*^".contains(c);
        let has_digit = words.contains(|c: char| c.is_ascii_digit());
        if !has_digit || !words.chars().all(is_of_numbers) || !is_closed(words) {
            self.tokens.push(Token::Text(words.to_owned()));
            return Some(());
        }
        let inside = tokens(words, self.fuel)?;
        self.tokens.push(Token::Sign('{'));
        self.tokens.extend(inside);
        self.tokens.push(Token::Sign('}'));
        Some(())
    }
}

/// Whether each bracket that opens closes, and numbers stand at both ends, so that it can be a formula.
fn is_closed(words: &str) -> bool {
    let mut depth = 0_usize;
    for c in words.chars() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return false,
            ')' => depth -= 1,
            _ => {}
        }
    }
    depth == 0 && words.ends_with(|c: char| c.is_ascii_digit() || c == ')')
}

/// The word at the beginning of a text, when all of it is a known name: `sqrt(2)`, not `sqrts`.
fn plain_word(text: &str) -> Option<&str> {
    // One letter more than the longest has: of a row of letters, the rest is not gone through for each.
    let letters = text.bytes().take(LONGEST_WORD + 1).take_while(u8::is_ascii_alphabetic);
    let word = &text[..letters.count()];
    PLAIN_WORDS.contains(&word).then_some(word)
}

/// `0.1\overline{6}` and `0.333\ldots`: the value, and how many bytes the mark behind the digits takes.
fn repeating(whole: &str, fixed: &str, rest: &str, fuel: &Fuel) -> Option<(BigRational, usize)> {
    const MARKS: [&str; 3] = ["\\overline{", "\\bar{", "\\dot{"];
    const DOTS: [&str; 3] = ["\\ldots", "\\dots", "\\cdots"];
    if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
        let (digits, _) = rest[mark.len()..].split_once('}')?;
        let is_period =
            !digits.is_empty() && digits.len() <= 60 && digits.bytes().all(|c| c.is_ascii_digit());
        return if is_period {
            Some((periodic(whole, fixed, digits, fuel)?, mark.len() + digits.len() + 1))
        } else {
            None
        };
    }
    let dots = DOTS.iter().find(|dots| rest.starts_with(**dots))?;
    // A digit three times, or a longer group twice.
    let period = (1..=6_usize).find_map(|length| {
        let times = if length == 1 { 3 } else { 2 };
        let start = fixed.len().checked_sub(length)?;
        let group = &fixed[start..];
        fixed.ends_with(&group.repeat(times)).then_some(group)
    })?;
    Some((periodic(whole, fixed, period, fuel)?, dots.len()))
}

/// The number with these digits and then that group again and again.
fn periodic(whole: &str, fixed: &str, period: &str, fuel: &Fuel) -> Option<BigRational> {
    let digits = whole.len() + fixed.len() + period.len();
    fuel.spend(lowest_terms(digits as u64).saturating_mul(3))?;
    let start = rational(whole, fixed, 0)?;
    let nines = BigInt::from(10).pow(u32::try_from(period.len()).ok()?) - 1;
    let places = BigInt::from(10).pow(u32::try_from(fixed.len()).ok()?);
    Some(start + BigRational::new(period.parse().ok()?, nines * places))
}

/// The digits before the point, without separators, and how many bytes they take.
fn whole_digits(text: &str, separator: Option<char>) -> (String, usize) {
    let count = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut length = count(text);
    let mut digits = text[..length].to_owned();
    if !(1..=3).contains(&length) {
        return (digits, length);
    }
    // Groups of three digits after a comma, or after a space: 1,234,567 and 1 234 567.
    let groups_by = text[length..].chars().next().filter(|c| Some(*c) == separator || *c == ' ');
    let Some(groups_by) = groups_by else { return (digits, length) };
    while let Some(group) = text[length..].strip_prefix(groups_by) {
        let is_group = count(group) == 3 && !group[3..].starts_with(['/', '\\']);
        if !is_group {
            break;
        }
        digits.push_str(&group[..3]);
        length += 4;
    }
    (digits, length)
}

/// `E5`, `e-3`: the exponent and how many bytes it takes.
fn exponent(text: &str) -> (i64, usize) {
    let Some(after) = text.strip_prefix(['E', 'e']) else { return (0, 0) };
    let sign = usize::from(after.starts_with(['+', '-']));
    let digits = after[sign..].bytes().take_while(u8::is_ascii_digit).count();
    match after[..sign + digits].parse() {
        Ok(exponent) if digits > 0 => (exponent, 1 + sign + digits),
        _ => (0, 0),
    }
}

/// What it costs to bring a fraction of so many digits to lowest terms: the square of its length.
fn lowest_terms(digits: u64) -> u32 {
    let words = digits / 19;
    u32::try_from(words.saturating_mul(words).saturating_mul(2)).unwrap_or(u32::MAX)
}

fn rational(whole: &str, fraction: &str, exponent: i64) -> Option<BigRational> {
    let digits = format!("{whole}{fraction}");
    let value: BigInt = if digits.is_empty() { BigInt::zero() } else { digits.parse().ok()? };
    let shift = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    let places = u32::try_from(shift.unsigned_abs()).ok().filter(|places| *places <= LONGEST_EXPONENT)?;
    let power = BigInt::from(10).pow(places);
    Some(if shift < 0 {
        BigRational::new(value, power)
    } else {
        // Without a look for common factors, which takes long next to 1 too.
        BigRational::from_integer(value * power)
    })
}
