//! Why a proof is refused, from the cheapest question to the dearest.

use hallmark_circuits::{
    codec::{PublishedKey, Receipt, ReceiptProof},
    error::Reject,
    settlement::{self, key::CircuitKey},
    verifier::{native::verify, statement::Statement},
};
use ndarray::ArrayD;
use thiserror::Error;

use super::Digest;
use hallmark_proving::proving::{ProveError, check_size, commit_tables};
use hallmark_proving::srs::Srs;

/// Why a proof is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The key is not the one that was registered.
    #[error(
        "the key's digest is {found}, but {expected} was expected: the key is of another model or of other weights"
    )]
    Key {
        /// The digest that was asked for.
        expected: Digest,
        /// The key's.
        found: Digest,
    },
    /// The key was made under another setup.
    #[error("the key was made under the setup {expected}, and the structured reference string given is {found}")]
    Setup {
        /// The key's.
        expected: Digest,
        /// That of the structured reference string.
        found: Digest,
    },
    /// The key's tables are not those of its architecture.
    #[error(
        "the key's commitments to its tables are not commitments to its architecture's tables: its maker could choose every answer"
    )]
    Tables,
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
    /// The proof is bound to something else.
    #[error("the proof was made for the context {found}, but {expected} was expected")]
    Context {
        /// The context that was asked for.
        expected: Digest,
        /// The proof's.
        found: Digest,
    },
    /// The contract's key is another one.
    #[error(
        "the settlement key's digest is {found}, but {expected} was expected: the contract is another model's, or was deployed under \
         another setup or by another version"
    )]
    SettlementKey {
        /// The digest that was asked for.
        expected: Digest,
        /// That of the key, the setup and this program.
        found: Digest,
    },
    /// There is no circuit's key to hold a settlement proof against.
    #[error("this is a settlement proof, which is not what is checked here")]
    Settlement,
    /// The proof does not verify.
    #[error("the proof does not hold for this input, output and digest: {0}")]
    Proof(#[from] Reject),
    /// The structured reference string does not reach.
    #[error("{0}")]
    Size(#[from] ProveError),
    /// The proof is of another output.
    #[error("output {index} is claimed to be {claimed}, but the proof is of {proved}")]
    Output {
        /// The position of the first value that differs.
        index: usize,
        /// What was claimed.
        claimed: String,
        /// What was proved.
        proved: String,
    },
}

/// Checks that a key is the registered one.
pub(super) fn check_digest(published: &PublishedKey, expected: Digest) -> Result<(), Refusal> {
    let found = Digest(published.key.digest());
    if found == expected { Ok(()) } else { Err(Refusal::Key { expected, found }) }
}

/// Checks that a key is of this setup and means what its architecture says.
pub(super) fn check_key(published: &PublishedKey, statement: &Statement<'_>, srs: &Srs) -> Result<(), Refusal> {
    let key = &published.key;
    let setup = srs.opening_key().digest;
    if key.setup != setup {
        return Err(Refusal::Setup { expected: Digest(key.setup), found: Digest(setup) });
    }
    check_size(statement, srs)?;
    let tables = tracing::info_span!("tables").in_scope(|| commit_tables(statement, srs));
    if tables == key.entry_outputs { Ok(()) } else { Err(Refusal::Tables) }
}

/// Checks that a receipt is about a key and bound to a context.
pub(super) fn check_names(published: &PublishedKey, context: Digest, receipt: &Receipt) -> Result<(), Refusal> {
    let expected = Digest(published.key.digest());
    if receipt.key != expected.0 {
        return Err(Refusal::Weights { expected, found: Digest(receipt.key) });
    }
    if receipt.context != context.0 {
        return Err(Refusal::Context { expected: context, found: Digest(receipt.context) });
    }
    Ok(())
}

/// Checks that a receipt proves its output, for a key that `check_key` accepts.
///
/// A settlement proof is held against `circuit`, which has to be the one that the architecture and the setup give.
pub fn check_receipt(
    published: &PublishedKey,
    srs: &Srs,
    circuit: Option<&CircuitKey>,
    context: Digest,
    input: &[i64],
    receipt: &Receipt,
) -> Result<(), Refusal> {
    check_names(published, context, receipt)?;
    let _span = tracing::info_span!("proof").entered();
    let (key, setup, output) = (&published.key, srs.opening_key(), &receipt.output);
    match &receipt.proof {
        ReceiptProof::OffChain(proof) => verify(key, setup, context.0, input, output, proof)?,
        ReceiptProof::Settlement(proof) => {
            let circuit = circuit.ok_or(Refusal::Settlement)?;
            settlement::native::verify(circuit, key, setup, context.0, [input, output], proof)?;
        }
    }
    Ok(())
}

/// Checks that claimed values are the proved ones, up to the rounding of integers.
pub(super) fn check_output(claimed: &ArrayD<f32>, proved: &[f32], scale: f32) -> Result<(), Refusal> {
    for (index, (&claimed, &proved)) in claimed.iter().zip(proved).enumerate() {
        let distance = (f64::from(claimed) - f64::from(proved)).abs();
        // A NaN is at no distance from anything.
        if distance.is_nan() || distance > f64::from(scale) / 2.0 {
            return Err(Refusal::Output { index, claimed: claimed.to_string(), proved: proved.to_string() });
        }
    }
    Ok(())
}
