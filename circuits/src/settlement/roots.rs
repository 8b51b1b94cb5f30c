//! Halo2's roots of unity: what names the cells of a circuit.

use ark_bn254::Fr;
use ark_ff::{Field, PrimeField};

use super::table::VALUES;

/// The generator of the field's multiplicative group that halo2 derives its roots of unity from.
const GENERATOR: u64 = 7;
/// 2^28 divides the order of the field's multiplicative group, and 2^29 does not.
const TWO_ADICITY: u32 = 28;

/// Halo2's root of unity of order 2^`log_rows`, for at most 2^28 rows.
#[must_use]
pub fn root_of_unity(log_rows: u32) -> Fr {
    let mut root = Fr::from(GENERATOR).pow(Fr::TRACE);
    for _ in log_rows..TWO_ADICITY {
        root.square_in_place();
    }
    root
}

/// The names of the columns of values. The name of a cell is its column's name times its row's root of unity.
///
/// These are halo2's powers of an element whose order is odd.
#[must_use]
pub fn column_names() -> [Fr; VALUES] {
    let delta = Fr::from(GENERATOR).pow([1 << TWO_ADICITY]);
    let mut name = Fr::ONE;
    [(); VALUES].map(|()| {
        let this = name;
        name *= delta;
        this
    })
}
