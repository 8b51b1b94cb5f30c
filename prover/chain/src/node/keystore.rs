//! What a keystore asks of the machine that opens it.
//!
//! A keystore says itself how much memory and time its key takes (Web3 secret storage, version 3). The library that opens it takes
//! its word. So the numbers are held against bounds before.

use serde::Deserialize;
use thiserror::Error;

/// The bytes of a key: the first half deciphers, the second half authenticates.
const KEY_BYTES: u64 = 32;
/// The digits of an initialization vector of AES.
const IV_DIGITS: usize = 32;
/// The most memory of scrypt, in bytes: four times what programs ask for that make keystores.
const MAX_MEMORY: u64 = 1 << 30;
/// The most work of scrypt, in blocks of 128 bytes: sixteen times what programs ask for.
const MAX_BLOCKS: u64 = 1 << 25;
/// The most iterations of PBKDF2: forty times what programs ask for.
const MAX_ITERATIONS: u64 = 10_000_000;

/// Why a keystore is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeystoreFault {
    /// It is not such a file.
    #[error("it is no keystore of version 3 (Web3 secret storage)")]
    Format,
    /// Its cipher is another.
    #[error("its cipher is not aes-128-ctr with an initialization vector of 16 bytes")]
    Cipher,
    /// The derived key has another length.
    #[error("it derives a key of {found} bytes, where {KEY_BYTES} are needed")]
    KeyBytes {
        /// The length.
        found: u64,
    },
    /// The cost of scrypt is not a power of two.
    #[error("its scrypt has n = {n}, which is no power of two above 1")]
    Cost {
        /// The cost.
        n: u64,
    },
    /// Scrypt would take too much memory or time.
    #[error(
        "its scrypt has n = {n}, r = {r} and p = {p}, which takes far more memory or time than those of any wallet"
    )]
    Scrypt {
        /// The cost.
        n: u64,
        /// The size of a block.
        r: u64,
        /// How many run in turn.
        p: u64,
    },
    /// PBKDF2 would take too long.
    #[error("its PBKDF2 has {c} iterations, where at most {MAX_ITERATIONS} are accepted")]
    Iterations {
        /// The iterations.
        c: u64,
    },
}

#[derive(Deserialize)]
struct Keystore {
    crypto: Crypto,
}

#[derive(Deserialize)]
struct Crypto {
    cipher: String,
    cipherparams: CipherParameters,
    kdfparams: Derivation,
}

#[derive(Deserialize)]
struct CipherParameters {
    iv: String,
}

/// The parameters of either function. Which one they are for, the library decides by what is there: whatever is there is checked.
#[derive(Deserialize)]
struct Derivation {
    dklen: u64,
    c: Option<u64>,
    n: Option<u64>,
    #[serde(default)]
    r: u64,
    #[serde(default)]
    p: u64,
}

/// Refuses a keystore that would stop the library, or that takes more than any wallet's to open.
///
/// # Errors
/// [`KeystoreFault`] says what is wrong with it.
pub(super) fn check(bytes: &[u8]) -> Result<(), KeystoreFault> {
    let Keystore { crypto } = serde_json::from_slice(bytes).map_err(|_| KeystoreFault::Format)?;
    if crypto.cipher != "aes-128-ctr" || crypto.cipherparams.iv.len() != IV_DIGITS {
        return Err(KeystoreFault::Cipher);
    }
    crypto.kdfparams.check()
}

impl Derivation {
    fn check(&self) -> Result<(), KeystoreFault> {
        let &Self { dklen, c, n, r, p } = self;
        if dklen != KEY_BYTES {
            return Err(KeystoreFault::KeyBytes { found: dklen });
        }
        if let Some(c) = c.filter(|&c| c > MAX_ITERATIONS) {
            return Err(KeystoreFault::Iterations { c });
        }
        let Some(n) = n else { return Ok(()) };
        if n < 2 || !n.is_power_of_two() {
            return Err(KeystoreFault::Cost { n });
        }
        let blocks = n.checked_mul(r);
        let is_small = blocks.and_then(|blocks| blocks.checked_mul(128)).is_some_and(|bytes| bytes <= MAX_MEMORY);
        let is_short = blocks.and_then(|blocks| blocks.checked_mul(p)).is_some_and(|blocks| blocks <= MAX_BLOCKS);
        if is_small && is_short { Ok(()) } else { Err(KeystoreFault::Scrypt { n, r, p }) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const SALT: &str = "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd";

    fn checked(pointer: &str, value: Value) -> Result<(), KeystoreFault> {
        let mut keystore: Value = serde_json::from_str(include_str!("keystore_vector.json")).unwrap();
        *keystore.pointer_mut(pointer).unwrap() = value;
        check(keystore.to_string().as_bytes())
    }

    fn scrypt(n: u64, r: u64, p: u64) -> Result<(), KeystoreFault> {
        checked("/crypto/kdfparams", json!({ "dklen": 32, "n": n, "r": r, "p": p, "salt": SALT }))
    }

    #[test]
    fn what_wallets_ask_for_is_taken() {
        assert_eq!(checked("/version", json!(3)), Ok(()));
        // Geth's standard and light keystores.
        assert_eq!([scrypt(1 << 18, 8, 1), scrypt(1 << 12, 8, 6)], [Ok(()); 2]);
    }

    #[test]
    fn costs_have_bounds() {
        assert_eq!([scrypt(1 << 20, 8, 4), scrypt(1 << 15, 256, 4)], [Ok(()); 2]);
        for (n, r, p) in [(1 << 21, 8, 1), (1 << 20, 9, 1), (1 << 20, 8, 5), (1 << 63, 2, 1), (2, u64::MAX, 1)] {
            assert_eq!(scrypt(n, r, p), Err(KeystoreFault::Scrypt { n, r, p }));
        }
        for n in [0, 1, 3, (1 << 18) + 1] {
            assert_eq!(scrypt(n, 8, 1), Err(KeystoreFault::Cost { n }));
        }
        assert_eq!(checked("/crypto/kdfparams/c", json!(MAX_ITERATIONS)), Ok(()));
        let c = MAX_ITERATIONS + 1;
        assert_eq!(checked("/crypto/kdfparams/c", json!(c)), Err(KeystoreFault::Iterations { c }));
    }

    /// The library takes the first function whose parameters are whole.
    #[test]
    fn parameters_of_the_other_function_are_checked_too() {
        let both = json!({ "dklen": 32, "c": 1, "salt": SALT, "n": 1u64 << 31, "r": 8, "p": 1 });
        assert_eq!(checked("/crypto/kdfparams", both), Err(KeystoreFault::Scrypt { n: 1 << 31, r: 8, p: 1 }));
    }

    #[test]
    fn lengths_are_those_that_the_library_relies_on() {
        for found in [0, 16, 31, 33] {
            assert_eq!(checked("/crypto/kdfparams/dklen", json!(found)), Err(KeystoreFault::KeyBytes { found }));
        }
        for iv in ["", "6087dab2f9fdbbfaddc31a909735c1", "6087dab2f9fdbbfaddc31a909735c1e600"] {
            assert_eq!(checked("/crypto/cipherparams/iv", json!(iv)), Err(KeystoreFault::Cipher));
        }
        assert_eq!(checked("/crypto/cipher", json!("aes-256-gcm")), Err(KeystoreFault::Cipher));
        assert_eq!(check(b"{}"), Err(KeystoreFault::Format));
    }
}
