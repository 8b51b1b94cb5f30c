//! The first digest is of every byte of a claim.

use ark_bn254::{Fr, G1Affine};
use ark_ec::AffineRepr;
use ark_ff::PrimeField;
use sha3::{Digest as _, Keccak256};

use super::Claim;
use crate::{
    columns::{Column, PerColumn},
    commitments::{Commitments, OpeningPoints},
    digest::Digest,
    encoding::{g1_to_bytes, word},
};

const KEY: Digest = Digest([3; 32]);

fn claim(context: u8, input: &[u8], output: &[u8]) -> Claim<Vec<u8>> {
    Claim { context: Digest([context; 32]), input: input.to_vec(), output: output.to_vec() }
}

fn commitments() -> Commitments {
    let mut columns = PerColumn::default();
    columns[Column::Quotients] = vec![G1Affine::generator()];
    Commitments { columns, opening: OpeningPoints::default() }
}

#[test]
fn a_claim_has_the_digest_that_a_contract_computes() {
    let claim = claim(1, &[4, 5], &[6]);
    let mut hasher = Keccak256::new();
    hasher.update(word(b"hallmark inference 2"));
    hasher.update([3; 32]);
    hasher.update([1; 32]);
    hasher.update([4, 5, 6]);
    hasher.update(g1_to_bytes(&G1Affine::generator()));
    let digest: [u8; 32] = hasher.finalize().into();
    assert_eq!(claim.seal(KEY, &commitments()), Fr::from_be_bytes_mod_order(&digest[1..]));
}

#[test]
fn everything_in_a_claim_is_in_the_digest() {
    let claim = claim(1, &[4, 5], &[6]);
    let digest = claim.seal(KEY, &commitments());
    assert_ne!(claim.seal(Digest([4; 32]), &commitments()), digest);
    let changed = |change: fn(&mut Claim<Vec<u8>>)| {
        let mut claim = claim.clone();
        change(&mut claim);
        claim.seal(KEY, &commitments())
    };
    assert_ne!(changed(|claim| claim.context.0[31] ^= 1), digest, "context");
    assert_ne!(changed(|claim| claim.input[1] ^= 1), digest, "input");
    assert_ne!(changed(|claim| claim.output[0] ^= 1), digest, "output");
}
