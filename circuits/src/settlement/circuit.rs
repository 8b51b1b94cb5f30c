//! The settlement circuit: a [`Table`] in halo2's terms.
//!
//! Every architecture has the same columns and gates. What differs are the constants, the copies and the number of rows.
//!
//! ```text
//! arithmetic (a b + q_a a + q_b b + q_c c - c') + instance = 0
//! full (sum_i M_ji (x_i + q_i)^5 - x_j')
//!   + partial (M_j0 (x_0 + q_0)^5 + M_j1 (x_1 + q_1) + M_j2 (x_2 + q_2) - x_j') = 0      for j = 0, 1, 2
//! ```
//!
//! A prime is the next row, M Poseidon's matrix, and x the state (a, b, c). Rows above the number of instances have none.

use ark_bn254::Fr;
use halo2_proofs::{
    circuit::{Layouter, Region, SimpleFloorPlanner, Value},
    halo2curves::bn256,
    plonk::{Advice, Assigned, Circuit, Column, ConstraintSystem, Error, Expression, Fixed, Instance, VirtualCells},
    poly::Rotation,
};

use super::DEGREE;
use super::convert::scalar_to_halo2;
use super::table::{ARITHMETIC, COEFFICIENTS, CONSTANTS, Cell, FULL, PARTIAL, Part, Table, TableRow, VALUES};
use crate::poseidon;

/// Halo2's elements of the same field.
pub type Scalar = bn256::Fr;

/// The columns.
#[derive(Clone, Debug)]
pub struct Config {
    values: [Column<Advice>; VALUES],
    constants: [Column<Fixed>; CONSTANTS],
}

/// The circuit of an architecture, with the columns of its values where there is a proof to settle.
#[derive(Clone, Debug)]
pub struct SettlementCircuit<'t> {
    table: &'t Table,
    columns: Option<&'t [Vec<Fr>; VALUES]>,
}

impl<'t> SettlementCircuit<'t> {
    /// The circuit without a witness, which is all that its keys need.
    #[must_use]
    pub const fn new(table: &'t Table) -> Self {
        Self { table, columns: None }
    }

    /// The circuit with the columns that [`Table::columns`] gives.
    #[must_use]
    pub const fn with_columns(table: &'t Table, columns: &'t [Vec<Fr>; VALUES]) -> Self {
        Self { table, columns: Some(columns) }
    }
}

impl Circuit<Scalar> for SettlementCircuit<'_> {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;

    fn without_witnesses(&self) -> Self {
        Self { table: self.table, columns: None }
    }

    fn configure(meta: &mut ConstraintSystem<Scalar>) -> Config {
        let values = std::array::from_fn(|_| meta.advice_column());
        let constants = std::array::from_fn(|_| meta.fixed_column());
        let instance = meta.instance_column();
        for column in values {
            meta.enable_equality(column);
        }
        let config = Config { values, constants };
        // Halo2 would take the degree of the gates, but for a limit of 5 that it gets from the environment.
        meta.set_minimum_degree(DEGREE);
        meta.create_gate("arithmetic", |cells| vec![config.arithmetic(cells, instance)]);
        meta.create_gate("poseidon", |cells| config.round(cells));
        config
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Scalar>) -> Result<(), Error> {
        let mut first_cells = FirstCells::default();
        let mut start = 0;
        for (part, rows) in &self.table.parts {
            layouter.assign_region(
                || part.name(),
                |mut region| {
                    for (index, row) in rows.iter().enumerate() {
                        self.assign_row(&config, &mut region, start + index, row, &mut first_cells);
                    }
                    Ok(())
                },
            )?;
            start += rows.len();
        }
        layouter.assign_region(
            || "checks",
            |mut region| {
                for [left, right] in &self.table.equal {
                    if let (Some(left), Some(right)) = (first_cells.get(*left), first_cells.get(*right)) {
                        region.constrain_equal(left, right);
                    }
                }
                Ok(())
            },
        )
    }
}

