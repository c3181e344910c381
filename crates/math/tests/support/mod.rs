//! Hostile input that tests and the benchmark share.

/// Texts that would take long, or much memory, if nothing counted.
pub fn hostile_texts() -> Vec<String> {
    let inside =
        |open: &str, times: usize, close: &str| format!("{}1{}", open.repeat(times), close.repeat(times));
    vec![
        "7".repeat(1_000_000),
        "9^9^9^9".to_owned(),
        "9^{9^{9^{9^{9}}}}".to_owned(),
        "1E999999999999".to_owned(),
        "99999!!!".to_owned(),
        "\\binom{99999}{50000}".to_owned(),
        inside("(", 900, ")"),
        inside("(", 30_000, ")"),
        inside("\\frac{", 300, ""),
        inside("\\sqrt{", 300, "}"),
        inside("\\sqrt{", 40, "}"),
        inside("\\left|", 200, "\\right|"),
        inside("\\{", 900, "\\}"),
        inside("x(", 400, ")"),
        inside("2^{", 300, "}"),
        inside("\\sin ", 300, ""),
        inside("-", 1_900, ""),
        "(a+b+c+d+f+g+h+k)^{12}(a-b-c-d)^{12}".to_owned(),
        "(1+\\sqrt{2})(1+\\sqrt{3})(1+\\sqrt{5})(1+\\sqrt{7})(1+\\sqrt{11})(1+\\sqrt{13})^{12}".to_owned(),
        "\\sin x".repeat(300),
        "x+".repeat(900) + "y",
        "1,".repeat(990) + "1",
        "[0,1]\\cup".repeat(200) + "[2,3]",
        "\\pm".repeat(300) + "1",
        "\\boxed{".repeat(200),
        "\\boxed{1}, ".repeat(90_000),
        "$a$ ".repeat(250_000),
        "answer 1 ".repeat(110_000),
        "the answer is (1, ".repeat(50_000),
        "答案是".repeat(100_000),
        "<answer>".repeat(100_000) + "1</answer>",
        "√".repeat(100_000),
        "\\begin{pmatrix}".repeat(100),
        (0..50).map(|n| format!("\\frac{{1}}{{987654321098765{:05}}}+", 99_991 - 2 * n)).collect::<String>()
            + "0.5",
        (0..60).map(|n| format!("0.1\\sqrt{{{}}}+", 2 * n + 3)).collect::<String>() + "0.5",
        "0.1^{0.1^{0.1^{".repeat(20) + "1" + &"}".repeat(60),
    ]
}

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
