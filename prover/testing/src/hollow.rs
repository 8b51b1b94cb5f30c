//! The attack on whoever takes keys or powers as they are: a circuit that checks nothing, and powers under which the genuine
//! circuit's key comes out as that one's.
//!
//! A derived point is a linear form in the powers. With as many shifted powers as a key has columns, every column's commitment can
//! be moved to where it should be: a linear system, in the group. Who makes it needs no secret.

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{
    claim::Claim,
    digest::Digest,
    encoding::{G1_BYTES, g1_to_bytes},
    powers::BLINDING,
    settlement::{
        circuit::SettlementCircuit,
        columns::{COLUMNS, Columns},
        key::CircuitKey,
        proof::SettlementProof,
        recorded::Circuit,
        table::{Cell, Table, TableRegion, VALUES},
        transcript::KeccakTranscript,
        trusted::TrustedCircuit,
        verifier::instances,
    },
    verifier::{native::seal, statement::Statement},
};
use hallmark_proving::srs::Srs;
use halo2_proofs::{halo2curves::bn256::Bn256, plonk::keygen_vk, poly::kzg::commitment::ParamsKZG};
use sha3::{Digest as _, Keccak256};

use crate::halo2::{Drawn, parameters, prove};

/// A circuit that accepts all instances: what it checks is about something else.
pub struct Hollow {
    table: Table,
    parameters: ParamsKZG<Bn256>,
    log_rows: u32,
}

impl Hollow {
    /// The hollow circuit in the place of a statement's, under the same setup: its instances are no cells of what it computes.
    pub fn new(statement: &Statement<'_>, srs: &Srs) -> Self {
        let circuit = Circuit::new(statement).unwrap();
        let mut table = circuit.table().clone();
        let rows =
            table.regions.iter_mut().filter(|(region, _)| *region == TableRegion::Instances).flat_map(|(_, rows)| rows);
        rows.for_each(|row| row.cells[VALUES - 1] = Cell::Free);
        let log_rows = circuit.log_rows();
        Self { table, parameters: parameters(srs, log_rows), log_rows }
    }

    /// Its key, as halo2 makes it.
    pub fn key(&self) -> CircuitKey {
        CircuitKey::from_halo2(&keygen_vk(&self.parameters, &SettlementCircuit::new(&self.table)).unwrap()).unwrap()
    }

    /// A proof of any output at all: the points, the published numbers and the columns are those of an honest proof, of another
    /// output.
    pub fn prove<V: AsRef<[i64]>>(
        &self,
        statement: &Statement<'_>,
        weight_digest: Digest,
        claim: &Claim<V>,
        honest: &SettlementProof,
        mut columns: [Vec<Fr>; VALUES],
    ) -> SettlementProof {
        let sealed = seal(weight_digest, &statement.told(claim), &honest.commitments);
        let packed = statement.pack_shown(claim, honest.published[0]);
        let [input, _] = statement.read_told(&statement.told(claim)).unwrap();
        let instances = [vec![Fr::ONE], instances(&sealed, packed, &honest.published, &input.digests)].concat();
        // Row `i` puts instance `i` below itself.
        columns[VALUES - 1][1..=instances.len()].copy_from_slice(&instances);
        let mut transcript = KeccakTranscript::new(Vec::new());
        prove(&self.parameters, &self.table, &columns, &instances, Drawn::new(11), &mut transcript);
        SettlementProof { argument: transcript.into_stream(), ..honest.clone() }
    }

    /// The genuine powers with some shifted, so that the statement's own circuit has this key. They lie beyond a row and its
    /// blinding coefficients, so that tables have the commitments that they have.
    pub fn shift(&self, statement: &Statement<'_>, srs: &Srs) -> Vec<G1Affine> {
        let columns = Columns::new(&Circuit::new(statement).unwrap());
        let genuine = TrustedCircuit::derive(&columns, srs.powers()).unwrap();
        let points = |key: &CircuitKey| [&key.constants[..], &key.permutation].concat();
        let first = (1 << statement.layout.row_bits) + BLINDING;
        assert!(first + COLUMNS <= 1 << self.log_rows, "the circuit has no more rows than a row of tables");
        let places: Vec<usize> = (first..).take(COLUMNS).collect();
        let moved = points(genuine.key()).into_iter().zip(points(&self.key()));
        let system = columns.all().zip(moved).map(|(column, (from, to))| {
            let coefficients = places.iter().map(|place| coefficient(column, columns.root(), *place)).collect();
            (coefficients, to.into_group() - from)
        });
        let shifts = solve(system.collect());
        let mut shifted: Vec<G1Affine> = srs.g1().to_vec();
        for (place, shift) in places.into_iter().zip(shifts) {
            shifted[place] = (shifted[place] + shift).into_affine();
        }
        shifted
    }
}

/// The coefficient of `X^place` of the polynomial with these values at the powers of the root: `1/n sum_k f_k root^(-k place)`.
fn coefficient(values: &[Fr], root: Fr, place: usize) -> Fr {
    let step = root.pow([place as u64]).inverse().unwrap();
    let sum = values.iter().rev().fold(Fr::ZERO, |sum, value| sum * step + value);
    sum / Fr::from(values.len() as u64)
}

/// Gauss and Jordan's elimination. Rows are taken as many as unknowns.
fn solve(mut system: Vec<(Vec<Fr>, G1Projective)>) -> Vec<G1Projective> {
    for pivot in 0..system.len() {
        let row =
            (pivot..system.len()).find(|row| system[*row].0[pivot] != Fr::ZERO).expect("the places determine all");
        system.swap(pivot, row);
        let inverse = system[pivot].0[pivot].inverse().unwrap();
        system[pivot].0.iter_mut().for_each(|entry| *entry *= inverse);
        system[pivot].1 *= inverse;
        let (chosen, right) = system[pivot].clone();
        for (_, (entries, value)) in system.iter_mut().enumerate().filter(|(index, _)| *index != pivot) {
            let factor = entries[pivot];
            entries.iter_mut().zip(&chosen).for_each(|(entry, chosen)| *entry -= factor * chosen);
            *value -= right * factor;
        }
    }
    system.into_iter().map(|(_, value)| value).collect()
}

/// The bytes of a file of powers with other points in the place of its own, and the checksum of that.
pub fn forge_srs(file: &[u8], points: &[G1Affine]) -> Vec<u8> {
    const CHECKSUM: usize = 32;
    let head = file.len() - CHECKSUM - points.len() * G1_BYTES;
    let mut forged = file[..head].to_vec();
    forged.extend(points.iter().flat_map(g1_to_bytes));
    let checksum = Keccak256::digest(&forged);
    forged.extend(checksum);
    forged
}
