//! Units behind a number: which quantity they measure, and how they convert.

use num_rational::BigRational;
use num_traits::One;

/// A unit of a quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unit {
    /// What is measured.
    quantity: &'static str,
    /// Two for areas, three for volumes.
    power: u32,
    /// How many of the quantity's first unit it is.
    factor: BigRational,
}

impl Unit {
    /// Whether both are scales of temperature, and different ones; they are not converted.
    pub(crate) fn is_other_scale(&self, other: &Unit) -> bool {
        SCALES.contains(&self.quantity) && SCALES.contains(&other.quantity) && self.quantity != other.quantity
    }

    /// The number by which a value in this unit is multiplied to be one in the other, if both measure the same.
    pub(crate) fn factor_to(&self, other: &Unit) -> Option<BigRational> {
        let is_same = self.quantity == other.quantity && self.power == other.power;
        is_same.then(|| &self.factor / &other.factor)
    }
}

/// Degrees Celsius and Fahrenheit.
const SCALES: [&str; 2] = ["celsius", "fahrenheit"];

/// Name, quantity, power, and the factor as a fraction.
type Row = (&'static str, &'static str, u32, i64, i64);

/// Lengths in millimetres (gallons are those of the United States), masses in milligrams, times in milliseconds, all exact.
const UNITS: [Row; 78] = [
    ("mm", "length", 1, 1, 1),
    ("millimeter", "length", 1, 1, 1),
    ("cm", "length", 1, 10, 1),
    ("centimeter", "length", 1, 10, 1),
    ("centimetre", "length", 1, 10, 1),
    ("dm", "length", 1, 100, 1),
    ("m", "length", 1, 1_000, 1),
    ("meter", "length", 1, 1_000, 1),
    ("metre", "length", 1, 1_000, 1),
    ("米", "length", 1, 1_000, 1),
    ("厘米", "length", 1, 10, 1),
    ("分米", "length", 1, 100, 1),
    ("千米", "length", 1, 1_000_000, 1),
    ("km", "length", 1, 1_000_000, 1),
    ("kilometer", "length", 1, 1_000_000, 1),
    ("kilometre", "length", 1, 1_000_000, 1),
    ("in", "length", 1, 254, 10),
    ("inch", "length", 1, 254, 10),
    ("inche", "length", 1, 254, 10),
    ("foot", "length", 1, 3_048, 10),
    ("feet", "length", 1, 3_048, 10),
    ("ft", "length", 1, 3_048, 10),
    ("yard", "length", 1, 9_144, 10),
    ("yd", "length", 1, 9_144, 10),
    ("mile", "length", 1, 1_609_344, 1),
    ("mi", "length", 1, 1_609_344, 1),
    ("hectare", "length", 2, 10_000_000_000, 1),
    ("acre", "length", 2, 40_468_564_224, 10),
    ("cc", "length", 3, 1_000, 1),
    ("ml", "length", 3, 1_000, 1),
    ("milliliter", "length", 3, 1_000, 1),
    ("毫升", "length", 3, 1_000, 1),
    ("l", "length", 3, 1_000_000, 1),
    ("liter", "length", 3, 1_000_000, 1),
    ("litre", "length", 3, 1_000_000, 1),
    ("升", "length", 3, 1_000_000, 1),
    ("gal", "length", 3, 3_785_411_784, 1_000),
    ("gallon", "length", 3, 3_785_411_784, 1_000),
    ("mg", "mass", 1, 1, 1),
    ("g", "mass", 1, 1_000, 1),
    ("gm", "mass", 1, 1_000, 1),
    ("gram", "mass", 1, 1_000, 1),
    ("克", "mass", 1, 1_000, 1),
    ("kg", "mass", 1, 1_000_000, 1),
    ("kilogram", "mass", 1, 1_000_000, 1),
    ("千克", "mass", 1, 1_000_000, 1),
    ("公斤", "mass", 1, 1_000_000, 1),
    ("吨", "mass", 1, 1_000_000_000, 1),
    ("lb", "mass", 1, 45_359_237, 100),
    ("pound", "mass", 1, 45_359_237, 100),
    ("ounce", "mass", 1, 45_359_237, 1_600),
    ("oz", "mass", 1, 45_359_237, 1_600),
    ("ms", "time", 1, 1, 1),
    ("s", "time", 1, 1_000, 1),
    ("sec", "time", 1, 1_000, 1),
    ("second", "time", 1, 1_000, 1),
    ("秒", "time", 1, 1_000, 1),
    ("min", "time", 1, 60_000, 1),
    ("minute", "time", 1, 60_000, 1),
    ("分钟", "time", 1, 60_000, 1),
    ("h", "time", 1, 3_600_000, 1),
    ("hr", "time", 1, 3_600_000, 1),
    ("hour", "time", 1, 3_600_000, 1),
    ("小时", "time", 1, 3_600_000, 1),
    ("day", "time", 1, 86_400_000, 1),
    ("天", "time", 1, 86_400_000, 1),
    ("week", "time", 1, 604_800_000, 1),
    ("month", "months", 1, 1, 1),
    ("year", "months", 1, 12, 1),
    ("yr", "months", 1, 12, 1),
    ("cent", "dollars", 1, 1, 1),
    ("dollar", "dollars", 1, 100, 1),
    ("mph", "speed", 1, 1_609_344, 1),
    ("km/h", "speed", 1, 1_000_000, 1),
    ("kmph", "speed", 1, 1_000_000, 1),
    ("m/s", "speed", 1, 3_600_000, 1),
    ("am", "morning", 1, 1, 1),
    ("pm", "afternoon", 1, 1, 1),
];

