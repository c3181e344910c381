//! Hostile input takes little memory. Alone in its file: the counter sees every thread of the process.

use evalscope_math::{Mode, compare, extract};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a comparison may hold at a time, besides the texts that it is given.
const MOST_BYTES: usize = 8 * 1024 * 1024;

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed on to the system's allocator unchanged; the counters are atomics and allocate nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`, which is that of the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the pointer came from `alloc` above, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn peak_of(work: impl FnOnce()) -> usize {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    work();
    PEAK.load(Ordering::Relaxed) - before
}

#[test]
fn hostile_texts_take_less_than_eight_megabytes() {
    // The patterns are compiled once for the process.
    for mode in Mode::all() {
        let _ = (mode.compare("1/2 cm", "$x$ 2 and 3"), mode.extract("the answer is 答案是 1/2"));
    }
    let texts = [
        "7".repeat(1_000_000),
        "9^9^9^9".to_owned(),
        "9^{9^{9^{9}}}".to_owned(),
        "1E999999999".to_owned(),
        "99999!".to_owned(),
        format!("{}1{}", "(".repeat(30_000), ")".repeat(30_000)),
        format!("{}1", "\\frac{".repeat(300)),
        "$a$ ".repeat(250_000),
        "\\boxed{1}, ".repeat(90_000),
        "answer 1 ".repeat(110_000),
        "(a+b+c+d+f+g+h+k)^{12}(a-b-c-d)^{12}".to_owned(),
        "\\sqrt{".repeat(40) + "x" + &"}".repeat(40),
        "x+".repeat(900) + "y",
        "1,".repeat(990) + "1",
        "\\{".repeat(900),
    ];
    for text in &texts {
        let peak = peak_of(|| {
            let _ = compare("8", text);
            let _ = compare(text, "x^2+1");
        });
        assert!(peak <= MOST_BYTES, "compare: {peak} bytes for {text:.40}");
        let peak = peak_of(|| drop(extract(text)));
        assert!(peak <= MOST_BYTES, "extract: {peak} bytes for {text:.40}");
    }
}
