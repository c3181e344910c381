//! What the normalisations of EvalScope 0.5.2 and of `minerva_math` share (the rules of Lewkowycz et al. 2022).

use regex::Regex;
use std::sync::LazyLock;

/// What is replaced, in this order.
pub(super) const REPLACED: [(&str, &str); 10] = [
    ("an ", ""),
    ("a ", ""),
    (".$", "$"),
    ("\\$", ""),
    ("\\ ", ""),
    (" ", ""),
    ("mbox", "text"),
    (",\\text{and}", ","),
    ("\\text{and}", ","),
    ("\\text{m}", "\\text{}"),
];

/// What is taken out after that, in this order.
pub(super) const REMOVED: [&str; 42] = [
    "square",
    "ways",
    "integers",
    "dollars",
    "mph",
    "inches",
    "ft",
    "hours",
    "km",
    "units",
    "\\ldots",
    "sue",
    "points",
    "feet",
    "minutes",
    "digits",
    "cents",
    "degrees",
    "cm",
    "gm",
    "pounds",
    "meters",
    "meals",
    "edges",
    "students",
    "childrentickets",
    "multiples",
    "\\text{s}",
    "\\text{.}",
    "\\text{\ns}",
    "\\text{}^2",
    "\\text{}^3",
    "\\text{\n}",
    "\\text{}",
    "\\mathrm{th}",
    "^\\circ",
    "^{\\circ}",
    "\\;",
    ",\\!",
    "{,}",
    "\"",
    "\\dots",
];

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the regex is a literal")
}

/// Takes off `\text{…}`, `\textbf{…}`, `\overline{…}` and `\boxed{…}`.
pub(super) fn unwrapped(mut text: String) -> String {
    static WRAPPERS: LazyLock<[Regex; 4]> = LazyLock::new(|| {
        [r"\\text\{(.*?)\}", r"\\textbf\{(.*?)\}", r"\\overline\{(.*?)\}", r"\\boxed\{(.*)\}"].map(regex)
    });
    for wrapper in WRAPPERS.iter() {
        text = wrapper.replace_all(&text, "$1").into_owned();
    }
    text
}

/// `\frac12` as `\frac{1}{2}`.
pub(super) fn with_braced_fractions(text: &str) -> String {
    static FRACTION: LazyLock<Regex> = LazyLock::new(|| regex(r"frac([^{])(.)"));
    FRACTION.replace_all(text, "frac{$1}{$2}").into_owned()
}
