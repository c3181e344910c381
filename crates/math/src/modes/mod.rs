//! How other programs compare answers as texts.

pub(crate) mod evalscope_0_5;
pub(crate) mod gsm8k;
pub(crate) mod hendrycks;
mod lewkowycz;
pub(crate) mod minerva;
pub(crate) mod opencompass;
mod sympy;
