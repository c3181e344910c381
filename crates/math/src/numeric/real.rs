//! Real numbers of fixed precision.

use super::lost::{Lost, Valued};
use dashu_base::Sign;
use dashu_float::round::mode::HalfEven;
use dashu_float::{ConstCache, Context, FBig, Repr};
use num_bigint::{BigInt, BigUint, Sign as WholeSign};
use num_rational::BigRational;
use num_traits::Signed;
use std::cell::RefCell;
use std::cmp::Ordering;

/// Bits of a number. Rounding errors of long formulas stay far below the 100 bits that are compared.
const PRECISION: usize = 160;

/// Numbers beyond 2 to this power, either way, come from hostile powers.
const LARGEST_EXPONENT: isize = 4_096;

/// An angle beyond 2 to this power may be off by so much, as only the leading bits of numbers are kept, that its sine is
/// not known to the digits that are compared.
const LARGEST_ANGLE: isize = 50;

/// A number so near to a whole one, 2 to the minus this, is taken for it when it is rounded down: the rest comes from
/// rounding errors.
const NEARLY_WHOLE: isize = 120;

type Float = FBig<HalfEven, 2>;
type Outcome = Result<dashu_float::round::Rounded<Float>, dashu_float::FpError>;

thread_local! {
    /// π and ln 2, computed once.
    static CONSTANTS: RefCell<ConstCache> = const { RefCell::new(ConstCache::new()) };
}

const CONTEXT: Context<HalfEven> = Context::new(PRECISION);

/// A real number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Real(Float);

fn finite(outcome: Outcome) -> Valued<Real> {
    let value = outcome.map_err(|_| Lost::NoValue)?.value();
    let repr = value.repr();
    if repr.is_infinite() {
        return Err(Lost::NoValue);
    }
    if repr.significand().is_zero() {
        return Ok(Real(value));
    }
    match repr.exponent().checked_add_unsigned(repr.digits()) {
        Some(magnitude) if magnitude.abs() <= LARGEST_EXPONENT => Ok(Real(value)),
        Some(magnitude) if magnitude < 0 => Err(Lost::Tiny),
        Some(_) if repr.sign() == Sign::Positive => Err(Lost::Huge),
        _ => Err(Lost::Unknown),
    }
}

fn with_constants(compute: impl FnOnce(&mut ConstCache) -> Outcome) -> Valued<Real> {
    CONSTANTS.with_borrow_mut(|constants| finite(compute(constants)))
}

impl Real {
    pub(crate) fn zero() -> Real {
        Real(Float::from_repr(Repr::zero(), CONTEXT))
    }

    pub(crate) fn whole(value: i64) -> Real {
        let sign = if value < 0 { Sign::Negative } else { Sign::Positive };
        Real(Float::from_repr(Repr::new_const(sign, u128::from(value.unsigned_abs()), 0), CONTEXT))
    }

    pub(crate) fn pi() -> Valued<Real> {
        with_constants(|constants| Ok(CONTEXT.pi(Some(constants))))
    }

    pub(crate) fn of(value: &BigRational) -> Valued<Real> {
        let quotient = natural(value.numer().magnitude())?.over(&natural(value.denom().magnitude())?)?;
        Ok(if value.is_negative() { quotient.negated() } else { quotient })
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.0.repr().significand().is_zero()
    }

    pub(crate) fn is_negative(&self) -> bool {
        !self.is_zero() && self.0.repr().sign() == Sign::Negative
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.is_zero() || self.0.repr().is_int()
    }

    pub(crate) fn negated(&self) -> Real {
        Real(-self.0.clone())
    }

    pub(crate) fn magnitude(&self) -> Real {
        if self.is_negative() { self.negated() } else { self.clone() }
    }

    pub(crate) fn plus(&self, other: &Real) -> Valued<Real> {
        finite(CONTEXT.add(self.0.repr(), other.0.repr()))
    }

    pub(crate) fn minus(&self, other: &Real) -> Valued<Real> {
        finite(CONTEXT.sub(self.0.repr(), other.0.repr()))
    }

    pub(crate) fn times(&self, other: &Real) -> Valued<Real> {
        finite(CONTEXT.mul(self.0.repr(), other.0.repr()))
    }

    pub(crate) fn over(&self, other: &Real) -> Valued<Real> {
        if other.is_zero() { Err(Lost::NoValue) } else { finite(CONTEXT.div(self.0.repr(), other.0.repr())) }
    }

    pub(crate) fn halved(&self) -> Valued<Real> {
        self.over(&Real::whole(2))
    }

    pub(crate) fn sqrt(&self) -> Valued<Real> {
        if self.is_negative() { Err(Lost::NoValue) } else { finite(CONTEXT.sqrt(self.0.repr())) }
    }

    pub(crate) fn exp(&self) -> Valued<Real> {
        let most = Real::whole(LARGEST_EXPONENT as i64);
        match () {
            () if *self >= most => Err(Lost::Huge),
            () if *self <= most.negated() => Err(Lost::Tiny),
            () => with_constants(|constants| CONTEXT.exp(self.0.repr(), Some(constants))),
        }
    }

