//! What a transaction may cost.

use super::{Head, NodeError};

/// Wei.
pub const GWEI: u128 = 1_000_000_000;

/// What an account is ready to pay for gas, in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// The most for a unit of gas, all in all.
    pub cap: u128,
    /// The most of it for who makes the block.
    pub tip: u128,
}

/// What a transaction offers for a unit of gas (EIP-1559), in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// The most, all in all.
    pub max: u128,
    /// The most for who makes the block.
    pub tip: u128,
}

impl Default for Fees {
    fn default() -> Self {
        Self { cap: 100 * GWEI, tip: 3 * GWEI }
    }
}

impl Fees {
    /// A price with which a transaction is mined even where gas becomes dearer for some blocks.
    ///
    /// # Errors
    /// [`NodeError::TooDear`] if gas costs more than may be paid.
    pub fn price(&self, head: &Head, suggested_tip: u128) -> Result<Price, NodeError> {
        let base = u128::from(head.base_fee);
        // A tip of zero is mined by nobody.
        let tip = suggested_tip.clamp(1, self.tip.max(1));
        let needed = base.saturating_add(tip);
        if needed > self.cap {
            return Err(NodeError::TooDear { needed, cap: self.cap });
        }
        Ok(Price { max: base.saturating_mul(2).saturating_add(tip).min(self.cap), tip })
    }

    /// The price of a transaction that is to replace another: nodes want a tenth more for that, of both. None where the cap
    /// does not allow it.
    #[must_use]
    pub fn bump(&self, replaced: Price, fresh: Price) -> Option<Price> {
        let more = |price: u128| price.saturating_add(price / 8).saturating_add(1);
        let tip = more(replaced.tip).max(fresh.tip);
        let price = Price { max: more(replaced.max).max(fresh.max).max(tip), tip };
        (price.max <= self.cap).then_some(price)
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::B256;

    use super::*;

    fn head(base_fee: u64) -> Head {
        Head { number: 1, hash: B256::ZERO, timestamp: 1, base_fee }
    }

    #[test]
    fn nothing_above_the_cap_is_offered() {
        let fees = Fees { cap: 100, tip: 5 };
        assert_eq!(fees.price(&head(20), 2).unwrap(), Price { max: 42, tip: 2 });
        assert_eq!(fees.price(&head(60), u128::MAX).unwrap(), Price { max: 100, tip: 5 });
        assert_eq!(fees.price(&head(95), 9).unwrap(), Price { max: 100, tip: 5 });
        assert!(matches!(fees.price(&head(96), 9), Err(NodeError::TooDear { needed: 101, cap: 100 })));
        assert!(fees.price(&head(u64::MAX), u128::MAX).is_err());
    }

    #[test]
    fn a_replacement_offers_a_tenth_more_of_both_or_is_none() {
        let fees = Fees { cap: 1000, tip: 50 };
        let old = Price { max: 400, tip: 40 };
        assert_eq!(fees.bump(old, old), Some(Price { max: 451, tip: 46 }));
        assert_eq!(fees.bump(old, Price { max: 600, tip: 50 }), Some(Price { max: 600, tip: 50 }));
        assert_eq!(fees.bump(Price { max: 900, tip: 40 }, old), None);
    }
}
