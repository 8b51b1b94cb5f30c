//! The main sumcheck's summands, made from a witness and the point that the relations are tested at.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use hallmark_circuits::{
    arithmetic::Native,
    channel::{Evaluations, Sender},
    relations::{rescale::constants, summand::Batching},
    verifier::main_sumcheck::MainClaims,
};
use tracing::info_span;

use super::{
    helper::Helpers,
    main_sumcheck::{self, Cells, Entries, Product, Summand, Summed},
    operand::fold_operand,
    polynomial::{equality_table, map_range},
    prove::Prover,
    small::{inner_product, to_field},
    witness::Witness,
};

/// What the main sumcheck leaves to the merging one.
pub(super) struct Main {
    pub(super) claims: MainClaims<Fr>,
    pub(super) at_cells: Vec<Fr>,
    pub(super) at_entries: Vec<Fr>,
    pub(super) helpers: Helpers,
}

impl Prover<'_> {
    /// The main sumcheck.
    pub(super) fn prove_main(&self, channel: &mut Sender, witness: &Witness, mut helpers: Helpers) -> Main {
        let _span = info_span!("main sumcheck").entered();
        let (model, layout) = (self.statement.model, &self.statement.layout);
        let relation_point = channel.challenges(self.statement.point_bits());
        let cells_point = &relation_point[..layout.cell_bits];
        let linear = self.linear_terms(witness, cells_point);
        channel.send(&linear);
        let lambda = Batching::new(channel.challenge());
        let claim = linear[0] + linear[1] + constants(&mut Native, model, layout, cells_point);

        let equality = equality_table(cells_point);
        let mut cells = Cells {
            scale: self.scale(&equality),
            equality,
            quotient: to_fields(&witness.quotient),
            remainder: to_fields(&witness.remainder),
            helper: helpers.cells.clone(),
            denominators: std::mem::take(&mut helpers.cell_denominators),
            lambda,
        };
        let mut entries = Entries {
            equality: equality_table(&relation_point[..layout.entry_bits]),
            helper: helpers.entries.clone(),
            denominator: std::mem::take(&mut helpers.entry_denominators),
            multiplicity: to_fields(&witness.multiplicity),
            lambda,
        };
        let mut products: Vec<Product> = self.products(witness, cells_point);
        let mut summands = vec![Summed::new(&mut cells), Summed::new(&mut entries)];
        summands.extend(products.iter_mut().map(|product| Summed::new(product as &mut dyn Summand)));
        let point = main_sumcheck::prove(channel, &self.statement, claim, &mut summands);

        let at_cells = equality_table(&point[..layout.cell_bits]);
        let at_entries = equality_table(&point[..layout.entry_bits]);
        let evaluations = Evaluations {
            quotient: cells.quotient[0],
            remainder: cells.remainder[0],
            output: inner_product(&witness.output, &at_cells),
            helper: cells.helper[0],
            multiplicity: entries.multiplicity[0],
            entry_helper: entries.helper[0],
            entry_output: inner_product(&self.tables, &at_entries),
        };
        channel.send(&evaluations.clone().to_array());
        for product in &products {
            channel.send(&product.claims());
        }
        let operands = products.iter().map(|product| [product.operands[0][0], product.operands[1][0]]).collect();
        let claims = MainClaims { relation_point, point, linear, evaluations, operands };
        Main { claims, at_cells, at_entries, helpers }
    }

    /// `equality * scale` over the cells.
    fn scale(&self, equality: &[Fr]) -> Vec<Fr> {
        let mut scaled = vec![Fr::ZERO; equality.len()];
        for (block, step) in self.statement.layout.tensors[1..].iter().zip(&self.statement.model.steps) {
            let factor = Fr::from(1u64 << step.shift);
            let range = block.offset..block.offset + block.len();
            for (scaled, equality) in scaled[range.clone()].iter_mut().zip(&equality[range]) {
                *scaled = *equality * factor;
            }
        }
        scaled
    }

    /// The sums of all terms over weights alone and over values alone.
    fn linear_terms(&self, witness: &Witness, cells: &[Fr]) -> [Fr; 2] {
        let spaces = self.spaces(witness);
        let mut sums = [Fr::ZERO; 2];
        for term in self.statement.terms.iter().filter(|term| !term.is_product()) {
            let factor = term.factor(&mut Native, cells);
            for ((sum, source), space) in sums.iter_mut().zip(self.statement.sources(term)).zip(spaces) {
                let Some(source) = source else { continue };
                let operand = fold_operand(term, &source, cells, space);
                *sum += factor * operand.iter().sum::<Fr>();
            }
        }
        sums
    }

    /// The products at the point that the relations are tested at.
    fn products(&self, witness: &Witness, cells: &[Fr]) -> Vec<Product> {
        let spaces = self.spaces(witness);
        self.statement
            .products()
            .map(|term| {
                let sources = self.statement.sources(term);
                let fold = |side: usize| {
                    let source = sources[side].as_ref();
                    source.map_or_else(Vec::new, |source| fold_operand(term, source, cells, spaces[side]))
                };
                let mut bits = vec![None; term.sum_bits];
                for variable in &term.variables {
                    if let (Some(axis), Some(low)) = (variable.axis, variable.sum) {
                        (0..variable.bits).for_each(|bit| bits[low + bit] = Some(cells[axis + bit]));
                    }
                }
                Product {
                    factor: term.factor(&mut Native, cells),
                    shared: Product::shared(bits.into_iter()),
                    operands: vec![fold(0), fold(1)],
                }
            })
            .collect()
    }

    /// The values that terms read: weights, then outputs.
    fn spaces<'s>(&'s self, witness: &'s Witness) -> [&'s [i64]; 2] {
        [&self.weights, &witness.output]
    }
}

fn to_fields(values: &[i64]) -> Vec<Fr> {
    map_range(values.len(), |index| to_field(values[index]))
}