    pub(crate) fn ln(&self) -> Valued<Real> {
        let is_positive = !self.is_zero() && !self.is_negative();
        if is_positive {
            with_constants(|constants| CONTEXT.ln(self.0.repr(), Some(constants)))
        } else {
            Err(Lost::NoValue)
        }
    }

    pub(crate) fn sin(&self) -> Valued<Real> {
        self.as_angle()?;
        with_constants(|constants| CONTEXT.sin(self.0.repr(), Some(constants)))
    }

    pub(crate) fn cos(&self) -> Valued<Real> {
        self.as_angle()?;
        with_constants(|constants| CONTEXT.cos(self.0.repr(), Some(constants)))
    }

    /// Fails when it is too large for what is left of it behind whole turns to be known.
    fn as_angle(&self) -> Valued<()> {
        let repr = self.0.repr();
        let is_known =
            self.is_zero() || repr.exponent().saturating_add_unsigned(repr.digits()) <= LARGEST_ANGLE;
        if is_known { Ok(()) } else { Err(Lost::Unknown) }
    }

    pub(crate) fn arctan(&self) -> Valued<Real> {
        with_constants(|constants| CONTEXT.atan(self.0.repr(), Some(constants)))
    }

    /// The angle of the point with this height and that width.
    pub(crate) fn angle(&self, width: &Real) -> Valued<Real> {
        if self.is_zero() && width.is_zero() {
            return Err(Lost::NoValue);
        }
        with_constants(|constants| CONTEXT.atan2(self.0.repr(), width.0.repr(), Some(constants)))
    }

    pub(crate) fn floor(&self) -> Valued<Real> {
        self.stepped(Real(self.0.floor()))
    }

    pub(crate) fn ceiling(&self) -> Valued<Real> {
        self.stepped(Real(self.0.ceil()))
    }

    /// The whole number beside it, unless it is as good as whole itself.
    fn stepped(&self, beside: Real) -> Valued<Real> {
        let nearest = Real(self.0.round());
        let distance = self.minus(&nearest)?.magnitude();
        let bound = Real::whole(1).shifted_down(NEARLY_WHOLE)?;
        Ok(if distance <= bound { nearest } else { beside })
    }

    /// The nearest number of 53 bits, as floating-point numbers have.
    pub(crate) fn in_53_bits(&self) -> Valued<Real> {
        finite(Ok(self.0.clone().with_precision(53)))
            .map(|Real(value)| Real(Float::from_repr(value.into_repr(), CONTEXT)))
    }

    /// The whole number that it is, if it is a small one.
    pub(crate) fn as_small(&self) -> Option<i64> {
        let value = self.0.to_f64().value();
        (self.is_whole() && value.abs() < 1e15).then_some(value as i64)
    }

    /// The value as a fraction with a power of two below.
    pub(crate) fn as_rational(&self) -> Option<BigRational> {
        let (digits, exponent) = self.0.clone().into_repr().into_parts();
        let (sign, digits) = digits.into_parts();
        let sign = if sign == Sign::Negative { WholeSign::Minus } else { WholeSign::Plus };
        let digits = BigInt::from_bytes_le(sign, &digits.to_le_bytes());
        let power = BigInt::from(1) << u32::try_from(exponent.unsigned_abs()).ok()?;
        Some(match exponent {
            0.. => BigRational::from_integer(digits * power),
            // In lowest terms as it is.
            _ if digits.bit(0) => BigRational::new_raw(digits, power),
            _ => BigRational::new(digits, power),
        })
    }

    /// The number times 2 to the power of `-bits`.
    pub(crate) fn shifted_down(&self, bits: isize) -> Valued<Real> {
        let unit = Float::from_repr(Repr::new_const(Sign::Positive, 1, -bits), CONTEXT);
        finite(CONTEXT.mul(self.0.repr(), unit.repr()))
    }
}

impl PartialOrd for Real {
    fn partial_cmp(&self, other: &Real) -> Option<Ordering> {
        self.0.partial_cmp(&other.0)
    }
}

/// The leading 256 bits of a natural number are more than is kept.
fn natural(value: &BigUint) -> Valued<Real> {
    let digits: Vec<u64> = value.iter_u64_digits().collect();
    let mut sum = Real::zero();
    for (index, digit) in digits.iter().enumerate().rev().take(4) {
        let shift = isize::try_from(index * 64).map_err(|_| Lost::Unknown)?;
        let part = Repr::new_const(Sign::Positive, u128::from(*digit), shift);
        sum = finite(CONTEXT.add(sum.0.repr(), &part))?;
    }
    Ok(sum)
}

/// A whole number of any size as a real one.
pub(super) fn whole(value: &BigInt) -> Valued<Real> {
    let natural = natural(value.magnitude())?;
    Ok(if value.sign() == WholeSign::Minus { natural.negated() } else { natural })
}
