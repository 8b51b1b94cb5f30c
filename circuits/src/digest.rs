//! Digests, and how people read and write them: in hexadecimal.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use sha3::{Digest as _, Keccak256};

/// A digest of 32 bytes, written as `0x` and 64 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// What stands where there is nothing to name.
    pub const ZERO: Self = Self([0; 32]);

    /// The keccak digest of some bytes.
    #[must_use]
    pub fn keccak(bytes: &[u8]) -> Self {
        Self(Keccak256::digest(bytes).into())
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Display for Digest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Digest {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "expected 0x and 64 hexadecimal digits";
        let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
        if digits.len() != 64 {
            return Err(FORM);
        }
        let mut bytes = [0; 32];
        for (byte, &[high, low]) in bytes.iter_mut().zip(digits.as_chunks().0) {
            let value = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
            *byte = value(high).zip(value(low)).map(|(high, low)| high << 4 | low).ok_or(FORM)?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn digests_survive_and_other_text_is_refused() {
        let digest = Digest(std::array::from_fn(|index| 7 * index as u8));
        assert_eq!(digest.to_string().parse(), Ok(digest));
        for text in ["", "0x", "0x12", &"g".repeat(64), &"0".repeat(65), &"é".repeat(32)] {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }
}
