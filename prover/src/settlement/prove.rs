//! The settlement proof of an inference.

use ark_bn254::Fr;
use hallmark_circuits::{
    commitments::Public,
    relations::packing::pack,
    settlement::{
        convert::scalar_to_halo2,
        proof::SettlementProof,
        table::{VALUES, permute},
        transcript::{Challenge, KeccakTranscript},
        verifier::instances,
    },
    verifier::{
        native::{Proof, seal},
        statement::Statement,
    },
};
use halo2_proofs::{
    halo2curves::{
        bn256::{self, Bn256},
        ff::Field,
    },
    plonk::create_proof_from_advice,
    poly::kzg::{commitment::KZGCommitmentScheme, multiopen::ProverSHPLONK},
};
use rand::CryptoRng;
use rayon::prelude::*;
use tracing::info_span;

use super::{SettlementError, SettlementKeys, random::HaloRng};

/// The values of a settlement circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The columns of values.
    pub columns: [Vec<Fr>; VALUES],
    /// The instances but for the first, which is one.
    pub instances: Vec<Fr>,
    /// The instances that are published, which are the last.
    pub published: Vec<Fr>,
}

impl SettlementKeys {
    /// Proves in zero knowledge that `proof` is accepted for these public values.
    ///
    /// A proof that is not accepted gives one that is refused.
    pub fn prove(
        &self,
        statement: &Statement<'_>,
        public: &Public,
        values: [&[i64]; 2],
        proof: Proof,
        rng: &mut impl CryptoRng,
    ) -> Result<SettlementProof, SettlementError> {
        let _span = info_span!("settle").entered();
        let assignment = info_span!("assign").in_scope(|| self.assign(statement, public, values, &proof));
        let argument = info_span!("halo2").in_scope(|| self.argue(assignment.columns, &assignment.instances, rng))?;
        Ok(SettlementProof { commitments: proof.commitments, published: assignment.published, argument })
    }

    /// Runs the circuit on a proof.
    #[must_use]
    pub fn assign(&self, statement: &Statement<'_>, public: &Public, values: [&[i64]; 2], proof: &Proof) -> Assignment {
        let sealed = seal(public, &proof.commitments);
        // The words are packed with a challenge that comes out of the seals and the first elements alone.
        let gamma = self.published(&self.wiring.evaluate(&sealed, &proof.elements, permute))[0];
        let packed = pack(statement.model, &statement.layout, values, gamma);
        let given: Vec<Fr> = sealed.iter().copied().chain([packed]).collect();
        let wires = self.wiring.evaluate(&given, &proof.elements, permute);
        let published = self.published(&wires);
        Assignment {
            columns: self.table.columns(&self.wiring, &wires),
            instances: instances(&sealed, packed, &published),
            published,
        }
    }

    fn published(&self, wires: &[Fr]) -> Vec<Fr> {
        self.wiring.published.iter().map(|wire| wires[*wire]).collect()
    }

    fn argue(
        &self,
        columns: [Vec<Fr>; VALUES],
        instances: &[Fr],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, SettlementError> {
        let rows = 1 << self.circuit().log_rows;
        let advice = columns
            .into_iter()
            .map(|column| {
                let mut column: Vec<bn256::Fr> = column.par_iter().map(scalar_to_halo2).collect();
                column.resize(rows, bn256::Fr::ZERO);
                column
            })
            .collect();
        let instances: Vec<bn256::Fr> = [Fr::from(1)].iter().chain(instances).map(scalar_to_halo2).collect();
        let mut transcript = KeccakTranscript::new(Vec::new());
        create_proof_from_advice::<KZGCommitmentScheme<Bn256>, ProverSHPLONK<'_, Bn256>, Challenge, _, _>(
            &self.parameters.halo2,
            &self.proving,
            &[&instances],
            advice,
            HaloRng(rng),
            &mut transcript,
        )
        .map_err(SettlementError::halo("prove"))?;
        Ok(transcript.into_stream())
    }
}
