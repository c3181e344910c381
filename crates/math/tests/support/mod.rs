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
