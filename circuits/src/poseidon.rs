//! Placeholder.
use crate::arithmetic::Arithmetic;
/// The width of the permutation's state.
pub const WIDTH: usize = 5;
/// The permutation.
pub fn permute<A: Arithmetic + ?Sized>(_: &mut A, _: &mut [A::Scalar; WIDTH]) {}
