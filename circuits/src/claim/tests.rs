//! The first digest is of every byte of every claim, and lists of claims have no bytes in common.

use ark_bn254::{Fr, G1Affine};
use ark_ec::AffineRepr;
use ark_ff::PrimeField;
use sha3::{Digest as _, Keccak256};

use super::{Claim, Public};
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

fn seal(key: Digest, claims: &[Claim<Vec<u8>>]) -> Fr {
    Public { key, claims: claims.to_vec() }.seal(&commitments())
}

/// What is absorbed of claims, without the domain.
fn bytes(claims: &[Claim<Vec<u8>>]) -> Vec<u8> {
    claims.iter().flat_map(|claim| [claim.context.as_ref(), claim.input.as_slice(), &claim.output].concat()).collect()
}

#[test]
fn one_claim_has_the_digest_that_a_contract_computes() {
    let claim = claim(1, &[4, 5], &[6]);
    let mut hasher = Keccak256::new();
    hasher.update(word(b"hallmark inference 2"));
    hasher.update([3; 32]);
    hasher.update([1; 32]);
    hasher.update([4, 5, 6]);
    hasher.update(g1_to_bytes(&G1Affine::generator()));
    let digest: [u8; 32] = hasher.finalize().into();
    assert_eq!(seal(KEY, &[claim]), Fr::from_be_bytes_mod_order(&digest[1..]));
}

#[test]
fn everything_in_a_list_of_claims_is_in_the_digest() {
    let claims = [claim(1, &[4, 5], &[6]), claim(2, &[7, 8], &[9])];
    let digest = seal(KEY, &claims);
    assert_ne!(seal(Digest([4; 32]), &claims), digest);
    for index in 0..claims.len() {
        let changed = |change: fn(&mut Claim<Vec<u8>>)| {
            let mut claims = claims.clone();
            change(&mut claims[index]);
            seal(KEY, &claims)
        };
        assert_ne!(changed(|claim| claim.context.0[31] ^= 1), digest, "context of {index}");
        assert_ne!(changed(|claim| claim.input[1] ^= 1), digest, "input of {index}");
        assert_ne!(changed(|claim| claim.output[0] ^= 1), digest, "output of {index}");
    }
    let [first, second] = claims;
    assert_ne!(seal(KEY, &[second, first]), digest);
}

/// The key fixes the lengths of a claim, but not how many there are. The domain tells that.
#[test]
fn lists_of_other_lengths_have_other_digests_though_their_bytes_are_the_same() {
    let one = [claim(1, &[2; 32], &[3; 32])];
    let two = [claim(1, &[], &[]), claim(2, &[], &[3; 32])];
    let three = [claim(1, &[], &[]), claim(2, &[], &[]), claim(3, &[], &[])];
    assert_eq!([bytes(&one), bytes(&two)], [bytes(&three), bytes(&three)]);
    let digests = [seal(KEY, &one), seal(KEY, &two), seal(KEY, &three)];
    for (index, digest) in digests.iter().enumerate() {
        assert!(!digests[..index].contains(digest), "{index}");
    }
}
