//! Why a proof, a key or a model is refused.

use thiserror::Error;

use crate::{
    digest::Digest,
    message::Message,
    model::{ModelError, ScoreError},
    semantics::ExecutionError,
};

/// An equation that the verifier asserts. The native error, the circuit's annotation and the tests share these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// The first sumcheck's last claim is not what its evaluations give.
    MainSumcheck,
    /// The merging sumcheck's last claim is not what the opened values give.
    MergeSumcheck,
    /// A challenge of the opening is one for which interpolation is undefined.
    OpeningPoints,
    /// The pairing equation of the opening does not hold.
    Pairing,
    /// The proof that the settlement circuit holds is refused.
    Settlement,
}

/// Why the verifier refuses a proof.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Reject {
    /// An equation does not hold.
    #[error("the check {0:?} does not hold")]
    Check(Check),
    /// The proof ends before all was said.
    #[error("the proof ends after {found} field elements, before the message {message:?}")]
    Ended {
        /// The message that is missing.
        message: Message,
        /// The number of elements found.
        found: usize,
    },
    /// The proof says more than it should.
    #[error("the proof has {found} field elements where the verifying key fixes {expected}")]
    Trailing {
        /// The number that the verifying key fixes.
        expected: usize,
        /// The number found.
        found: usize,
    },
    /// The key is another one than the proof was to be about.
    #[error("the key's digest is {found}, and {expected} was named: these are other weights, or another model")]
    Digest {
        /// The digest that was named.
        expected: Digest,
        /// The key's.
        found: Digest,
    },
    /// What was told of the input or of the output does not have the model's length.
    #[error("the claimed {what} has {found} bytes, and the model's has {expected}")]
    Told {
        /// The input or the output.
        what: &'static str,
        /// The model's number of bytes.
        expected: usize,
        /// The number found.
        found: usize,
    },
    /// A digest of the input is not below the order of the field, so that it would be another name of the same input.
    #[error("a digest of the input is not reduced")]
    InputDigest,
    /// The public values are not of the model's kind.
    #[error("{0}")]
    Values(#[from] ExecutionError),
    /// The output does not have the model's number of values or one lies outside its table's range.
    #[error("the claimed output has {found} values within the model's range where it must have {expected}")]
    Output {
        /// The model's number of values.
        expected: usize,
        /// The number of fitting values.
        found: usize,
    },
    /// A batch of group elements has another length than the verifying key fixes.
    #[error("the proof has {found} commitments to {part} where the verifying key fixes {expected}")]
    Commitments {
        /// What is committed to.
        part: &'static str,
        /// The number that the verifying key fixes.
        expected: usize,
        /// The number found.
        found: usize,
    },
    /// A group element of the proof is the neutral one, which no honest proof has.
    #[error("commitment {index} to {part} is the neutral element, which no proof has: get the proof again")]
    Neutral {
        /// What is committed to.
        part: &'static str,
        /// Which of its points.
        index: usize,
    },
    /// The published numbers are not as many as the verifying key fixes.
    #[error("the proof does not publish as many numbers as the verifying key fixes")]
    Published,
    /// The model itself is refused.
    #[error("the key's model is refused: {0}")]
    Model(#[from] ModelError),
}

/// Why a key can't be trusted, or not be derived.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The architecture is refused.
    #[error("the model is refused: {0}")]
    Model(#[from] ModelError),
    /// The key has another number of commitments than its architecture fixes, or can't be planned.
    #[error("{0}")]
    Shape(#[from] Reject),
    /// The key was made under another setup.
    #[error("the key was made under the setup {expected}, and the structured reference string given is {found}")]
    Setup {
        /// The key's.
        expected: Digest,
        /// That of the structured reference string.
        found: Digest,
    },
    /// There are too few powers for a row.
    #[error(
        "the model needs a structured reference string of size 2^{needed}, and this one has 2^{found}: make or import a larger one"
    )]
    Powers {
        /// The base-two logarithm that is needed.
        needed: u32,
        /// The base-two logarithm found.
        found: u32,
    },
    /// The key's tables are not those of its architecture.
    #[error(
        "the key's commitments to its tables are not commitments to its architecture's tables: its maker could choose every answer"
    )]
    Tables,
    /// The model can't be scored on the data set.
    #[error("{0}")]
    Score(#[from] ScoreError),
    /// The data set's rows are of another length than those of the model's weights.
    #[error(
        "the data set is committed to in rows of 2^{found} numbers, and the model's weights in rows of 2^{expected}: commit to the set \
         again with --row-bits {expected}"
    )]
    SetRows {
        /// The bits of the model's rows.
        expected: u32,
        /// Those of the set's.
        found: u32,
    },
    /// The data set has no such chunk.
    #[error("the data set has {count} chunks, counted from 0, and chunk {found} is asked for")]
    Chunk {
        /// The chunk that is asked for.
        found: usize,
        /// How many there are.
        count: usize,
    },
    /// The model or the data set has more or fewer commitments than its form fixes.
    #[error("the model or the data set has more or fewer commitments than its form fixes: its file is damaged")]
    SetShape,
    /// There are too few powers for the settlement circuit.
    #[error(
        "the settlement circuit needs a structured reference string of size 2^{needed}, and this one has 2^{found}: import more \
         powers of the same ceremony, which keeps the model's commitments, or prove with `--off-chain`"
    )]
    CircuitPowers {
        /// The base-two logarithm that is needed.
        needed: u32,
        /// The base-two logarithm found.
        found: u32,
    },
    /// The model's verifier is too large for a circuit.
    #[error(
        "the settlement circuit would have about {rows} rows where at most {limit} are accepted: take a model of fewer \
         steps, or prove with `--off-chain`"
    )]
    CircuitSize {
        /// The rows that are expected.
        rows: usize,
        /// The most rows.
        limit: usize,
    },
    /// Commitments to a circuit's columns that were given are not commitments to them.
    #[error("the commitments that were given are not the settlement circuit's under this setup")]
    CircuitColumns,
    /// A circuit was derived for another architecture or under another setup than the key's.
    #[error("the settlement circuit is another architecture's, or was derived under another setup")]
    OtherCircuit,
    /// The batches that were derived are not those that the key is offered in.
    #[error("the batches that were derived are not those of the key, or are another architecture's or setup's")]
    OtherBatches,
    /// The model is not offered in batches of this size.
    #[error(
        "the model digest covers no batch of {size} samples, but {}: ask for a proof of one of these, or of one sample",
        sizes(offered)
    )]
    Batch {
        /// The number of samples.
        size: usize,
        /// The sizes that the model is offered in.
        offered: Vec<usize>,
    },
}

/// Sizes as text.
fn sizes(offered: &[usize]) -> String {
    if offered.is_empty() {
        return "none at all".into();
    }
    let sizes: Vec<String> = offered.iter().map(usize::to_string).collect();
    format!("those of {}", sizes.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_batch_is_told_with_those_that_there_are() {
        let told = |offered: &[usize]| KeyError::Batch { size: 8, offered: offered.to_vec() }.to_string();
        assert!(told(&[2, 4]).contains("no batch of 8 samples, but those of 2, 4: ask"), "{}", told(&[2, 4]));
        assert!(told(&[]).contains("but none at all"), "{}", told(&[]));
    }
}
