//! Locks: the exclusive right to answer a request for some time, for a bond.
//!
//! If a request offers locks, somebody could read a broadcast answer and place a lock before it. The answer would then be
//! public and unpaid. So the service locks first. It locks only requests with a proved and checked answer, since it loses the
//! bond if no answer comes in time. The chain decides whether the service holds a lock. If a reorganization drops the lock, the
//! service takes it again.

use alloy::primitives::{B256, U256};
use tracing::warn;

use super::{
    Act, JobId, JobStore, OperatorError, Submission,
    operator::Operator,
    policy::LOCK_GAS,
    ready::Wanted,
    submitter::{Budget, Submitter},
};
use hallmark_chain::node::{Head, Intent, NodeError, contracts::market::InferenceMarket::lockCall};

impl<S: JobStore> Submitter<S> {
    /// Begins a transaction that locks a request, and tells whether there is one.
    pub(super) async fn lock(&mut self, wanted: Wanted, head: &Head) -> Result<bool, OperatorError> {
        let Wanted { id, job, terms } = wanted;
        let (request, bond) = (B256::from(id), terms.bond);
        let Operator { account, options, .. } = &*self.operator;
        if account.node.balance(account.address()).await? <= U256::from(bond) {
            warn!(%request, bond, "the account can't pay the bond");
            return Ok(false);
        }
        let intent = self.locking(id, bond);
        let gas = match account.estimate(&intent).await {
            Ok(gas) => gas,
            Err(error @ (NodeError::Reverted { .. } | NodeError::Refused { .. })) => {
                warn!(%request, %error, "the request can't be locked");
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        // The earnings must cover the lock and the answer after it, at the same gas price.
        let deal = self.operator.deal(&job, terms);
        let all = u128::from(deal.gas.saturating_add(gas.max(LOCK_GAS)));
        let share = (deal.earns / all.max(1)).saturating_mul(gas.into());
        let budget = options.policy.budget(share);
        let act = Act::Lock { bond };
        let submission = Submission { act, requests: vec![id], gas, sent: Vec::new(), budget };
        if self.start(submission, &intent, head).await? != Budget::Enough {
            return Ok(false);
        }
        self.operator.metrics.locks.inc();
        Ok(true)
    }

    /// The call that locks a request.
    pub(super) fn locking(&self, id: JobId, bond: u128) -> Intent {
        Intent::call(self.operator.market, &lockCall { requestId: id.into() }).paying(U256::from(bond))
    }
}
