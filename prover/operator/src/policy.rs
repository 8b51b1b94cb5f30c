//! Whether answering a request pays. The service checks this before it proves a request, and again before it shows the answer.
//!
//! An answer is public once its transaction is broadcast. So the service broadcasts it only if there is enough time, and if the
//! earnings cover the gas. The earnings are the fee less the share of the token's holders, plus the bond of a lock that would
//! be lost.

use std::time::Duration;

use alloy::primitives::U256;
use hallmark_circuits::settlement::gas::Gas;

use super::{Job, OperatorError, Served};
use hallmark_chain::{chain::MAX_GAS, node::Head};

/// A transaction that settles one request, with a verifier that does nothing: `fulfil` in `verifier-contracts/snapshots/market.json`.
const FULFIL: u64 = 137_270;
/// What every transaction takes. The prediction for the verifier has it already.
const TRANSACTION: u64 = 21_000;
/// What the market takes besides what the verifier takes: records, credits, events.
///
/// A test compares the figures with the snapshot. Another settles on a chain and holds the sum against the receipt.
pub const MARKET_GAS: u64 = FULFIL - TRANSACTION;
/// What a transaction takes that locks a request: `lock` in the snapshot, and an eighth more.
pub(super) const LOCK_GAS: u64 = LOCK + LOCK / 8;
const LOCK: u64 = 54_280;
/// The seconds that a lock has to hold for: some blocks of a slow chain, in which a transaction with the answer is mined.
pub(super) const MIN_LOCK: u64 = 120;
/// What a callback takes besides the gas that it is given, as `CappedCall.sol` has it, and more.
const CALLBACK_OVERHEAD: u64 = 10_000;
/// A whole fee in the unit of shares.
const WHOLE: u128 = 10_000;

/// The least fee that a request has to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeastFee {
    /// This many wei, whatever the gas costs.
    Given(u128),
    /// A percentage of the present cost of the settlement's gas, after the holders' share. No transaction offers more for gas
    /// than it earns.
    Gas {
        /// The percentage when a request is taken. It is 100 when the answer is broadcast.
        percent: u32,
    },
}

/// The conditions that a request must meet before the service works on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The least time from now to the deadline when an answer is shown. A request is taken if it leaves twice as much: a proof and a
    /// transaction have to fit in.
    pub deadline_margin: Duration,
    /// The least fee.
    pub least_fee: LeastFee,
}

/// The moment when the policy is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Before it is proved.
    Taking,
    /// Before its answer is shown.
    Showing,
}

/// The policy's verdict on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// Answering it pays.
    Pays,
    /// Answering it pays in a full batch.
    PaysTogether,
    /// Too little time is left.
    TooLate,
    /// It costs more than it earns, both in wei.
    TooCheap { earns: u128, costs: u128 },
}

/// What settling a request costs and earns, as things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deal {
    /// What the payee gets, in wei.
    pub(super) earns: u128,
    /// The gas that it takes.
    pub(super) gas: u64,
    /// The gas that it takes in a full batch, if a batch may have it.
    pub(super) batched: Option<u64>,
    /// Whether it is locked by us, and the bond is lost unless it is answered.
    pub(super) is_held: bool,
}

impl Policy {
    /// Whether a deal pays, where a unit of gas costs so many wei; `None` if gas is dearer than may be paid.
    pub(super) fn judge(&self, job: &Job, deal: Deal, head: &Head, gas_price: Option<u128>, moment: Moment) -> Worth {
        let margins = match moment {
            _ if deal.is_held => 0,
            Moment::Showing => 1,
            Moment::Taking => 2,
        };
        let margin = self.deadline_margin.as_secs().saturating_mul(margins);
        if job.deadline < head.timestamp.saturating_add(margin) {
            return Worth::TooLate;
        }
        let costs = self.costs(deal.gas, gas_price, moment);
        if deal.earns >= costs {
            return Worth::Pays;
        }
        match deal.batched {
            Some(gas) if deal.earns >= self.costs(gas, gas_price, moment) => Worth::PaysTogether,
            _ => Worth::TooCheap { earns: deal.earns, costs },
        }
    }

