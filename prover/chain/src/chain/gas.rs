//! The gas of a settlement by part.

use hallmark_circuits::settlement::{
    DEGREE,
    table::{CONSTANTS, VALUES},
};
use serde::{Deserialize, Serialize};

use super::{Spent, Verdict};

/// The gas of every transaction.
const BASE: u64 = 21_000;
/// A byte of calldata (EIP-2028).
const ZERO_BYTE: u64 = 4;
const OTHER_BYTE: u64 = 16;
/// The least price of a transaction's calldata (EIP-7623).
const FLOOR_ZERO_BYTE: u64 = 10;
const FLOOR_OTHER_BYTE: u64 = 40;
/// The multiples of the halo2 proof's points and of the verifying key's. The proof's points are the columns of values except
/// the first, the permutation's product, the random polynomial, the quotient's pieces, and the two of the opening. All
/// architectures have the same.
const ARGUMENT: usize = (VALUES - 1) + 1 + 1 + (DEGREE - 1) + 2 + CONSTANTS + VALUES;
/// The multiples that join both equations: of the generator, which is in both, and of the last quotient of the deferred
/// equation, on the left side.
const JOINING: usize = 2;

/// The gas of a settlement, by part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GasReport {
    /// All of it: what the sender pays.
    pub transaction: u64,
    /// The gas of every transaction.
    pub base: u64,
    /// The calldata. A zero byte costs 12 less than any other: two proofs of one statement differ by some hundred.
    pub calldata: u64,
    /// The bytes of the calldata.
    pub calldata_bytes: usize,
    /// The least gas of a transaction with this calldata.
    pub floor: u64,
    /// Reading the key.
    pub key: u64,
    /// Hashing: the key, the seals of the proof's points, and the transcript.
    pub hashing: u64,
    /// The points of the halo2 proof and of its verifying key.
    pub argument_points: Points,
    /// The points of the proof that the circuit verifies, and of the model.
    pub deferred_points: Points,
    /// The points that join both equations.
    pub joining_points: Points,
    /// The pairings.
    pub pairing: u64,
    /// The inversion.
    pub inversion: u64,
    /// Everything else: constraints, Lagrange polynomials, the packing of public values, scalars of points, memory.
    pub rest: u64,
}

/// A multi-scalar multiplication.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Points {
    /// The number of points.
    pub count: usize,
    /// Their gas, with that of the additions.
    pub gas: u64,
}

impl GasReport {
    /// Divides the gas of a settlement that was accepted.
    ///
    /// The contract computes with the halo2 proof's points first, then with those that are deferred, and then joins both.
    #[must_use]
    pub fn new(verdict: &Verdict) -> Self {
        let Spent { code, hashing, multiples, powers, pairing, rest } = &verdict.transaction.spent;
        // Before the first multiple, the first column is added as it is.
        let (argument, others) = multiples.split_at(multiples.len().min(1 + ARGUMENT));
        let (deferred, joining) = others.split_at(others.len().saturating_sub(JOINING));
        let gas = |multiples: &[u64]| multiples.iter().sum();
        Self {
            transaction: verdict.transaction.gas,
            base: BASE,
            calldata: price(&verdict.calldata, ZERO_BYTE, OTHER_BYTE),
            calldata_bytes: verdict.calldata.len(),
            floor: BASE + price(&verdict.calldata, FLOOR_ZERO_BYTE, FLOOR_OTHER_BYTE),
            key: *code,
            hashing: *hashing,
            argument_points: Points { count: argument.len(), gas: gas(argument) },
            deferred_points: Points { count: deferred.len(), gas: gas(deferred) },
            joining_points: Points { count: joining.len(), gas: gas(joining) },
            pairing: *pairing,
            inversion: *powers,
            rest: *rest,
        }
    }

    /// The parts with what they are called.
    #[must_use]
    pub fn parts(&self) -> [(String, u64); 9] {
        let points = |what: &str, points: &Points| (format!("{what}, {} points", points.count), points.gas);
        [
            (format!("transaction and {} bytes of calldata", self.calldata_bytes), self.base + self.calldata),
            points("halo2 multi-scalar multiplication", &self.argument_points),
            points("deferred multi-scalar multiplication", &self.deferred_points),
            points("both joined", &self.joining_points),
            ("pairing".into(), self.pairing),
            ("hashing".into(), self.hashing),
            ("inversion".into(), self.inversion),
            ("reading the key".into(), self.key),
            ("arithmetic and packing".into(), self.rest),
        ]
    }
}

fn price(calldata: &[u8], zero: u64, other: u64) -> u64 {
    calldata.iter().map(|byte| if *byte == 0 { zero } else { other }).sum()
}
