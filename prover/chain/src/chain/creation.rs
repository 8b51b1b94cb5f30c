//! Creation code of contracts whose code is data.

use super::{ChainError, MAX_CODE};

/// Creation code of a contract whose code is data.
///
/// # Errors
///
/// If there is more data than a contract's code may have.
pub fn creation_code(code: &[u8]) -> Result<Vec<u8>, ChainError> {
    let length = u16::try_from(code.len()).ok().filter(|_| code.len() <= MAX_CODE);
    let length = length.ok_or_else(|| ChainError::Deployment(format!("it has {} bytes", code.len())))?;
    Ok([creation(length).as_slice(), code].concat())
}

/// Creation code that returns the `length` bytes behind it.
fn creation(length: u16) -> [u8; 10] {
    let [high, low] = length.to_be_bytes();
    [
        0x61, high, low,  // PUSH2 length
        0x80, // DUP1
        0x60, 10,   // PUSH1 the bytes of this
        0x5f, // PUSH0
        0x39, // CODECOPY: to 0, from behind this, length
        0x5f, // PUSH0
        0xf3, // RETURN: from 0, length
    ]
}
