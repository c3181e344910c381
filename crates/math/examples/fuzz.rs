//! Feeds made and damaged formulas to every mode for some minutes: `fuzz [MINUTES] [SEED]`.
//!
//! Says at the end how many pairs there were, the slowest one, and the one that held most memory. A panic, a verdict that
//! differs from its repetition or from that of the pair turned round, a span that is none, or a pair that takes more than
//! 5 ms of processor time or 8 MB ends it with a message.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a tool for development, which may stop at anything"
)]

use clock::processor_time;
use counting::{MOST_BYTES, peak_of};
use evalscope_math::Mode;
use std::time::{Duration, Instant};

#[path = "../tests/support/clock.rs"]
mod clock;
#[path = "../tests/support/counting.rs"]
mod counting;

/// No pair takes longer. What is counted is fuel, so this catches a missing count.
const LONGEST: Duration = Duration::from_millis(5);

/// A pair that took longer is tried again so often: other programs take its caches away.
const TRIES: usize = 5;

const PIECES: [&str; 99] = [
    "1",
    "2",
    "0",
    "9",
    "7",
    "12",
    "100",
    "1,234",
    "0.5",
    ".25",
    "3.14159",
    "1e9",
    "1E-7",
    "99999999999999999999",
    "x",
    "y",
    "n",
    "a",
    "e",
    "i",
    "\\pi",
    "\\theta",
    "\\infty",
    "+",
    "-",
    "*",
    "/",
    "^",
    "_",
    "=",
    "<",
    ">",
    "\\le",
    "\\ge",
    "\\ne",
    "\\neq",
    "\\approx",
    "\\pm",
    "\\cdot",
    "\\times",
    "\\div",
    ",",
    ";",
    ":",
    "|",
    "!",
    "%",
    "\\%",
    "'",
    "^\\circ",
    "^{\\circ}",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\\{",
    "\\}",
    "\\left(",
    "\\right)",
    "\\left[",
    "\\right]",
    "\\frac{",
    "\\frac12",
    "\\dfrac",
    "\\sqrt{",
    "\\sqrt[3]{",
    "\\sqrt2",
    "\\binom{",
    "\\sin",
    "\\cos ",
    "\\log_2 ",
    "\\ln ",
    "\\max(",
    "\\lfloor ",
    "\\rfloor",
    "\\text{ cm}",
    "\\text{and}",
    "\\mathbb{R}",
    "\\cup",
    "\\in",
    "\\setminus",
    "\\begin{pmatrix}",
    "\\end{pmatrix}",
    "\\\\",
    "&",
    "\\boxed{",
    "$",
    "####",
    "answer is ",
    "答案是",
    "元",
    "final answer: is ",
    "#### ",
    "answer is (1",
    " ",
    "\\overline{3}",
    "\u{0}",
];

/// What Math-Verify reads besides, between spaces.
const ITS_PIECES: &str = r"\sum \int \lim \prod \mod \cap \setminus \det \artanh \arsinh{ \Gamma( f( f(x,y) ! !! dx \to0
    \frac{d}{dx} \sum_{n=1}^{9} \int_0^1 \lim_{x\to0} \binom{9}{4} \begin{vmatrix} \end{vmatrix} ^{-1} ^{12} ^{999} ^T
    \setminus\{1,2, /3 (3) ½ \frac42 \text{0. !!! x(1+ 答案是： \circ\text{C}
    ^{99999999} 1E900 \log_{2} \exp \emptyset \mathbb{Q} \gcd( | \vert \pm \fbox{ and or inf \ldots \text{or} percent";

/// A generator that needs no package: xorshift with 64 bits.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn piece(&mut self) -> &'static str {
        if self.below(4) > 0 {
            return PIECES[self.below(PIECES.len())];
        }
        let mut all = ITS_PIECES.split_whitespace();
        let index = self.below(all.clone().count());
        all.nth(index).unwrap()
    }
}

/// A formula that mostly makes sense.
fn formula(random: &mut Random, depth: usize) -> String {
    if depth == 0 {
        return PIECES[random.below(23)].to_owned();
    }
    let mut part = || formula(random, depth - 1);
    let (a, b) = (part(), part());
    match random.below(16) {
        0 => format!("{a}+{b}"),
        1 => format!("{a}-{b}"),
        2 => format!("{a}{b}"),
        3 => format!("\\frac{{{a}}}{{{b}}}"),
        4 => format!("({a})^{{{b}}}"),
        5 => format!("\\sqrt{{{a}}}"),
        6 => format!("\\sqrt[{b}]{{{a}}}"),
        7 => format!("\\sin({a})"),
        8 => format!("({a},{b})"),
        9 => format!("\\{{{a},{b}\\}}"),
        10 => format!("[{a},{b}]"),
        11 => format!("{a}={b}"),
        12 => format!("{a}<{b}"),
        13 => format!("\\begin{{pmatrix}}{a}&{b}\\\\{b}&{a}\\end{{pmatrix}}"),
        14 => format!("({a})({b})"),
        _ => format!("{a}\\cup {b}"),
    }
}

/// Pieces in any order.
fn noise(random: &mut Random) -> String {
    let length = 1 + random.below(40);
    (0..length).map(|_| random.piece()).collect()
}

/// The text with something cut out, doubled, exchanged or put in.
fn damaged(text: &str, random: &mut Random) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..1 + random.below(3) {
        let at = random.below(characters.len().max(1));
        match random.below(5) {
            0 if !characters.is_empty() => {
                characters.remove(at);
            }
            1 if !characters.is_empty() => {
                let end = (at + random.below(30)).min(characters.len());
                let piece: Vec<char> = characters[at..end].to_vec();
                for _ in 0..random.below(20) {
                    characters.splice(at..at, piece.iter().copied());
                }
            }
            2 if !characters.is_empty() => {
                let other = random.below(characters.len());
                characters.swap(at, other);
            }
            3 => {
                let row = random.piece().repeat(2 + random.below(199));
                characters.splice(at..at, row.chars());
            }
            _ => {
                characters.splice(at..at, random.piece().chars());
            }
        }
    }
    characters.truncate(4_000);
    characters.into_iter().collect()
}

fn text(random: &mut Random) -> String {
    let depth = 1 + random.below(4);
    match random.below(4) {
        0 => noise(random),
        1 => formula(random, depth),
        _ => {
            let whole = formula(random, depth);
            damaged(&whole, random)
        }
    }
}

/// Processor time and memory of a comparison.
#[derive(Clone, Copy)]
struct Cost {
    time: Duration,
    bytes: usize,
}

fn check(mode: Mode, target: &str, answer: &str) -> Cost {
    let compared = || {
        let start = processor_time();
        let verdict = mode.compare(target, answer);
        (verdict, processor_time() - start)
    };
    let (verdict, mut time) = compared();
    let mut again = verdict;
    let bytes = peak_of(|| again = mode.compare(target, answer));
    assert_eq!(verdict, again, "{}: {target:?} {answer:?}", mode.name());
    for _ in 0..TRIES {
        if time > LONGEST {
            time = time.min(compared().1);
        }
    }
    assert!(time <= LONGEST, "{}: {time:?} for {target:?} {answer:?}", mode.name());
    assert!(bytes <= MOST_BYTES, "{}: {bytes} bytes for {target:?} {answer:?}", mode.name());
    if mode == Mode::Default {
        let back = mode.compare(answer, target);
        assert_eq!(verdict.is_equal(), back.is_equal(), "not symmetric: {target:?} {answer:?}");
    }
    if let Some(found) = mode.extract(answer) {
        for span in found.spans {
            assert!(answer.get(span).is_some(), "{}: a span of {answer:?}", mode.name());
        }
    }
    Cost { time, bytes }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let minutes: f64 = arguments.next().map_or(1.0, |text| text.parse().unwrap());
    let seed: u64 = arguments.next().map_or(1, |text| text.parse().unwrap());
    let mut random = Random(seed.max(1));
    let end = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    // The patterns are compiled once for the process.
    for mode in Mode::all() {
        let _ = (mode.compare("1/2 cm", "$x$ 2 and 3"), mode.extract("the answer is 答案是 1/2"));
    }
    let (mut pairs, mut slowest, mut largest) = (0_u64, (Duration::ZERO, String::new()), (0, String::new()));
    while Instant::now() < end {
        let target = text(&mut random);
        let answer = if random.below(3) == 0 { damaged(&target, &mut random) } else { text(&mut random) };
        for mode in Mode::all() {
            let cost = check(mode, &target, &answer);
            let shown = || format!("{}: {target:?} {answer:?}", mode.name());
            if cost.time > slowest.0 {
                slowest = (cost.time, shown());
            }
            if cost.bytes > largest.0 {
                largest = (cost.bytes, shown());
            }
            pairs += 1;
        }
    }
    println!("{pairs} comparisons in {minutes} minutes with seed {seed}");
    println!("the slowest took {:?} of processor time: {}", slowest.0, slowest.1);
    println!("the largest held {} kB: {}", largest.0 / 1024, largest.1);
}
