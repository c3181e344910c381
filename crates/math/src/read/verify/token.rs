//! Cuts a text into tokens: at each place the longest one that fits.

use crate::fuel::Fuel;
use crate::tree::Sign;

/// A token, with where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a bracket is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bracket {
    /// `(`
    Round,
    /// `\(`
    Visual,
    /// `\lgroup`
    Group,
    /// `{`
    Brace,
    /// `\{`
    Set,
    /// `\lbrace`
    SetCommand,
    /// `[`
    Square,
    /// `\lbrack`
    SquareCommand,
    /// `\lvert`
    Bars,
    /// `\lfloor`
    Floor,
    /// `\llcorner`
    LowerCorner,
    /// `\lceil`
    Ceiling,
    /// `\ulcorner`
    UpperCorner,
}

/// What a token is. Text that matters is read from where the token stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token {
    Number,
    /// A number with a percent sign.
    Percent,
    /// `2E5`
    Scientific,
    /// Any letter but those for which there are other tokens.
    Letter(char),
    /// `e`
    Euler,
    /// `E`
    LargeE,
    /// `dx`
    Differential,
    /// A Greek letter.
    Greek,
    /// `\angle`, `\hbar` and other signs that are names.
    Name,
    /// `\text{…}`, `\bar{…}`
    Accent,
    /// `\gamma`, `\Gamma` without a space behind it.
    Gamma,
    Infinity,
    Plus,
    Minus,
    Times,
    Over,
    Modulo,
    Open(Bracket),
    Close(Bracket),
    /// `|`
    Bar,
    /// `\vert`
    Vertical,
    Limit,
    To,
    Integral,
    Sum,
    Product,
    /// A function of one argument.
    Function(&'static str),
    /// A function of several arguments.
    Several(&'static str),
    Root,
    Fraction,
    Binomial,
    Choose,
    OperatorName,
    /// A word that is a name of a function behind `\operatorname`.
    Word(&'static str),
    MatrixStart,
    MatrixEnd,
    ArrayStart,
    ArrayEnd,
    DeterminantStart,
    DeterminantEnd,
    Column,
    Row,
    Below,
    Above,
    Comma,
    Semicolon,
    Bang,
    Transposed,
    Degree,
    In,
    Relation(Sign),
    /// `==`, which is no assignment.
    SameAs,
    Approximately,
    Union,
    Common,
    Without,
    PlusMinus,
    /// `\emptyset`
    Empty,
    /// `\mathbb{R}`
    Known(char),
    Boxed,
    Phantom,
    /// A token of which nothing can be made here.
    Other,
    /// Space.
    Nothing,
}

use Bracket::{Brace, Round, Square};

/// Commands and signs.
const FIXED: [(&str, Token); 204] = [
    ("^T", Token::Transposed),
    ("^{T}", Token::Transposed),
    ("^{\\\\top}", Token::Transposed),
    ("'", Token::Transposed),
    ("^\\circ", Token::Degree),
    ("^\\degree", Token::Degree),
    ("^\\circle", Token::Degree),
    ("^°", Token::Degree),
    ("^{\\circ}", Token::Degree),
    ("^{\\degree}", Token::Degree),
    ("^{\\circle}", Token::Degree),
    ("^{°}", Token::Degree),
    ("\\,", Token::Nothing),
    ("\\thinspace", Token::Nothing),
    ("\\:", Token::Nothing),
    ("\\medspace", Token::Nothing),
    ("\\;", Token::Nothing),
    ("\\thickspace", Token::Nothing),
    ("\\quad", Token::Nothing),
    ("\\qquad", Token::Nothing),
    ("\\!", Token::Nothing),
    ("\\negthinspace", Token::Nothing),
    ("\\negmedspace", Token::Nothing),
    ("\\negthickspace", Token::Nothing),
    ("\\$", Token::Nothing),
    ("\\vrule", Token::Nothing),
    ("\\vcenter", Token::Nothing),
    ("\\vbox", Token::Nothing),
    ("\\vskip", Token::Nothing),
    ("\\vspace", Token::Nothing),
    ("\\hfil", Token::Nothing),
    ("+", Token::Plus),
    ("∔", Token::Plus),
    ("⊕", Token::Plus),
    ("⊞", Token::Plus),
    ("-", Token::Minus),
    ("−", Token::Minus),
    ("∸", Token::Minus),
    ("*", Token::Times),
    ("×", Token::Times),
    ("⋅", Token::Times),
    ("⋄", Token::Times),
    ("⊡", Token::Times),
    ("∗", Token::Times),
    ("⋆", Token::Times),
    ("∘", Token::Times),
    ("∙", Token::Times),
    ("⊗", Token::Times),
    ("⊠", Token::Times),
    ("⋈", Token::Times),
    ("⋉", Token::Times),
    ("⋊", Token::Times),
    ("\\times", Token::Times),
    ("\\cdot", Token::Times),
    ("/", Token::Over),
    ("÷", Token::Over),
    ("∕", Token::Over),
    ("\\over", Token::Over),
    ("\\div", Token::Over),
    (":", Token::Over),
    ("\\mod", Token::Modulo),
    ("(", Token::Open(Round)),
    (")", Token::Close(Round)),
    ("\\(", Token::Open(Bracket::Visual)),
    ("\\)", Token::Close(Bracket::Visual)),
    ("\\lgroup", Token::Open(Bracket::Group)),
    ("\\rgroup", Token::Close(Bracket::Group)),
    ("{", Token::Open(Brace)),
    ("}", Token::Close(Brace)),
    ("\\{", Token::Open(Bracket::Set)),
    ("\\}", Token::Close(Bracket::Set)),
    ("\\lbrace", Token::Open(Bracket::SetCommand)),
    ("\\rbrace", Token::Close(Bracket::SetCommand)),
    ("[", Token::Open(Square)),
    ("]", Token::Close(Square)),
    ("\\lbrack", Token::Open(Bracket::SquareCommand)),
    ("\\rbrack", Token::Close(Bracket::SquareCommand)),
    ("\\lvert", Token::Open(Bracket::Bars)),
    ("\\rvert", Token::Close(Bracket::Bars)),
    ("\\lfloor", Token::Open(Bracket::Floor)),
    ("\\rfloor", Token::Close(Bracket::Floor)),
    ("\\llcorner", Token::Open(Bracket::LowerCorner)),
    ("\\lrcorner", Token::Close(Bracket::LowerCorner)),
    ("\\lceil", Token::Open(Bracket::Ceiling)),
    ("\\rceil", Token::Close(Bracket::Ceiling)),
    ("\\ulcorner", Token::Open(Bracket::UpperCorner)),
    ("\\urcorner", Token::Close(Bracket::UpperCorner)),
    ("\\phantom", Token::Phantom),
    ("\\boxed", Token::Boxed),
    ("|", Token::Bar),
    ("\\vert", Token::Vertical),
    ("\\|", Token::Other),
    ("\\langle", Token::Other),
    ("\\rangle", Token::Other),
    ("\\lim", Token::Limit),
    ("\\to", Token::To),
    ("\\rightarrow", Token::To),
    ("\\Rightarrow", Token::To),
    ("\\longrightarrow", Token::To),
    ("\\Longrightarrow", Token::To),
    ("\\int", Token::Integral),
    ("\\sum", Token::Sum),
    ("\\prod", Token::Product),
    ("\\sqrt", Token::Root),
    ("\\frac", Token::Fraction),
    ("\\dfrac", Token::Fraction),
    ("\\tfrac", Token::Fraction),
    ("\\cfrac", Token::Fraction),
    ("\\binom", Token::Binomial),
    ("\\tbinom", Token::Binomial),
    ("\\dbinom", Token::Binomial),
    ("\\choose", Token::Choose),
    ("\\operatorname", Token::OperatorName),
    ("\\log", Token::Function("log")),
    ("\\ln", Token::Function("ln")),
    ("\\exp", Token::Function("exp")),
    ("\\sin", Token::Function("sin")),
    ("\\cos", Token::Function("cos")),
    ("\\tan", Token::Function("tan")),
    ("\\csc", Token::Function("csc")),
    ("\\sec", Token::Function("sec")),
    ("\\cot", Token::Function("cot")),
    ("\\arcsin", Token::Function("arcsin")),
    ("\\arccos", Token::Function("arccos")),
    ("\\arctan", Token::Function("arctan")),
    ("\\arccsc", Token::Function("arccsc")),
    ("\\arcsec", Token::Function("arcsec")),
    ("\\arccot", Token::Function("arccot")),
    ("\\sinh", Token::Function("sinh")),
    ("\\cosh", Token::Function("cosh")),
    ("\\tanh", Token::Function("tanh")),
    ("\\arsinh", Token::Function("arsinh")),
    ("\\arcosh", Token::Function("arcosh")),
    ("\\artanh", Token::Function("artanh")),
    ("\\arcsinh", Token::Function("arsinh")),
    ("\\arccosh", Token::Function("arcosh")),
    ("\\arctanh", Token::Function("artanh")),
    ("\\floor", Token::Function("floor")),
    ("\\ceil", Token::Function("ceiling")),
    ("\\det", Token::Function("det")),
    ("\\gamma", Token::Gamma),
    ("\\Gamma", Token::Gamma),
    ("\\gcd", Token::Several("gcd")),
    ("\\lcm", Token::Several("lcm")),
    ("\\max", Token::Several("max")),
    ("\\min", Token::Several("min")),
    ("\\begin{matrix}", Token::MatrixStart),
    ("\\begin{pmatrix}", Token::MatrixStart),
    ("\\begin{bmatrix}", Token::MatrixStart),
    ("\\end{matrix}", Token::MatrixEnd),
    ("\\end{pmatrix}", Token::MatrixEnd),
    ("\\end{bmatrix}", Token::MatrixEnd),
    ("\\end{array}", Token::ArrayEnd),
    ("\\begin{vmatrix}", Token::DeterminantStart),
    ("\\end{vmatrix}", Token::DeterminantEnd),
    ("&", Token::Column),
    ("\\\\", Token::Row),
    ("_", Token::Below),
    ("^", Token::Above),
    (";", Token::Semicolon),
    (",", Token::Comma),
    (".", Token::Other),
    ("<->", Token::Other),
    ("<=>", Token::Other),
    ("\\leftrightarrow", Token::Other),
    ("\\Leftrightarrow", Token::Other),
    ("\\in", Token::In),
    ("=", Token::Relation(Sign::Equal)),
    ("≡", Token::Relation(Sign::Equal)),
    ("≐", Token::Relation(Sign::Equal)),
    ("≔", Token::Relation(Sign::Equal)),
    ("==", Token::SameAs),
    ("\\equiv", Token::SameAs),
    ("~=", Token::Approximately),
    ("≈", Token::Approximately),
    ("≃", Token::Approximately),
    ("≅", Token::Approximately),
    ("\\approx", Token::Approximately),
    ("<", Token::Relation(Sign::Less)),
    ("≪", Token::Relation(Sign::Less)),
    ("\\lt", Token::Relation(Sign::Less)),
    ("\\leq", Token::Relation(Sign::LessOrEqual)),
    ("\\le", Token::Relation(Sign::LessOrEqual)),
    ("\\leqslant", Token::Relation(Sign::LessOrEqual)),
    ("≤", Token::Relation(Sign::LessOrEqual)),
    ("≦", Token::Relation(Sign::LessOrEqual)),
    ("<=", Token::Relation(Sign::LessOrEqual)),
    (">", Token::Relation(Sign::Greater)),
    ("≫", Token::Relation(Sign::Greater)),
    ("\\gt", Token::Relation(Sign::Greater)),
    ("\\geq", Token::Relation(Sign::GreaterOrEqual)),
    ("\\ge", Token::Relation(Sign::GreaterOrEqual)),
    ("\\geqslant", Token::Relation(Sign::GreaterOrEqual)),
    ("≥", Token::Relation(Sign::GreaterOrEqual)),
    ("≧", Token::Relation(Sign::GreaterOrEqual)),
    (">=", Token::Relation(Sign::GreaterOrEqual)),
    ("!=", Token::Relation(Sign::NotEqual)),
    ("!==", Token::Relation(Sign::NotEqual)),
    ("\\ne", Token::Relation(Sign::NotEqual)),
    ("\\neq", Token::Relation(Sign::NotEqual)),
    ("\\not\\equiv", Token::Relation(Sign::NotEqual)),
    ("≠", Token::Relation(Sign::NotEqual)),
    ("!", Token::Bang),
    ("\\partial", Token::Other),
];

/// The same, of sets.
const OF_SETS: [(&str, Token); 37] = [
    ("\\infty", Token::Infinity),
    ("\\infty\\%", Token::Infinity),
    ("\\infty%", Token::Infinity),
    ("\\mathbb{N}", Token::Known('ℕ')),
    ("ℕ", Token::Known('ℕ')),
    ("\\mathbb{Z}", Token::Known('ℤ')),
    ("ℤ", Token::Known('ℤ')),
    ("\\mathbb{Q}", Token::Known('ℚ')),
    ("ℚ", Token::Known('ℚ')),
    ("\\mathbb{R}", Token::Known('ℝ')),
    ("ℝ", Token::Known('ℝ')),
    ("\\mathbb{C}", Token::Known('ℂ')),
    ("ℂ", Token::Known('ℂ')),
    // Known to the grammar, and to nothing behind it.
    ("\\mathbb{P}", Token::Other),
    ("ℙ", Token::Other),
    ("\\cup", Token::Union),
    ("∪", Token::Union),
    ("\\cap", Token::Common),
    ("∩", Token::Common),
    ("\\setminus", Token::Without),
    ("∖", Token::Without),
    ("\\pm", Token::PlusMinus),
    ("±", Token::PlusMinus),
    ("∓", Token::PlusMinus),
    ("\\mp", Token::PlusMinus),
    ("\\emptyset", Token::Empty),
    ("∅", Token::Empty),
    ("\\{\\}", Token::Empty),
    ("\\lbrace\\rbrace", Token::Empty),
    ("\\supseteq", Token::Other),
    ("⊇", Token::Other),
    ("\\subseteq", Token::Other),
    ("⊆", Token::Other),
    ("\\notin", Token::Other),
    ("∉", Token::Other),
    ("\\xrightarrow", Token::Other),
    ("\\xRightarrow", Token::Other),
];

/// Words that are no letters side by side, wherever they stand.
const WORDS: [&str; 41] = [
    "arsinh",
    "arcsinh",
    "arcosh",
    "arccosh",
    "artanh",
    "arctanh",
    "gcd",
    "lcm",
    "floor",
    "ceil",
    "eye",
    "zeros",
    "ones",
    "cols",
    "rows",
    "diag",
    "norm",
    "rank",
    "trace",
    "tr",
    "rref",
    "hstack",
    "vstack",
    "orth",
    "ortho",
    "orthogonal",
    "orthogonalize",
    "nullspace",
    "eig",
    "eigen",
    "diagonalize",
    "eigenvals",
    "eigenvalues",
    "eigenvects",
    "eigenvectors",
    "svd",
    "SVD",
    "matrix",
    "pmatrix",
    "bmatrix",
    "vmatrix",
];

pub(super) const GREEK: [&str; 39] = [
    "alpha",
    "beta",
    "delta",
    "Delta",
    "epsilon",
    "varepsilon",
    "zeta",
    "eta",
    "theta",
    "Theta",
    "vartheta",
    "iota",
    "kappa",
    "lambda",
    "Lambda",
    "mu",
    "nu",
    "xi",
    "Xi",
    "omicron",
    "pi",
    "Pi",
    "varpi",
    "rho",
    "varrho",
    "sigma",
    "Sigma",
    "varsigma",
    "tau",
    "upsilon",
    "Upsilon",
    "phi",
    "Phi",
    "varphi",
    "chi",
    "psi",
    "Psi",
    "omega",
    "Omega",
];

/// Greek letters that stand for themselves, with their names.
pub(super) const GREEK_LETTERS: [(char, &str); 41] = [
    ('α', "alpha"),
    ('β', "beta"),
    ('γ', "gamma"),
    ('Γ', "Gamma"),
    ('δ', "delta"),
    ('Δ', "Delta"),
    ('ε', "epsilon"),
    ('ϵ', "varepsilon"),
    ('ζ', "zeta"),
    ('η', "eta"),
    ('θ', "theta"),
    ('Θ', "Theta"),
    ('ϑ', "vartheta"),
    ('ι', "iota"),
    ('κ', "kappa"),
    ('λ', "lambda"),
    ('Λ', "Lambda"),
    ('μ', "mu"),
    ('ν', "nu"),
    ('ξ', "xi"),
    ('Ξ', "Xi"),
    ('ο', "omicron"),
    ('π', "pi"),
    ('Π', "Pi"),
    ('ϖ', "varpi"),
    ('ρ', "rho"),
    ('ϱ', "varrho"),
    ('σ', "sigma"),
    ('Σ', "Sigma"),
    ('ς', "varsigma"),
    ('τ', "tau"),
    ('υ', "upsilon"),
    ('Υ', "Upsilon"),
    ('φ', "phi"),
    ('Φ', "Phi"),
    ('ϕ', "varphi"),
    ('χ', "chi"),
    ('ψ', "psi"),
    ('Ψ', "Psi"),
    ('ω', "omega"),
    ('Ω', "Omega"),
];

/// Commands that are names, as letters are.
const NAMES: [&str; 43] = [
    "Bbbk",
    "wp",
    "nabla",
    "bigstar",
    "angle",
    "nexists",
    "diagdown",
    "measuredangle",
    "eth",
    "diagup",
    "sphericalangle",
    "clubsuit",
    "varnothing",
    "Diamond",
    "complement",
    "diamondsuit",
    "imath",
    "Finv",
    "triangledown",
    "heartsuit",
    "jmath",
    "Game",
    "triangle",
    "spadesuit",
    "ell",
    "hbar",
    "vartriangle",
    "hslash",
    "blacklozenge",
    "lozenge",
    "blacksquare",
    "mho",
    "blacktriangle",
    "sharp",
    "prime",
    "Im",
    "flat",
    "square",
    "backprime",
    "Re",
    "natural",
    "surd",
    "circledS",
];

/// Commands that make a name of what stands in braces behind them.
const ACCENTS: [&str; 44] = [
    "acute",
    "bar",
    "overline",
    "breve",
    "check",
    "widecheck",
    "dot",
    "ddot",
    "grave",
    "hat",
    "tilde",
    "widetilde",
    "vec",
    "overrightarrow",
    "bm",
    "boldsymbol",
    "text",
    "textit",
    "textbf",
    "textnormal",
    "mathbb",
    "mathbin",
    "mathbf",
    "mathcal",
    "mathclap",
    "mathclose",
    "mathellipsis",
    "mathfrak",
    "mathinner",
    "mathit",
    "mathnormal",
    "mathop",
    "mathopen",
    "mathord",
    "mathpunct",
    "mathrel",
    "mathring",
    "mathrlap",
    "mathrm",
    "mathscr",
    "mathsf",
    "mathsterling",
    "mathtt",
    "mbox",
];

/// What looking up a token costs.
const LOOK: u32 = 3;

/// Returns the tokens without space, or nothing where one begins that is none.
pub(super) fn tokens(text: &str, fuel: &Fuel) -> Option<Vec<Lexeme>> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < text.len() {
        fuel.spend(LOOK)?;
        let rest = &text[start..];
        let (token, length) = if rest.starts_with(char::is_whitespace) {
            let is_known = rest.starts_with([' ', '\t', '\r', '\n']);
            is_known.then_some((Token::Nothing, 1))?
        } else {
            longest(rest)?
        };
        if token != Token::Nothing {
            found.push(Lexeme { token, start, end: start + length });
        }
        start += length;
    }
    Some(found)
}

/// The longest token at the beginning of a text; of two that are as long, the first of the grammar.
fn longest(text: &str) -> Option<(Token, usize)> {
    let fixed = FIXED.iter().chain(&OF_SETS).filter(|(sign, _)| text.starts_with(*sign));
    let fixed = fixed.map(|(sign, token)| (*token, sign.len()));
    let words =
        WORDS.iter().filter(|word| text.starts_with(**word)).map(|word| (Token::Word(word), word.len()));
    let mut best: Option<(Token, usize)> = None;
    let made = [array(text), differential(text), letter(text), number(text), symbol(text), accent(text)];
    for candidate in fixed.chain(words).chain(made.into_iter().flatten()) {
        if best.is_none_or(|(_, length)| candidate.1 > length) {
            best = Some(candidate);
        }
    }
    best
}

fn letter(text: &str) -> Option<(Token, usize)> {
    let first = text.chars().next()?;
    match first {
        'e' => Some((Token::Euler, 1)),
        'E' => Some((Token::LargeE, 1)),
        'a'..='z' | 'A'..='Z' => Some((Token::Letter(first), 1)),
        '\\' => text.starts_with("\\exponentialE").then_some((Token::Euler, 13)),
        'ℵ' | 'ℶ' | 'ℷ' | 'ℸ' => Some((Token::Name, first.len_utf8())),
        _ => {
            let is_greek = GREEK_LETTERS.iter().any(|(letter, _)| *letter == first);
            is_greek.then(|| (Token::Greek, with_space(text, first.len_utf8())))
        }
    }
}

/// A space behind a name belongs to it.
fn with_space(text: &str, length: usize) -> usize {
    length + usize::from(text[length..].starts_with(' '))
}

/// Greek letters and names, written as commands.
fn symbol(text: &str) -> Option<(Token, usize)> {
    let command = text.strip_prefix('\\')?;
    let fits = |name: &&&str| command.starts_with(**name);
    let greek = GREEK.iter().chain(&["gamma", "Gamma"]).filter(fits).map(|name| (Token::Greek, name.len()));
    let names = NAMES.iter().filter(fits).map(|name| (Token::Name, name.len()));
    let (token, length) = greek.chain(names).max_by_key(|(_, length)| *length)?;
    Some((token, with_space(text, length + 1)))
}

/// `dx`, `d \theta`.
fn differential(text: &str) -> Option<(Token, usize)> {
    let rest = text.strip_prefix('d')?.trim_start_matches([' ', '\t', '\r', '\n']);
    let before = text.len() - rest.len();
    let command = rest.strip_prefix('\\');
    let letters = |text: &str| text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let length = match command {
        Some(name) => letters(name),
        None => letters(rest).min(1),
    };
    (length > 0).then_some((Token::Differential, before + length + usize::from(command.is_some())))
}

fn number(text: &str) -> Option<(Token, usize)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let places = text[whole..].strip_prefix('.').map_or(0, digits);
    let length = if places > 0 { whole + 1 + places } else { whole };
    if length == 0 {
        return None;
    }
    let rest = &text[length..];
    let unspaced = rest.strip_prefix([' ', '\t', '\r', '\n']).unwrap_or(rest);
    for sign in ["\\%", "%"] {
        if unspaced.starts_with(sign) {
            return Some((Token::Percent, length + rest.len() - unspaced.len() + sign.len()));
        }
    }
    if let Some(exponent) = rest.strip_prefix('E') {
        let sign = usize::from(exponent.starts_with(['+', '-', '−']));
        let sign = if exponent.starts_with('−') { '−'.len_utf8() } else { sign };
        let places = digits(&exponent[sign..]);
        if places > 0 {
            return Some((Token::Scientific, length + 1 + sign + places));
        }
    }
    Some((Token::Number, length))
}

fn accent(text: &str) -> Option<(Token, usize)> {
    let command = text.strip_prefix('\\')?;
    let name = ACCENTS.iter().filter(|name| {
        command
            .strip_prefix(**name)
            .is_some_and(|rest| rest.strip_prefix([' ', '\t', '\r', '\n']).unwrap_or(rest).starts_with('{'))
    });
    let longest = name.max_by_key(|name| name.len())?;
    let close = text[longest.len()..].find('}')?;
    Some((Token::Accent, longest.len() + close + 1))
}

/// `\begin{array}{cc}`
fn array(text: &str) -> Option<(Token, usize)> {
    const START: &str = "\\begin{array}{";
    let rest = text.strip_prefix(START)?;
    let columns = rest.trim_start_matches(['c', 'l', 'r']);
    columns.starts_with('}').then_some((Token::ArrayStart, START.len() + rest.len() - columns.len() + 1))
}
