//! Reasoning that stands before the answer in a reply.

/// Where the answer begins in a reply whose reasoning stands before it in `<think>` tags.
pub(super) fn after_reasoning(reply: &str) -> usize {
    const END: &str = "</think>";
    // Most replies have none, and looking for it from the start is faster.
    if !reply.contains(END) {
        return 0;
    }
    reply.rfind(END).map_or(0, |at| at + END.len())
}
