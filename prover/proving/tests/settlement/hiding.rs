//! What a settlement publishes, over many proofs: nothing twice, and no fixed linear combination of anything.
//!
//! Numbers that depend on the challenge x and the circuit alone, the evaluations of constants and of the permutation of
//! cells, say nothing of a witness and are left out.

use std::{collections::HashSet, sync::LazyLock};

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, PrimeField};
use hallmark_circuits::{
    encoding::{FR_BYTES, G1_BYTES, g1_to_bytes},
    settlement::{native::verify, proof::SettlementProof},
};
use hallmark_proving::proving::Prover;
use hallmark_proving::settlement::SettlementKeys;
use hallmark_proving::srs::Srs;
use hallmark_testing::{
    circuit::{Proved, small, small_weights},
    claims::CONTEXT,
    dense::rank,
    trusted::settlement_key,
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// Proofs of each of two models.
const PROOFS: usize = 13;

/// The points of the argument before its evaluations.
const FIRST_POINTS: usize = 3 + 1 + 1 + 6;
/// The evaluations: of values in two rows, of constants, of the random polynomial, of the permutation of cells, and of the
/// permutation's product in two rows.
const EVALUATIONS: [usize; 5] = [6, 6, 1, 3, 2];

struct World {
    srs: Srs,
    keys: SettlementKeys,
    /// Two models of one architecture that answer the same to the same input.
    models: [Proved; 2],
    /// Proofs of each.
    proofs: [Vec<SettlementProof>; 2],
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let srs = Srs::insecure(11, &mut rng);
    let mut models = [(); 2].map(|()| {
        let weights = small_weights(&mut rng);
        Proved::new(small(), weights, &srs, &mut rng)
    });
    models[1].input = models[0].input.clone();
    let keys = SettlementKeys::new(&models[0].statement(), &srs).unwrap();
    let proofs = models.each_mut().map(|proved| {
        (0..PROOFS)
            .map(|_| {
                let prover = Prover::new(&proved.model, &srs).unwrap();
                proved.inference = prover.prove(CONTEXT, &proved.input, &mut rng).unwrap();
                keys.prove(&proved.statement(), proved.model.key.digest(), &proved.inference, &mut rng)
            })
            .collect()
    });
    World { srs, keys, models, proofs }
});

/// The evaluations of an argument, by what they are of.
fn evaluations(proof: &SettlementProof) -> [Vec<Fr>; 5] {
    let mut words = proof.argument[FIRST_POINTS * G1_BYTES..].as_chunks::<FR_BYTES>().0.iter();
    EVALUATIONS.map(|count| words.by_ref().take(count).map(|word| Fr::from_be_bytes_mod_order(word)).collect())
}

/// All scalars that depend on a witness or on randomness.
fn scalars(proof: &SettlementProof) -> Vec<Fr> {
    let [values, _constants, random, _permutation, product] = evaluations(proof);
    [&proof.published[..], &values, &random, &product].concat()
}

#[test]
fn both_models_are_settled_with_the_same_public_values() {
    let World { srs, keys, models, proofs } = &*WORLD;
    assert_ne!(models[0].model.weights, models[1].model.weights);
    assert_eq!(models[0].inference.claim, models[1].inference.claim);
    for (proved, proofs) in models.iter().zip(proofs) {
        for proof in proofs {
            let key = settlement_key(keys, &proved.model.key, srs);
            assert_eq!(verify(&key, key.digest(), &proved.inference.claim, proof), Ok(()));
        }
    }
}

#[test]
fn nothing_is_published_twice() {
    let mut seen = HashSet::new();
    for proof in WORLD.proofs.iter().flatten() {
        for point in proof.commitments.points().map(g1_to_bytes) {
            assert!(seen.insert(point.to_vec()));
        }
        let argument = &proof.argument;
        let (first, rest) = argument.split_at(FIRST_POINTS * G1_BYTES);
        let last = &rest[EVALUATIONS.iter().sum::<usize>() * FR_BYTES..];
        for point in [first, last].concat().as_chunks::<G1_BYTES>().0 {
            assert!(seen.insert(point.to_vec()));
        }
        for scalar in proof.published.iter().chain(evaluations(proof).iter().flatten()) {
            assert!(seen.insert(scalar.into_bigint().0.iter().flat_map(|limb| limb.to_be_bytes()).collect()));
        }
    }
}

#[test]
fn no_linear_combination_of_what_is_published_is_fixed() {
    let with_one = |proof: &SettlementProof| [&[Fr::ONE], &scalars(proof)[..]].concat();
    let rows: Vec<Vec<Fr>> = WORLD.proofs.iter().flatten().map(with_one).collect();
    let columns = 1 + 11 + 6 + 1 + 2;
    assert!(rows.iter().all(|row| row.len() == columns) && rows.len() > columns + 4);
    assert_eq!(rank(rows.clone()), columns);
    // And none tells the models apart: a column that does would be a combination of the others.
    let told = rows.into_iter().enumerate().map(|(index, mut row)| {
        row.push(if index < PROOFS { Fr::ZERO } else { Fr::ONE });
        row
    });
    assert_eq!(rank(told), columns + 1);
}
