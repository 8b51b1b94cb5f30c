//! Functions of one variable: what a look-up table is made from.

use std::rc::Rc;

/// What the greatest of floats may differ by from itself, since it is computed by differences.
const TINY: f64 = 1e-9;

/// A function of one real variable. Evaluated with `libm`, so that tables are the same on every platform.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Function {
    /// The variable.
    Variable,
    /// A constant.
    Constant(f64),
    /// A function of a function.
    Unary(Unary, Rc<Function>),
    /// Two functions of the same variable, combined.
    Binary(Binary, Rc<Function>, Rc<Function>),
    /// The second function where the first is not zero, else the third.
    Choice(Rc<[Function; 3]>),
}

/// The elementary functions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unary {
    Abs,
    Acos,
    Acosh,
    Asin,
    Asinh,
    Atan,
    Atanh,
    Ceil,
    Celu(f64),
    Clip(f64, f64),
    Cos,
    Cosh,
    Elu(f64),
    Erf,
    Exp,
    Floor,
    HardSigmoid(f64, f64),
    /// 1 above zero, else 0.
    IsPositive,
    /// 1 for the whole number zero, else 0.
    IsZero,
    /// 1 for a difference of equal values, in which floats leave a trace, else 0.
    IsTiny,
    LeakyRelu(f64),
    Log,
    Negate,
    Reciprocal,
    Round,
    Selu(f64, f64),
    /// Zero within the first number of zero; beyond it, the second number nearer to zero.
    Shrink(f64, f64),
    Sigmoid,
    Sign,
    Sin,
    Sinh,
    Softplus,
    Softsign,
    Sqrt,
    Tan,
    Tanh,
    /// Zero up to a bound, the argument above it.
    Threshold(f64),
    Truncate,
}

/// The ways to combine two functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    /// The remainder with the divisor's sign.
    Modulo,
    /// The remainder with the dividend's sign.
    Remainder,
}

impl Unary {
    /// Rectified linear: a clip from below.
    pub(super) const RELU: Self = Self::Clip(0.0, f64::INFINITY);

    /// The value at `x`.
    pub(super) fn apply(self, x: f64) -> f64 {
        match self {
            Self::Abs => x.abs(),
            Self::Acos => libm::acos(x),
            Self::Acosh => libm::acosh(x),
            Self::Asin => libm::asin(x),
            Self::Asinh => libm::asinh(x),
            Self::Atan => libm::atan(x),
            Self::Atanh => libm::atanh(x),
            Self::Ceil => x.ceil(),
            Self::Celu(alpha) => x.max(0.0) + (alpha * libm::expm1(x / alpha)).min(0.0),
            Self::Clip(least, greatest) => x.max(least).min(greatest),
            Self::Cos => libm::cos(x),
            Self::Cosh => libm::cosh(x),
            Self::Elu(alpha) => {
                if x < 0.0 {
                    alpha * libm::expm1(x)
                } else {
                    x
                }
            }
            Self::Erf => libm::erf(x),
            Self::Exp => libm::exp(x),
            Self::Floor => x.floor(),
            Self::HardSigmoid(alpha, beta) => (alpha * x + beta).clamp(0.0, 1.0),
            Self::IsPositive => indicator(x > 0.0),
            Self::IsZero => indicator(x.abs() < 0.5),
            Self::IsTiny => indicator(x.abs() < TINY),
            Self::LeakyRelu(slope) => {
                if x < 0.0 {
                    slope * x
                } else {
                    x
                }
            }
            Self::Log => libm::log(x),
            Self::Negate => -x,
            Self::Reciprocal => 1.0 / x,
            Self::Round => x.round_ties_even(),
            Self::Selu(alpha, gamma) => gamma * if x < 0.0 { alpha * libm::expm1(x) } else { x },
            Self::Shrink(width, bias) if x > width => x - bias,
            Self::Shrink(width, bias) if x < -width => x + bias,
            Self::Shrink(..) => 0.0,
            Self::Sigmoid => 1.0 / (1.0 + libm::exp(-x)),
            Self::Sign if x == 0.0 => 0.0,
            Self::Sign => x.signum(),
            Self::Sin => libm::sin(x),
            Self::Sinh => libm::sinh(x),
            Self::Softplus => x.max(0.0) + libm::log1p(libm::exp(-x.abs())),
            Self::Softsign => x / (1.0 + x.abs()),
            Self::Sqrt => libm::sqrt(x),
            Self::Tan => libm::tan(x),
            Self::Tanh => libm::tanh(x),
            Self::Threshold(bound) if x > bound => x,
            Self::Threshold(_) => 0.0,
            Self::Truncate => x.trunc(),
        }
    }

