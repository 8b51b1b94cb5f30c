//! A key from a keystore or the environment.

use std::{
    env,
    fmt::{self, Debug, Formatter},
    path::{Path, PathBuf},
};

use alloy::{
    primitives::Address,
    signers::local::{LocalSignerError, PrivateKeySigner},
};
use thiserror::Error;
use zeroize::Zeroizing;

use super::keystore::{self, KeystoreFault};
use hallmark_proving::file::{self, FileError};

/// The variable that holds a private key.
pub const KEY_VARIABLE: &str = "HALLMARK_PRIVATE_KEY";
/// The variable that holds a keystore's password.
pub const PASSWORD_VARIABLE: &str = "HALLMARK_KEYSTORE_PASSWORD";
/// More than any password or keystore has.
const MAX_BYTES: u64 = 1 << 16;

/// A key that signs, and is never shown: it is wiped when it is dropped.
#[derive(Clone)]
pub struct Wallet {
    pub(super) signer: PrivateKeySigner,
}

/// Why there is no key. None repeats a secret.
#[derive(Debug, Error)]
pub enum WalletError {
    /// No key was named.
    #[error("there is no key to sign with: name a keystore with --keystore, or set {KEY_VARIABLE}")]
    Missing,
    /// The variable does not hold a key.
    #[error("{KEY_VARIABLE} does not hold a private key: 64 hexadecimal digits are expected")]
    Variable,
    /// There is no password.
    #[error("the keystore needs a password: name a file with --password-file, or set {PASSWORD_VARIABLE}")]
    Password,
    /// The keystore does not open.
    #[error("the keystore {} does not open: its password is another one, or it is damaged", .0.display())]
    Keystore(PathBuf),
    /// The keystore is not tried.
    #[error("the keystore {} is not opened: {fault}. Make it again with a wallet, such as `cast wallet import`", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: KeystoreFault,
    },
    /// A file can't be read.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Wallet {
    /// The key of a keystore, or else that of the environment.
    ///
    /// # Errors
    /// [`WalletError::Missing`] if no key was named, and otherwise those of [`Wallet::open`] and [`Wallet::parse`].
    pub fn find(keystore: Option<&Path>, password: Option<&Path>) -> Result<Self, WalletError> {
        let Some(keystore) = keystore else { return Self::of_environment() };
        let password = match password {
            Some(path) => read_password(path)?,
            None => Zeroizing::new(env::var(PASSWORD_VARIABLE).map_err(|_| WalletError::Password)?),
        };
        Self::open(keystore, &password)
    }

    /// The key of a keystore.
    ///
    /// # Errors
    /// [`WalletError::File`] if the file can't be read, [`WalletError::Refused`] if it is no keystore or asks for too much, and
    /// [`WalletError::Keystore`] if it does not open.
    pub fn open(path: &Path, password: &str) -> Result<Self, WalletError> {
        // Read once before, for the error and the bounds.
        keystore::check(&file::load(path, MAX_BYTES)?)
            .map_err(|fault| WalletError::Refused { path: path.to_owned(), fault })?;
        let signer = PrivateKeySigner::decrypt_keystore(path, password);
        signer.map(Self::new).map_err(|_: LocalSignerError| WalletError::Keystore(path.to_owned()))
    }

    /// The key that these digits are.
    ///
    /// # Errors
    /// [`WalletError::Variable`] if they are none.
    pub fn parse(digits: &str) -> Result<Self, WalletError> {
        digits.trim().parse().map(Self::new).map_err(|_: LocalSignerError| WalletError::Variable)
    }

    /// The account.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.signer.address()
    }

    fn new(signer: PrivateKeySigner) -> Self {
        Self { signer }
    }

    fn of_environment() -> Result<Self, WalletError> {
        let digits = Zeroizing::new(env::var(KEY_VARIABLE).map_err(|_| WalletError::Missing)?);
        Self::parse(&digits)
    }
}

impl Debug for Wallet {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wallet").field("address", &self.address()).finish_non_exhaustive()
    }
}

/// A password is a file's first line.
fn read_password(path: &Path) -> Result<Zeroizing<String>, WalletError> {
    let bytes = Zeroizing::new(file::load(path, MAX_BYTES)?);
    let text = str::from_utf8(&bytes).map_err(|_| WalletError::Password)?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const DIGITS: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    #[test]
    fn keys_are_not_shown() {
        let wallet = Wallet::parse(DIGITS).unwrap();
        assert_eq!(wallet.address().to_string(), "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
        assert!(!format!("{wallet:?}").contains(&DIGITS[..8]));
        let error = Wallet::parse(&DIGITS[1..]).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(&DIGITS[8..16]));
    }

    #[test]
    fn keystores_open_with_their_password_alone() {
        let folder = tempfile::tempdir().unwrap();
        // The test vector of the Web3 secret storage definition, with PBKDF2.
        let keystore = folder.path().join("keystore");
        fs::write(&keystore, include_str!("keystore_vector.json")).unwrap();
        let password = folder.path().join("password");
        fs::write(&password, "testpassword\n").unwrap();
        let wallet = Wallet::find(Some(&keystore), Some(&password)).unwrap();
        let expected = Wallet::parse("7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d").unwrap();
        assert_eq!(wallet.address(), expected.address());
        let hostile = folder.path().join("hostile");
        fs::write(&hostile, include_str!("keystore_vector.json").replace("\"dklen\": 32", "\"dklen\": 8")).unwrap();
        let error = Wallet::find(Some(&hostile), Some(&password)).unwrap_err();
        assert!(matches!(error, WalletError::Refused { fault: KeystoreFault::KeyBytes { found: 8 }, .. }), "{error}");
        fs::write(&password, "other").unwrap();
        let error = Wallet::find(Some(&keystore), Some(&password)).unwrap_err();
        assert!(matches!(error, WalletError::Keystore(_)) && !error.to_string().contains("other,"));
    }
}
