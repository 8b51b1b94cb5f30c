//! The terms of a sale, for whoever is about to buy.

use alloy::primitives::{Address, U256};

use super::{Fact, check::clean};
use crate::number::decimal;
use hallmark_chain::node::{
    contracts::offering::IInitialModelOffering::{Terms, Tranche},
    utc,
};

/// What a buyer agrees to, in ether, tokens and dates. Names have nothing in them that would change a terminal.
#[must_use]
pub fn sale_terms(terms: &Terms) -> Vec<Fact> {
    let ether = |wei: u128| format!("{} ether", decimal(U256::from(wei)));
    let tokens = |units: u128| format!("{} {}", decimal(U256::from(units)), clean(&terms.symbol));
    let fact = Fact::new;
    let mut facts = vec![
        fact("token", format!("{} ({})", clean(&terms.name), clean(&terms.symbol))),
        fact("for sale", tokens(terms.tokensForSale)),
        fact("for the team", tokens(terms.tokensForTeam)),
        fact("price of a token", ether(terms.price)),
        fact("least that has to be paid", format!("{}; the buyers get all back if it is less", ether(terms.minimum))),
        fact("opens", utc(terms.opens)),
        fact("closes", utc(terms.closes)),
        fact("part of each fee for the holders", percent(terms.holdersBps)),
        fact("team", terms.team.to_string()),
        fact("model", terms.modelId.to_string()),
        fact("registry", terms.registry.to_string()),
        fact("market", terms.market.to_string()),
        fact("model digest", terms.keyDigest.to_string()),
        fact("digest of the terms", terms.digest().to_string()),
    ];
    facts.extend(terms.tranches.iter().enumerate().map(|(number, tranche)| describe(number, tranche)));
    facts
}

fn describe(number: usize, tranche: &Tranche) -> Fact {
    let mut conditions = Vec::new();
    if tranche.earned > 0 {
        conditions
            .push(format!("the holders have earned {} ether since the sale", decimal(U256::from(tranche.earned))));
    }
    if tranche.milestone != Address::ZERO {
        conditions.push(format!("the contract {} says that its milestone is reached", tranche.milestone));
    }
    let due =
        if conditions.is_empty() { "after the sale".to_owned() } else { format!("once {}", conditions.join(" and ")) };
    let value = format!(
        "{} of the proceeds for the team, {due}; back to the buyers if that is not so by {}",
        percent(tranche.bps),
        utc(tranche.expires)
    );
    Fact::new(&format!("tranche {number}"), value)
}

/// Ten-thousandths in per cent.
pub(super) fn percent(bps: u16) -> String {
    format!("{}%", f64::from(bps) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_told_in_words() {
        let tranche = |earned, milestone| Tranche { bps: 2550, earned, milestone, expires: 0 };
        let told = |earned, milestone| describe(1, &tranche(earned, milestone)).value;
        assert_eq!(
            told(1_500_000_000_000_000_000, Address::ZERO),
            "25.5% of the proceeds for the team, once the holders have earned 1.5 ether since the sale; back to the buyers if that \
             is not so by 1970-01-01 00:00:00 UTC"
        );
        assert!(told(0, Address::ZERO).contains("team, after the sale; back"));
        let milestone = Address::repeat_byte(7);
        assert!(told(1, milestone).contains(&format!("since the sale and the contract {milestone} says")));
    }
}
