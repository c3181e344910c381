//! Benchmarks as data: their files, prompts, shots, and the pure logic that asks for effects.
