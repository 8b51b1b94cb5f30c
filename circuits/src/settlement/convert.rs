//! Scalars and points between arkworks' representation and halo2's.
//!
//! Both libraries have the same groups. Coordinates go from one to the other as integers, reduced in both.

use ark_bn254::{Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInt, PrimeField};
use halo2_proofs::halo2curves::{bn256, ff, group::prime::PrimeCurveAffine};

/// A scalar as halo2's.
#[must_use]
pub fn scalar_to_halo2(scalar: &Fr) -> bn256::Fr {
    bn256::Fr::from_raw(scalar.into_bigint().0)
}

/// A scalar as arkworks'.
#[must_use]
pub fn scalar_from_halo2(scalar: &bn256::Fr) -> Fr {
    from_repr(&ff::PrimeField::to_repr(scalar))
}

/// A point as halo2's.
#[must_use]
pub fn point_to_halo2(point: &G1Affine) -> bn256::G1Affine {
    match point.xy() {
        None => bn256::G1Affine::identity(),
        Some((x, y)) => {
            bn256::G1Affine { x: bn256::Fq::from_raw(x.into_bigint().0), y: bn256::Fq::from_raw(y.into_bigint().0) }
        }
    }
}

/// A point as arkworks'. The neutral element has two zeros as its coordinates in both.
pub fn point_from_halo2(point: &bn256::G1Affine) -> G1Affine {
    let [x, y] = [&point.x, &point.y].map(|coordinate| from_repr::<Fq>(&ff::PrimeField::to_repr(coordinate)));
    G1Affine::new_unchecked(x, y)
}

/// A point of the second group as halo2's.
#[must_use]
pub fn g2_to_halo2(point: &G2Affine) -> bn256::G2Affine {
    let coordinate = |value: Fq2| bn256::Fq2 {
        c0: bn256::Fq::from_raw(value.c0.into_bigint().0),
        c1: bn256::Fq::from_raw(value.c1.into_bigint().0),
    };
    match point.xy() {
        None => bn256::G2Affine::identity(),
        Some((x, y)) => bn256::G2Affine { x: coordinate(x), y: coordinate(y) },
    }
}

/// The element with this little-endian representation, which the other library has reduced.
fn from_repr<F: PrimeField<BigInt = BigInt<4>>>(repr: &impl AsRef<[u8]>) -> F {
    let mut limbs = [0; 4];
    for (limb, bytes) in limbs.iter_mut().zip(repr.as_ref().as_chunks().0) {
        *limb = u64::from_le_bytes(*bytes);
    }
    F::from_bigint(BigInt(limbs)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use ark_ec::CurveGroup;
    use ark_ff::Field;
    use halo2_proofs::halo2curves::ff::PrimeField as _;

    use super::*;
    use crate::settlement::roots::{column_names, root_of_unity};

    #[test]
    fn the_roots_of_unity_and_the_names_of_columns_are_halo2_s() {
        let root = scalar_from_halo2(&bn256::Fr::ROOT_OF_UNITY);
        assert_eq!((root_of_unity(bn256::Fr::S), root_of_unity(0)), (root, Fr::ONE));
        assert_eq!(root_of_unity(bn256::Fr::S - 2), root.square().square());
        let delta = scalar_from_halo2(&bn256::Fr::DELTA);
        assert_eq!(column_names(), [Fr::ONE, delta, delta * delta]);
    }

    #[test]
    fn what_is_converted_comes_back() {
        for scalar in [Fr::from(0), Fr::from(1), -Fr::from(1), Fr::from(u128::MAX)] {
            assert_eq!(scalar_from_halo2(&scalar_to_halo2(&scalar)), scalar);
            let point = (G1Affine::generator() * scalar).into_affine();
            assert_eq!(point_from_halo2(&point_to_halo2(&point)), point);
        }
        assert_eq!(point_to_halo2(&G1Affine::generator()), bn256::G1Affine::generator());
        assert_eq!(g2_to_halo2(&G2Affine::generator()), bn256::G2Affine::generator());
        assert_eq!(g2_to_halo2(&G2Affine::identity()), bn256::G2Affine::identity());
    }
}
