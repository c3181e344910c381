//! Hostile input takes little memory. Alone in its file: the counter sees every thread of the process.

mod support;

use evalscope_math::Mode;
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