    fn is_nonnegative(self) -> bool {
        match self {
            Self::Abs
            | Self::Acos
            | Self::Cosh
            | Self::Exp
            | Self::HardSigmoid(..)
            | Self::IsPositive
            | Self::IsZero
            | Self::IsTiny => true,
            Self::Sigmoid | Self::Softplus | Self::Sqrt => true,
            Self::Threshold(bound) => bound >= 0.0,
            Self::Clip(least, _) => least >= 0.0,
            _ => false,
        }
    }
}

impl Unary {
    /// Whether all values are whole numbers.
    fn is_whole(self) -> bool {
        matches!(
            self,
            Self::Ceil
                | Self::Floor
                | Self::IsPositive
                | Self::IsZero
                | Self::IsTiny
                | Self::Round
                | Self::Sign
                | Self::Truncate
        )
    }

    /// Whether the value jumps somewhere, so that rounding the argument may change it by much.
    fn jumps(self) -> bool {
        match self {
            Self::Shrink(width, bias) => width != bias,
            Self::Threshold(bound) => bound != 0.0,
            _ => self.is_whole(),
        }
    }

    /// A number of which every argument `x` with a jump at `a x + b` is a multiple; nothing if there is none, or if it is zero.
    fn unit_of_jumps(self, (a, b): (f64, f64)) -> Option<f64> {
        let unit = match self {
            Self::Round if b == 0.0 => 0.5 / a,
            Self::Ceil | Self::Floor | Self::Truncate if b == 0.0 => 1.0 / a,
            Self::IsPositive => b / a,
            Self::Threshold(bound) => (bound - b) / a,
            Self::Shrink(width, _) if b == 0.0 => width / a,
            _ => return None,
        };
        Some(unit.abs()).filter(|&unit| unit > 0.0 && unit.is_finite())
    }
}

fn indicator(truth: bool) -> f64 {
    f64::from(u8::from(truth))
}

impl Binary {
    /// The value at a pair.
    pub(super) fn apply(self, x: f64, y: f64) -> f64 {
        match self {
            Self::Add => x + y,
            Self::Subtract => x - y,
            Self::Multiply => x * y,
            Self::Divide => x / y,
            Self::Power => libm::pow(x, y),
            Self::Modulo => x - (x / y).floor() * y,
            Self::Remainder => libm::fmod(x, y),
        }
    }
}

impl Function {
    /// `x -> unary(self(x))`.
    pub(super) fn then(&self, unary: Unary) -> Self {
        match (unary, self) {
            (Unary::Clip(a, b), Self::Unary(Unary::Clip(c, d), inner)) if c.max(a) <= d.min(b) => {
                Self::Unary(Unary::Clip(a.max(*c), b.min(*d)), Rc::clone(inner))
            }
            _ => Self::Unary(unary, Rc::new(self.clone())),
        }
    }

    /// `x -> self(x) (binary) other(x)`.
    pub(super) fn combine(&self, binary: Binary, other: &Self) -> Self {
        Self::Binary(binary, Rc::new(self.clone()), Rc::new(other.clone()))
    }

    /// The value at `x`. What is a NaN anywhere inside is one: a clip of it, or a power, is no number either.
    pub(super) fn evaluate(&self, x: f64) -> f64 {
        match self {
            Self::Variable => x,
            Self::Constant(value) => *value,
            Self::Unary(unary, inner) => {
                let y = inner.evaluate(x);
                if y.is_nan() { y } else { unary.apply(y) }
            }
            Self::Binary(binary, left, right) => {
                let (y, z) = (left.evaluate(x), right.evaluate(x));
                if y.is_nan() || z.is_nan() { f64::NAN } else { binary.apply(y, z) }
            }
            Self::Choice(parts) => {
                let [condition, yes, no] = &**parts;
                if condition.evaluate(x) == 0.0 { no.evaluate(x) } else { yes.evaluate(x) }
            }
        }
    }

