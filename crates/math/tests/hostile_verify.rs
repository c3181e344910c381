//! What doubles, or grows by squares, in the texts of Math-Verify. Alone in its file: the counter sees every thread.

#[path = "support/clock.rs"]
mod clock;
#[path = "support/counting.rs"]
mod counting;

use clock::processor_time;
use counting::{MOST_BYTES, peak_of};
use evalscope_math::Mode;
use std::time::Duration;

/// Without optimisation it takes longer than the 5 ms of the contract; what nobody counts takes seconds.
const LONGEST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 150 } else { 5 });

/// A pair that took longer is tried again so often: other programs take its caches away.
const TRIES: usize = 5;

/// A test's stack, which a deep tree must not fill.
const STACK: usize = 2 * 1024 * 1024;

fn inside(times: usize, open: &str, inner: &str, close: &str) -> String {
    open.repeat(times) + inner + &close.repeat(times)
}

fn texts() -> Vec<String> {
    let remainders: String = (2..40).map(|below| format!("\\mod{below}")).collect();
    vec![
        format!("1{remainders}"),
        format!("f({}){remainders}", "1,".repeat(400) + "1"),
        "1".to_owned() + &remainders.replace("\\mod", "0\\mod ").repeat(4),
        "\\mathbb{Q}\\cap".repeat(31) + "\\mathbb{Q}",
        "\\{1,2,3\\}\\cap".repeat(120) + "[0,1]",
        inside(18, "f(", "x", ",y)"),
        inside(39, "f(", &"1,".repeat(700), "1,y)"),
        format!("x{}", "!".repeat(1_990)),
        inside(38, "(", "x", &format!("){}", "!".repeat(40))),
        format!("x{}", "^y".repeat(990)),
        "x".to_owned() + &"^T".repeat(900),
        "\\emptyset\\setminus".repeat(100) + "\\emptyset",
        "x=".repeat(900) + "\\emptyset",
        "-".repeat(1_900) + "x",
        "xy".repeat(990),
        "2(3)".repeat(490),
        "f(".repeat(990),
        "\\int ".repeat(390),
        format!("1{}andx", " ".repeat(1_900)),
        format!("1{}andx", " ".repeat(8_000)),
        format!("{}1", "\\boxed{}".repeat(240)),
        format!("{}1", "\\boxed{}".repeat(1_000)),
        "1e9e9".repeat(390),
        "1e".repeat(990),
        "e".repeat(1_990),
        "\\".repeat(1_990),
        "\\\\ ".repeat(600),
        format!("x^3+{}=0", "7".repeat(300)),
        format!("{}x^3+{}x=1", "7".repeat(300), "3".repeat(299)),
        (0..60).map(|n| format!("{n}.5+")).collect::<String>() + "x=1",
    ]
}

fn check(target: &str, answer: &str) {
    let timed = || {
        let start = processor_time();
        let _ = Mode::MathVerify.compare(target, answer);
        processor_time() - start
    };
    let peak = peak_of(|| {
        let _ = Mode::MathVerify.compare(target, answer);
    });
    assert!(peak <= MOST_BYTES, "{peak} bytes for {target:.60} and {answer:.60}");
    let mut time = timed();
    for _ in 0..TRIES {
        if time > LONGEST {
            time = time.min(timed());
        }
    }
    assert!(time <= LONGEST, "{time:?} for {target:.60} and {answer:.60}");
}

#[test]
fn texts_of_math_verify_come_to_an_end() {
    // The patterns are compiled once for the process.
    let _ = Mode::MathVerify.compare("1/2 cm", "$x$ 2 and 3");
    let all = || {
        for text in texts() {
            check(&text, &text);
            check(&text, "[0,8]");
            check("x^2+1", &text);
        }
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(all);
    assert!(thread.is_ok_and(|thread| thread.join().is_ok()));
}
