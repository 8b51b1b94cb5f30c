//! Amounts of ether.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use alloy::primitives::{
    U256,
    utils::{ParseUnits, format_ether, parse_units},
};

/// An amount in wei, of at most 128 bits, as all of the contracts' have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Amount(pub(super) u128);

impl From<U256> for Amount {
    fn from(wei: U256) -> Self {
        Self(wei.saturating_to())
    }
}

impl Display for Amount {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ether", format_ether(self.0))
    }
}

impl FromStr for Amount {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "expected a number with a unit, such as 0.5ether, 30gwei or 1000wei";
        let unit = text.trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
        let number = &text[..text.len() - unit.len()];
        let decimals = match unit.trim() {
            "ether" => 18,
            "gwei" => 9,
            "wei" => 0,
            _ => return Err(FORM),
        };
        // What is less than a wei would be dropped without a word.
        let fraction = number.split_once('.').map_or(0, |(_, digits)| digits.len());
        match parse_units(number, decimals) {
            Ok(ParseUnits::U256(wei)) if !number.is_empty() && fraction <= usize::from(decimals) => {
                wei.try_into().map(Self).map_err(|_| FORM)
            }
            _ => Err(FORM),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;

    #[test]
    fn amounts_have_units() {
        let parse = |text: &str| text.parse::<Amount>().map(|amount| amount.0);
        assert_eq!(parse("1.5ether"), Ok(1_500_000_000_000_000_000));
        assert_eq!(parse("30gwei"), Ok(30_000_000_000));
        assert_eq!(parse("7 wei"), Ok(7));
        let great = "9".repeat(60) + "ether";
        for text in ["", "1", "ether", "-1ether", "0.5wei", "0.0000000001gwei", "1.2.3ether", "1 finney", &great] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