    /// The innermost operator whose value at `x` is not finite, where `x` is.
    pub(super) fn culprit(&self, x: f64) -> Option<String> {
        let (inner, own) = match self {
            Self::Variable | Self::Constant(_) => return None,
            Self::Unary(unary, inner) => (inner.culprit(x), format!("{unary:?}")),
            Self::Binary(binary, left, right) => (left.culprit(x).or_else(|| right.culprit(x)), format!("{binary:?}")),
            Self::Choice(parts) => (parts.iter().find_map(|part| part.culprit(x)), "Where".into()),
        };
        let name = || own.split('(').next().unwrap_or_default().to_owned();
        inner.or_else(|| (x.is_finite() && !self.evaluate(x).is_finite()).then(name))
    }

    /// Whether the function takes another one anywhere.
    pub(super) fn takes(&self, sought: Unary) -> bool {
        match self {
            Self::Variable | Self::Constant(_) => false,
            Self::Unary(unary, inner) => *unary == sought || inner.takes(sought),
            Self::Binary(_, left, right) => left.takes(sought) || right.takes(sought),
            Self::Choice(parts) => parts.iter().any(|part| part.takes(sought)),
        }
    }

    /// The slope and the intercept of an affine function; nothing where it is not visibly affine.
    pub(super) fn affine(&self) -> Option<(f64, f64)> {
        match self {
            Self::Variable => Some((1.0, 0.0)),
            Self::Constant(value) => Some((0.0, *value)),
            Self::Unary(Unary::Negate, inner) => inner.affine().map(|(a, b)| (-a, -b)),
            Self::Unary(..) | Self::Choice(_) => None,
            Self::Binary(binary, left, right) => combine_affine(*binary, left.affine()?, right.affine()?),
        }
    }

    /// The bounds of `x -> clamp(x, bounds)`; nothing where the function is another one.
    pub(super) fn clamp(&self) -> Option<(f64, f64)> {
        match self {
            Self::Variable => Some((f64::NEG_INFINITY, f64::INFINITY)),
            Self::Unary(Unary::Clip(least, greatest), inner) if **inner == Self::Variable && least <= greatest => {
                Some((*least, *greatest))
            }
            _ => None,
        }
    }

    /// Whether the value is visibly never negative.
    pub(super) fn is_nonnegative(&self) -> bool {
        matches!(self, Self::Unary(unary, _) if unary.is_nonnegative())
    }

