//! Lies of an operator and of others, and what the contract says to each.

use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
use hallmark_circuits::{
    commitments::Public,
    encoding::{FR_BYTES, G1_BYTES},
    model::{Architecture, Weights},
    relations::packing::public_tensors,
    settlement::proof::SettlementProof,
};
use serde_json::{Value, json};

use super::{Answered, Bundle, CliError, Market, Operator, Sample};
use hallmark_chain::chain::Refusal;
use hallmark_proving::proving::commit;
use hallmark_proving::settlement::SettlementKeys;

/// A lie that was refused.
pub(super) struct Lie {
    pub(super) what: String,
    pub(super) refusal: Refusal,
    /// Why it is refused as well where it is told under the registered key.
    pub(super) relabelled: Option<Refusal>,
}

/// The truth that lies are made of.
#[derive(Clone, Copy)]
pub(super) struct Truth<'d> {
    pub(super) operator: &'d Operator,
    pub(super) keys: &'d SettlementKeys,
    pub(super) bundle: &'d Bundle,
    pub(super) sample: &'d Sample,
    pub(super) answered: &'d Answered,
    pub(super) proof: &'d SettlementProof,
}

impl Lie {
    fn new(what: &str, refusal: Refusal) -> Self {
        Self { what: what.into(), refusal, relabelled: None }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "lie": self.what,
            "valid": false,
            "error": self.refusal.error,
            "reason": self.refusal.reason,
            "relabelled_error": self.relabelled.as_ref().map(|refusal| refusal.error),
            "relabelled_reason": self.relabelled.as_ref().map(|refusal| &refusal.reason),
        })
    }
}

impl Truth<'_> {
    /// Tells all lies.
    pub(super) fn bend(&self, market: &mut Market) -> Result<Vec<Lie>, CliError> {
        let mut lies = vec![self.cheaper_model(market)?];
        let bytes = self.proof.to_bytes();
        for (what, public) in self.other_claims(market)? {
            lies.push(Lie::new(&what, market.refuse(&public, &bytes)?));
        }
        for (what, proof) in [
            ("another proof: one bit of a point is flipped", self.flip_bit()),
            ("the same proof in other bytes: the order of the group is added to a number", self.add_order()),
        ] {
            lies.push(Lie::new(what, market.refuse(&self.answered.public, &proof)?));
        }
        Ok(lies)
    }

    /// A sound proof of another model's answer: the operator serves a model that costs less.
    fn cheaper_model(&self, market: &mut Market) -> Result<Lie, CliError> {
        let Self { operator, keys, sample, .. } = *self;
        let architecture = operator.model.key.architecture.clone();
        let weights = prune(&architecture, &operator.model.weights);
        let cheaper = commit(architecture, weights, &operator.srs, &mut rand::rng())?;
        let statement = operator.statement()?;
        let settler = operator.settler(&statement, keys, &cheaper);
        let answered = operator.answer(&settler, &cheaper, sample, self.answered.public.context)?;
        let proof = answered.settle(&settler)?.to_bytes();
        let key = settler.settlement_key();
        Ok(Lie {
            what: "another model: half of the weights are zero".into(),
            refusal: market.refuse_key(&key, &answered.public, &proof)?,
            relabelled: Some(market.refuse(&answered.public, &proof)?),
        })
    }

    /// Other public values, for which the honest proof is offered.
    fn other_claims(&self, market: &Market) -> Result<[(String, Public); 4], CliError> {
        let public = &self.answered.public;
        let other = self.bundle.other(self.sample).ok_or(CliError::Demo("all images show one digit"))?;
        let (output, claimed) = self.other_output()?;
        let input = self.operator.input(&other)?;
        Ok([
            (
                format!("another output: the proof is offered for the answer {claimed}"),
                Public { output, ..public.clone() },
            ),
            (
                format!("another input: the proof is offered for a picture of the digit {}", other.label),
                Public { input, ..public.clone() },
            ),
            (
                "another payee: whoever saw the proof offers it with an address of their own".into(),
                Public { context: market.other_payee(), ..public.clone() },
            ),
            (
                "another request: the operator offers the proof a second time".into(),
                Public { context: market.next_request(), ..public.clone() },
            ),
        ])
    }

    /// The output's bytes with one that was below the greatest in its place.
    fn other_output(&self) -> Result<(Vec<u8>, usize), CliError> {
        let mut output = self.answered.inference.output.clone();
        let greatest = (0..output.len()).rev().max_by_key(|&index| output[index]).unwrap_or(0);
        let below = (0..output.len()).filter(|&index| output[index] < output[greatest]);
        let claimed = below.max_by_key(|&index| output[index]).unwrap_or(greatest);
        output.swap(greatest, claimed);
        let statement = self.operator.statement()?;
        let [_, tensor] = public_tensors(statement.model, &statement.layout);
        Ok((tensor.to_bytes(&output), claimed))
    }

    fn flip_bit(&self) -> Vec<u8> {
        let mut bytes = self.proof.to_bytes();
        if let Some(byte) = bytes.get_mut(G1_BYTES - 1) {
            *byte ^= 1;
        }
        bytes
    }

    /// The proof with s + r where the first scalar s is published: the same number modulo r.
    fn add_order(&self) -> Vec<u8> {
        let mut bytes = self.proof.to_bytes();
        let points = self.proof.commitments.points().count();
        let mut scalar = self.proof.published.first().copied().unwrap_or_default().into_bigint();
        // 2 r is below 2^255: nothing is carried.
        let _carry = scalar.add_with_carry(&Fr::MODULUS);
        if let Some(place) = bytes.get_mut(points * G1_BYTES..points * G1_BYTES + FR_BYTES) {
            place.copy_from_slice(&scalar.to_bytes_be());
        }
        bytes
    }
}

/// Every second weight becomes zero. Biases stay: all sums are then nearer to them, so that no sum leaves its table.
fn prune(architecture: &Architecture, weights: &Weights) -> Weights {
    let shapes = architecture.weights.iter();
    let prune = |(values, axes): (&Vec<i64>, &Vec<usize>)| match axes.len() {
        0 | 1 => values.clone(),
        _ => values.iter().enumerate().map(|(index, value)| if index % 2 == 0 { *value } else { 0 }).collect(),
    };
    Weights(weights.0.iter().zip(shapes.map(|shape| &shape.axes)).map(prune).collect())
}
