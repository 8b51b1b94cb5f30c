//! Halo2's own prover, as the oracle of this project's: with the same randomness it sends the same commitments to the columns
//! and to the permutation's product, and its proofs are verified by the same keys.

use ark_bn254::Fr;
use ark_ff::Field;
use hallmark_circuits::{
    encoding::G1_BYTES,
    settlement::{native::verify, proof::SettlementProof, transcript::KeccakTranscript},
};
use hallmark_proving::settlement::SettlementKeys;
use hallmark_proving::srs::Srs;
use hallmark_testing::{
    circuit::{Proved, small, small_weights},
    halo2::{parameters, prove},
    trusted::settlement_key,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rand_core_06::{Error, RngCore};

/// The words of 64 bits that a scalar is drawn from.
const WORDS: usize = 8;
/// The random values of the three columns.
const OF_COLUMNS: usize = 3 * 6;
/// What halo2 draws then, one for each commitment, and uses for nothing over KZG.
const UNUSED: usize = 3;

/// What the other prover draws, with values in between that only halo2 draws.
struct Replayed {
    rng: ChaCha20Rng,
    /// Words.
    drawn: usize,
}

impl RngCore for Replayed {
    fn next_u32(&mut self) -> u32 {
        unreachable!("halo2 draws scalars in words of 64 bits");
    }

    fn next_u64(&mut self) -> u64 {
        let scalar = self.drawn / WORDS;
        self.drawn += 1;
        if (OF_COLUMNS..OF_COLUMNS + UNUSED).contains(&scalar) { 0 } else { self.rng.next_u64() }
    }

    fn fill_bytes(&mut self, _: &mut [u8]) {
        unreachable!("halo2 draws scalars in words of 64 bits");
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

#[test]
fn halo2_s_prover_sends_the_same_columns_and_its_proofs_hold_too() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let srs = Srs::insecure(12, &mut rng);
    let weights = small_weights(&mut rng);
    let proved = Proved::new(small(), weights, &srs, &mut rng);
    let (statement, weights) = (proved.statement(), proved.model.key.digest());
    let keys = SettlementKeys::new(&statement, &srs).unwrap();
    let assignment = keys.assign(&statement, weights, &proved.inference);

    let parameters = parameters(&srs, keys.circuit().log_rows);
    let instances = [&[Fr::ONE], assignment.instances.as_slice()].concat();
    let mut transcript = KeccakTranscript::new(Vec::new());
    let replayed = Replayed { rng: ChaCha20Rng::seed_from_u64(2), drawn: 0 };
    prove(&parameters, keys.table(), &assignment.columns, &instances, replayed, &mut transcript);
    let argument = transcript.into_stream();

    let ours = keys.prove(&statement, weights, &proved.inference, &mut ChaCha20Rng::seed_from_u64(2));
    // Three columns and the product; what follows is random in both.
    let sent = 4 * G1_BYTES;
    assert_eq!(argument[..sent], ours.argument[..sent]);
    assert_ne!(argument[sent..sent + G1_BYTES], ours.argument[sent..sent + G1_BYTES]);
    let theirs = SettlementProof { argument, ..ours.clone() };
    for proof in [ours, theirs] {
        let key = settlement_key(&keys, &proved.model.key, &srs);
        assert_eq!(verify(&key, key.digest(), &proved.inference.claim, &proof), Ok(()));
    }
}
