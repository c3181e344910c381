//! Formulas that would grow with every level.

/// Pairs that are not equal in the mode of Math-Verify, and whose formulas grow while they are read, divide by zero or
/// have numbers at the end of what 64 bits hold.
pub fn growing_formulas() -> Vec<(String, String)> {
    let nested =
        |open: &str, times: usize, close: &str| format!("{}x{}", open.repeat(times), close.repeat(times));
    let most = i64::MAX;
    let row = |cell: &str, width: usize| vec![cell; width].join("&");
    let matrix = |kind: &str, row: &str, height: usize| {
        format!("\\begin{{{kind}}}{}\\end{{{kind}}}", vec![row; height].join("\\\\"))
    };
    let small = matrix("pmatrix", "1&x", 2);
    let answers = [
        format!("(n+{most}+{most})!"),
        format!("(n-{most}-2)!"),
        "(n-9223372036854775808)!".to_owned(),
        "1E-9223372036854775808".to_owned(),
        "1E9223372036854775807".to_owned(),
        format!("\\sum_{{n={most}}}^{{\\infty}}2^n"),
        format!("\\sum_{{n={most}}}^{{m}}n^2"),
        "\\sum_{n=-9223372036854775808}^{m}n^2".to_owned(),
        "\\frac{x}{0}".to_owned(),
        "\\sum_{n=0}^{\\infty}n".to_owned(),
        matrix("pmatrix", "1&2&x", 3) + "^6^6^6",
        small.repeat(30),
        matrix("pmatrix", &row("x+y+z", 6), 6).repeat(3),
        matrix("vmatrix", &row("x+y+z+a+b+c+d+f+g+h", 6), 6),
        matrix("pmatrix", &row("1", 2), 2) + &"^T".repeat(300),
        nested("(", 30, "+9)!"),
        nested("(", 30, "-9)!"),
        nested("\\binom{", 30, "}{12}"),
        nested("\\Gamma(", 30, "+9)"),
        "\\artanh ".repeat(38) + "x",
        "\\operatorname{artanh}".repeat(38) + "x",
        "\\operatorname{arsinh}".repeat(38) + "x",
        nested("\\operatorname{arcosh}(", 30, ")"),
        "\\frac{d}{dx}".repeat(30) + &"(x+1)".repeat(60),
        "\\int_x^x".repeat(30) + "x",
        "\\int_{x+x}^{x+x+x}".repeat(30) + "x",
        nested("\\int_0^{", 18, "}x^2 dx"),
        "\\lim_{x\\to1}".repeat(30) + "x+y",
        "\\sum_{k=1}^{100}".repeat(30) + "k+y",
    ];
    let mut pairs: Vec<_> = answers.into_iter().map(|answer| ("8.5x".to_owned(), answer)).collect();
    let powers = format!("0.5y(x+1){}", "^6".repeat(30));
    for (target, answer) in [
        ("3", "\\sum_{n=0}^{\\infty}\\frac{n}{2^n}"),
        ("0^{-1}+0.5(x+1)", "x+2"),
        ("0.5(x+1)", "\\frac{x}{0}"),
        (&powers, "0.5(y+1)x^2"),
        (&format!("0.5(y+1)x{}", "^6".repeat(30)), "0.5(y+1)x^2"),
    ] {
        pairs.push((target.to_owned(), answer.to_owned()));
    }
    pairs
}
