//! Settlement keys that proofs may be held against: nothing in them but the weights' commitments is anyone's word.
//!
//! A settlement key takes two derivations. [`TrustedCircuit`] is the key of an architecture's circuit under a setup, and takes
//! no model. [`SettlementKey`] puts it together with a model's [`TrustedKey`], and has the digest that names the model.

use ark_bn254::{Fr, G1Affine};
use ark_ec::CurveGroup;
use ark_ff::{Field, PrimeField};
use sha3::{Digest as _, Keccak256};

use super::{
    batches::ListedBatch,
    columns::{COLUMNS, Columns},
    key::{BatchEntry, CircuitKey, key_bytes},
    recorded::Circuit,
    table::CONSTANTS,
};
use crate::{
    digest::Digest,
    encoding::g1_to_bytes,
    error::KeyError,
    facts::{Facts, NoFacts, check_once},
    key::VerifyingKey,
    powers::Powers,
    srs::OpeningKey,
    trusted::TrustedKey,
    verifier::statement::Statement,
};

/// What separates the hash of the check of given commitments from other hashes.
const CHECK_DOMAIN: &[u8] = b"hallmark circuit columns 2";

/// The key of an architecture's circuit, derived from checked powers.
#[derive(Clone, Debug, PartialEq)]
pub struct TrustedCircuit {
    architecture: Digest,
    setup: OpeningKey,
    key: CircuitKey,
}

impl TrustedCircuit {
    /// Derives the key: commits to every column.
    ///
    /// # Errors
    /// If there are fewer powers than the circuit has rows.
    pub fn derive(columns: &Columns, powers: &Powers) -> Result<Self, KeyError> {
        let points = columns.commit(rows(columns, powers)?);
        Self::new(columns, powers, &CurveGroup::normalize_batch(&points))
    }

    /// Takes the commitments `C_j` to the columns `f_j` from anyone, and checks them at the price of one. With a challenge
    /// sigma out of all of them,
    ///
    /// ```text
    /// sum_j sigma^j C_j = [sum_j sigma^j f_j(tau)]
    /// ```
    ///
    /// # Errors
    /// If there are fewer powers than the circuit has rows, or the commitments are not to the columns.
    pub fn check(columns: &Columns, powers: &Powers, given: &[G1Affine; COLUMNS]) -> Result<Self, KeyError> {
        Self::check_once(columns, powers, given, &NoFacts)
    }

    /// As [`Self::check`], but the sum is left out for commitments to these columns that were checked before.
    ///
    /// # Soundness
    /// The fact is a hash of the circuit's table, of the architecture's and the setup's digests, and of the commitments.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn check_once(
        columns: &Columns,
        powers: &Powers,
        given: &[G1Affine; COLUMNS],
        facts: &dyn Facts,
    ) -> Result<Self, KeyError> {
        let rows = rows(columns, powers)?;
        let hash = hash([columns.architecture(), powers.opening_key().digest, columns.table()], given);
        if check_once(facts, hash, || are_commitments(columns, rows, given, hash)) {
            Self::new(columns, powers, given)
        } else {
            Err(KeyError::CircuitColumns)
        }
    }

    fn new(columns: &Columns, powers: &Powers, points: &[G1Affine]) -> Result<Self, KeyError> {
        let (constants, permutation) = points.split_at_checked(CONSTANTS).ok_or(KeyError::CircuitColumns)?;
        let (Ok(constants), Ok(permutation)) = (constants.try_into(), permutation.try_into()) else {
            return Err(KeyError::CircuitColumns);
        };
        // Halo2 computes its root and its digest from the others.
        let log_rows = columns.log_rows();
        let given = CircuitKey { log_rows, root: columns.root(), transcript: Fr::from(0), constants, permutation };
        let halo2 = given.to_halo2().map_err(|_| KeyError::CircuitColumns)?;
        let key = CircuitKey::from_halo2(&halo2).ok_or(KeyError::CircuitColumns)?;
        Ok(Self { architecture: columns.architecture(), setup: powers.opening_key().clone(), key })
    }

    /// Whether this is the circuit of an architecture under a setup.
    #[must_use]
    pub fn is_of(&self, architecture: Digest, setup: &OpeningKey) -> bool {
        self.architecture == architecture && self.setup == *setup
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &CircuitKey {
        &self.key
    }

    /// The setup.
    #[must_use]
    pub const fn setup(&self) -> &OpeningKey {
        &self.setup
    }
}

/// The powers of the rows.
fn rows<'p>(columns: &Columns, powers: &'p Powers) -> Result<&'p [G1Affine], KeyError> {
    let needed = columns.log_rows();
    powers.g1().get(..1 << needed).ok_or(KeyError::CircuitPowers { needed, found: powers.log_size() })
}

fn are_commitments(columns: &Columns, rows: &[G1Affine], given: &[G1Affine; COLUMNS], hash: Digest) -> bool {
    let sigma = Fr::from_be_bytes_mod_order(&hash.0);
    let factors: [Fr; COLUMNS] = std::array::from_fn(|column| sigma.pow([column as u64]));
    let sum: ark_bn254::G1Projective = given.iter().zip(&factors).map(|(point, factor)| *point * factor).sum();
    columns.commit_sum(rows, &factors) == sum
}

