//! The check of a settlement proof on a computer: halo2's own verifier, and the deferred group equation.

use std::io;

use ark_bn254::{Fr, G1Affine};
use ark_ec::AffineRepr;
use halo2_proofs::{
    SerdeFormat,
    halo2curves::{
        bn256::{self, Bn256},
        serde::SerdeObject,
    },
    plonk::{self, verify_proof},
    poly::{
        commitment::ParamsProver,
        kzg::{
            commitment::{KZGCommitmentScheme, ParamsKZG},
            multiopen::VerifierSHPLONK,
            strategy::SingleStrategy,
        },
    },
};

use super::{
    circuit::SettlementCircuit,
    convert::{g2_to_halo2, point_from_halo2, point_to_halo2, scalar_from_halo2, scalar_to_halo2},
    halo2_transcript::Challenge,
    held::Held,
    key::CircuitKey,
    proof::SettlementProof,
    transcript::KeccakTranscript,
    trusted::SettlementKey,
};
use crate::{
    claim::Claim,
    digest::Digest,
    error::{Check, Reject},
    srs::OpeningKey,
    verifier::native::check_digest,
};

/// Halo2's verifying key of a settlement circuit.
pub type HaloKey = plonk::VerifyingKey<bn256::G1Affine>;

impl CircuitKey {
    /// What a contract needs of halo2's key.
    #[must_use]
    pub fn from_halo2(key: &HaloKey) -> Option<Self> {
        let points = |points: &[bn256::G1Affine]| points.iter().map(point_from_halo2).collect::<Vec<_>>();
        Some(Self {
            log_rows: key.get_domain().k(),
            root: scalar_from_halo2(&key.get_domain().get_omega()),
            transcript: scalar_from_halo2(&key.transcript_repr()),
            constants: points(key.fixed_commitments()).try_into().ok()?,
            permutation: points(key.permutation().commitments()).try_into().ok()?,
        })
    }

    /// Halo2's key, by way of the bytes in which it stores keys.
    ///
    /// # Errors
    /// If halo2 does not take a key of these numbers and points.
    pub fn to_halo2(&self) -> io::Result<HaloKey> {
        // Version 2, the rows, no compressed selectors, the columns.
        let mut bytes = vec![2];
        bytes.extend(self.log_rows.to_le_bytes());
        bytes.push(0);
        bytes.extend((self.constants.len() as u32).to_le_bytes());
        for point in self.constants.iter().chain(&self.permutation) {
            point_to_halo2(point).write_raw(&mut bytes)?;
        }
        HaloKey::read::<_, SettlementCircuit<'_>>(&mut bytes.as_slice(), SerdeFormat::RawBytes, ())
    }
}

/// Checks that the model answers the input with the output that is claimed, and that the proof was made for this context.
///
/// # Soundness
/// The model is the one with `model_digest`. The caller has that digest from where the model was registered, and not from
/// whoever gave the key or the proof. It has the input and the context from whoever asks, too.
///
/// # Errors
/// - [`Reject::Digest`] if the key is another model's.
/// - [`Reject::Commitments`], [`Reject::Neutral`] or [`Reject::Published`] if the proof does not have the model's shape.
/// - [`Reject::Values`] or [`Reject::Output`] if the claimed values are too many or too few, or not the model's kind.
/// - [`Reject::Check`] if the halo2 proof or the deferred equation does not hold.
pub fn verify<V: AsRef<[i64]>>(
    key: &SettlementKey,
    model_digest: Digest,
    claim: &Claim<V>,
    proof: &SettlementProof,
) -> Result<(), Reject> {
    check_digest(model_digest, key.digest())?;
    held(key).verify(claim, proof)
}

/// Checks what [`verify`] checks, for whoever has the claim in the bytes that a contract is told. If these tell an input by its
/// digests, then there is an input with these digests that the model answers so.
///
/// # Soundness
/// As for [`verify`].
///
/// # Errors
/// As for [`verify`], but [`Reject::Told`] or [`Reject::InputDigest`] if the bytes are not the model's kind.
pub fn verify_told(
    key: &SettlementKey,
    model_digest: Digest,
    claim: &Claim<Vec<u8>>,
    proof: &SettlementProof,
) -> Result<(), Reject> {
    check_digest(model_digest, key.digest())?;
    held(key).verify_told(claim, proof)
}

fn held(key: &SettlementKey) -> Held<'_> {
    let model = key.model();
    Held { model: model.key(), weight_digest: model.weight_digest(), circuit: key.circuit(), check_argument }
}

/// Checks the halo2 proof of these instances, which are without the first.
fn check_argument(circuit: &CircuitKey, setup: &OpeningKey, instances: &[Fr], argument: &[u8]) -> Result<(), Reject> {
    let refused = Reject::Check(Check::Settlement);
    let key = circuit.to_halo2().map_err(|_| refused.clone())?;
    let parameters = verifier_parameters(circuit.log_rows, setup);
    let instances: Vec<bn256::Fr> = [Fr::from(1)].iter().chain(instances).map(scalar_to_halo2).collect();
    let mut transcript = KeccakTranscript::new(argument);
    verify_proof::<KZGCommitmentScheme<Bn256>, VerifierSHPLONK<'_, Bn256>, Challenge, _, SingleStrategy<'_, _>>(
        &parameters,
        &key,
        SingleStrategy::new(&parameters),
        &[&[&instances]],
        &mut transcript,
    )
    .map_err(|_| refused.clone())?;
    if transcript.into_stream().is_empty() { Ok(()) } else { Err(refused) }
}

/// What halo2's verifier reads of a setup: the number of rows, the generator, and both points of G2.
fn verifier_parameters(log_rows: u32, setup: &OpeningKey) -> ParamsKZG<Bn256> {
    let generator = vec![point_to_halo2(&G1Affine::generator())];
    let [g2, tau_g2] = [&setup.g2, &setup.tau_g2].map(g2_to_halo2);
    // There is no constructor but a method of an existing setup, which it ignores.
    ParamsKZG::new(0).from_parts(log_rows, generator, Some(Vec::new()), g2, tau_g2)
}
