//! The messages of a proof, by name.

/// A keccak digest of group elements, made outside of the verifier's arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sealed {
    /// Everything public, and the commitments to the cells and the multiplicities.
    Commitments,
    /// The commitments to the helpers.
    Helpers,
    /// The commitments to the opening's fold and to its cross terms.
    Fold,
    /// The commitment to the quotient of the opening's division.
    Division,
    /// The commitment to the opening's batched quotient.
    Batch,
}

/// The digests, in the order in which they are absorbed.
pub const SEALED: [Sealed; 5] = [Sealed::Commitments, Sealed::Helpers, Sealed::Fold, Sealed::Division, Sealed::Batch];

impl Sealed {
    /// The text that separates the digest from every other digest.
    #[must_use]
    pub const fn domain(self) -> &'static [u8] {
        match self {
            Self::Commitments => b"hallmark inference 2",
            Self::Helpers => b"hallmark helpers 2",
            Self::Fold => b"hallmark fold 2",
            Self::Division => b"hallmark division 2",
            Self::Batch => b"hallmark batch 2",
        }
    }
}

/// Field elements that the prover sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// A random element, so that challenges reveal nothing private.
    Salt,
    /// The values at the challenge point of all terms of one factor: those over weights, then those over values.
    LinearTerms,
    /// A round of the main sumcheck.
    MainRound,
    /// The evaluations at the end of the main sumcheck: of the polynomials over cells and entries, at its point.
    Evaluations,
    /// The operands of a product, at the end of the main sumcheck.
    Operands,
    /// A round of the merging sumcheck.
    MergeRound,
    /// The four values at the end of the merging sumcheck.
    Opened,
    /// The remainder of the opening's division.
    Remainder,
    /// The opening's fold and its cross terms at the challenge point and its inverse.
    FoldEvaluations,
}
