//! Multilinear polynomials, little-endian: variable `i` of a point belongs to bit `i` of an index.

use ark_bn254::Fr;

use crate::arithmetic::Arithmetic;

/// `prod over i of (x_i y_i + (1 - x_i)(1 - y_i))`: one where two points of the hypercube are the same.
pub fn equality<A: Arithmetic + ?Sized>(a: &mut A, left: &[A::Scalar], right: &[A::Scalar]) -> A::Scalar {
    let mut product = one(a);
    for (x, y) in left.iter().zip(right) {
        // 1 - x - y + 2xy
        let xy = a.mul(x, y);
        let twice = a.add(&xy, &xy);
        let sum = a.add(x, y);
        let difference = a.sub(&twice, &sum);
        let factor = add_one(a, &difference);
        product = a.mul(&product, &factor);
    }
    product
}

/// [`equality`] with the bits of an index.
pub fn equality_at<A: Arithmetic + ?Sized>(a: &mut A, point: &[A::Scalar], index: usize) -> A::Scalar {
    let mut product = one(a);
    for (bit, x) in point.iter().enumerate() {
        let factor = if index >> bit & 1 == 1 { x.clone() } else { one_minus(a, x) };
        product = a.mul(&product, &factor);
    }
    product
}

/// [`equality`] with each of the first `count` indices.
pub fn equality_table<A: Arithmetic + ?Sized>(a: &mut A, point: &[A::Scalar], count: usize) -> Vec<A::Scalar> {
    let mut table = vec![one(a)];
    for x in point {
        let half = table.len();
        for index in 0..half {
            let high = a.mul(&table[index], x);
            table[index] = a.sub(&table[index], &high);
            if half + index < count {
                table.push(high);
            }
        }
    }
    table.truncate(count);
    table
}

/// The sum of [`equality`] over the indices below `count`: the extension of the indicator of `index < count`.
pub fn below<A: Arithmetic + ?Sized>(a: &mut A, point: &[A::Scalar], count: usize) -> A::Scalar {
    if count >> point.len() != 0 {
        return one(a);
    }
    // An index is below `count` where it agrees with it above some bit that `count` has and the index lacks.
    let mut sum = zero(a);
    let mut agree = one(a);
    for (bit, x) in point.iter().enumerate().rev() {
        let lacks = one_minus(a, x);
        if count >> bit & 1 == 1 {
            let smaller = a.mul(&agree, &lacks);
            sum = a.add(&sum, &smaller);
            agree = a.mul(&agree, x);
        } else {
            agree = a.mul(&agree, &lacks);
        }
    }
    sum
}

/// `prod over i of (1 - x_i)`: what a polynomial that is zero-extended by these variables is multiplied by.
pub fn vanishing_tail<A: Arithmetic + ?Sized>(a: &mut A, point: &[A::Scalar]) -> A::Scalar {
    equality_at(a, point, 0)
}

/// The value of a polynomial that is zero-extended by the variables of `tail`.
pub fn zero_extend<A: Arithmetic + ?Sized>(a: &mut A, value: &A::Scalar, tail: &[A::Scalar]) -> A::Scalar {
    let factor = vanishing_tail(a, tail);
    a.mul(&factor, value)
}

/// `sum over i of left_i * right_i`.
pub fn inner_product<A: Arithmetic + ?Sized>(a: &mut A, left: &[A::Scalar], right: &[A::Scalar]) -> A::Scalar {
    let mut sum = zero(a);
    for (x, y) in left.iter().zip(right) {
        let product = a.mul(x, y);
        sum = a.add(&sum, &product);
    }
    sum
}

/// `1, base, base^2, ...`, `count` of them.
pub fn powers<A: Arithmetic + ?Sized>(a: &mut A, base: &A::Scalar, count: usize) -> Vec<A::Scalar> {
    let mut powers = vec![one(a)];
    while powers.len() < count {
        let next = a.mul(&powers[powers.len() - 1], base);
        powers.push(next);
    }
    powers.truncate(count);
    powers
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
pub fn one_minus<A: Arithmetic + ?Sized>(a: &mut A, x: &A::Scalar) -> A::Scalar {
    let one = one(a);
    a.sub(&one, x)
}

fn add_one<A: Arithmetic + ?Sized>(a: &mut A, x: &A::Scalar) -> A::Scalar {
    let one = one(a);
    a.add(&one, x)
}
