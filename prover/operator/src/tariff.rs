//! The gas of a model's settlements, one by one and in batches, and the batch that is worth it.
//!
//! A batch of n costs the proof for n inputs, and something for each of its requests. A smaller batch costs less, and so does a
//! batch with fewer requests in it. So the choice is the least gas for an answer, among the batches that one transaction holds.

use hallmark_chain::chain::{MAX_GAS, MAX_TRANSACTION_BYTES, VERIFY_GAS};
use hallmark_circuits::{
    model::Architecture,
    relations::packing::{PublicTensor, public_tensors},
    settlement::{
        gas::{BYTE, Gas, calldata_floor},
        proof::SettlementProof,
    },
    verifier::statement::Statement,
};

use super::{OperatorError, Served, ServedBatch};

/// Transactions that settle batches of 1 and of 64 answers of the digits, with a verifier that does nothing: `fulfilBatch of 1` and
/// `fulfilBatch of 64` in `verifier-contracts/snapshots/batch.json`.
const BATCH_OF_1: u64 = 135_182;
const BATCH_OF_64: u64 = 1_273_708;
/// What each answer adds.
const BATCH_EACH: u64 = (BATCH_OF_64 - BATCH_OF_1) / 63;
/// What every transaction takes. The prediction for the verifier has it already.
const TRANSACTION: u64 = 21_000;
/// What a batch takes besides the verifier and its answers.
const BATCH_SHARED: u64 = BATCH_OF_1 - BATCH_EACH - TRANSACTION;
/// The identifier of a request, in bytes of calldata.
const ID_BYTES: u64 = 32;
/// What a transaction has besides proof, inputs, outputs and identifiers: arguments and a signature, and more.
const OTHER_BYTES: u64 = 1024;
/// A byte of an output in an event, and in memory.
const OUTPUT_BYTE: u64 = 12;

/// The gas of batches of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchGas {
    /// The number of inputs that the proof is about.
    pub size: usize,
    /// What a transaction takes for what it does.
    pub used: Parts,
    /// What the check of its proof takes of that.
    pub check: u64,
    /// The least that its calldata takes (EIP-7623).
    pub floor: Parts,
    /// The bytes of the transaction.
    pub bytes: Parts,
}

/// An amount of something that a transaction has once, and for each request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// What there is once.
    pub shared: u64,
    /// What each request adds.
    pub each: u64,
}

/// A batch that was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The number of inputs that its proof is about.
    pub size: usize,
    /// The number of requests in it: at most as many.
    pub count: usize,
    /// The gas of its transaction.
    pub gas: u64,
}

/// The gas of a model's settlements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tariff {
    /// For a request that is settled by a proof of its own, its callback aside.
    pub alone: u64,
    /// For each size of batches that can be settled.
    pub batches: Vec<BatchGas>,
}

impl Parts {
    const fn of(self, count: usize) -> u64 {
        self.shared.saturating_add(self.each.saturating_mul(count as u64))
    }

    /// The most requests that take no more than this.
    fn most(self, limit: u64) -> usize {
        let most = limit.saturating_sub(self.shared).checked_div(self.each).unwrap_or(u64::MAX);
        usize::try_from(most).unwrap_or(usize::MAX)
    }
}

impl BatchGas {
    /// Predicts the gas of the batches with this architecture.
    ///
    /// # Errors
    /// [`OperatorError`] if the architecture is refused.
    fn predict(size: usize, batched: &Architecture) -> Result<Self, OperatorError> {
        let statement = Statement::new(batched).map_err(hallmark_proving::proving::ProveError::from)?;
        let verifier = Gas::predict(statement.model, &statement.layout);
        let bytes = |public: &PublicTensor<'_>| (public.told_bytes() / size.max(1)) as u64;
        let [input, output] = public_tensors(statement.model, &statement.layout).map(|public| bytes(&public));
        // The contract fills a batch up. So the calldata has the inputs and the outputs of its requests alone.
        let told = input.saturating_add(output);
        let calldata = verifier.calldata.saturating_sub(BYTE * told.saturating_mul(size as u64));
        let shared = Gas { calldata, ..verifier };
        let check = shared.verification();
        let used = Parts {
            shared: shared.calldata + check + BATCH_SHARED,
            each: BATCH_EACH + BYTE * told + OUTPUT_BYTE * output,
        };
        let floor = Parts { shared: shared.floor(), each: calldata_floor(BYTE * (told + ID_BYTES)) };
        let proof = SettlementProof::length(&statement.layout) as u64;
        let bytes = Parts { shared: proof + OTHER_BYTES, each: told + ID_BYTES };
        Ok(Self { size, used, check, floor, bytes })
    }

