//! What stands between the matrices of the feed-forward part: a gate, or a function of each number.

use super::exponential::exp;
use super::instruction_set::{InstructionSet, for_each_instruction_set};

/// The function of the gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// `x · sigmoid(x)`.
    Silu,
    /// `x · (1 + tanh(√(2/π) · (x + 0.044715 · x³))) / 2`.
    GeluTanh,
}

/// The function of a feed-forward part without gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// `x · (1 + erf(x/√2)) / 2`.
    Gelu,
    /// The same by a hyperbolic tangent, as [`Gate::GeluTanh`].
    GeluTanh,
    /// `max(x, 0)`.
    Relu,
}

/// √(2/π), twice: `(1 + tanh(y)) / 2` is the sigmoid of `2y`.
const TWICE_ROOT: f32 = 1.595_769;
const CUBE: f32 = 0.044_715;

#[inline(always)]
fn gated_silu_body(row: &[f32], out: &mut [f32]) {
    let (gates, ups) = row.split_at(out.len());
    for ((out, gate), up) in out.iter_mut().zip(gates).zip(ups) {
        *out = *gate / (1.0 + exp(-*gate)) * *up;
    }
}

#[inline(always)]
fn gated_gelu_body(row: &[f32], out: &mut [f32]) {
    let (gates, ups) = row.split_at(out.len());
    for ((out, gate), up) in out.iter_mut().zip(gates).zip(ups) {
        let inner = TWICE_ROOT * (*gate + CUBE * (*gate * *gate * *gate));
        *out = *gate / (1.0 + exp(-inner)) * *up;
    }
}

for_each_instruction_set! {
    fn gated_silu(row: &[f32], out: &mut [f32]) = gated_silu_body
}

for_each_instruction_set! {
    fn gated_gelu(row: &[f32], out: &mut [f32]) = gated_gelu_body
}

/// Writes `function(gate) · up` for a row that holds the gates first and then as many ups.
pub(crate) fn gated(set: InstructionSet, gate: Gate, row: &[f32], out: &mut [f32]) {
    match gate {
        Gate::Silu => gated_silu(set, row, out),
        Gate::GeluTanh => gated_gelu(set, row, out),
    }
}

/// Replaces each number by its function.
pub(crate) fn activate(function: Activation, row: &mut [f32]) {
    let of = |x: f32| match function {
        Activation::Gelu => {
            let x = f64::from(x);
            (x * 0.5 * (1.0 + libm::erf(x * std::f64::consts::FRAC_1_SQRT_2))) as f32
        }
        Activation::GeluTanh => x / (1.0 + exp(-(TWICE_ROOT * (x + CUBE * (x * x * x))))),
        Activation::Relu => x.max(0.0),
    };
    row.iter_mut().for_each(|value| *value = of(*value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let row: Vec<f32> = (0..200).map(|i| (i as f32 - 100.0) * 0.37).collect();
        for gate in [Gate::Silu, Gate::GeluTanh] {
            let run = |set| {
                let mut out = vec![0.0; 100];
                gated(set, gate, &row, &mut out);
                out.iter().map(|value| value.to_bits()).collect::<Vec<_>>()
            };
            let first = run(InstructionSet::Baseline);
            for set in InstructionSet::available() {
                assert_eq!(run(set), first, "{set:?} {gate:?}");
            }
        }
    }

    #[test]
    fn the_approximation_of_gelu_is_that_of_64_bits() {
        for step in -40..40 {
            let x = f64::from(step) * 0.2;
            let exact = x
                * (1.0 + libm::tanh((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x * x * x)))
                / 2.0;
            let mut out = [0.0];
            gated(InstructionSet::detect(), Gate::GeluTanh, &[x as f32, 1.0], &mut out);
            assert!((f64::from(out[0]) - exact).abs() < 1e-5, "gelu({x}) is {} and not {exact}", out[0]);
        }
    }

    #[test]
    fn functions_without_gates_are_those_of_their_names() {
        let of = |function, x: f32| {
            let mut row = [x];
            activate(function, &mut row);
            row[0]
        };
        assert_eq!((of(Activation::Relu, -2.0), of(Activation::Relu, 3.0)), (0.0, 3.0));
        // Φ(1) and Φ(-1), by the tables.
        assert!((of(Activation::Gelu, 1.0) - 0.841_344_7).abs() < 1e-6);
        assert!((of(Activation::Gelu, -1.0) + 0.158_655_25).abs() < 1e-6);
        let mut gated_one = [0.0];
        gated(InstructionSet::detect(), Gate::GeluTanh, &[0.7, 1.0], &mut gated_one);
        assert!((of(Activation::GeluTanh, 0.7) - gated_one[0]).abs() < 1e-6);
    }
}
