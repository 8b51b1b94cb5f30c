//! Addresses, as people copy them.

use std::str::FromStr;

use alloy::primitives::{Address, AddressError};

/// The address that a text is. Where it has letters of both cases, these are its checksum (EIP-55). Nobody has the key of the
/// address of zeros, and no contract is there.
pub(super) fn parse(text: &str) -> Result<Address, &'static str> {
    const FORM: &str = "expected an address: 0x and 40 hexadecimal digits";
    const CHECKSUM: &str = "the checksum (EIP-55) is wrong: a letter or a digit is another one, copy the address again";
    const ZERO: &str = "the address of zeros is nobody's";
    let digits = text.strip_prefix("0x").filter(|digits| digits.is_ascii()).ok_or(FORM)?;
    let has = |case: fn(&char) -> bool| digits.chars().any(|digit| case(&digit));
    let address = if has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase) {
        Address::parse_checksummed(text, None).map_err(|error| match error {
            AddressError::InvalidChecksum => CHECKSUM,
            AddressError::Hex(_) => FORM,
        })?
    } else {
        Address::from_str(text).map_err(|_| FORM)?
    };
    if address.is_zero() { Err(ZERO) } else { Ok(address) }
}

#[cfg(test)]
mod tests {
    use super::parse;

    /// EIP-55's own examples.
    const VALID: [&str; 4] = [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ];

    #[test]
    fn a_mixed_case_is_a_checksum() {
        for text in VALID {
            let address = parse(text).unwrap();
            assert_eq!(address.to_string(), text);
            assert_eq!(parse(&text.to_lowercase()), Ok(address));
            assert_eq!(parse(&format!("0x{}", text[2..].to_uppercase())), Ok(address));
            for at in 2..text.len() {
                let mut bytes = text.as_bytes().to_vec();
                bytes[at] ^= 0x20;
                let flipped = String::from_utf8(bytes).unwrap();
                if flipped.as_bytes()[at].is_ascii_alphabetic() {
                    assert!(parse(&flipped).unwrap_err().contains("checksum"), "{flipped}");
                }
            }
        }
        for text in [
            "",
            "0x",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
            &VALID[0][2..],
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&format!("0x{}", "0".repeat(40))).unwrap_err().contains("zero"));
    }
}
