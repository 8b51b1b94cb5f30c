//! What is said in a proof, by name.

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
    /// What separates the digest from every other.
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

/// Field elements that the prover says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// A random element, so that challenges tell nothing of what is private.
    Salt,
    /// The values at the challenge point of all terms of one factor: those over weights, then those over values.
    LinearTerms,
    /// A round of the main sumcheck.
    MainRound,
    /// What the main sumcheck ends in: the polynomials over cells and entries at its point.
    Evaluations,
    /// What it ends in for each product: its operands.
    Operands,
    /// A round of the merging sumcheck.
    MergeRound,
    /// What the merging sumcheck ends in.
    Opened,
    /// The remainder of the opening's division.
    Remainder,
    /// The opening's fold and its cross terms at the challenge point and its inverse.
    FoldEvaluations,
}
