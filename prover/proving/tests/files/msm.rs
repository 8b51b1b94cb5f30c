//! Multi-scalar multiplication against double-and-add.

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use hallmark_proving::msm::{msm, msm_grouped, msm_small, msm_sparse};
use hallmark_proving::random::random_scalar;
use hallmark_proving::srs::Srs;
use proptest::{collection::vec, prelude::*};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// sum_i scalars[i] * bases[i], bit by bit.
fn naive(bases: &[G1Affine], scalars: &[Fr]) -> G1Projective {
    bases.iter().zip(scalars).map(|(base, scalar)| double_and_add(*base, *scalar)).sum()
}

fn double_and_add(base: G1Affine, scalar: Fr) -> G1Projective {
    scalar.into_bigint().to_bits_be().into_iter().fold(G1Projective::ZERO, |sum, bit| {
        let double = sum + sum;
        if bit { double + base } else { double }
    })
}

fn naive_small(bases: &[G1Affine], scalars: &[i64]) -> G1Projective {
    naive(bases, &scalars.iter().copied().map(Fr::from).collect::<Vec<_>>())
}

/// Distinct points, with what is special among points: repeated, opposite and neutral ones.
fn bases(count: usize) -> Vec<G1Affine> {
    let mut bases = Srs::insecure(10, &mut ChaCha20Rng::seed_from_u64(1)).g1()[..count].to_vec();
    for index in (0..count.saturating_sub(8)).step_by(8) {
        bases[index + 1] = bases[index];
        bases[index + 2] = -bases[index];
        bases[index + 5] = G1Affine::identity();
    }
    bases
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(2)
}

/// Any scalar, with those whose digits are special.
fn scalar() -> impl Strategy<Value = Fr> {
    let edge = [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from(u64::MAX), Fr::from(2).inverse().unwrap()];
    prop_oneof![
        any::<[u8; 32]>().prop_map(|bytes| Fr::from_le_bytes_mod_order(&bytes)),
        any::<i64>().prop_map(Fr::from),
        proptest::sample::select(edge.to_vec()),
    ]
}

/// Integers of every size.
fn small() -> impl Strategy<Value = i64> {
    prop_oneof![
        (any::<i64>(), 0..64).prop_map(|(value, shift)| value >> shift),
        proptest::sample::select(vec![0, 1, -1, i64::MIN, i64::MAX, 1 << 32]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn scalars_of_any_size(scalars in vec(scalar(), 0..100)) {
        let bases = bases(100);
        prop_assert_eq!(msm(&bases, &scalars), naive(&bases, &scalars));
    }

    #[test]
    fn small_scalars_of_any_size(scalars in vec(small(), 0..100)) {
        let bases = bases(100);
        prop_assert_eq!(msm_small(&bases, &scalars), naive_small(&bases, &scalars));
    }

    #[test]
    fn sparse_scalars(entries in vec((0usize..50, scalar()), 0..40)) {
        let bases = bases(50);
        let expected: G1Projective = entries.iter().map(|(index, scalar)| double_and_add(bases[*index], *scalar)).sum();
        prop_assert_eq!(msm_sparse(&bases, &entries), expected);
    }
}

#[test]
fn grouped_members_are_the_sum_of_their_products() {
    let (bases, mut rng) = (bases(40), rng());
    for (members, groups) in [(0, 3), (1, 1), (7, 2), (500, 3), (500, 60), (3000, 1)] {
        let scalars: Vec<Fr> = (0..groups).map(|_| random_scalar(&mut rng)).collect();
        let members: Vec<(u32, u32)> =
            (0..members).map(|_| (rng.random_range(0..40), rng.random_range(0..groups))).collect();
        let expected: G1Projective =
            members.iter().map(|&(index, group)| bases[index as usize] * scalars[group as usize]).sum();
        assert_eq!(msm_grouped(&bases, &members, &scalars), expected);
    }
}

#[test]
fn lengths_with_batches_and_remainders() {
    let mut rng = rng();
    for count in [0, 1, 2, 3, 12, 13, 31, 255, 513, 1025] {
        let bases = bases(count);
        let scalars: Vec<_> = (0..count).map(|_| random_scalar(&mut rng)).collect();
        assert_eq!(msm(&bases, &scalars), naive(&bases, &scalars), "{count}");
    }
}

#[test]
fn small_scalars_of_each_width() {
    let (bases, mut rng) = (bases(1025), rng());
    for bits in 0..64 {
        let scalars: Vec<_> = (0..1025).map(|_| rng.next_u64() as i64 >> (63 - bits)).collect();
        assert_eq!(msm_small(&bases, &scalars), naive_small(&bases, &scalars), "{bits}");
    }
}

#[test]
fn one_value_everywhere() {
    let bases = bases(1000);
    for value in [0, 1, -1, 127, -128, 255, 256, i64::MAX, i64::MIN] {
        let scalars = vec![value; 1000];
        assert_eq!(msm_small(&bases, &scalars), naive_small(&bases, &scalars), "{value}");
        let scalars = vec![Fr::from(value); 1000];
        assert_eq!(msm(&bases, &scalars), naive(&bases, &scalars), "{value}");
    }
}

#[test]
fn points_of_one_base_collide_at_every_level() {
    let bases = vec![(G1Affine::generator() * Fr::from(5)).into_affine(); 1000];
    let ones = vec![1; 1000];
    assert_eq!(msm_small(&bases, &ones), G1Affine::generator() * Fr::from(5000));
    let alternating: Vec<_> = (0..1000).map(|index| if index % 2 == 0 { 3 } else { -3 }).collect();
    assert_eq!(msm_small(&bases, &alternating), G1Projective::ZERO);
}

#[test]
fn bases_beyond_the_scalars_are_left_out() {
    let bases = bases(100);
    assert_eq!(msm_small(&bases, &[2, 3]), naive_small(&bases[..2], &[2, 3]));
    assert_eq!(msm(&bases, &[]), G1Projective::ZERO);
    assert_eq!(msm_small(&bases, &[]), G1Projective::ZERO);
    assert_eq!(msm_sparse(&bases, &[]), G1Projective::ZERO);
}
