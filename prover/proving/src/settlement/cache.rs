//! The file that spares settlement keys their slow parts.
//!
//! ```text
//! architecture digest, setup digest   32 bytes each
//! log_rows                             8 bytes
//! commitments to the columns          64 bytes a point: constants, then the permutation
//! Lagrange basis                      64 bytes a point, one for each of 2^log_rows rows
//! ```
//!
//! All points are held against the circuit and the structured reference string when they are read, unless the same ones were before
//! ([`Facts`]). A wrong basis would make proofs that show their witness, and wrong commitments proofs that no one accepts. Verifiers
//! read no such file.

use std::path::Path;

use ark_bn254::{Fr, G1Affine};
use hallmark_circuits::{
    codec::Reader,
    digest::Digest,
    encoding::{G1_BYTES, g1_to_bytes},
    facts::{Facts, check_once},
    settlement::{
        columns::{COLUMNS, Columns},
        trusted::TrustedCircuit,
    },
};
use sha3::{Digest as _, Keccak256};
use tracing::info_span;

use super::{Circuit, LoadError, Parameters, SettlementError, SettlementKeys};
use crate::file::{self, FileError, Kind};
use crate::msm::msm;
use crate::random::random_scalar;
use crate::srs::Srs;

/// What a file may have beyond what is needed, so that one for a larger circuit is told by its contents and not refused.
const SPARE_BYTES: u64 = 64 << 20;
/// What separates the hash of a basis from other hashes.
const BASIS_DOMAIN: &[u8] = b"hallmark lagrange basis 1";

impl SettlementKeys {
    /// Makes the keys with the help of a file of [`SettlementKeys::store`].
    ///
    /// # Errors
    /// If the file can't be read, is another circuit's, or holds other points than it should.
    #[tracing::instrument(name = "load keys", skip_all)]
    pub fn load(path: &Path, circuit: &Circuit, srs: &Srs, facts: &dyn Facts) -> Result<Self, LoadError> {
        let powers = circuit.powers(srs.powers()).map_err(SettlementError::from)?;
        let kept = info_span!("read").in_scope(|| {
            let bytes: Vec<u8> = file::read(path, Kind::Settlement, limit(powers))?;
            Kept::decode(&bytes, &Owner::new(circuit, srs))
        })?;
        let parameters = Parameters::from_points(powers, kept.lagrange);
        let columns = Columns::new(circuit);
        let keys = Self::with_commitments(circuit.clone(), &columns, parameters, srs, &kept.commitments, facts);
        let keys = keys.map_err(|_| LoadError::Points)?;
        let _span = info_span!("check basis").entered();
        if check_once(facts, keys.basis_hash(srs), || keys.has_basis()) { Ok(keys) } else { Err(LoadError::Points) }
    }

    /// Takes the circuit's key alone from a file of [`SettlementKeys::store`], which is checked at the price of one commitment.
    ///
    /// # Errors
    /// If the file can't be read, is another circuit's, or holds other commitments than it should.
    #[tracing::instrument(name = "load circuit", skip_all)]
    pub fn load_circuit(
        path: &Path,
        circuit: &Circuit,
        srs: &Srs,
        facts: &dyn Facts,
    ) -> Result<TrustedCircuit, LoadError> {
        let powers = circuit.powers(srs.powers()).map_err(SettlementError::from)?;
        let bytes: Vec<u8> = file::read(path, Kind::Settlement, limit(powers))?;
        let commitments = commitments(&mut Reader::new(&bytes), &Owner::new(circuit, srs))?;
        TrustedCircuit::check_once(&Columns::new(circuit), srs.powers(), &commitments, facts)
            .map_err(|_| LoadError::Points)
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn store(&self, path: &Path, srs: &Srs) -> Result<(), FileError> {
        let key = self.circuit();
        let mut bytes = Owner::new(&self.circuit, srs).to_bytes();
        let points = key.constants.iter().chain(&key.permutation).chain(self.parameters.lagrange());
        bytes.extend(points.flat_map(g1_to_bytes));
        file::write_atomically(path, Kind::Settlement, &bytes).map(drop)
    }

    /// Whether the Lagrange basis `[L_i]` is what it should be, but for a chance of 1/r.
    ///
    /// With random rho, and the coefficients c of the polynomial that has the values rho,
    ///
    /// ```text
    /// sum_i rho_i [L_i] = sum_t c_t [tau^t]
    /// ```
    ///
    /// For any other points the difference of both sides is a linear form in rho that is not zero.
    fn has_basis(&self) -> bool {
        let mut rng = rand::rng();
        let lagrange = self.parameters.lagrange();
        let values: Vec<Fr> = lagrange.iter().map(|_| random_scalar(&mut rng)).collect();
        msm(lagrange, &values) == msm(self.parameters.powers(), &self.argument.interpolate(&values))
    }

    /// `keccak256("hallmark lagrange basis 1", setup digest, points)`: what is remembered of a basis that was checked. The number of
    /// rows is that of the points.
    fn basis_hash(&self, srs: &Srs) -> Digest {
        let mut hasher = Keccak256::new_with_prefix(BASIS_DOMAIN);
        hasher.update(srs.opening_key().digest);
        self.parameters.lagrange().iter().for_each(|point| hasher.update(g1_to_bytes(point)));
        Digest(hasher.finalize().into())
    }
}

/// The most bytes of a file for so many powers.
fn limit(powers: &[G1Affine]) -> u64 {
    (powers.len() * G1_BYTES) as u64 + SPARE_BYTES
}

/// What keys belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Owner {
    architecture: Digest,
    setup: Digest,
    log_rows: u64,
}

impl Owner {
    fn new(circuit: &Circuit, srs: &Srs) -> Self {
        let (architecture, setup) = (circuit.architecture(), srs.opening_key().digest);
        Self { architecture, setup, log_rows: circuit.log_rows().into() }
    }

    fn to_bytes(&self) -> Vec<u8> {
        [self.architecture.as_ref(), self.setup.as_ref(), &self.log_rows.to_be_bytes()].concat()
    }
}

/// What is taken from a file.
struct Kept {
    /// To the columns.
    commitments: [G1Affine; COLUMNS],
    lagrange: Vec<G1Affine>,
}

impl Kept {
    fn decode(bytes: &[u8], owner: &Owner) -> Result<Self, LoadError> {
        let mut reader = Reader::new(bytes);
        let commitments = commitments(&mut reader, owner)?;
        let lagrange = reader.points("the Lagrange basis", 1 << owner.log_rows)?;
        reader.finish()?;
        Ok(Self { commitments, lagrange })
    }
}

/// The commitments to the columns, if the file is the owner's.
fn commitments(reader: &mut Reader<'_>, owner: &Owner) -> Result<[G1Affine; COLUMNS], LoadError> {
    let architecture = Digest(reader.array("the architecture's digest")?);
    let setup = Digest(reader.array("the setup's digest")?);
    let log_rows = reader.number("the number of rows")?;
    let found = Owner { architecture, setup, log_rows };
    match found {
        _ if found.architecture != owner.architecture => return Err(LoadError::Architecture),
        _ if found.setup != owner.setup => return Err(LoadError::Setup),
        // Another version of this program made another circuit.
        _ if found != *owner => return Err(LoadError::Rows { expected: owner.log_rows, found: log_rows }),
        _ => {}
    }
    let commitments = reader.points("the commitments to the columns", COLUMNS)?;
    commitments.try_into().map_err(|_| LoadError::Points)
}
