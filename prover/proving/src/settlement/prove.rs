//! The settlement proof of an inference.

use ark_bn254::Fr;
use hallmark_circuits::{
    digest::Digest,
    settlement::{
        proof::SettlementProof,
        table::{VALUES, permute},
        verifier::{instances, published},
    },
    verifier::{native::seal, statement::Statement},
};
use rand::CryptoRng;
use tracing::info_span;

use super::{SettlementKeys, argument};
use crate::proving::Inference;

/// The values of a settlement circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The columns of values.
    pub columns: [Vec<Fr>; VALUES],
    /// The instances but for the first, which is one.
    pub instances: Vec<Fr>,
    /// The instances that the proof publishes.
    pub published: Vec<Fr>,
}

impl SettlementKeys {
    /// Proves in zero knowledge that an inference's proof is accepted for its claim on the model with this weight digest.
    ///
    /// A proof that is not accepted gives one that is refused.
    pub fn prove(
        &self,
        statement: &Statement<'_>,
        weight_digest: Digest,
        inference: &Inference,
        rng: &mut impl CryptoRng,
    ) -> SettlementProof {
        let _span = info_span!("settle").entered();
        let assignment = info_span!("assign").in_scope(|| self.assign(statement, weight_digest, inference));
        let _span = info_span!("argument").entered();
        let instances = [&[Fr::from(1)], assignment.instances.as_slice()].concat();
        let argument = argument::prove(&self.argument, &self.parameters, assignment.columns, &instances, rng);
        let commitments = inference.proof.commitments.clone();
        SettlementProof { commitments, published: assignment.published, argument }
    }

    /// Runs the circuit on a proof.
    #[must_use]
    pub fn assign(&self, statement: &Statement<'_>, weight_digest: Digest, inference: &Inference) -> Assignment {
        let Inference { claim, proof } = inference;
        let sealed = seal(weight_digest, &statement.told(claim), &proof.commitments);
        let elements = [proof.elements.as_slice(), &statement.hidden(claim)].concat();
        // The words are packed with a challenge that comes out of the seals and the first elements alone.
        let gamma = self.computed(&self.circuit.wiring().evaluate(&sealed, &elements, permute))[0];
        let packed = statement.pack_shown(claim, gamma);
        let given: Vec<Fr> = sealed.iter().copied().chain([packed]).collect();
        let wires = self.circuit.wiring().evaluate(&given, &elements, permute);
        let computed = self.computed(&wires);
        let (published, digests) = computed.split_at(published(&statement.layout));
        Assignment {
            columns: self.table().columns(self.circuit.wiring(), &wires),
            instances: instances(&sealed, packed, published, digests),
            published: published.to_vec(),
        }
    }

    /// The instances that the circuit computes.
    fn computed(&self, wires: &[Fr]) -> Vec<Fr> {
        self.circuit.wiring().published.iter().map(|wire| wires[*wire]).collect()
    }
}
