//! Hostile input takes little memory. Alone in its file: the counter sees every thread of the process.

#[path = "support/growing.rs"]
mod growing;
mod support;

#[path = "support/counting.rs"]
mod counting;

use counting::{MOST_BYTES, peak_of};
use evalscope_math::Mode;

#[test]
fn hostile_texts_take_less_than_eight_megabytes() {
    // The patterns are compiled once for the process.
    for mode in Mode::all() {
        let _ = (mode.compare("1/2 cm", "$x$ 2 and 3"), mode.extract("the answer is 答案是 1/2"));
    }
    for (target, answer) in &growing::growing_formulas() {
        let peak = peak_of(|| {
            let _ = Mode::MathVerify.compare(target, answer);
        });
        assert!(peak <= MOST_BYTES, "{peak} bytes for {target:.40} and {answer:.60}");
    }
    for text in &support::hostile_texts() {
        for mode in Mode::all() {
            let peak = peak_of(|| {
                let _ = mode.compare("8", text);
                let _ = mode.compare(text, "x^2+1");
            });
            assert!(peak <= MOST_BYTES, "{} compares: {peak} bytes for {text:.40}", mode.name());
            let peak = peak_of(|| drop(mode.extract(text)));
            assert!(peak <= MOST_BYTES, "{} extracts: {peak} bytes for {text:.40}", mode.name());
        }
    }
}
