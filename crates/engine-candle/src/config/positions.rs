//! How positions turn heads: the frequencies, and the ways to stretch them for longer contexts.
//!
//! The formulas are those of transformers 5 (`modeling_rope_utils`).

use super::json::Json;
use super::{MAX_CONTEXT, RotationConfig};
use crate::gguf::{Fault, nonsense};
use std::f64::consts::PI;

/// Frequencies for heads of which `rotated` dimensions turn.
pub(super) fn plain_frequencies(rotated: usize, base: f64) -> Vec<f64> {
    (0..rotated / 2).map(|pair| 1.0 / libm::pow(base, 2.0 * pair as f64 / rotated as f64)).collect()
}

/// A rotation and the context that it is for, when that is shorter than the model's own.
pub(super) struct Positions {
    pub(super) rotation: RotationConfig,
    pub(super) context: Option<usize>,
}

/// What the stretching of positions starts from.
pub(super) struct Plain {
    pub(super) rotated: usize,
    pub(super) base: f64,
    /// Tokens that the model says it can take.
    pub(super) context: usize,
}

/// The rotation that a stretching (`rope_scaling` or `rope_parameters`) asks for.
pub(super) fn stretched(
    plain: &Plain,
    scaling: Option<Json<'_>>,
    config: Json<'_>,
) -> Result<Positions, Fault> {
    let frequencies = plain_frequencies(plain.rotated, plain.base);
    let as_is =
        |frequencies| Positions { rotation: RotationConfig { frequencies, factor: 1.0 }, context: None };
    let Some(scaling) = scaling else { return Ok(as_is(frequencies)) };
    match scaling.text(&["rope_type", "type"])?.unwrap_or("default") {
        "default" | "none" => Ok(as_is(frequencies)),
        "linear" => {
            let factor = factor(scaling)?;
            Ok(as_is(frequencies.into_iter().map(|frequency| frequency / factor).collect()))
        }
        // It changes nothing up to the length that the model was trained with.
        "dynamic" => Ok(as_is(frequencies)),
        "llama3" => Ok(as_is(llama3(scaling, frequencies)?)),
        "yarn" => yarn(plain, scaling, frequencies),
        "longrope" | "su" => longrope(plain, scaling, config, frequencies),
        other => Err(Fault::Unknown(format!("the position scaling `{other}`"))),
    }
}

fn factor(scaling: Json<'_>) -> Result<f64, Fault> {
    match scaling.number(&["factor"])? {
        Some(factor) if factor > 0.0 => Ok(factor),
        _ => nonsense("a position scaling without a positive `factor`"),
    }
}

fn original_context(scaling: Json<'_>) -> Result<Option<usize>, Fault> {
    scaling.count(&["original_max_position_embeddings"], MAX_CONTEXT)
}

/// Slow turns are stretched, fast ones not, and those between a part of it.
fn llama3(scaling: Json<'_>, frequencies: Vec<f64>) -> Result<Vec<f64>, Fault> {
    let factor = factor(scaling)?;
    let low = scaling.number(&["low_freq_factor"])?.unwrap_or(1.0);
    let high = scaling.number(&["high_freq_factor"])?.unwrap_or(4.0);
    let Some(original) = original_context(scaling)? else {
        return nonsense("`original_max_position_embeddings` is missing");
    };
    let original = original as f64;
    let stretch = |frequency: f64| {
        let wave = 2.0 * PI / frequency;
        if wave < original / high {
            frequency
        } else if wave > original / low {
            frequency / factor
        } else {
            let smooth = (original / wave - low) / (high - low);
            (1.0 - smooth) * frequency / factor + smooth * frequency
        }
    };
    Ok(frequencies.into_iter().map(stretch).collect())
}

