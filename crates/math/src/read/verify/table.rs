//! All tokens of the grammar that are written in one way only, and its names.

use super::token::{Bracket, Token};
use crate::tree::Sign;
use std::sync::LazyLock;

/// Commands and signs, with spaces between them.
const FIXED: [(Token, &str); 110] = [
    (Token::Transposed, r"^T ^{T} ^{\\top} '"),
    (Token::Degree, r"^\circ ^\degree ^\circle ^° ^{\circ} ^{\degree} ^{\circle} ^{°}"),
    (
        Token::Nothing,
        r"\, \thinspace \: \medspace \; \thickspace \quad \qquad \! \negthinspace \negmedspace \negthickspace \$ \vrule \vcenter \vbox \vskip \vspace \hfil",
    ),
    (Token::Plus, r"+ ∔ ⊕ ⊞"),
    (Token::Minus, r"- − ∸"),
    (Token::Times, r"* × ⋅ ⋄ ⊡ ∗ ⋆ ∘ ∙ ⊗ ⊠ ⋈ ⋉ ⋊ \times \cdot"),
    (Token::Over, r"/ ÷ ∕ \over \div :"),
    (Token::Modulo, r"\mod"),
    (Token::Open(Bracket::Round), r"("),
    (Token::Close(Bracket::Round), r")"),
    (Token::Open(Bracket::Visual), r"\("),
    (Token::Close(Bracket::Visual), r"\)"),
    (Token::Open(Bracket::Group), r"\lgroup"),
    (Token::Close(Bracket::Group), r"\rgroup"),
    (Token::Open(Bracket::Brace), r"{"),
    (Token::Close(Bracket::Brace), r"}"),
    (Token::Open(Bracket::Set), r"\{"),
    (Token::Close(Bracket::Set), r"\}"),
    (Token::Open(Bracket::SetCommand), r"\lbrace"),
    (Token::Close(Bracket::SetCommand), r"\rbrace"),
    (Token::Open(Bracket::Square), r"["),
    (Token::Close(Bracket::Square), r"]"),
    (Token::Open(Bracket::SquareCommand), r"\lbrack"),
    (Token::Close(Bracket::SquareCommand), r"\rbrack"),
    (Token::Open(Bracket::Bars), r"\lvert"),
    (Token::Close(Bracket::Bars), r"\rvert"),
    (Token::Open(Bracket::Floor), r"\lfloor"),
    (Token::Close(Bracket::Floor), r"\rfloor"),
    (Token::Open(Bracket::LowerCorner), r"\llcorner"),
    (Token::Close(Bracket::LowerCorner), r"\lrcorner"),
    (Token::Open(Bracket::Ceiling), r"\lceil"),
    (Token::Close(Bracket::Ceiling), r"\rceil"),
    (Token::Open(Bracket::UpperCorner), r"\ulcorner"),
    (Token::Close(Bracket::UpperCorner), r"\urcorner"),
    (Token::Phantom, r"\phantom"),
    (Token::Boxed, r"\boxed"),
    (Token::Bar, r"|"),
    (Token::Vertical, r"\vert"),
    (
        Token::Other,
        r"\| \langle \rangle . <-> <=> \leftrightarrow \Leftrightarrow \partial \mathbb{P} ℙ \supseteq ⊇ \subseteq ⊆ \notin ∉ \xrightarrow \xRightarrow",
    ),
    (Token::Limit, r"\lim"),
    (Token::To, r"\to \rightarrow \Rightarrow \longrightarrow \Longrightarrow"),
    (Token::Integral, r"\int"),
    (Token::Sum, r"\sum"),
    (Token::Product, r"\prod"),
    (Token::Root, r"\sqrt"),
    (Token::Fraction, r"\frac \dfrac \tfrac \cfrac"),
    (Token::Binomial, r"\binom \tbinom \dbinom"),
    (Token::Choose, r"\choose"),
    (Token::OperatorName, r"\operatorname"),
    (Token::Function("log"), r"\log"),
    (Token::Function("ln"), r"\ln"),
    (Token::Function("exp"), r"\exp"),
    (Token::Function("sin"), r"\sin"),
    (Token::Function("cos"), r"\cos"),
    (Token::Function("tan"), r"\tan"),
    (Token::Function("csc"), r"\csc"),
    (Token::Function("sec"), r"\sec"),
    (Token::Function("cot"), r"\cot"),
    (Token::Function("arcsin"), r"\arcsin"),
    (Token::Function("arccos"), r"\arccos"),
    (Token::Function("arctan"), r"\arctan"),
    (Token::Function("arccsc"), r"\arccsc"),
    (Token::Function("arcsec"), r"\arcsec"),
    (Token::Function("arccot"), r"\arccot"),
    (Token::Function("sinh"), r"\sinh"),
    (Token::Function("cosh"), r"\cosh"),
    (Token::Function("tanh"), r"\tanh"),
    (Token::Function("arsinh"), r"\arsinh \arcsinh"),
    (Token::Function("arcosh"), r"\arcosh \arccosh"),
    (Token::Function("artanh"), r"\artanh \arctanh"),
    (Token::Function("floor"), r"\floor"),
    (Token::Function("ceiling"), r"\ceil"),
    (Token::Function("det"), r"\det"),
    (Token::Gamma, r"\gamma \Gamma"),
    (Token::Several("gcd"), r"\gcd"),
    (Token::Several("lcm"), r"\lcm"),
    (Token::Several("max"), r"\max"),
    (Token::Several("min"), r"\min"),
    (Token::MatrixStart, r"\begin{matrix} \begin{pmatrix} \begin{bmatrix}"),
    (Token::MatrixEnd, r"\end{matrix} \end{pmatrix} \end{bmatrix}"),
    (Token::ArrayEnd, r"\end{array}"),
    (Token::DeterminantStart, r"\begin{vmatrix}"),
    (Token::DeterminantEnd, r"\end{vmatrix}"),
    (Token::Column, r"&"),
    (Token::Row, r"\\"),
    (Token::Below, r"_"),
    (Token::Above, r"^"),
    (Token::Semicolon, r";"),
    (Token::Comma, r","),
    (Token::In, r"\in"),
    (Token::Relation(Sign::Equal), r"= ≡ ≐ ≔"),
    (Token::SameAs, r"== \equiv"),
    (Token::Approximately, r"~= ≈ ≃ ≅ \approx"),
    (Token::Relation(Sign::Less), r"< ≪ \lt"),
    (Token::Relation(Sign::LessOrEqual), r"\leq \le \leqslant ≤ ≦ <="),
    (Token::Relation(Sign::Greater), r"> ≫ \gt"),
    (Token::Relation(Sign::GreaterOrEqual), r"\geq \ge \geqslant ≥ ≧ >="),
    (Token::Relation(Sign::NotEqual), r"!= !== \ne \neq \not\equiv ≠"),
    (Token::Bang, r"!"),
    (Token::Infinity, r"\infty \infty\% \infty%"),
    (Token::Known('ℕ'), r"\mathbb{N} ℕ"),
    (Token::Known('ℤ'), r"\mathbb{Z} ℤ"),
    (Token::Known('ℚ'), r"\mathbb{Q} ℚ"),
    (Token::Known('ℝ'), r"\mathbb{R} ℝ"),
    (Token::Known('ℂ'), r"\mathbb{C} ℂ"),
    (Token::Union, r"\cup ∪"),
    (Token::Common, r"\cap ∩"),
    (Token::Without, r"\setminus ∖"),
    (Token::PlusMinus, r"\pm ± ∓ \mp"),
    (Token::Empty, r"\emptyset ∅ \{\} \lbrace\rbrace"),
];

