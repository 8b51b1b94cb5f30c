//! The main sumcheck's summands, made from a witness and the point that the relations are tested at.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use hallmark_circuits::{
    arithmetic::Native,
    channel::{Evaluations, Sender},
    columns::{Column, evaluated},
    message::Message,
    model::Space,
    relations::{access::Source, rescale::constants, summand::Batching},
    verifier::main_sumcheck::MainClaims,
};
use tracing::info_span;

use super::{
    helper::Helpers,
    main_sumcheck::{self, Cells, Entries, Product, Summand, Summed},
    operand::fold_operand,
    polynomial::{Prefix, equality_table, map_range},
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
        channel.send(Message::LinearTerms, &linear);
        let lambda = Batching::new(channel.challenge());
        let claim = linear[0] + linear[1] + constants(&mut Native, model, layout, cells_point);

        let equality = equality_table(cells_point);
        let of_cells = |values: Vec<Fr>, rest: Fr| Prefix::new(values, rest, layout.cell_bits);
        let of_entries = |values: Vec<Fr>, rest: Fr| Prefix::new(values, rest, layout.entry_bits);
        let (cell_end, entry_end) = (helpers.cells.len(), helpers.entries.len());
        let alpha = helpers.alpha;
        let mut cells = Cells {
            scale: of_cells(self.scale(&equality[..cell_end]), Fr::ZERO),
            equality,
            quotient: of_cells(to_fields(&witness.quotient[..cell_end]), Fr::ZERO),
            remainder: of_cells(to_fields(&witness.remainder[..cell_end]), Fr::ZERO),
            helper: of_cells(helpers.cells.clone(), helpers.padding),
            denominators: std::mem::take(&mut helpers.cell_denominators).map(|values| of_cells(values, alpha)),
            lambda,
        };
        let mut entries = Entries {
            equality: equality_table(&relation_point[..layout.entry_bits]),
            helper: of_entries(helpers.entries.clone(), Fr::ZERO),
            denominator: of_entries(std::mem::take(&mut helpers.entry_denominators), alpha),
            multiplicity: of_entries(to_fields(&witness.multiplicity[..entry_end]), Fr::ZERO),
            lambda,
        };
        let mut products: Vec<Product> = self.products(witness, cells_point);
        let mut summands = vec![Summed::new(&mut cells), Summed::new(&mut entries)];
        summands.extend(products.iter_mut().map(|product| Summed::new(product as &mut dyn Summand)));
        let point = main_sumcheck::prove(channel, &self.statement, claim, &mut summands);

        let at_cells = equality_table(&point[..layout.cell_bits]);
        let at_entries = equality_table(&point[..layout.entry_bits]);
        let evaluations = Evaluations::from_fn(|declaration| match declaration.column {
            Column::Quotients => cells.quotient.value(),
            Column::Remainders => cells.remainder.value(),
            Column::Outputs => inner_product(&witness.output, &at_cells),
            Column::Multiplicities => entries.multiplicity.value(),
            Column::Helpers => cells.helper.value(),
            Column::EntryHelpers => entries.helper.value(),
            Column::EntryOutputs => inner_product(&self.tables, &at_entries),
            Column::Weights => Fr::ZERO,
        });
        let sent: Vec<Fr> = evaluated().map(|declaration| evaluations[declaration.column]).collect();
        channel.send(Message::Evaluations, &sent);
        let operands: Vec<Vec<Fr>> = products.iter().map(Product::claims).collect();
        operands.iter().for_each(|operands| channel.send(Message::Operands, operands));
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

    /// The sums of all terms of one factor: over weights, and over values.
    fn linear_terms(&self, witness: &Witness, cells: &[Fr]) -> [Fr; 2] {
        let sum_over = |space: Space| {
            let terms = self.statement.terms.iter().filter(|term| !term.is_product());
            let sources =
                terms.flat_map(|term| self.statement.sources(term).into_iter().map(move |source| (term, source)));
            sources
                .filter(|(_, source)| source.space == space)
                .map(|(term, source)| {
                    let operand = fold_operand(term, &source, cells, self.space(witness, space));
                    term.factor(&mut Native, cells) * operand.iter().sum::<Fr>()
                })
                .sum()
        };
        Space::ALL.map(sum_over)
    }

    /// The products at the point that the relations are tested at.
    fn products(&self, witness: &Witness, cells: &[Fr]) -> Vec<Product> {
        let fold = |term, source: &Source<'_>| fold_operand(term, source, cells, self.space(witness, source.space));
        self.statement
            .products()
            .map(|term| Product {
                factor: term.factor(&mut Native, cells),
                shared: Product::shared(term, cells),
                operands: self.statement.sources(term).iter().map(|source| fold(term, source)).collect(),
            })
            .collect()
    }

    /// The values that factors of a space read.
    fn space<'s>(&'s self, witness: &'s Witness, space: Space) -> &'s [i64] {
        match space {
            Space::Weights => &self.weights,
            Space::Values => &witness.output,
        }
    }
}

fn to_fields(values: &[i64]) -> Vec<Fr> {
    map_range(values.len(), |index| to_field(values[index]))
}