    /// The earnings that so much gas has to be covered by, in wei.
    pub(super) fn costs(&self, gas: u64, gas_price: Option<u128>, moment: Moment) -> u128 {
        match (self.least_fee, gas_price) {
            (LeastFee::Given(_), _) => 0,
            (LeastFee::Gas { .. }, None) => u128::MAX,
            (LeastFee::Gas { percent }, Some(price)) => {
                let percent = if moment == Moment::Taking { percent } else { 100 };
                price.saturating_mul(gas.into()).saturating_mul(percent.into()).div_ceil(100)
            }
        }
    }

    /// Whether a request with this deadline may wait for others: it leaves a margin more than it needs to be taken.
    pub(super) const fn may_wait(&self, deadline: u64, head: &Head) -> bool {
        let margin = self.deadline_margin.as_secs().saturating_mul(3);
        deadline >= head.timestamp.saturating_add(margin)
    }

    /// The most that a transaction may cost which earns so much.
    pub(super) const fn budget(&self, earns: u128) -> Option<u128> {
        match self.least_fee {
            LeastFee::Given(_) => None,
            LeastFee::Gas { .. } => Some(earns),
        }
    }
}

/// What a payee gets of a fee of which the holders get so many ten-thousandths. The market rounds the holders' share down.
pub(super) fn net(fee: u128, holders_bps: u16) -> u128 {
    let share = U256::from(fee) * U256::from(holders_bps) / U256::from(WHOLE);
    fee.saturating_sub(u128::try_from(share).unwrap_or(u128::MAX))
}

impl Served {
    /// The gas that a transaction is allowed which settles one request, its callback aside.
    ///
    /// # Errors
    /// Fails if the architecture is refused.
    pub fn settlement_gas(&self) -> Result<u64, OperatorError> {
        let statement = self.statement()?;
        Ok(with_headroom(Gas::predict(statement.model, &statement.layout).total_with(MARKET_GAS)))
    }
}

/// The gas that a transaction needs for a callback: of what is left, a 64th stays behind (EIP-150).
pub(super) const fn callback_gas(given: u32) -> u64 {
    let given = given as u64;
    if given == 0 { 0 } else { given + given / 63 + CALLBACK_OVERHEAD }
}

/// What [`Account::estimate`](hallmark_chain::node::Account::estimate) allows where a transaction uses so much.
const fn with_headroom(used: u64) -> u64 {
    let allowed = used.saturating_add(used / 8);
    if allowed < MAX_GAS { allowed } else { MAX_GAS }
}

/// Whether a lock would leave enough time to answer.
pub(super) const fn is_worth_locking(job: &Job, head: &Head) -> bool {
    job.deadline >= head.timestamp.saturating_add(MIN_LOCK)
}

#[cfg(test)]
mod tests {
    use alloy::primitives::B256;

    use super::*;
    use crate::{Place, State};

    const HEAD: Head = Head { number: 1, hash: B256::ZERO, timestamp: 1_000, base_fee: 1 };

    fn job(deadline: u64) -> Job {
        let place = Place { block: 0, index: 0 };
        let [model, context] = [[0; 32]; 2];
        let state = State::Waiting;
        let (attempts, failures, held_until, goes_alone, is_done) = (0, 0, 0, false, false);
        Job { place, model, context, deadline, fee: 0, goes_alone, attempts, failures, held_until, state, is_done }
    }

    fn policy(least_fee: LeastFee) -> Policy {
        Policy { deadline_margin: Duration::from_secs(100), least_fee }
    }