    /// The gas that a transaction is allowed which settles so many requests.
    #[must_use]
    pub const fn of(&self, count: usize) -> u64 {
        let (used, floor) = (self.used.of(count), self.floor.of(count));
        let most = if used < floor { floor } else { used };
        most.saturating_add(most / 8)
    }

    /// The most requests of one transaction.
    fn most(&self) -> usize {
        let limit = MAX_GAS - MAX_GAS / 9;
        let by_bytes = self.bytes.most(MAX_TRANSACTION_BYTES as u64);
        self.size.min(self.used.most(limit)).min(self.floor.most(limit)).min(by_bytes)
    }

    fn choice(&self, queued: usize) -> Choice {
        let count = self.most().min(queued);
        Choice { size: self.size, count, gas: self.of(count) }
    }
}

impl Choice {
    /// The gas of an answer, rounded up.
    #[must_use]
    pub const fn each(&self) -> u64 {
        if self.count == 0 { u64::MAX } else { self.gas.div_ceil(self.count as u64) }
    }
}

impl Tariff {
    /// The batch with the least gas for an answer, of so many requests that are queued. Returns `None` if none takes less than
    /// proofs of their own.
    #[must_use]
    pub fn choose(&self, queued: usize) -> Option<Choice> {
        let choices = self.batches.iter().map(|batch| batch.choice(queued));
        choices.filter(|choice| self.is_worth(choice)).min_by_key(|choice| (choice.each(), choice.size))
    }

    /// The batch with the least gas for an answer, if any number of requests were queued.
    #[must_use]
    pub fn best(&self) -> Option<Choice> {
        self.choose(usize::MAX)
    }

    /// Whether a batch of a size that answers so many requests takes less gas than proofs of their own. Returns the gas if it
    /// does.
    #[must_use]
    pub fn worth(&self, size: usize, count: usize) -> Option<u64> {
        let choice = self.of_size(size)?.choice(count);
        self.is_worth(&choice).then_some(choice.gas)
    }

    /// The gas of batches of a size, if they can be settled.
    #[must_use]
    pub fn of_size(&self, size: usize) -> Option<&BatchGas> {
        self.batches.iter().find(|batch| batch.size == size)
    }

    /// A batch of one request takes longer to prove, even if it takes a little less gas.
    const fn is_worth(&self, choice: &Choice) -> bool {
        choice.count > 1 && choice.each() < self.alone
    }
}

impl Served {
    /// The gas of its settlements.
    ///
    /// # Errors
    /// [`OperatorError`] if the architecture is refused.
    pub fn tariff(&self) -> Result<Tariff, OperatorError> {
        let predict = |batch: &ServedBatch| BatchGas::predict(batch.size(), &batch.model.key.architecture);
        let batches = self.batches.iter().map(predict).collect::<Result<Vec<_>, _>>()?;
        // The registry gives a verification no more.
        let settles = |batch: &BatchGas| batch.used.shared < VERIFY_GAS && batch.most() > 1;
        Ok(Tariff { alone: self.settlement_gas()?, batches: batches.into_iter().filter(settles).collect() })
    }
}

