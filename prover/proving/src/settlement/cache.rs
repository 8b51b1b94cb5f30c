//! The file that spares settlement keys their slow parts.
//!
//! ```text
//! architecture digest, setup digest   32 bytes each
//! log_rows                             8 bytes
//! commitments to the columns          64 bytes a point: constants, then the permutation
//! Lagrange basis                      64 bytes a point, one for each of 2^log_rows rows
//! ```
//!
//! All points are held against the circuit and the structured reference string whenever they are read. A wrong basis would
//! make proofs that show their witness, and wrong commitments proofs that no one accepts. Verifiers read no such file.

use std::path::Path;

use ark_bn254::{Fr, G1Affine};
use hallmark_circuits::{
    codec::Reader,
    encoding::{G1_BYTES, g1_to_bytes},
    settlement::{
        key::CircuitKey,
        table::{CONSTANTS, VALUES},
    },
    verifier::statement::Statement,
};
use tracing::info_span;

use super::{Circuit, LoadError, Parameters, SettlementKeys};
use crate::file::{self, FileError, Kind};
use crate::msm::msm;
use crate::random::random_scalar;
use crate::srs::Srs;

/// What a file may have beyond what is needed, so that one for a larger circuit is told by its contents and not refused.
const SPARE_BYTES: u64 = 64 << 20;

impl SettlementKeys {
    /// Makes the keys with the help of a file of [`SettlementKeys::store`].
    #[tracing::instrument(name = "load keys", skip_all)]
    pub fn load(path: &Path, statement: &Statement<'_>, srs: &Srs) -> Result<Self, LoadError> {
        let circuit = Circuit::new(statement)?;
        let powers = circuit.powers(srs)?;
        let limit = (powers.len() * G1_BYTES) as u64 + SPARE_BYTES;
        let kept = info_span!("read").in_scope(|| {
            let bytes: Vec<u8> = file::read(path, Kind::Settlement, limit)?;
            Kept::decode(&bytes, &Owner::new(statement, srs, circuit.log_rows()))
        })?;
        let verifying = kept.circuit.to_halo2().map_err(|_| LoadError::Points)?;
        let parameters = Parameters::from_points(powers, kept.lagrange);
        let keys = Self::with_verifying_key(circuit, parameters, &verifying)?;
        let _span = info_span!("check").entered();
        if keys.holds() { Ok(keys) } else { Err(LoadError::Points) }
    }

    /// Writes the file, whole or not at all.
    pub fn store(&self, path: &Path, statement: &Statement<'_>, srs: &Srs) -> Result<(), FileError> {
        let mut bytes = Owner::new(statement, srs, self.circuit().log_rows).to_bytes();
        let points = self.commitments().chain(self.parameters.lagrange());
        bytes.extend(points.flat_map(g1_to_bytes));
        file::write_atomically(path, Kind::Settlement, &bytes).map(drop)
    }

    fn commitments(&self) -> impl Iterator<Item = &G1Affine> {
        self.circuit().constants.iter().chain(&self.circuit().permutation)
    }

    /// Whether the Lagrange basis `[L_i]` and the commitments `C_j` are what they should be, but for a chance of 1/r.
    ///
    /// With random rho and sigma, the columns `f_j` that the circuit gives, and the coefficients c of the polynomial that
    /// has the values rho,
    ///
    /// ```text
    /// sum_i (rho_i + sum_j sigma_j f_j(row i)) [L_i] = sum_t c_t [tau^t] + sum_j sigma_j C_j
    /// ```
    ///
    /// For any other points the difference of both sides is a linear form in rho and sigma that is not zero.
    fn holds(&self) -> bool {
        let mut rng = rand::rng();
        let mut draw = |count: usize| -> Vec<Fr> { (0..count).map(|_| random_scalar(&mut rng)).collect() };
        let mut values = draw(self.parameters.lagrange().len());
        let right = msm(self.parameters.powers(), &self.argument.interpolate(&values));
        let sigma = draw(CONSTANTS + VALUES);
        for (column, sigma) in self.argument.columns().zip(&sigma) {
            for (value, entry) in values.iter_mut().zip(column) {
                *value += *entry * sigma;
            }
        }
        let commitments: Vec<G1Affine> = self.commitments().copied().collect();
        msm(self.parameters.lagrange(), &values) == right + msm(&commitments, &sigma)
    }
}

/// What keys belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Owner {
    architecture: [u8; 32],
    setup: [u8; 32],
    log_rows: u64,
}

impl Owner {
    fn new(statement: &Statement<'_>, srs: &Srs, log_rows: u32) -> Self {
        let (architecture, setup) = (statement.model.digest(), srs.opening_key().digest);
        Self { architecture, setup, log_rows: log_rows.into() }
    }

    fn to_bytes(&self) -> Vec<u8> {
        [self.architecture.as_slice(), &self.setup, &self.log_rows.to_be_bytes()].concat()
    }
}

/// What is taken from a file.
struct Kept {
    /// The commitments; the other fields have no meaning yet.
    circuit: CircuitKey,
    lagrange: Vec<G1Affine>,
}

impl Kept {
    fn decode(bytes: &[u8], owner: &Owner) -> Result<Self, LoadError> {
        let mut reader = Reader::new(bytes);
        let architecture = reader.array("the architecture's digest")?;
        let setup = reader.array("the setup's digest")?;
        let log_rows = reader.number("the number of rows")?;
        let found = Owner { architecture, setup, log_rows };
        match found {
            _ if found.architecture != owner.architecture => return Err(LoadError::Architecture),
            _ if found.setup != owner.setup => return Err(LoadError::Setup),
            // Another version of this program made another circuit.
            _ if found != *owner => return Err(LoadError::Rows { expected: owner.log_rows, found: log_rows }),
            _ => {}
        }
        let constants = reader.points("the columns of constants", CONSTANTS)?;
        let permutation = reader.points("the permutation", VALUES)?;
        let lagrange = reader.points("the Lagrange basis", 1 << log_rows)?;
        reader.finish()?;
        let (Ok(constants), Ok(permutation)) = (constants.try_into(), permutation.try_into()) else {
            return Err(LoadError::Points);
        };
        let log_rows = log_rows as u32;
        let circuit = CircuitKey { log_rows, root: Fr::default(), transcript: Fr::default(), constants, permutation };
        Ok(Self { circuit, lagrange })
    }
}
