//! Functions of one variable: what a look-up table is made from.

use std::rc::Rc;

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
}

/// The elementary functions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unary {
    Abs,
    Celu(f64),
    Clip(f64, f64),
    Elu(f64),
    Erf,
    Exp,
    HardSigmoid(f64, f64),
    LeakyRelu(f64),
    Log,
    Negate,
    Reciprocal,
    Selu(f64, f64),
    Sigmoid,
    Softplus,
    Sqrt,
    Tanh,
}

/// The ways to combine two functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

impl Unary {
    /// Rectified linear: a clip from below.
    pub(super) const RELU: Self = Self::Clip(0.0, f64::INFINITY);

    /// The value at `x`.
    pub(super) fn apply(self, x: f64) -> f64 {
        match self {
            Self::Abs => x.abs(),
            Self::Celu(alpha) => x.max(0.0) + (alpha * libm::expm1(x / alpha)).min(0.0),
            Self::Clip(least, greatest) => x.max(least).min(greatest),
            Self::Elu(alpha) => {
                if x < 0.0 {
                    alpha * libm::expm1(x)
                } else {
                    x
                }
            }
            Self::Erf => libm::erf(x),
            Self::Exp => libm::exp(x),
            Self::HardSigmoid(alpha, beta) => (alpha * x + beta).clamp(0.0, 1.0),
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
            Self::Selu(alpha, gamma) => gamma * if x < 0.0 { alpha * libm::expm1(x) } else { x },
            Self::Sigmoid => 1.0 / (1.0 + libm::exp(-x)),
            Self::Softplus => x.max(0.0) + libm::log1p(libm::exp(-x.abs())),
            Self::Sqrt => libm::sqrt(x),
            Self::Tanh => libm::tanh(x),
        }
    }

    fn is_nonnegative(self) -> bool {
        match self {
            Self::Abs | Self::Exp | Self::HardSigmoid(..) | Self::Sigmoid | Self::Softplus | Self::Sqrt => true,
            Self::Clip(least, _) => least >= 0.0,
            _ => false,
        }
    }
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
        }
    }

    /// The innermost operator whose value at `x` is not finite, where `x` is.
    pub(super) fn culprit(&self, x: f64) -> Option<String> {
        let (inner, own) = match self {
            Self::Variable | Self::Constant(_) => return None,
            Self::Unary(unary, inner) => (inner.culprit(x), format!("{unary:?}")),
            Self::Binary(binary, left, right) => (left.culprit(x).or_else(|| right.culprit(x)), format!("{binary:?}")),
        };
        let name = || own.split('(').next().unwrap_or_default().to_owned();
        inner.or_else(|| (x.is_finite() && !self.evaluate(x).is_finite()).then(name))
    }

    /// The slope and the intercept of an affine function; nothing where it is not visibly affine.
    pub(super) fn affine(&self) -> Option<(f64, f64)> {
        match self {
            Self::Variable => Some((1.0, 0.0)),
            Self::Constant(value) => Some((0.0, *value)),
            Self::Unary(Unary::Negate, inner) => inner.affine().map(|(a, b)| (-a, -b)),
            Self::Unary(..) => None,
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
        }
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