#[cfg(test)]
impl BatchGas {
    pub(crate) fn without_floor(size: usize, shared: u64, each: u64) -> Self {
        Self { size, used: Parts { shared, each }, check: 0, floor: Parts::default(), bytes: Parts::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tariff() -> Tariff {
        let batch = |size, shared| BatchGas::without_floor(size, shared, 20_000);
        Tariff { alone: 600_000, batches: vec![batch(4, 700_000), batch(16, 800_000), batch(64, 1_200_000)] }
    }

    fn chosen(queued: usize) -> Option<(usize, usize)> {
        tariff().choose(queued).map(|choice| (choice.size, choice.count))
    }

    #[test]
    fn a_batch_is_chosen_where_it_takes_less_gas_than_single_proofs() {
        assert_eq!((chosen(0), chosen(1)), (None, None));
        // 9/8 * 740,000 for two.
        assert_eq!(chosen(2), Some((4, 2)));
        assert_eq!(Tariff { alone: 416_250, ..tariff() }.choose(2), None);
        assert!(Tariff { alone: 416_251, ..tariff() }.choose(2).is_some());
        assert_eq!(Tariff { batches: vec![], ..tariff() }.choose(1000), None);
        // One request is never a batch.
        assert_eq!(Tariff { alone: u64::MAX, ..tariff() }.choose(1), None);
    }

    #[test]
    fn the_least_padded_size_is_chosen_unless_a_larger_one_takes_less_for_an_answer() {
        assert_eq!((chosen(4), chosen(5)), (Some((4, 4)), Some((16, 5))));
        assert_eq!((chosen(16), chosen(17)), (Some((16, 16)), Some((16, 16))));
        // 16 take (800,000 + 320,000) / 16 each, and 24 in a batch of 64 as much.
        assert_eq!((chosen(24), chosen(25)), (Some((16, 16)), Some((64, 25))));
        assert_eq!((chosen(64), chosen(1000)), (Some((64, 64)), Some((64, 64))));
        assert_eq!(tariff().best(), tariff().choose(64));
    }

    #[test]
    fn no_batch_takes_more_than_a_transaction_has() {
        let used = BatchGas::without_floor(1024, 1_000_000, 20_000);
        let floor = BatchGas { used: used.floor, floor: used.used, ..used };
        for batch in [used, floor] {
            let choice = Tariff { alone: 600_000, batches: vec![batch] }.best().unwrap();
            assert!(choice.gas <= MAX_GAS && choice.gas + 22_500 > MAX_GAS - 22_500, "{choice:?}");
            assert!(choice.count < 1024 && choice.gas == batch.of(choice.count));
        }
    }

    /// A node would pass on none of it.
    #[test]
    fn no_batch_has_more_bytes_than_nodes_take() {
        let bytes = Parts { shared: 11_072, each: 3_000 };
        let batch = BatchGas { bytes, ..BatchGas::without_floor(64, 1_000_000, 20_000) };
        let tariff = Tariff { alone: 600_000, batches: vec![batch] };
        assert_eq!(tariff.best().unwrap().count, 40);
    }

    #[test]
    fn a_batch_takes_what_its_calldata_takes_at_least() {
        let used = Parts { shared: 800_000, each: 20_000 };
        let floor = Parts { shared: 80_000, each: 56_000 };
        let batch = BatchGas { size: 64, used, check: 0, floor, bytes: Parts::default() };
        // From 20 requests on.
        assert_eq!((batch.of(19), batch.of(21)), (1_180_000 * 9 / 8, 1_256_000 * 9 / 8));
        assert_eq!(batch.of(20), 1_200_000 * 9 / 8);
    }

    #[test]
    fn a_batch_that_lost_members_is_worth_it_while_it_takes_less_than_the_rest_alone() {
        let tariff = tariff();
        assert_eq!(tariff.worth(64, 64), Some(tariff.batches[2].of(64)));
        // 9/8 * (1,200,000 + 20,000 k) < 600,000 k from k = 3 on.
        assert_eq!((tariff.worth(64, 2), tariff.worth(64, 3).is_some()), (None, true));
        assert_eq!((tariff.worth(64, 0), tariff.worth(8, 8)), (None, None));
    }

    #[test]
    fn the_market_s_gas_for_batches_is_what_was_measured() {
        let snapshot =
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../verifier-contracts/snapshots/batch.json"));
        for (count, gas) in [(1, BATCH_OF_1), (64, BATCH_OF_64)] {
            assert!(snapshot.contains(&format!("\"fulfilBatch of {count}\": \"{gas}\"")), "{count}: {snapshot}");
        }
    }
}
