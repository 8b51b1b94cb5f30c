//! A settlement key as stored on the chain. It may be anything, since anyone can store it.
//!
//! The layout is that of `SettlementKey.sol`, in words of 32 bytes: 16 numbers, 9 points, `[tau]_2`, the number of batches and
//! two words for each. The weight digest covers the rest: 5 words, the number of table rows and their points, the number of
//! weight rows and their points.

use alloy::primitives::{B256, keccak256};
use ark_bn254::G2Affine;
use hallmark_circuits::{
    encoding::{G1_BYTES, G2_BYTES, g2_from_bytes, integer_word, word},
    model::MAX_BATCHES,
    settlement::table::{CONSTANTS, VALUES},
};

use hallmark_chain::chain::{MAX_CODE, STOP};

const WORD: usize = 32;
const DEVELOPMENT: usize = 15;
const COLUMNS: usize = 16;
const TAU: usize = COLUMNS + 2 * (CONSTANTS + VALUES);
const BATCH_COUNT: usize = TAU + 4;
const BATCHES: usize = BATCH_COUNT + 1;
/// The words of the model, from its first.
const ARCHITECTURE: usize = 1;
const SETUP: usize = 2;
const ENTRY_COUNT: usize = 5;
const ENTRIES: usize = ENTRY_COUNT + 1;

/// The bytes of a settlement key whose parts are where they should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Blob {
    bytes: Vec<u8>,
    /// The word that the model begins with, after the list of batches.
    model: usize,
    /// The offset of the weights' points.
    weights: usize,
}

impl Blob {
    /// Takes a contract's code apart.
    pub(super) fn of_code(code: &[u8]) -> Result<Self, &'static str> {
        let bytes = match code {
            [] => return Err("there is no code at the key's address"),
            [STOP, bytes @ ..] if code.len() <= MAX_CODE => bytes.to_vec(),
            _ => return Err("the code at the key's address is not a settlement key"),
        };
        let mut blob = Self { bytes, model: 0, weights: 0 };
        let lengths = "the lengths of the key's parts differ from the counts in the key";
        blob.model = blob.find_model().ok_or(lengths)?;
        blob.weights = blob.find_weights().ok_or(lengths)?;
        let (first, model) = (blob.word(0), blob.word(blob.model));
        if first == Some(&word(b"hallmark settlement 3")) && model == Some(&word(b"hallmark model 3")) {
            Ok(blob)
        } else {
            Err("the key belongs to another version of the protocol")
        }
    }

    pub(super) fn digest(&self) -> B256 {
        keccak256(&self.bytes)
    }

    /// Of all but the points of the weights.
    pub(super) fn architecture_digest(&self) -> B256 {
        keccak256(self.bytes.get(..self.weights).unwrap_or_default())
    }

    pub(super) fn weight_digest(&self) -> B256 {
        keccak256(self.bytes.get(self.model * WORD..).unwrap_or_default())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The digest of the model's architecture, without the circuit.
    pub(super) fn model_architecture(&self) -> B256 {
        self.digest_at(self.model + ARCHITECTURE)
    }

    pub(super) fn setup_digest(&self) -> B256 {
        self.digest_at(self.model + SETUP)
    }

    pub(super) fn tau_g2(&self) -> Option<G2Affine> {
        let bytes: &[u8; G2_BYTES] = self.bytes.get(TAU * WORD..)?.first_chunk()?;
        g2_from_bytes(bytes)
    }

    pub(super) fn is_development(&self) -> bool {
        self.word(DEVELOPMENT) != Some(&integer_word(0))
    }

    /// The word after the list of batches. Returns `None` if there are more than a key may list.
    fn find_model(&self) -> Option<usize> {
        self.count(BATCH_COUNT).filter(|batches| *batches <= MAX_BATCHES).map(|batches| BATCHES + 2 * batches)
    }

    /// The offset of the weights' points. Returns `None` if the numbers of points do not agree with the length.
    fn find_weights(&self) -> Option<usize> {
        let entries = self.count(self.model + ENTRY_COUNT)?;
        let end = self.model + ENTRIES + 2 * entries;
        let weights = self.count(end)?;
        let start = (end + 1) * WORD;
        (start + weights * G1_BYTES == self.bytes.len()).then_some(start)
    }

    /// A number of points, none of which there is no room for.
    fn count(&self, at: usize) -> Option<usize> {
        let (zeros, number) = self.word(at)?.split_last_chunk::<8>()?;
        let number = usize::try_from(u64::from_be_bytes(*number)).ok()?;
        (zeros.iter().all(|byte| *byte == 0) && number <= MAX_CODE / G1_BYTES).then_some(number)
    }

    fn digest_at(&self, at: usize) -> B256 {
        self.word(at).copied().map(B256::from).unwrap_or_default()
    }

    fn word(&self, at: usize) -> Option<&[u8; WORD]> {
        self.bytes.get(at * WORD..)?.first_chunk()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(entries: u64, weights: u64) -> Vec<u8> {
        code_with_batches(0, entries, weights)
    }

    fn code_with_batches(batches: u64, entries: u64, weights: u64) -> Vec<u8> {
        let mut bytes = vec![0; BATCH_COUNT * WORD];
        bytes[..WORD].copy_from_slice(&word(b"hallmark settlement 3"));
        bytes.extend(integer_word(batches));
        bytes.extend(vec![7; 2 * WORD * batches.min(100) as usize]);
        bytes.extend(word(b"hallmark model 3"));
        bytes.extend(vec![0; 4 * WORD]);
        bytes.extend(integer_word(entries));
        bytes.extend(vec![0; entries.min(100) as usize * G1_BYTES]);
        bytes.extend(integer_word(weights));
        bytes.extend(vec![0; weights.min(100) as usize * G1_BYTES]);
        [&[0], bytes.as_slice()].concat()
    }

    #[test]
    fn parts_are_found() {
        let blob = Blob::of_code(&code(2, 3)).unwrap();
        assert_eq!(blob.bytes.len() - blob.weights, 3 * G1_BYTES);
        assert_eq!(blob.architecture_digest(), keccak256(&blob.bytes[..blob.weights]));
        assert!(!blob.is_development());
    }

    #[test]
    fn parts_are_found_after_a_list_of_batches() {
        let blob = Blob::of_code(&code_with_batches(16, 2, 3)).unwrap();
        assert_eq!(blob.bytes.len() - blob.weights, 3 * G1_BYTES);
        assert_eq!(blob.weight_digest(), keccak256(&blob.bytes[(BATCHES + 32) * WORD..]));
        assert!(Blob::of_code(&code_with_batches(17, 2, 3)).is_err());
        assert!(Blob::of_code(&code_with_batches(u64::MAX, 2, 3)).is_err());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let whole = code(1, 1);
        for length in 0..whole.len() {
            assert!(Blob::of_code(&whole[..length]).is_err(), "{length}");
        }
        for (entries, weights) in [(u64::MAX, 1), (1, u64::MAX), (1 << 32, 1), (1, 400)] {
            assert!(Blob::of_code(&code(entries, weights)).is_err());
        }
        let long = [whole.as_slice(), &[0; MAX_CODE]].concat();
        for other in [long, [&[1], &whole[1..]].concat()] {
            assert!(Blob::of_code(&other).is_err());
        }
    }
}
