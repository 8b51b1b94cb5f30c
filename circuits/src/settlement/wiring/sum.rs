//! Values that wait for a row.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use super::{Wire, terms::Terms};

/// `factor * a * b + sum of coefficient * wire + constant`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) product: Option<(Wire, Wire, Fr)>,
    pub(super) terms: Terms,
    pub(super) constant: Fr,
}

/// `scale * wire + shift`
#[derive(Clone, Copy, Debug)]
pub(super) struct Affine {
    pub(super) wire: Wire,
    pub(super) scale: Fr,
    pub(super) shift: Fr,
}

impl Sum {
    pub(super) fn wire(wire: Wire) -> Self {
        Self { terms: Terms::one(wire, Fr::ONE), ..Self::default() }
    }

    pub(super) fn affine(Affine { wire, scale, shift }: Affine) -> Self {
        Self { product: None, terms: Terms::one(wire, scale), constant: shift }
    }

    /// Whether a row has to compute it before it can be multiplied.
    pub(super) fn is_compound(&self) -> bool {
        self.product.is_some() || self.terms.len() > 1
    }

    /// Adds `factor * other`, which has no product if this has one.
    pub(super) fn add_scaled(&mut self, other: &Self, factor: Fr) {
        // A product times nothing would be in the way of what is added later.
        if factor == Fr::ZERO {
            return;
        }
        if let Some((left, right, coefficient)) = other.product {
            self.product = Some((left, right, coefficient * factor));
        }
        for (wire, coefficient) in other.terms.iter() {
            self.terms.add(wire, coefficient * factor);
        }
        self.constant += other.constant * factor;
    }
}
