//! What a settlement costs, predicted from the layout alone.
//!
//! The prices of the precompiles and of calldata are the chain's (EIP-1108, EIP-2028, EIP-7623, and the rules of Osaka); what the
//! contract's own arithmetic takes was measured. A test compares the prediction with the gas of settlements.

use super::{
    DEGREE,
    proof::SettlementProof,
    table::{CONSTANTS, VALUES},
    verifier::published,
};
use crate::{
    commitments::Commitments,
    layout::Layout,
    model::Architecture,
    relations::packing::{PublicTensor, public_tensors},
};

/// Every transaction.
const BASE: u64 = 21_000;
/// A byte of calldata that is not zero. Nearly all of a proof's bytes are not; a zero costs 4.
pub const BYTE: u64 = 16;
/// The function's arguments besides the bytes themselves.
const ARGUMENTS: u64 = 1_700;
/// One point: a multiplication (6000), an addition (150), and the calls.
const POINT: u64 = 6_200;
/// One point of the deferred equation: its scalar is a product besides, of bits of its row's number among others.
const DEFERRED_POINT: u64 = 6_670;
/// An equation of two pairings (45000 + 2 * 34000), and the call.
const PAIRING: u64 = 113_500;
/// Reading and hashing the key, the transcript, the constraints, and the one inversion.
const FIXED: u64 = 27_500;
/// An instance: hashed, and its Lagrange polynomial evaluated.
const INSTANCE: u64 = 230;
/// A word of public values.
const WORD: u64 = 65;
/// The points of the halo2 proof and of its key.
const ARGUMENT_POINTS: u64 = (VALUES + 1 + 1 + (DEGREE - 1) + 2 + CONSTANTS + VALUES) as u64;
/// The points of both sides that are neither: the generator, and on the left side the last quotients of both equations.
const OTHER_POINTS: u64 = 3;

/// The gas of a settlement, by part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gas {
    /// The transaction and its calldata.
    pub calldata: u64,
    /// The points of the halo2 proof.
    pub argument: u64,
    /// The points of the proof that the circuit verifies, and of the model's key.
    pub deferred: u64,
    /// The pairings.
    pub pairing: u64,
    /// Everything else.
    pub rest: u64,
}

/// The least that a transaction takes for calldata whose bytes cost so much: 10 where a byte costs 4, and 40 where it costs 16
/// (EIP-7623).
#[must_use]
pub const fn calldata_floor(calldata: u64) -> u64 {
    calldata.saturating_mul(5) / 2
}

impl Gas {
    /// Predicts the gas of a model's settlements.
    #[must_use]
    pub fn predict(model: &Architecture, layout: &Layout) -> Self {
        let tensors = public_tensors(model, layout);
        let [input, _] = &tensors;
        let told = tensors.iter().map(PublicTensor::told_bytes).sum::<usize>();
        let words = tensors.iter().map(PublicTensor::words).sum::<usize>() - input.hidden_words();
        let of_proof = Commitments::count(layout);
        let of_key = layout.entry_rows() + layout.weight_rows();
        let instances = (published(layout) + input.digests) as u64;
        Self {
            calldata: BASE + ARGUMENTS + BYTE * (SettlementProof::length(layout) + told) as u64,
            argument: POINT * (ARGUMENT_POINTS + OTHER_POINTS),
            deferred: DEFERRED_POINT * (of_proof + of_key) as u64,
            pairing: PAIRING,
            rest: FIXED + INSTANCE * instances + WORD * words as u64,
        }
    }

    /// What the contract itself takes.
    #[must_use]
    pub const fn verification(&self) -> u64 {
        self.argument + self.deferred + self.pairing + self.rest
    }

    /// The least that the transaction takes, whatever it does. Inputs and outputs of many bytes may reach it.
    #[must_use]
    pub const fn floor(&self) -> u64 {
        BASE + calldata_floor(self.calldata.saturating_sub(BASE))
    }

    /// All of it.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total_with(0)
    }

    /// All of it, for a transaction that takes so much besides.
    #[must_use]
    pub const fn total_with(&self, besides: u64) -> u64 {
        let used = (self.calldata + self.verification()).saturating_add(besides);
        if used < self.floor() { self.floor() } else { used }
    }
}

#[cfg(test)]
mod tests {
    use super::{DEFERRED_POINT, FIXED, Gas, INSTANCE, POINT, WORD};
    use crate::{
        layout::Layout,
        model::{
            Access, Architecture, AxisMap, Binding, Factor, InputPort, MIN_ROW_BITS, OutputPort, Step, Table, Term,
        },
        settlement::proof::SettlementProof,
        verifier::statement::Statement,
    };

    /// A model of one step that reads 40 values of one byte, in batches of two halves.
    fn model(binding: Binding) -> Architecture {
        let axes = (0..2).map(AxisMap::variable).collect();
        let term = Term { coefficient: 1, summed: vec![], factors: vec![Factor::values(Access { source: 0, axes })] };
        let step = Step { name: "s".into(), axes: vec![2, 20], constant: 0, terms: vec![term], shift: 0, table: 0 };
        Architecture {
            input: InputPort { binding, ..InputPort::of_integers(vec![2, 20], 8) },
            output: OutputPort { shape: vec![40], parts: vec![], scale: 1.0 },
            weights: vec![],
            parts: vec![],
            tables: vec![Table { name: "t".into(), first: 0, outputs: vec![0, 127] }],
            steps: vec![step],
            row_bits: MIN_ROW_BITS,
            weight_row_bits: MIN_ROW_BITS,
        }
    }

    fn predicted(binding: Binding) -> (Gas, u64) {
        let model = model(binding);
        let layout: Layout = Statement::new(&model).unwrap().layout;
        (Gas::predict(&model, &layout), SettlementProof::length(&layout) as u64)
    }

    /// Each part, counted by hand.
    #[test]
    fn a_prediction_counts_bytes_points_instances_and_words() {
        let (values, proof) = predicted(Binding::Values);
        let (digests, _) = predicted(Binding::Digests(2));
        // Input and output have 40 bytes each; two digests have 64.
        assert_eq!(values.calldata, 21_000 + 1_700 + 16 * (proof + 40 + 40));
        assert_eq!(digests.calldata, 21_000 + 1_700 + 16 * (proof + 64 + 40));
        // Three value columns, their product, the quotient's six parts, two openings, six constants and three permutations;
        // and three points besides.
        assert_eq!(values.argument, POINT * (3 + 1 + 1 + 6 + 2 + 6 + 3 + 3));
        // Five points of the opening, and one row of each column in the proof and in the key.
        assert_eq!((values.deferred, digests.deferred), (DEFERRED_POINT * 13, DEFERRED_POINT * 13));
        // Two samples of 20 bytes have four words in the input and in the output. Two digests are instances in their place.
        assert_eq!(values.rest, FIXED + 11 * INSTANCE + 8 * WORD);
        assert_eq!(digests.rest, FIXED + 13 * INSTANCE + 4 * WORD);
    }

    #[test]
    fn a_transaction_takes_what_its_calldata_takes_at_least() {
        // A thousand bytes.
        let gas = |deferred| Gas { calldata: 21_000 + 16_000, deferred, ..Gas::default() };
        assert_eq!((gas(0).floor(), gas(0).total(), gas(23_999).total()), (61_000, 61_000, 61_000));
        assert_eq!((gas(24_001).total(), gas(20_000).total_with(4_001)), (61_001, 61_001));
        assert_eq!(gas(20_000).total_with(u64::MAX), u64::MAX);
    }
}