fn yarn(plain: &Plain, scaling: Json<'_>, frequencies: Vec<f64>) -> Result<Positions, Fault> {
    let factor = factor(scaling)?;
    let original = original_context(scaling)?.unwrap_or(plain.context) as f64;
    let fast = scaling.number(&["beta_fast"])?.unwrap_or(32.0);
    let slow = scaling.number(&["beta_slow"])?.unwrap_or(1.0);
    let rotated = plain.rotated as f64;
    let border =
        |turns: f64| rotated * libm::log(original / (turns * 2.0 * PI)) / (2.0 * libm::log(plain.base));
    // As transformers: to whole pairs, unless the model says otherwise.
    let (low, high) = match !scaling.has("truncate") || scaling.flag("truncate")? {
        true => (libm::floor(border(fast)), libm::ceil(border(slow))),
        false => (border(fast), border(slow)),
    };
    let (low, high) = (low.max(0.0), high.min(rotated - 1.0));
    let high = if low == high { high + 0.001 } else { high };
    let stretch = |(pair, frequency): (usize, f64)| {
        let ramp = ((pair as f64 - low) / (high - low)).clamp(0.0, 1.0);
        frequency / factor * ramp + frequency * (1.0 - ramp)
    };
    let frequencies = frequencies.into_iter().enumerate().map(stretch).collect();
    let warmth = |scale: f64| if factor <= 1.0 { 1.0 } else { 0.1 * scale * libm::log(factor) + 1.0 };
    let scales = (scaling.number(&["mscale"])?, scaling.number(&["mscale_all_dim"])?);
    let of_scales = match scales {
        (Some(one), Some(all)) => warmth(one) / warmth(all),
        _ => warmth(1.0),
    };
    let factor = scaling.number(&["attention_factor"])?.unwrap_or(of_scales);
    Ok(Positions { rotation: RotationConfig { frequencies, factor }, context: None })
}

/// Each frequency has a divisor of its own. The divisors for long texts would change what short ones give as soon
/// as a sequence grows beyond the original context, so the original context is what the model takes.
fn longrope(
    plain: &Plain,
    scaling: Json<'_>,
    config: Json<'_>,
    frequencies: Vec<f64>,
) -> Result<Positions, Fault> {
    let Some(short) = scaling.numbers("short_factor")? else { return nonsense("`short_factor` is missing") };
    if short.len() != frequencies.len() {
        return nonsense(format!("{} short factors for {} frequencies", short.len(), frequencies.len()));
    }
    let original = match original_context(config)? {
        Some(original) => Some(original),
        None => original_context(scaling)?,
    };
    let original = original.unwrap_or(plain.context);
    let stretch = plain.context as f64 / original as f64;
    let stretch = scaling.number(&["factor"])?.unwrap_or(stretch);
    let factor = match scaling.number(&["attention_factor"])? {
        Some(factor) => factor,
        None if stretch <= 1.0 => 1.0,
        None => (1.0 + libm::log(stretch) / libm::log(original as f64)).sqrt(),
    };
    let frequencies = frequencies.iter().zip(short).map(|(frequency, short)| frequency / short).collect();
    Ok(Positions {
        rotation: RotationConfig { frequencies, factor },
        context: Some(original.min(plain.context)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn frequencies(truncate: Value) -> Vec<f64> {
        let plain = Plain { rotated: 16, base: 10_000.0, context: 4096 };
        let scaling = json!({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 1024,
                             "truncate": truncate});
        let scaling = Json(scaling.as_object().unwrap());
        stretched(&plain, Some(scaling), scaling).ok().unwrap().rotation.frequencies
    }

    #[test]
    fn the_borders_of_yarn_are_whole_pairs_unless_the_model_says_otherwise() {
        // Printed by `_compute_yarn_parameters` of transformers 5.24.0, run in 64 bits.
        let whole =
            [1.0, 0.316227766, 0.08125, 0.0197642354, 0.004375, 0.000790569415, 0.00025, 7.90569415e-5];
        let between = [
            1.0,
            0.316227766,
            0.0853986366,
            0.0191267758,
            0.00355697152,
            0.000790569415,
            0.00025,
            7.90569415e-5,
        ];
        for (truncate, expected) in [(Value::Null, whole), (json!(true), whole), (json!(false), between)] {
            let got = frequencies(truncate.clone());
            let is_near = |(got, expected): (&f64, &f64)| (got / expected - 1.0).abs() < 1e-8;
            assert!(got.len() == 8 && got.iter().zip(&expected).all(is_near), "{truncate}: {got:?}");
        }
    }
}