/// Words behind a number that are no unit of these, and say what is counted or what it is.
const OTHERS: &str = "point|square|cube|cubic|sq|t|kmh|degree|deg|euro|yuan|rupee|rs|coin|mark|c|d|o|lt|ohm|unit|digit|way|edge|tile|\
                      student|man|men|woman|women|apple|meal|ratio|number|more|less|th|st|rd|per";

/// Returns the words that may stand behind a number in the singular, as one pattern.
pub(super) fn words() -> String {
    format!("{}|{OTHERS}", names(|_| true))
}

/// Returns the units of length, whose powers are areas and volumes, as one pattern.
pub(super) fn lengths() -> String {
    names(|row| row.1 == "length" && row.2 == 1)
}

fn names(is_wanted: impl Fn(&Row) -> bool) -> String {
    let names: Vec<&str> = UNITS.iter().filter(|row| is_wanted(row)).map(|row| row.0).collect();
    names.join("|")
}

/// Returns the scale that the letter behind a degree sign names; 20 °C are not 20 °F.
pub(crate) fn temperature(tail: &str) -> Option<Unit> {
    let scale = |quantity| Some(Unit { quantity, power: 1, factor: BigRational::one() });
    match tail.trim_matches([' ', '{', '}']).trim_end_matches(' ').chars().next_back() {
        Some('C') => scale(SCALES[0]),
        Some('F') => scale(SCALES[1]),
        _ => None,
    }
}

/// Returns the unit that the text behind a number names, if it is one that converts.
pub(crate) fn unit(tail: &str) -> Option<Unit> {
    let mut words = tail.to_lowercase();
    for dress in ["\\text", "\\mbox", "\\mathrm", "\\textbf", "{", "}", "\\", "."] {
        words = words.replace(dress, " ");
    }
    let (words, mut power) = powered(words.trim());
    let mut names = words.split_whitespace().map(str::to_owned).collect::<Vec<String>>();
    let is_word = |name: &str, words: &[&str]| words.contains(&name);
    if names.first().is_some_and(|first| is_word(first, &["square", "sq", "平方"])) {
        names.remove(0);
        power *= 2;
    } else if names.first().is_some_and(|first| is_word(first, &["cubic", "cu", "立方"])) {
        names.remove(0);
        power *= 3;
    }
    let [name] = names.as_slice() else { return None };
    let row = row(name)?;
    let factor = BigRational::new(row.3.into(), row.4.into());
    Some(Unit { quantity: row.1, power: row.2 * power, factor: factor.pow(i32::try_from(power).ok()?) })
}

/// `cm^2`, `cm²` as `cm` and 2.
fn powered(text: &str) -> (&str, u32) {
    for (mark, power) in [("^2", 2), ("^3", 3), ("^ 2", 2), ("^ 3", 3), ("^  2", 2), ("^  3", 3)] {
        if let Some(name) = text.strip_suffix(mark) {
            return (name.trim(), power);
        }
    }
    (text, 1)
}

fn row(name: &str) -> Option<&'static Row> {
    let find = |name: &str| UNITS.iter().find(|row| row.0 == name);
    find(name).or_else(|| find(name.strip_suffix('s')?))
}
