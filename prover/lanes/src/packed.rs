//! Eight elements of a field.

use std::{
    fmt::{self, Debug, Formatter},
    marker::PhantomData,
    ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign},
};

use ark_ff::{Fp, MontBackend, MontConfig};

use super::{Lanes, limbs::Modulus, machine};

/// The elements of a [`Packed`].
pub const LANES: usize = 8;

/// An element of the field of a [`MontConfig`].
pub type Prime<C> = Fp<MontBackend<C, 4>, 4>;

/// Eight elements of a field, each below the prime.
///
/// There is one only where the processor has the instructions, since a [`Lanes`] is needed to make the first.
pub struct Packed<C: MontConfig<4>> {
    vectors: machine::Vectors,
    lanes: Lanes,
    field: PhantomData<C>,
}

impl<C: MontConfig<4>> Packed<C> {
    const MODULUS: Modulus = Modulus::of::<C>();

    /// Eight elements.
    #[inline(always)]
    #[must_use]
    pub fn load(lanes: Lanes, values: &[Prime<C>; LANES]) -> Self {
        Self::of(lanes, machine::load(lanes, values))
    }

    /// Elements that lie apart.
    #[inline(always)]
    #[must_use]
    pub fn gather(lanes: Lanes, values: [&Prime<C>; LANES]) -> Self {
        Self::of(lanes, machine::gather(lanes, values))
    }

    /// The elements at even places, and those at odd ones.
    #[inline(always)]
    #[must_use]
    pub fn load_pairs(lanes: Lanes, values: &[Prime<C>; 2 * LANES]) -> [Self; 2] {
        machine::load_pairs(lanes, values).map(|vectors| Self::of(lanes, vectors))
    }

    /// One element eight times.
    #[inline(always)]
    #[must_use]
    pub fn splat(lanes: Lanes, value: &Prime<C>) -> Self {
        Self::of(lanes, machine::splat(lanes, value))
    }

    /// Zero eight times.
    #[inline(always)]
    #[must_use]
    pub fn zero(lanes: Lanes) -> Self {
        Self::of(lanes, machine::zero(lanes))
    }

    /// Writes the elements.
    #[inline(always)]
    pub fn store(self, values: &mut [Prime<C>; LANES]) {
        machine::store(self.lanes, self.vectors, values);
    }

    /// The elements.
    #[inline(always)]
    #[must_use]
    pub fn to_array(self) -> [Prime<C>; LANES] {
        let mut values = [Prime::<C>::default(); LANES];
        self.store(&mut values);
        values
    }

    /// The sum of the elements.
    #[inline(always)]
    #[must_use]
    pub fn sum(self) -> Prime<C> {
        self.to_array().iter().sum()
    }

    #[inline(always)]
    const fn of(lanes: Lanes, vectors: machine::Vectors) -> Self {
        Self { vectors, lanes, field: PhantomData }
    }
}

impl<C: MontConfig<4>> Clone for Packed<C> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: MontConfig<4>> Copy for Packed<C> {}

impl<C: MontConfig<4>> Debug for Packed<C> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Packed").field(&self.to_array()).finish()
    }
}

impl<C: MontConfig<4>> Add for Packed<C> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self::of(self.lanes, machine::add(self.lanes, &Self::MODULUS, self.vectors, other.vectors))
    }
}

impl<C: MontConfig<4>> Sub for Packed<C> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self::of(self.lanes, machine::sub(self.lanes, &Self::MODULUS, self.vectors, other.vectors))
    }
}

impl<C: MontConfig<4>> Mul for Packed<C> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self::of(self.lanes, machine::mul(self.lanes, &Self::MODULUS, self.vectors, other.vectors))
    }
}

impl<C: MontConfig<4>> Neg for Packed<C> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self::zero(self.lanes) - self
    }
}

impl<C: MontConfig<4>> AddAssign for Packed<C> {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<C: MontConfig<4>> SubAssign for Packed<C> {
    #[inline(always)]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl<C: MontConfig<4>> MulAssign for Packed<C> {
    #[inline(always)]
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}
