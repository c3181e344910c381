//! What this machine could do at most: reading memory, and multiplying and adding.

use super::{InstructionSet, for_each_instruction_set};
use rayon::prelude::*;
use std::hint::black_box;
use std::time::Instant;

/// Numbers that each thread reads: more than caches hold.
const READ: usize = 48 << 20;
/// Sums that a thread keeps at once: they hide how long an operation takes, and fit into the registers of any instruction
/// set.
const SUMS: usize = LANES * VECTORS;
const LANES: usize = 16;
const VECTORS: usize = 7;
/// Rounds of sums; some tenths of a second.
const ROUNDS: usize = 8 << 20;
/// Times that each is tried. The best counts: others may use the machine.
const TRIES: usize = 3;

/// What this machine could do at most.
#[derive(Debug, Clone, Copy)]
pub struct MachineLimits {
    /// Bytes of memory read in a second by all threads.
    pub read_bytes_per_s: f64,
    /// Multiplications and additions of 32-bit floats in a second by all threads, both counted.
    pub flops: f64,
}

/// Measures with the threads of the pool that it runs in.
pub(crate) fn measure() -> MachineLimits {
    let threads = rayon::current_num_threads();
    let memory: Vec<Vec<f32>> = (0..threads).into_par_iter().map(|_| vec![1.0; READ / threads]).collect();
    let bytes = memory.iter().map(|part| size_of_val(part.as_slice())).sum::<usize>() as f64;
    let set = InstructionSet::detect();
    let best = |work: &(dyn Fn() + Sync), amount: f64| {
        let rate = |_| {
            let begun = Instant::now();
            work();
            amount / begun.elapsed().as_secs_f64()
        };
        (0..TRIES).map(rate).fold(0.0, f64::max)
    };
    let read = || {
        memory.par_iter().for_each(|part| {
            let mut sum = [0.0; SUMS];
            add_up(set, part, &mut sum);
            black_box(sum);
        });
    };
    let compute = || {
        (0..threads).into_par_iter().for_each(|_| {
            let mut sums = black_box([1.0; SUMS]);
            multiply_add(set, &mut sums, black_box(0.999_999), black_box(1e-6));
            black_box(sums);
        });
    };
    let flops = 2.0 * (SUMS * ROUNDS / set.slowness() * threads) as f64;
    MachineLimits { read_bytes_per_s: best(&read, bytes), flops: best(&compute, flops) }
}

impl InstructionSet {
    /// Fused multiply-adds in software take a hundred times as long.
    fn slowness(self) -> usize {
        match self {
            InstructionSet::Baseline if cfg!(target_arch = "x86_64") => 100,
            _ => 1,
        }
    }
}

#[inline(always)]
fn add_up_body(part: &[f32], sums: &mut [f32; SUMS]) {
    let mut vectors = [[0.0; LANES]; VECTORS];
    for chunk in part.as_chunks::<LANES>().0.as_chunks::<VECTORS>().0 {
        for (vector, numbers) in vectors.iter_mut().zip(chunk) {
            for (sum, number) in vector.iter_mut().zip(numbers) {
                *sum += number;
            }
        }
    }
    sums.copy_from_slice(vectors.as_flattened());
}

for_each_instruction_set! {
    /// Adds all numbers up, each into one of the sums.
    fn add_up(part: &[f32], sums: &mut [f32; SUMS]) = add_up_body
}

#[inline(always)]
fn multiply_add_body(sums: &mut [f32; SUMS], factor: f32, addend: f32) {
    // The number of rounds is the same for all instruction sets but the slowest.
    let rounds = ROUNDS / InstructionSet::detect().slowness();
    let mut vectors = [[0.0; LANES]; VECTORS];
    vectors.as_flattened_mut().copy_from_slice(sums);
    // Arrays of a vector's length, each a variable of its own: so the compiler keeps them in registers. An array of them
    // it may gather from memory, at a thirtieth of the speed.
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g] = vectors;
    let step = |vector: &mut [f32; LANES]| {
        for sum in vector {
            *sum = sum.mul_add(factor, addend);
        }
    };
    for _ in 0..rounds {
        step(&mut a);
        step(&mut b);
        step(&mut c);
        step(&mut d);
        step(&mut e);
        step(&mut f);
        step(&mut g);
    }
    sums.copy_from_slice([a, b, c, d, e, f, g].as_flattened());
}

for_each_instruction_set! {
    /// Multiplies and adds to each sum again and again.
    fn multiply_add(sums: &mut [f32; SUMS], factor: f32, addend: f32) = multiply_add_body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_all_that_was_read() {
        let numbers: Vec<f32> = (0..SUMS as u16 * 3).map(f32::from).collect();
        let mut sums = [0.0; SUMS];
        add_up(InstructionSet::detect(), &numbers, &mut sums);
        assert_eq!(sums.iter().sum::<f32>(), numbers.iter().sum::<f32>());
    }
}