    /// The number of nodes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Variable | Self::Constant(_) => 1,
            Self::Unary(_, inner) => 1 + inner.size(),
            Self::Binary(_, left, right) => 1 + left.size() + right.size(),
            Self::Choice(parts) => 1 + parts.iter().map(Self::size).sum::<usize>(),
        }
    }

    /// Whether all values are visibly whole numbers.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Self::Variable => false,
            Self::Constant(value) => value.fract() == 0.0,
            Self::Unary(Unary::Abs | Unary::Negate | Unary::Clip(..), inner) => inner.is_whole(),
            Self::Unary(unary, _) => unary.is_whole(),
            Self::Binary(Binary::Add | Binary::Subtract | Binary::Multiply, left, right) => {
                left.is_whole() && right.is_whole()
            }
            Self::Binary(..) => false,
            Self::Choice(parts) => parts[1].is_whole() && parts[2].is_whole(),
        }
    }

    /// Whether the values are visibly whole, where it is known whether the arguments are.
    pub(super) fn is_whole_of(&self, arguments: bool) -> bool {
        self.is_whole() || arguments && self.keeps_whole()
    }

    /// The least and the greatest of the values, where these are visibly few whole numbers, whatever the argument is.
    pub(super) fn whole_span(&self) -> Option<(f64, f64)> {
        match self {
            Self::Constant(value) => (value.fract() == 0.0).then_some((*value, *value)),
            Self::Unary(Unary::IsPositive | Unary::IsZero | Unary::IsTiny, _) => Some((0.0, 1.0)),
            Self::Unary(Unary::Sign, _) => Some((-1.0, 1.0)),
            Self::Unary(Unary::Negate, inner) => inner.whole_span().map(|(least, greatest)| (-greatest, -least)),
            Self::Binary(Binary::Add, left, right) => {
                let (left, right) = (left.whole_span()?, right.whole_span()?);
                Some((left.0 + right.0, left.1 + right.1))
            }
            Self::Binary(Binary::Subtract, left, right) => {
                let (left, right) = (left.whole_span()?, right.whole_span()?);
                Some((left.0 - right.1, left.1 - right.0))
            }
            Self::Binary(Binary::Multiply, left, right) => {
                let (left, right) = (left.whole_span()?, right.whole_span()?);
                let products = [left.0 * right.0, left.0 * right.1, left.1 * right.0, left.1 * right.1];
                Some((products.into_iter().fold(f64::MAX, f64::min), products.into_iter().fold(f64::MIN, f64::max)))
            }
            _ => None,
        }
    }

    /// Whether whole arguments visibly have whole values.
    fn keeps_whole(&self) -> bool {
        match self {
            Self::Variable => true,
            Self::Unary(Unary::Clip(least, greatest), inner) => {
                let whole = |bound: f64| bound.is_infinite() || bound.fract() == 0.0;
                whole(*least) && whole(*greatest) && inner.keeps_whole()
            }
            Self::Unary(Unary::Abs | Unary::Negate, inner) => inner.keeps_whole(),
            Self::Binary(Binary::Add | Binary::Subtract | Binary::Multiply, left, right) => {
                left.keeps_whole() && right.keeps_whole()
            }
            _ => self.is_whole(),
        }
    }

    /// Whether the value jumps somewhere, so that rounding the argument may change it by much.
    pub(super) fn jumps(&self) -> bool {
        match self {
            Self::Variable | Self::Constant(_) => false,
            Self::Unary(unary, inner) => unary.jumps() || inner.jumps(),
            Self::Binary(Binary::Modulo | Binary::Remainder, ..) => true,
            Self::Binary(_, left, right) => left.jumps() || right.jumps(),
            Self::Choice(_) => true,
        }
    }

    /// A number of which the jumps are multiples; nothing if none is known but zero.
    pub(super) fn unit_of_jumps(&self) -> Option<f64> {
        match self {
            Self::Variable | Self::Constant(_) => None,
            Self::Unary(unary, inner) => {
                inner.unit_of_jumps().or_else(|| inner.affine().and_then(|affine| unary.unit_of_jumps(affine)))
            }
            Self::Binary(_, left, right) => left.unit_of_jumps().or_else(|| right.unit_of_jumps()),
            Self::Choice(parts) => parts.iter().find_map(Self::unit_of_jumps),
        }
    }

    /// The two values of a function of a truth, which a comparison makes; nothing for other functions.
    pub(super) fn truths(&self) -> Option<(f64, f64)> {
        let both = |(a, b): (f64, f64), f: &dyn Fn(f64) -> f64| (f(a), f(b));
        match self {
            Self::Unary(Unary::IsPositive | Unary::IsZero | Unary::IsTiny, _) => Some((0.0, 1.0)),
            Self::Unary(unary, inner) => Some(both(inner.truths()?, &|x| unary.apply(x))),
            Self::Binary(binary, left, right) => match (&**left, &**right) {
                (Self::Constant(a), right) => Some(both(right.truths()?, &|x| binary.apply(*a, x))),
                (left, Self::Constant(b)) => Some(both(left.truths()?, &|x| binary.apply(x, *b))),
                _ => None,
            },
            Self::Variable | Self::Constant(_) | Self::Choice(_) => None,
        }
    }

    /// One of two functions of the variable, by a third.
    pub(super) fn choice(condition: &Self, yes: &Self, no: &Self) -> Self {
        Self::Choice(Rc::new([condition.clone(), yes.clone(), no.clone()]))
    }
}

fn combine_affine(binary: Binary, (a, b): (f64, f64), (c, d): (f64, f64)) -> Option<(f64, f64)> {
    match binary {
        Binary::Add => Some((a + c, b + d)),
        Binary::Subtract => Some((a - c, b - d)),
        Binary::Multiply if c == 0.0 => Some((a * d, b * d)),
        Binary::Multiply if a == 0.0 => Some((b * c, b * d)),
        Binary::Divide if c == 0.0 && d != 0.0 => Some((a / d, b / d)),
        Binary::Power if c == 0.0 && d == 1.0 => Some((a, b)),
        _ => None,
    }
}
