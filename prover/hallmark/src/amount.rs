//! Amounts of ether, and of a model's token.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use alloy::primitives::{
    U256,
    utils::{ParseUnits, parse_units},
};
use hallmark_reports::number::decimal;

/// The digits behind the point that a token has, like ether.
const DECIMALS: u8 = 18;
/// A whole token.
const ONE: u128 = 1_000_000_000_000_000_000;

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
        write!(f, "{} ether", decimal(U256::from(self.0)))
    }
}

impl FromStr for Amount {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "expected a number with a unit, such as 0.5ether, 30gwei or 1000wei";
        let unit = text.trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
        let number = &text[..text.len() - unit.len()];
        let decimals = match unit.trim() {
            "ether" => DECIMALS,
            "gwei" => 9,
            "wei" => 0,
            _ => return Err(FORM),
        };
        units(number, decimals).map(Self).ok_or(FORM)
    }
}

/// An amount of a token, in its units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tokens(pub(super) u128);

impl Tokens {
    /// The amount with its noun, of which there may be one.
    pub(super) fn counted(self) -> String {
        format!("{self} token{}", if self.0 == ONE { "" } else { "s" })
    }
}

impl From<U256> for Tokens {
    fn from(units: U256) -> Self {
        Self(units.saturating_to())
    }
}

impl Display for Tokens {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal(U256::from(self.0)))
    }
}

impl FromStr for Tokens {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        units(text, DECIMALS).map(Self).ok_or("expected a number of tokens, such as 1000 or 0.5")
    }
}

/// A decimal number in units of so many digits behind the point. What is less than a unit would be dropped without a word.
fn units(number: &str, decimals: u8) -> Option<u128> {
    let fraction = number.split_once('.').map_or(0, |(_, digits)| digits.len());
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match parse_units(number, decimals) {
        Ok(ParseUnits::U256(units)) if plain && !number.is_empty() && fraction <= usize::from(decimals) => {
            units.try_into().ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Amount, Tokens};

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

    #[test]
    fn amounts_are_shown_as_short_as_they_are() {
        for (wei, shown) in [
            (0, "0 ether"),
            (1, "0.000000000000000001 ether"),
            (6_000_000_000_000_000_000, "6 ether"),
            (50_000_000_000_000_000, "0.05 ether"),
            (100_000_000_000_000_000_000, "100 ether"),
        ] {
            assert_eq!(Amount(wei).to_string(), shown);
        }
    }

    #[test]
    fn tokens_have_fractions() {
        let half = 500_000_000_000_000_000;
        for (text, units) in [("0.5", half), ("1000", 2000 * half), ("10", 20 * half)] {
            assert_eq!(text.parse(), Ok(Tokens(units)));
            assert_eq!(Tokens(units).to_string(), text);
        }
        assert_eq!([0, half, 2 * half].map(|units| Tokens(units).counted()), ["0 tokens", "0.5 tokens", "1 token"]);
        for text in ["", "-1", "1e3", "1_0", "1.2.3", "0.0000000000000000001", "1 "] {
            assert!(text.parse::<Tokens>().is_err(), "{text}");
        }
    }
}
