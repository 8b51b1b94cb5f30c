//! For machines without the instructions. Nothing is ever packed there, since there is no [`Lanes`].

use ark_ff::MontConfig;

use super::{Lanes, Prime, limbs::Modulus, packed::LANES};

/// There is none.
pub(crate) type Vectors = std::convert::Infallible;

macro_rules! never {
    ($($name:ident$([$config:ident])?($($kind:ty),*) -> $output:ty;)*) => {$(
        pub(crate) fn $name$(<$config: MontConfig<4>>)?(lanes: Lanes, $(_: $kind),*) -> $output {
            match lanes.0 {}
        }
    )*};
}

never! {
    load[C](&[Prime<C>; LANES]) -> Vectors;
    gather[C]([&Prime<C>; LANES]) -> Vectors;
    load_pairs[C](&[Prime<C>; 2 * LANES]) -> [Vectors; 2];
    splat[C](&Prime<C>) -> Vectors;
    zero() -> Vectors;
    store[C](Vectors, &mut [Prime<C>; LANES]) -> ();
    add(&Modulus, Vectors, Vectors) -> Vectors;
    sub(&Modulus, Vectors, Vectors) -> Vectors;
    mul(&Modulus, Vectors, Vectors) -> Vectors;
}
