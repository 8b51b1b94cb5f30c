//! Settlement circuits by hand: their values from the verifier's own arithmetic, and their constraints one row at a time.

use std::collections::HashMap;

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use hallmark_circuits::{
    arithmetic::Native,
    digest::Digest,
    error::Reject,
    model::{
        Access, Architecture, AxisMap, Factor, InputPort, OutputPort, Step, Table as LookUp, Term, WeightShape, Weights,
    },
    settlement::{
        gate::{Cells, constraints},
        table::{Cell, Table, TableRow, VALUES, permute},
        verifier::{GIVEN, instances, wire},
        wiring::{Wire, Wiring},
    },
    verifier::{self, native::seal, statement::Statement},
};
use hallmark_proving::proving::{CommittedModel, Inference, Prover, commit};
use hallmark_proving::srs::Srs;
use rand::{CryptoRng, RngExt};

use super::{architectures::random_input, claims::CONTEXT};

/// The smallest model that is one: two outputs of a dense layer, all of which a table takes to zero.
pub fn small() -> Architecture {
    let access = |source, axes: &[usize]| {
        let axes = axes.iter().copied().map(AxisMap::variable).collect();
        Access { source, axes }
    };
    let factors = vec![Factor::weights(access(0, &[0, 1])), Factor::values(access(0, &[1]))];
    let dense = Term { coefficient: 1, summed: vec![4], factors };
    Architecture {
        input: InputPort::of_integers(vec![4], 8),
        output: OutputPort { shape: vec![2], parts: vec![], scale: 1.0 },
        weights: vec![WeightShape { name: "dense".into(), axes: vec![2, 4] }],
        parts: vec![],
        tables: vec![LookUp { name: "zero".into(), first: -64, outputs: vec![0; 128] }],
        steps: vec![Step { name: "dense".into(), axes: vec![2], constant: 0, terms: vec![dense], shift: 5, table: 0 }],
        row_bits: 9,
        weight_row_bits: 9,
    }
}

/// Weights for which all accumulators are in the table, and which the answer does not depend on.
pub fn small_weights(rng: &mut impl CryptoRng) -> Weights {
    Weights(vec![(0..8).map(|_| rng.random_range(-3..=3)).collect()])
}

/// An inference with its proof.
pub struct Proved {
    pub model: CommittedModel,
    pub input: Vec<i64>,
    pub inference: Inference,
}

impl Proved {
    pub fn new(architecture: Architecture, weights: Weights, srs: &Srs, rng: &mut impl CryptoRng) -> Self {
        let model = commit(architecture, weights, srs, rng).unwrap();
        let input = random_input(&model.key.architecture, rng);
        let inference = Prover::new(&model, srs).unwrap().prove(CONTEXT, &input, rng).unwrap();
        Self { model, input, inference }
    }

    pub fn statement(&self) -> Statement<'_> {
        Statement::new(&self.model.key.architecture).unwrap()
    }

    /// What the circuit's prover gives it besides: the proof's elements, and the words of an input that is told by digests.
    pub fn elements(&self) -> Vec<Fr> {
        let Inference { claim, proof } = &self.inference;
        [proof.elements.as_slice(), &self.statement().hidden(claim)].concat()
    }

    /// The given instances, and those that the circuit computes.
    pub fn instances(&self) -> (Vec<Fr>, Vec<Fr>) {
        native_instances(&self.statement(), self.model.key.digest(), &self.inference)
    }
}

