//! Why a proof is refused, from the cheapest question to the dearest.

use hallmark_circuits::{
    codec::{Receipt, ReceiptProof},
    digest::Digest,
    error::Reject,
    key::VerifyingKey,
    settlement::{self, trusted::SettlementKey},
    trusted::TrustedKey,
    verifier::native::verify,
};
use hallmark_compiling::number::count;
use ndarray::ArrayD;
use thiserror::Error;

use super::outputs::Output;

/// Why a proof is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The key is not the one that was registered.
    #[error(
        "the key's digest is {found}, but {expected} was expected: the key is of another model, of other weights or of another \
         circuit"
    )]
    Key {
        /// The digest that was asked for.
        expected: Digest,
        /// The key's.
        found: Digest,
    },
    /// The proof is about another key.
    #[error(
        "the proof was made with weights whose digest is {found}, but {expected} was expected: these are other weights, or another model"
    )]
    Weights {
        /// The digest that was asked for.
        expected: Digest,
        /// The proof's.
        found: Digest,
    },
    /// The score or the key is of another data set.
    #[error("the data set's digest is {found}, but {expected} was expected: these are other samples or labels")]
    Set {
        /// The digest that was asked for.
        expected: Digest,
        /// The key's, or the score's.
        found: Digest,
    },
    /// A score has proofs of some chunks only, or of more than there are.
    #[error("the score has proofs of {found} of the data set's {}: prove the others too", count(*expected, "chunk"))]
    Chunks {
        /// The chunks of the set.
        expected: usize,
        /// The proofs that there are.
        found: usize,
    },
    /// The proof is bound to something else.
    #[error("the proof was made for the context {found}, but {expected} was expected")]
    Context {
        /// The context that was asked for.
        expected: Digest,
        /// The proof's.
        found: Digest,
    },
    /// The proof is of more or fewer samples.
    #[error(
        "the proof is of {}, and {expected} {} given: give those that it was made for, in their order",
        count(*found, "sample"),
        if *expected == 1 { "was" } else { "were" }
    )]
    Samples {
        /// The number of samples that were given.
        expected: usize,
        /// The proof's.
        found: usize,
    },
    /// There is no circuit's key to hold a settlement proof against.
    #[error("this is a settlement proof, which is not what is checked here")]
    Settlement,
    /// The proof does not verify.
    #[error("the proof does not hold for this input, output and digest: {0}")]
    Proof(#[from] Reject),
    /// The proof is of another output.
    #[error("{output} {index} is claimed to be {claimed}, but the proof is of {proved}")]
    Output {
        /// The output, for people.
        output: String,
        /// The position of the first value that differs.
        index: usize,
        /// What was claimed.
        claimed: String,
        /// What was proved.
        proved: String,
    },
}

/// What a proof is held against. Either was derived here, but for the weights' commitments.
#[derive(Clone, Debug)]
pub enum Trusted {
    /// What off-chain proofs alone are held against.
    Weights(Box<TrustedKey>),
    /// What proofs of both kinds are held against.
    Model(Box<SettlementKey>),
}

impl Trusted {
    /// The key without a circuit.
    #[must_use]
    pub fn weights(&self) -> &TrustedKey {
        match self {
            Self::Weights(key) => key,
            Self::Model(key) => key.model(),
        }
    }

    /// The whole settlement key, where it was derived.
    #[must_use]
    pub fn model(&self) -> Option<&SettlementKey> {
        match self {
            Self::Weights(_) => None,
            Self::Model(key) => Some(key),
        }
    }
}

/// Checks that a digest is the one that was asked for.
pub(crate) fn check_digest(expected: Digest, found: Digest) -> Result<(), Refusal> {
    if found == expected { Ok(()) } else { Err(Refusal::Key { expected, found }) }
}

/// Checks that a receipt is about a key and bound to a context.
pub(crate) fn check_names(key: &VerifyingKey, context: Digest, receipt: &Receipt) -> Result<(), Refusal> {
    let expected = key.digest();
    if receipt.key != expected {
        return Err(Refusal::Weights { expected, found: receipt.key });
    }
    let found = receipt.answer.context;
    if found == context { Ok(()) } else { Err(Refusal::Context { expected: context, found }) }
}

/// Checks that a receipt is of so many samples.
pub(crate) fn check_samples(expected: usize, receipt: &Receipt) -> Result<(), Refusal> {
    let found = receipt.samples;
    if found == expected { Ok(()) } else { Err(Refusal::Samples { expected, found }) }
}

/// Checks that a receipt proves its output.
///
/// # Soundness
/// The caller has to check that the key is the registered one, or that of a batch which the registered one lists.
///
/// # Errors
/// [`Refusal`] if the receipt's values are not of the model, or its proof does not hold.
pub fn check_receipt(key: &Trusted, input: &[i64], receipt: &Receipt) -> Result<(), Refusal> {
    let weights = key.weights();
    let _span = tracing::info_span!("proof").entered();
    let claim = receipt.claim(input);
    match &receipt.proof {
        ReceiptProof::OffChain(proof) => verify(weights, weights.weight_digest(), &claim, proof)?,
        ReceiptProof::Settlement(proof) => {
            let key = key.model().ok_or(Refusal::Settlement)?;
            settlement::native::verify(key, key.digest(), &claim, proof)?;
        }
    }
    Ok(())
}

/// Checks that claimed values are the proved ones, up to the rounding of integers.
pub(crate) fn check_output(claimed: &ArrayD<f32>, output: &Output, proved: &[f32]) -> Result<(), Refusal> {
    for (index, (&claimed, &proved)) in claimed.iter().zip(proved).enumerate() {
        let distance = (f64::from(claimed) - f64::from(proved)).abs();
        // A NaN is at no distance from anything.
        if distance.is_nan() || distance > f64::from(output.scale()) / 2.0 {
            let output = output.name().map_or_else(|| "output".into(), |name| format!("in `{name}` value"));
            return Err(Refusal::Output { output, index, claimed: claimed.to_string(), proved: proved.to_string() });
        }
    }
    Ok(())
}
