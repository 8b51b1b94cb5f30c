//! Multilinear polynomials, little-endian: variable `i` of a point belongs to bit `i` of an index.

use ark_bn254::Fr;

use crate::arithmetic::Arithmetic;

/// The coordinates of a point from `first` on, `count` of them, which it has.
#[must_use]
pub fn coordinates<S>(point: &[S], first: usize, count: usize) -> &[S] {
    point.split_at(first).1.split_at(count).0
}

/// `prod over i of (x_i y_i + (1 - x_i)(1 - y_i))`: one where two points of the hypercube are the same.
pub fn equality<A: Arithmetic + ?Sized>(a: &mut A, left: &[A::Scalar], right: &[A::Scalar]) -> A::Scalar {
    let one = one(a);
    left.iter().zip(right).fold(one, |product, (&x, &y)| {
        let xy = x * y;
        product * (one + (xy + xy - (x + y)))
    })
}

/// [`equality`] with the bits of an index.
pub fn equality_at<A: Arithmetic + ?Sized>(a: &mut A, point: &[A::Scalar], index: usize) -> A::Scalar {
    let one = one(a);
    let factor = |bit: usize, x: A::Scalar| if index >> bit & 1 == 1 { x } else { one - x };
    point.iter().enumerate().fold(one, |product, (bit, &x)| product * factor(bit, x))
}

/// [`equality`] with each of the first `count` indices.
pub fn equality_table<A: Arithmetic + ?Sized>(a: &mut A, point: &[A::Scalar], count: usize) -> Vec<A::Scalar> {
    let mut table = vec![one(a)];
    for &x in point {
        let half = table.len();
        let mut high = Vec::with_capacity(half);
        for (index, entry) in table.iter_mut().enumerate() {
            let product = *entry * x;
            *entry = *entry - product;
            if half + index < count {
                high.push(product);
            }
        }
        table.extend(high);
    }
    table.truncate(count);
    table
}

/// The sum of [`equality`] over the indices below `count`: the extension of the indicator of `index < count`.
pub fn below<A: Arithmetic + ?Sized>(a: &mut A, point: &[A::Scalar], count: usize) -> A::Scalar {
    let one = one(a);
    if count >> point.len() != 0 {
        return one;
    }
    // An index is below `count` where it agrees with it above some bit that `count` has and the index lacks.
    let (mut sum, mut agree) = (zero(a), one);
    for (bit, &x) in point.iter().enumerate().rev() {
        let lacks = one - x;
        if count >> bit & 1 == 1 {
            sum = sum + agree * lacks;
            agree = agree * x;
        } else {
            agree = agree * lacks;
        }
    }
    sum
}

/// `prod over i of (1 - x_i)`: what a polynomial that is zero-extended by these variables is multiplied by.
pub fn vanishing_tail<A: Arithmetic + ?Sized>(a: &mut A, point: &[A::Scalar]) -> A::Scalar {
    equality_at(a, point, 0)
}

/// The value of a polynomial that is zero-extended by the variables of `tail`.
pub fn zero_extend<A: Arithmetic + ?Sized>(a: &mut A, value: A::Scalar, tail: &[A::Scalar]) -> A::Scalar {
    vanishing_tail(a, tail) * value
}

/// `sum over i of left_i * right_i`.
pub fn inner_product<A: Arithmetic + ?Sized>(a: &mut A, left: &[A::Scalar], right: &[A::Scalar]) -> A::Scalar {
    left.iter().zip(right).fold(zero(a), |sum, (&x, &y)| sum + x * y)
}

/// `1, base, base^2, ...`, `count` of them.
pub fn powers<A: Arithmetic + ?Sized>(a: &mut A, base: A::Scalar, count: usize) -> Vec<A::Scalar> {
    std::iter::successors(Some(one(a)), |power| Some(*power * base)).take(count).collect()
}

/// The integer as a constant.
pub fn integer<A: Arithmetic + ?Sized>(a: &mut A, value: i64) -> A::Scalar {
    a.constant(Fr::from(value))
}

/// Zero.
pub fn zero<A: Arithmetic + ?Sized>(a: &mut A) -> A::Scalar {
    integer(a, 0)
}

/// One.
pub fn one<A: Arithmetic + ?Sized>(a: &mut A) -> A::Scalar {
    integer(a, 1)
}

/// `1 - x`.
pub fn one_minus<A: Arithmetic + ?Sized>(a: &mut A, x: A::Scalar) -> A::Scalar {
    one(a) - x
}