/// What the native verifier takes, and what the circuit computes: the seals and the packed values; gamma, the deferred numbers, and
/// the digests of the input.
pub fn native_instances(
    statement: &Statement<'_>,
    weight_digest: Digest,
    Inference { claim, proof }: &Inference,
) -> (Vec<Fr>, Vec<Fr>) {
    let sealed = seal(weight_digest, &statement.told(claim), &proof.commitments);
    let mut drawn = Fr::ZERO;
    let deferred = verifier::verify(&mut Native, statement, &sealed, &proof.elements, |_, gamma| {
        drawn = gamma;
        statement.pack(claim, gamma)
    });
    let [input, _] = statement.read_told(&statement.told(claim)).unwrap();
    let published = [vec![drawn], deferred.unwrap().to_vec()].concat();
    let mut given = instances(&sealed, statement.pack_shown(claim, drawn), &published, &input.digests);
    let computed = given.split_off(GIVEN);
    (given, computed)
}

/// The values of all wires.
pub fn wires(wiring: &Wiring, given: &[Fr], elements: &[Fr]) -> Vec<Fr> {
    wiring.evaluate(given, elements, permute)
}

pub fn published(wiring: &Wiring, wires: &[Fr]) -> Vec<Fr> {
    wiring.published.iter().map(|wire| wires[*wire]).collect()
}

/// The column of instances.
pub fn instance_column(given: &[Fr], published: &[Fr]) -> Vec<Fr> {
    [&[Fr::from(1)], given, published].concat()
}

/// What a table does not hold of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Broken {
    /// A constraint of a row.
    Gate { row: usize, constraint: usize },
    /// Two cells of this wire differ.
    Copy(Wire),
}

/// A filled table.
pub struct Filled {
    lines: Vec<TableRow>,
    pub columns: [Vec<Fr>; VALUES],
    pub instances: Vec<Fr>,
    /// The cells of each wire.
    pub cells: HashMap<Wire, Vec<(usize, usize)>>,
}

impl Filled {
    pub fn new(table: &Table, columns: [Vec<Fr>; VALUES], instances: Vec<Fr>) -> Self {
        let mut cells: HashMap<Wire, Vec<(usize, usize)>> = HashMap::new();
        for (row, line) in table.rows().enumerate() {
            for (column, cell) in line.cells.iter().enumerate() {
                if let Cell::Wire(wire) = cell {
                    cells.entry(*wire).or_default().push((column, row));
                }
            }
        }
        Self { lines: table.rows().copied().collect(), columns, instances, cells }
    }

    fn value(&self, column: usize, row: usize) -> Fr {
        self.columns[column].get(row).copied().unwrap_or_default()
    }

    /// The constraints that these rows break.
    pub fn gates(&self, rows: impl IntoIterator<Item = usize>) -> Vec<Broken> {
        let mut broken = Vec::new();
        for row in rows {
            let [s, p, q, first, second, third] = self.lines[row].constants;
            let cells = Cells {
                values: std::array::from_fn(|column| self.value(column, row)),
                next: std::array::from_fn(|column| self.value(column, row + 1)),
                selectors: [s, p, q],
                constants: [first, second, third],
                instance: self.instances.get(row).copied().unwrap_or_default(),
            };
            let values = constraints(&mut Native, &cells);
            let failing = (0..values.len()).filter(|constraint| values[*constraint] != Fr::ZERO);
            broken.extend(failing.map(|constraint| Broken::Gate { row, constraint }));
        }
        broken
    }

    /// The wires whose cells differ.
    pub fn copies(&self) -> Vec<Broken> {
        let differ = |cells: &[(usize, usize)]| {
            let first = self.value(cells[0].0, cells[0].1);
            cells.iter().any(|(column, row)| self.value(*column, *row) != first)
        };
        self.cells.iter().filter(|(_, cells)| differ(cells)).map(|(wire, _)| Broken::Copy(*wire)).collect()
    }

    /// Everything that does not hold.
    pub fn broken(&self) -> Vec<Broken> {
        let mut broken = self.gates(0..self.lines.len());
        broken.extend(self.copies());
        broken
    }
}

/// The circuit of a statement, as its keys have it.
pub fn build(statement: &Statement<'_>) -> Result<(Wiring, Table), Reject> {
    let wiring = wire(statement)?;
    let table = Table::new(&wiring, GIVEN);
    Ok((wiring, table))
}
