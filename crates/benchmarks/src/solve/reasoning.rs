//! Reasoning that stands before the answer in a reply.

/// Where the answer begins in a reply whose reasoning stands before it in `<think>` tags.
pub(super) fn after_reasoning(reply: &str) -> usize {
    const END: &str = "</think>";
    reply.rfind(END).map_or(0, |at| at + END.len())
}
