//! Complex numbers, with principal values of roots and logarithms.

use super::lost::{Lost, Valued};
use super::real::Real;

/// Whole powers up to this are multiplied out.
pub(super) const HIGHEST_POWER: u64 = 4_096;

/// A complex number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Complex {
    pub(crate) real: Real,
    pub(crate) imaginary: Real,
}

impl Complex {
    pub(crate) fn of(real: Real) -> Complex {
        Complex { real, imaginary: Real::zero() }
    }

    pub(crate) fn whole(value: i64) -> Complex {
        Complex::of(Real::whole(value))
    }

    /// The root of −1.
    pub(crate) fn unit() -> Complex {
        Complex { real: Real::zero(), imaginary: Real::whole(1) }
    }

    /// The real number that it is.
    pub(crate) fn as_real(&self) -> Option<&Real> {
        self.imaginary.is_zero().then_some(&self.real)
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.real.is_zero() && self.imaginary.is_zero()
    }

    pub(crate) fn plus(&self, other: &Complex) -> Valued<Complex> {
        Ok(Complex { real: self.real.plus(&other.real)?, imaginary: self.imaginary.plus(&other.imaginary)? })
    }

    pub(crate) fn minus(&self, other: &Complex) -> Valued<Complex> {
        Ok(Complex {
            real: self.real.minus(&other.real)?,
            imaginary: self.imaginary.minus(&other.imaginary)?,
        })
    }

    pub(crate) fn times(&self, other: &Complex) -> Valued<Complex> {
        if let (Some(left), Some(right)) = (self.as_real(), other.as_real()) {
            return Ok(Complex::of(left.times(right)?));
        }
        self.times_complex(other).map_err(Lost::on_the_way)
    }

    fn times_complex(&self, other: &Complex) -> Valued<Complex> {
        let across = self.imaginary.times(&other.imaginary)?;
        let real = self.real.times(&other.real)?.minus(&across)?;
        let imaginary = self.real.times(&other.imaginary)?.plus(&self.imaginary.times(&other.real)?)?;
        Ok(Complex { real, imaginary })
    }

    pub(crate) fn inverted(&self) -> Valued<Complex> {
        if let Some(real) = self.as_real() {
            return Ok(Complex::of(Real::whole(1).over(real)?));
        }
        let size = self.square()?;
        let imaginary = self.imaginary.over(&size)?.negated();
        Ok(Complex { real: self.real.over(&size)?, imaginary })
    }

    /// The square of its distance from zero.
    fn square(&self) -> Valued<Real> {
        let (real, imaginary) = (self.real.times(&self.real), self.imaginary.times(&self.imaginary));
        real.and_then(|real| real.plus(&imaginary?)).map_err(Lost::on_the_way)
    }

    /// Its distance from zero.
    pub(crate) fn magnitude(&self) -> Valued<Real> {
        if let Some(real) = self.as_real() {
            return Ok(real.magnitude());
        }
        self.square()?.sqrt()
    }

    pub(crate) fn exp(&self) -> Valued<Complex> {
        if let Some(real) = self.as_real() {
            return Ok(Complex::of(real.exp()?));
        }
        let size = self.real.exp().map_err(Lost::on_the_way)?;
        let (real, imaginary) = (self.imaginary.cos()?.times(&size)?, self.imaginary.sin()?.times(&size)?);
        Ok(Complex { real, imaginary })
    }

    pub(crate) fn ln(&self) -> Valued<Complex> {
        let imaginary = match self.as_real() {
            Some(real) if !real.is_negative() => Real::zero(),
            Some(_) => Real::pi()?,
            None => self.imaginary.angle(&self.real)?,
        };
        Ok(Complex { real: self.magnitude()?.ln()?, imaginary })
    }

    pub(crate) fn sqrt(&self) -> Valued<Complex> {
        if let Some(real) = self.as_real() {
            let root = real.magnitude().sqrt()?;
            return Ok(if real.is_negative() {
                Complex { real: Real::zero(), imaginary: root }
            } else {
                Complex::of(root)
            });
        }
        let size = self.magnitude()?;
        let real = size.plus(&self.real)?.halved()?.sqrt()?;
        let imaginary = size.minus(&self.real)?.halved()?.sqrt()?;
        let is_below = self.imaginary.is_negative();
        Ok(Complex { real, imaginary: if is_below { imaginary.negated() } else { imaginary } })
    }

    pub(crate) fn raised(&self, exponent: &Complex) -> Valued<Complex> {
        let whole = exponent.as_real().and_then(Real::as_small);
        if let Some(whole) = whole.filter(|whole| whole.unsigned_abs() <= HIGHEST_POWER) {
            let is_positive = self.as_real().is_some_and(|base| !base.is_negative());
            let raised = self.raised_whole(whole);
            return if is_positive { raised } else { raised.map_err(Lost::on_the_way) };
        }
        if self.is_zero() {
            let is_positive = exponent.as_real().is_some_and(|real| !real.is_negative());
            return if is_positive { Ok(Complex::whole(0)) } else { Err(Lost::NoValue) };
        }
        self.ln()?.times(exponent)?.exp()
    }

    fn raised_whole(&self, exponent: i64) -> Valued<Complex> {
        let mut base = if exponent < 0 { self.inverted()? } else { self.clone() };
        let mut left = exponent.unsigned_abs();
        let mut product = Complex::whole(1);
        while left > 0 {
            if left % 2 == 1 {
                product = product.times(&base)?;
            }
            left /= 2;
            if left > 0 {
                base = base.times(&base)?;
            }
        }
        Ok(product)
    }
}