    #[test]
    fn the_deadline_has_to_leave_the_margin_unless_a_bond_is_at_stake() {
        let free = Deal { earns: 0, gas: 1, batched: None, is_held: false };
        let held = Deal { is_held: true, ..free };
        let judge =
            |deadline, deal| policy(LeastFee::Given(0)).judge(&job(deadline), deal, &HEAD, None, Moment::Showing);
        assert_eq!((judge(1_100, free), judge(1_099, free)), (Worth::Pays, Worth::TooLate));
        assert_eq!((judge(1_000, held), judge(999, held)), (Worth::Pays, Worth::TooLate));
        assert_eq!(judge(u64::MAX, free), Worth::Pays);
        let take = |deadline, deal| policy(LeastFee::Given(0)).judge(&job(deadline), deal, &HEAD, None, Moment::Taking);
        assert_eq!((take(1_200, free), take(1_199, free)), (Worth::Pays, Worth::TooLate));
        assert_eq!((take(1_000, held), take(999, held)), (Worth::Pays, Worth::TooLate));
    }

    #[test]
    fn the_fee_has_to_cover_the_gas() {
        let least = policy(LeastFee::Gas { percent: 150 });
        let judge = |earns, price, moment| {
            least.judge(&job(2_000), Deal { earns, gas: 10, batched: None, is_held: false }, &HEAD, price, moment)
        };
        assert_eq!(judge(45, Some(3), Moment::Taking), Worth::Pays);
        assert_eq!(judge(44, Some(3), Moment::Taking), Worth::TooCheap { earns: 44, costs: 45 });
        assert_eq!(judge(30, Some(3), Moment::Showing), Worth::Pays);
        assert_eq!(judge(29, Some(3), Moment::Showing), Worth::TooCheap { earns: 29, costs: 30 });
        assert!(matches!(judge(1 << 100, None, Moment::Showing), Worth::TooCheap { .. }));
        assert!(matches!(judge(1, Some(u128::MAX), Moment::Taking), Worth::TooCheap { .. }));
        let given = policy(LeastFee::Given(0));
        let free = Deal { earns: 0, gas: 10, batched: None, is_held: false };
        assert_eq!(given.judge(&job(2_000), free, &HEAD, None, Moment::Taking), Worth::Pays);
        assert_eq!((least.budget(7), given.budget(7)), (Some(7), None));
    }

    #[test]
    fn a_fee_that_does_not_cover_a_proof_may_cover_a_part_of_one() {
        let least = policy(LeastFee::Gas { percent: 150 });
        let judge = |earns, batched| {
            let deal = Deal { earns, gas: 10, batched, is_held: false };
            least.judge(&job(2_000), deal, &HEAD, Some(2), Moment::Taking)
        };
        assert_eq!(
            (judge(30, Some(3)), judge(29, Some(3)), judge(9, Some(3))),
            (Worth::Pays, Worth::PaysTogether, Worth::PaysTogether)
        );
        assert_eq!(judge(8, Some(3)), Worth::TooCheap { earns: 8, costs: 30 });
        assert_eq!(judge(29, None), Worth::TooCheap { earns: 29, costs: 30 });
    }

    #[test]
    fn nobody_waits_into_the_time_that_is_needed_to_be_taken() {
        let may_wait = |deadline| policy(LeastFee::Given(0)).may_wait(deadline, &HEAD);
        assert_eq!((may_wait(1_300), may_wait(1_299)), (true, false));
    }

    #[test]
    fn the_market_s_gas_is_what_was_measured() {
        let snapshot =
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../verifier-contracts/snapshots/market.json"));
        for (name, gas) in [("fulfil", FULFIL), ("lock", LOCK)] {
            assert!(snapshot.contains(&format!("\"{name}\": \"{gas}\",")), "{name}: {snapshot}");
        }
    }

    #[test]
    fn the_holders_share_is_taken_off_as_the_market_does() {
        assert_eq!((net(1_000, 0), net(1_000, 10_000), net(999, 1)), (1_000, 0, 999));
        assert_eq!(net(10_000, 2_500), 7_500);
        assert_eq!(net(u128::MAX, 10_000), 0);
    }
}