/// Commands and signs one by one.
pub(super) static SIGNS: LazyLock<Vec<(&'static str, Token)>> = LazyLock::new(|| {
    let of_row = |(token, signs): &(Token, &'static str)| {
        let token = *token;
        signs.split(' ').map(move |sign| (sign, token)).collect::<Vec<_>>()
    };
    FIXED.iter().flat_map(of_row).collect()
});

/// Words that are no letters side by side, wherever they stand.
pub(super) static WORDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    const ALL: &str = "
    arsinh arcsinh arcosh arccosh artanh arctanh gcd lcm floor ceil eye zeros ones cols rows diag norm
    rank trace tr rref hstack vstack orth ortho orthogonal orthogonalize nullspace eig eigen diagonalize
    eigenvals eigenvalues eigenvects eigenvectors svd SVD matrix pmatrix bmatrix vmatrix
    ";
    ALL.split_whitespace().collect()
});

/// Greek letters, as commands.
pub(super) static GREEK: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    const ALL: &str = "
    alpha beta delta Delta epsilon varepsilon zeta eta theta Theta vartheta iota kappa lambda Lambda mu
    nu xi Xi omicron pi Pi varpi rho varrho sigma Sigma varsigma tau upsilon Upsilon phi Phi varphi chi
    psi Psi omega Omega gamma Gamma
    ";
    ALL.split_whitespace().collect()
});

/// Commands that are names, as letters are.
pub(super) static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    const ALL: &str = "
    Bbbk wp nabla bigstar angle nexists diagdown measuredangle eth diagup sphericalangle clubsuit
    varnothing Diamond complement diamondsuit imath Finv triangledown heartsuit jmath Game triangle
    spadesuit ell hbar vartriangle hslash blacklozenge lozenge blacksquare mho blacktriangle sharp prime
    Im flat square backprime Re natural surd circledS
    ";
    ALL.split_whitespace().collect()
});

/// Commands that make a name of what stands in braces behind them.
pub(super) static ACCENTS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    const ALL: &str = "
    acute bar overline breve check widecheck dot ddot grave hat tilde widetilde vec overrightarrow bm
    boldsymbol text textit textbf textnormal mathbb mathbin mathbf mathcal mathclap mathclose
    mathellipsis mathfrak mathinner mathit mathnormal mathop mathopen mathord mathpunct mathrel mathring
    mathrlap mathrm mathscr mathsf mathsterling mathtt mbox
    ";
    ALL.split_whitespace().collect()
});

/// Greek letters that stand for themselves, with their names.
pub(super) static GREEK_LETTERS: LazyLock<Vec<(char, &'static str)>> = LazyLock::new(|| {
    const ALL: &str = "
    αalpha βbeta γgamma ΓGamma δdelta ΔDelta εepsilon ϵvarepsilon ζzeta ηeta θtheta ΘTheta ϑvartheta
    ιiota κkappa λlambda ΛLambda μmu νnu ξxi ΞXi οomicron πpi ΠPi ϖvarpi ρrho ϱvarrho σsigma ΣSigma
    ςvarsigma τtau υupsilon ΥUpsilon φphi ΦPhi ϕvarphi χchi ψpsi ΨPsi ωomega ΩOmega
    ";
    let split = |word: &'static str| Some((word.chars().next()?, &word[word.chars().next()?.len_utf8()..]));
    ALL.split_whitespace().filter_map(split).collect()
});
