//! Halo2's own prover of a settlement circuit.

use ark_bn254::Fr;
use hallmark_circuits::settlement::{
    circuit::SettlementCircuit,
    convert::{g2_to_halo2, point_to_halo2, scalar_to_halo2},
    halo2_transcript::Challenge,
    table::{Table, VALUES},
};
use hallmark_proving::srs::Srs;
use halo2_proofs::{
    halo2curves::bn256::{self, Bn256},
    plonk::{create_proof, keygen_pk, keygen_vk},
    poly::{
        commitment::ParamsProver,
        kzg::{
            commitment::{KZGCommitmentScheme, ParamsKZG},
            multiopen::ProverSHPLONK,
        },
    },
    transcript::TranscriptWrite,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rand_core_06::{Error, RngCore};

/// The first powers of a setup, one for each row of a circuit.
pub fn parameters(srs: &Srs, log_rows: u32) -> ParamsKZG<Bn256> {
    let points = srs.g1()[..1 << log_rows].iter().map(point_to_halo2).collect();
    let [g2, tau_g2] = [&srs.opening_key().g2, &srs.opening_key().tau_g2].map(g2_to_halo2);
    ParamsKZG::new(0).from_parts(log_rows, points, None, g2, tau_g2)
}

/// Proves that the columns satisfy a circuit with these instances, whether they do or not.
pub fn prove(
    parameters: &ParamsKZG<Bn256>,
    table: &Table,
    columns: &[Vec<Fr>; VALUES],
    instances: &[Fr],
    rng: impl RngCore,
    transcript: &mut impl TranscriptWrite<bn256::G1Affine, Challenge>,
) {
    let circuit = SettlementCircuit::new(table);
    let key = keygen_pk(parameters, keygen_vk(parameters, &circuit).unwrap(), &circuit).unwrap();
    let circuit = SettlementCircuit::with_columns(table, columns);
    let instances: Vec<bn256::Fr> = instances.iter().map(scalar_to_halo2).collect();
    create_proof::<KZGCommitmentScheme<Bn256>, ProverSHPLONK<'_, Bn256>, Challenge, _, _, _>(
        parameters,
        &key,
        &[circuit],
        &[&[&instances]],
        rng,
        transcript,
    )
    .unwrap();
}

/// Randomness as halo2 asks for it.
pub struct Drawn(ChaCha20Rng);

impl Drawn {
    pub fn new(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }
}

impl RngCore for Drawn {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}
