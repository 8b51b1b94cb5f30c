//! The settlement circuit: a [`Table`] in halo2's terms.
//!
//! Every architecture has the same columns and gates. The constants, the copies and the number of rows differ.
//!
//! The constraints are in [`gate`](super::gate).

use std::{
    cell::RefCell,
    ops::{Add, Mul, Sub},
};

use ark_bn254::Fr;
use halo2_proofs::{
    circuit::{Layouter, Region, SimpleFloorPlanner, Value},
    halo2curves::{bn256, ff::Field},
    plonk::{Advice, Assigned, Circuit, Column, ConstraintSystem, Error, Expression, Fixed, Instance, VirtualCells},
    poly::Rotation,
};

use super::{
    DEGREE,
    convert::scalar_to_halo2,
    gate::{Cells, constraints},
    table::{CONSTANTS, Cell, Table, TableRegion, TableRow, VALUES},
};
use crate::arithmetic::Arithmetic;

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
    // Columns and gates are the same for every circuit.
    type Params = ();
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
        meta.create_gate("row", |cells| config.constraints(cells, instance));
        config
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Scalar>) -> Result<(), Error> {
        let mut first_cells = FirstCells::default();
        let mut start = 0;
        for (region, rows) in &self.table.regions {
            layouter.assign_region(
                || region.name(),
                |mut region| {
                    for (index, row) in rows.iter().enumerate() {
                        self.assign_row(&config, &mut region, start + index, row, &mut first_cells);
                    }
                    Ok(())
                },
            )?;
            start += rows.len();
        }
        Ok(())
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
    fn constraints(&self, meta: &mut VirtualCells<'_, Scalar>, instance: Column<Instance>) -> Vec<Expression<Scalar>> {
        let constants = self.constants.map(|column| meta.query_fixed(column, Rotation::cur()));
        let [s, p, q, first, second, third] = constants;
        let arena = Arena::default();
        let cells = Cells {
            values: self.values.map(|column| arena.hold(meta.query_advice(column, Rotation::cur()))),
            next: self.values.map(|column| arena.hold(meta.query_advice(column, Rotation::next()))),
            selectors: [s, p, q].map(|column| arena.hold(column)),
            constants: [first, second, third].map(|column| arena.hold(column)),
            instance: arena.hold(meta.query_instance(instance, Rotation::cur())),
        };
        constraints(&mut Expressions(&arena), &cells).map(Held::expression).to_vec()
    }
}

/// Keeps expressions while formulas are built from them.
#[derive(Debug, Default)]
struct Arena(RefCell<Vec<Expression<Scalar>>>);

impl Arena {
    fn hold(&self, expression: Expression<Scalar>) -> Held<'_> {
        let mut expressions = self.0.borrow_mut();
        expressions.push(expression);
        Held { arena: self, index: expressions.len() - 1 }
    }
}

/// An expression of an arena.
#[derive(Clone, Copy, Debug)]
struct Held<'e> {
    arena: &'e Arena,
    index: usize,
}

impl Held<'_> {
    fn expression(self) -> Expression<Scalar> {
        self.arena.0.borrow()[self.index].clone()
    }
}

impl Add for Held<'_> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        // Sums begin with a zero.
        match self.expression() {
            Expression::Constant(constant) if bool::from(constant.is_zero()) => other,
            left => self.arena.hold(left + other.expression()),
        }
    }
}

impl Sub for Held<'_> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.arena.hold(self.expression() - other.expression())
    }
}

impl Mul for Held<'_> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        self.arena.hold(self.expression() * other.expression())
    }
}

/// The interpretation that writes expressions down for halo2.
struct Expressions<'e>(&'e Arena);

impl<'e> Arithmetic for Expressions<'e> {
    type Scalar = Held<'e>;

    fn constant(&mut self, value: Fr) -> Held<'e> {
        self.0.hold(Expression::Constant(scalar_to_halo2(&value)))
    }
}

impl TableRegion {
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