impl SettlementCircuit<'_> {
    fn assign_row(
        &self,
        config: &Config,
        region: &mut Region<'_, Scalar>,
        index: usize,
        row: &TableRow,
        first_cells: &mut FirstCells,
    ) {
        for (column, constant) in config.constants.iter().zip(&row.constants) {
            region.assign_fixed(*column, index, scalar_to_halo2(constant));
        }
        for (place, (column, cell)) in config.values.iter().zip(row.cells).enumerate() {
            let value = self
                .columns
                .map_or_else(Value::unknown, |columns| Value::known(scalar_to_halo2(&columns[place][index])));
            let assigned = region.assign_advice(*column, index, value.map(Assigned::Trivial)).cell();
            if let Cell::Wire(wire) = cell
                && let Some(first) = first_cells.or_insert(wire, assigned)
            {
                region.constrain_equal(first, assigned);
            }
        }
    }
}

/// The first cell of each wire: every other one is a copy of it.
#[derive(Default)]
struct FirstCells(Vec<Option<halo2_proofs::circuit::Cell>>);

impl FirstCells {
    fn get(&self, wire: usize) -> Option<halo2_proofs::circuit::Cell> {
        self.0.get(wire).copied().flatten()
    }

    /// The wire's first cell, if it is another than this one.
    fn or_insert(&mut self, wire: usize, cell: halo2_proofs::circuit::Cell) -> Option<halo2_proofs::circuit::Cell> {
        if self.0.len() <= wire {
            self.0.resize(wire + 1, None);
        }
        let first = self.0[wire];
        if first.is_none() {
            self.0[wire] = Some(cell);
        }
        first
    }
}

impl Config {
    fn arithmetic(&self, cells: &mut VirtualCells<'_, Scalar>, instance: Column<Instance>) -> Expression<Scalar> {
        let [a, b, c] = self.values.map(|column| cells.query_advice(column, Rotation::cur()));
        let next = cells.query_advice(self.values[2], Rotation::next());
        let constants = self.constants.map(|column| cells.query_fixed(column, Rotation::cur()));
        let [q_a, q_b, q_c] = [1, 2, 3].map(|index: usize| constants[index].clone());
        let instance = cells.query_instance(instance, Rotation::cur());
        let sum = a.clone() * b.clone() + q_a * a + q_b * b + q_c * c - next;
        constants[ARITHMETIC].clone() * sum + instance
    }

    fn round(&self, cells: &mut VirtualCells<'_, Scalar>) -> Vec<Expression<Scalar>> {
        let constants = self.constants.map(|column| cells.query_fixed(column, Rotation::cur()));
        let [full, partial] = [FULL, PARTIAL].map(|index| constants[index].clone());
        let mut sums = Vec::new();
        for (column, constant) in self.values.iter().zip(&constants[COEFFICIENTS]) {
            sums.push(cells.query_advice(*column, Rotation::cur()) + constant.clone());
        }
        let powers: Vec<_> = sums.iter().map(fifth_power).collect();
        let next = self.values.map(|column| cells.query_advice(column, Rotation::next()));
        poseidon::matrix()
            .iter()
            .zip(next)
            .map(|(row, next)| {
                let row = row.map(|entry| Expression::Constant(scalar_to_halo2(&entry)));
                let [m_0, m_1, m_2] = row;
                let first = m_0 * powers[0].clone() - next;
                let after_full = first.clone() + m_1.clone() * powers[1].clone() + m_2.clone() * powers[2].clone();
                let after_partial = first + m_1 * sums[1].clone() + m_2 * sums[2].clone();
                full.clone() * after_full + partial.clone() * after_partial
            })
            .collect()
    }
}

fn fifth_power(x: &Expression<Scalar>) -> Expression<Scalar> {
    let square = x.clone() * x.clone();
    square.clone() * square * x.clone()
}

impl Part {
    /// The name of the region, which a debugger of the circuit reports.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Instances => "instances".into(),
            Self::Permutation(index) => format!("permutation {index}"),
            Self::Arithmetic => "arithmetic".into(),
            Self::Check(check) => format!("check {check:?}"),
        }
    }
}
