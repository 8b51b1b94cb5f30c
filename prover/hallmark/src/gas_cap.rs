//! Whether proofs of a model can settle at all: a registry caps the gas of a verification, and a chain that of a transaction.
//!
//! `register` and `request` ask here before they pay. `offer` needs no question of its own: its contract takes a model only once
//! the registry has verified a proof of it, by the same cap.

use std::fmt::{self, Display, Formatter};

use alloy::primitives::Address;
use hallmark_chain::{
    chain::{MAX_GAS, VERIFY_GAS},
    node::{Node, contracts::registry::ModelRegistry::VERIFY_GASCall},
};
use hallmark_circuits::{settlement::gas::Gas, verifier::statement::Statement};
use hallmark_operator::MARKET_GAS;

use super::CliError;

/// What proofs of a model would take in gas.
pub(super) struct GasNeeds {
    /// For the verification alone.
    verification: u64,
    /// For the market's transaction.
    transaction: u64,
}

/// A limit that a model is above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excess {
    /// What has the limit.
    pub what: &'static str,
    /// The gas that it would take, within some percent.
    pub needed: u64,
    /// The most that it can take.
    pub limit: u64,
}

impl Display for Excess {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { what, needed, limit } = self;
        write!(
            f,
            "no proof of this model can settle: {what} would take about {needed} gas, and may take {limit}. A model with fewer cells \
             and weights takes less, and so do longer rows, see --row-bits"
        )
    }
}

impl GasNeeds {
    pub(super) fn of(statement: &Statement<'_>) -> Self {
        Self::predicted(&Gas::predict(statement.model, &statement.layout))
    }

    fn predicted(gas: &Gas) -> Self {
        Self { verification: gas.verification(), transaction: gas.total_with(MARKET_GAS) }
    }

    /// The limit that they exceed in every registry of this program's, if there is one.
    pub(super) fn excess(&self) -> Option<Excess> {
        self.excess_of(VERIFY_GAS)
    }

    fn excess_of(&self, cap: u64) -> Option<Excess> {
        let (verification, transaction) = (self.verification, self.transaction);
        let limits = [("a verification in a registry", verification, cap), ("a transaction", transaction, MAX_GAS)];
        let mut above = limits.into_iter().filter(|(_, needed, limit)| needed > limit);
        above.next().map(|(what, needed, limit)| Excess { what, needed, limit })
    }
}

/// Refuses a model whose proofs would take more gas than the registry or a transaction allows. Whoever paid for it would pay
/// for nothing.
pub(super) async fn check_settles(node: &Node, registry: Address, statement: &Statement<'_>) -> Result<(), CliError> {
    let cap = node.view(registry, &VERIFY_GASCall {}).await?.saturating_to();
    match GasNeeds::of(statement).excess_of(cap) {
        Some(excess) => Err(CliError::NeverSettles(excess)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use hallmark_testing::circuit::small;

    use super::{Excess, Gas, GasNeeds, MARKET_GAS, MAX_GAS, Statement, VERIFY_GAS};

    /// What `compile` warns of.
    #[test]
    fn a_model_with_very_many_inputs_can_t_settle() {
        let excess = |inputs| {
            let mut model = small();
            (model.input.shape, model.input.axes) = (vec![inputs], vec![inputs]);
            model.weights[0].axes = vec![2, inputs];
            model.steps[0].terms[0].summed = vec![inputs];
            GasNeeds::of(&Statement::new(&model).unwrap()).excess()
        };
        assert_eq!(excess(4), None);
        let found = excess(1 << 18).unwrap();
        assert!(found.limit == VERIFY_GAS && found.needed > VERIFY_GAS, "{found}");
        assert!(found.to_string().contains("may take 10000000"), "{found}");
    }

    #[test]
    fn what_can_t_settle_is_found_by_either_limit() {
        let excess =
            |calldata, deferred, cap| GasNeeds::predicted(&Gas { calldata, deferred, ..Gas::default() }).excess_of(cap);
        let what = "a verification in a registry";
        assert_eq!(excess(50_000, 10_000, 10_000), None);
        assert_eq!(excess(0, 10_001, 10_000), Some(Excess { what, needed: 10_001, limit: 10_000 }));
        // The cap of verifications does not count calldata. That of transactions does, and what the market does besides.
        let most = MAX_GAS - MARKET_GAS - 1_000_000;
        assert_eq!(excess(1_000_000, most, MAX_GAS), None);
        let expected = Excess { what: "a transaction", needed: MAX_GAS + 1, limit: MAX_GAS };
        assert_eq!(excess(1_000_000, most + 1, MAX_GAS), Some(expected));
        // Calldata alone takes two and a half times its price at least.
        assert_eq!(excess(6_000_000, 0, MAX_GAS), None);
        assert_eq!(excess(7_000_000, 0, MAX_GAS).map(|excess| excess.what), Some("a transaction"));
    }
}