/// `keccak256("hallmark circuit columns 2", architecture digest, setup digest, table digest, commitments)`: modulo r the check's
/// challenge, and what it finds is remembered under. The powers follow from the setup.
fn hash(owners: [Digest; 3], given: &[G1Affine]) -> Digest {
    let mut hasher = Keccak256::new_with_prefix(CHECK_DOMAIN);
    owners.iter().for_each(|digest| hasher.update(digest));
    given.iter().for_each(|point| hasher.update(g1_to_bytes(point)));
    Digest(hasher.finalize().into())
}

/// The settlement key of a model: what a contract pins, and what its proofs are held against.
#[derive(Clone, Debug, PartialEq)]
pub struct SettlementKey {
    model: TrustedKey,
    circuit: CircuitKey,
    batches: Vec<ListedBatch>,
    bytes: Vec<u8>,
    digest: Digest,
}

impl SettlementKey {
    /// Derives all of a settlement key but the weights' commitments, which are those of `key`.
    ///
    /// # Soundness
    /// The weights are those of whoever made the key. Which model this is, its digest says: compare it with the registered one.
    ///
    /// # Errors
    /// If the model's key can't be trusted, there are too few powers, or the circuit would be too large.
    pub fn derive(key: VerifyingKey, powers: &Powers) -> Result<Self, KeyError> {
        let model = TrustedKey::derive(key, powers)?;
        let circuit = Circuit::new(&Statement::new(&model.key().architecture)?)?;
        let batches = ListedBatch::derive_all(model.key(), powers)?;
        Self::new(model, &TrustedCircuit::derive(&Columns::new(&circuit), powers)?, batches)
    }

    /// Puts together what was derived for one architecture and under one setup: the model's key, the circuit's, and the batches
    /// that the model is offered in.
    ///
    /// # Errors
    /// If the circuit or a batch is of another architecture or setup than the model, or the batches are not those that it is
    /// offered in.
    pub fn new(model: TrustedKey, circuit: &TrustedCircuit, batches: Vec<ListedBatch>) -> Result<Self, KeyError> {
        let key = model.key();
        if !circuit.is_of(key.architecture.digest(), &key.setup) {
            return Err(KeyError::OtherCircuit);
        }
        ListedBatch::check_all(&batches, key)?;
        let entries: Vec<BatchEntry> = batches.iter().map(ListedBatch::entry).collect();
        let bytes = key_bytes(&Statement::new(&key.architecture)?, &circuit.key, key, &entries);
        let digest = Digest::keccak(&bytes);
        Ok(Self { circuit: circuit.key.clone(), batches, bytes, digest, model })
    }

    /// The settlement key of a batch that this key lists: all of it was derived, but for the weights, which are this key's.
    ///
    /// # Errors
    /// [`KeyError::Batch`] if this key does not list a batch of so many samples.
    pub fn batch(&self, size: usize) -> Result<Self, KeyError> {
        let listed = self.batches.iter().find(|listed| listed.batch().size() == size);
        let listed = listed.ok_or_else(|| KeyError::Batch { size, offered: self.sizes() })?;
        let model = self.model.batch_with_tables(listed.batch(), listed.entry_outputs())?;
        Self::new(model, listed.circuit(), Vec::new())
    }

    /// The batches that this key lists.
    #[must_use]
    pub fn batches(&self) -> &[ListedBatch] {
        &self.batches
    }

    /// The sizes of the batches that this key lists.
    fn sizes(&self) -> Vec<usize> {
        self.batches.iter().map(|listed| listed.batch().size()).collect()
    }

    /// The model's key.
    #[must_use]
    pub const fn model(&self) -> &TrustedKey {
        &self.model
    }

    /// The key of the circuit.
    #[must_use]
    pub const fn circuit(&self) -> &CircuitKey {
        &self.circuit
    }

    /// The bytes that a contract reads.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// The model digest: of all bytes. It is what a registry pins, and what a model is named by.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The digest of all but the weights' commitments, which anyone can compute from the architecture and the setup.
    #[must_use]
    pub fn architecture_digest(&self) -> Digest {
        let end = self.bytes.len().saturating_sub(self.model.key().weight_bytes().len());
        Digest::keccak(self.bytes.get(..end).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use ark_ec::AffineRepr;

    use super::*;

    /// Whoever could change any of it without another challenge could choose commitments for a known one.
    #[test]
    fn the_hash_covers_architecture_setup_table_and_every_commitment() {
        let [one, two] = [1, 2].map(|scalar| (G1Affine::generator() * Fr::from(scalar)).into_affine());
        let points = [g1_to_bytes(&one), g1_to_bytes(&two)].concat();
        let bytes = [b"hallmark circuit columns 2".as_slice(), &[5; 32], &[6; 32], &[7; 32], &points].concat();
        assert_eq!(hash([5, 6, 7].map(|byte| Digest([byte; 32])), &[one, two]), Digest::keccak(&bytes));
    }
}
