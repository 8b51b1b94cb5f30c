//! The main sumcheck by its definition: a prover that has the formulas of `relations::summand`, tables over the whole hypercube,
//! and nothing else. The rounds of a proof are those that it sends.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{
    arithmetic::Native,
    channel::{MAIN_DEGREE, Receiver},
    message::{Message, Sealed},
    model::Space,
    relations::{
        lookup::LookupChallenges,
        packing::places,
        summand::{Batching, CellLookUps, Entry, Rescaling, cell, entry, product},
    },
    tables::place_tables,
    verifier::{native::seal, statement::Statement},
};
use hallmark_proving::execute::execute;
use hallmark_proving::proving::{
    Prover, commit,
    witness::{Witness, place_weights},
};
use hallmark_proving::srs::Srs;
use hallmark_testing::{
    architectures::{random_input, random_model},
    claims::CONTEXT,
    products,
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use super::oracles::{corner, naive_equality, read};

/// What is computed of one value of each table.
type Formula<'f> = dyn Fn(&[Fr]) -> Fr + 'f;

/// Tables over some variables, and the formula that is summed up of their values.
struct Summand<'f> {
    tables: Vec<Vec<Fr>>,
    formula: Box<Formula<'f>>,
}

impl Summand<'_> {
    /// The sum with the lowest variable at `x`. A part without variables is zero where the round's is not.
    fn sum_at(&self, x: Fr) -> Fr {
        if self.tables[0].len() == 1 {
            return (Fr::ONE - x) * self.value_at(0, |table, index| table[index]);
        }
        let between = |table: &[Fr], index: usize| table[2 * index] + x * (table[2 * index + 1] - table[2 * index]);
        (0..self.tables[0].len() / 2).map(|index| self.value_at(index, between)).sum()
    }

    fn value_at(&self, index: usize, value: impl Fn(&[Fr], usize) -> Fr) -> Fr {
        let values: Vec<Fr> = self.tables.iter().map(|table| value(table, index)).collect();
        (self.formula)(&values)
    }

    fn bind(self, x: Fr) -> Self {
        let Self { tables, formula } = self;
        if tables[0].len() == 1 {
            // The rest of the way it is extended by zeros.
            return Self { tables, formula: Box::new(move |values| (Fr::ONE - x) * formula(values)) };
        }
        let bound = |table: Vec<Fr>| table.chunks(2).map(|pair| pair[0] + x * (pair[1] - pair[0])).collect();
        Self { tables: tables.into_iter().map(bound).collect(), formula }
    }
}

fn fields(values: &[i64]) -> Vec<Fr> {
    values.iter().map(|value| Fr::from(*value)).collect()
}

fn equality_table(point: &[Fr]) -> Vec<Fr> {
    (0..1 << point.len()).map(|index| naive_equality(point, index)).collect()
}

/// The cells' part.
fn cells<'f>(
    statement: &Statement<'_>,
    witness: &Witness,
    lookup: &LookupChallenges<Fr>,
    r: &[Fr],
    lambda: Batching<Fr>,
) -> Summand<'f> {
    let (model, layout) = (statement.model, &statement.layout);
    let (mut scale, mut tags) = (vec![0u64; 1 << layout.cell_bits], vec![[0u64; 2]; 1 << layout.cell_bits]);
    for (tensor, block) in layout.tensors.iter().enumerate() {
        if let Some(step) = tensor.checked_sub(1) {
            scale[block.offset..block.offset + block.len()].fill(1 << model.steps[step].shift);
        }
        for place in places(model.tensor_axes(tensor)) {
            tags[block.offset + place] =
                [layout.output_table(model, tensor).tag, layout.remainder_table(model, tensor).tag];
        }
    }
    let equality = equality_table(r);
    let (z, rem, y) = (fields(&witness.quotient), fields(&witness.remainder), fields(&witness.output));
    let denominators: Vec<[Fr; 2]> = (0..scale.len())
        .map(|x| {
            let [output, remainder] = tags[x].map(Fr::from);
            [lookup.denominator(output, z[x], y[x]), lookup.denominator(remainder, rem[x], Fr::ZERO)]
        })
        .collect();
    let helper = denominators.iter().map(|sides| sides.iter().map(|side| side.inverse().unwrap()).sum()).collect();
    let scaled = equality.iter().zip(&scale).map(|(equality, scale)| *equality * Fr::from(*scale)).collect();
    let side = |side: usize| denominators.iter().map(|sides| sides[side]).collect();
    Summand {
        tables: vec![equality, scaled, z, rem, helper, side(0), side(1)],
        formula: Box::new(move |values| {
            let &[equality, scale, quotient, remainder, helper, left, right] = values else { unreachable!() };
            let rescaling = Rescaling { scale, quotient, equality, remainder };
            cell(&lambda, rescaling, CellLookUps { equality, helper, denominators: [left, right] })
        }),
    }
}

/// The entries' part.
fn entries<'f>(
    statement: &Statement<'_>,
    witness: &Witness,
    lookup: &LookupChallenges<Fr>,
    r: &[Fr],
    lambda: Batching<Fr>,
) -> Summand<'f> {
    let outputs = place_tables(statement);
    let mut denominators: Vec<Fr> =
        outputs.iter().map(|output| lookup.denominator(Fr::ZERO, Fr::ZERO, Fr::from(*output))).collect();
    for table in &statement.layout.tables {
        for (index, argument) in (0..table.block.len()).zip(table.first..) {
            let place = table.block.offset + index;
            denominators[place] = lookup.denominator(table.tag.into(), argument.into(), outputs[place].into());
        }
    }
    let multiplicities = fields(&witness.multiplicity);
    let helpers = multiplicities.iter().zip(&denominators).map(|(count, of)| *count * of.inverse().unwrap()).collect();
    Summand {
        tables: vec![equality_table(r), helpers, denominators, multiplicities],
        formula: Box::new(move |values| {
            let &[equality, helper, denominator, multiplicity] = values else { unreachable!() };
            entry(&lambda, Entry { equality, helper, denominator, multiplicity })
        }),
    }
}

/// The parts of the products.
fn product_parts<'f>(statement: &Statement<'_>, witness: &Witness, weights: &[i64], r: &[Fr]) -> Vec<Summand<'f>> {
    let part = |plan: &hallmark_circuits::relations::plan::TermPlan<'_>| {
        let corners: Vec<Vec<Fr>> = (0..1 << plan.sum_bits).map(|index| corner(index, plan.sum_bits)).collect();
        let factor = -plan.factor(&mut Native, r);
        let mut tables = vec![corners.iter().map(|at| plan.shared(&mut Native, r, at)).collect()];
        tables.extend(statement.sources(plan).iter().map(|source| -> Vec<Fr> {
            let space = if source.space == Space::Weights { weights } else { &witness.output };
            corners.iter().map(|at| read(plan, source, space, (r, at))).collect()
        }));
        let formula = move |values: &[Fr]| factor * product(values[0], values[1..].iter().copied());
        Summand { tables, formula: Box::new(formula) }
    };
    statement.products().map(part).collect()
}

/// Every round of the main sumcheck of an honest proof.
fn compare(
    architecture: hallmark_circuits::model::Architecture,
    weights: hallmark_circuits::model::Weights,
    seed: u64,
) {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let srs = Srs::insecure(11, &mut rng);
    let model = commit(architecture, weights, &srs, &mut rng).unwrap();
    let statement = Statement::new(&model.key.architecture).unwrap();
    let input = random_input(statement.model, &mut rng);
    let inference = Prover::new(&model, &srs).unwrap().prove(CONTEXT, &input, &mut rng).unwrap();
    let witness = Witness::new(&statement, &execute(statement.model, &model.weights, &input).unwrap());

    let sealed = seal(model.key.digest(), &statement.told(&inference.claim), &inference.proof.commitments);
    let a = &mut Native;
    let mut channel = Receiver::new(a, &sealed, &inference.proof.elements);
    channel.seal(a, Sealed::Commitments);
    channel.receive::<1>(a, Message::Salt).unwrap();
    let [alpha, beta, _gamma] = [(); 3].map(|()| channel.challenge(a));
    let lookup = LookupChallenges::new(alpha, beta);
    channel.seal(a, Sealed::Helpers);
    let r = channel.challenges(a, statement.point_bits());
    channel.receive::<2>(a, Message::LinearTerms).unwrap();
    let lambda = Batching::new(channel.challenge(a));

    let (at_cells, at_entries) = (&r[..statement.layout.cell_bits], &r[..statement.layout.entry_bits]);
    let mut parts = product_parts(&statement, &witness, &place_weights(&statement, &model.weights), at_cells);
    parts.push(cells(&statement, &witness, &lookup, at_cells, lambda));
    parts.push(entries(&statement, &witness, &lookup, at_entries, lambda));
    for round in 0..statement.main_rounds() {
        let [constant, quadratic, cubic, quartic] = channel.receive::<MAIN_DEGREE>(a, Message::MainRound).unwrap();
        let at = |x: u64| parts.iter().map(|part| part.sum_at(Fr::from(x))).sum::<Fr>();
        let linear = at(0) + at(1) - constant.double() - quadratic - cubic - quartic;
        for x in 0..=5u64 {
            let sent = [quartic, cubic, quadratic, linear, constant];
            let value = sent.into_iter().fold(Fr::ZERO, |value, coefficient| value * Fr::from(x) + coefficient);
            assert_eq!(value, at(x), "round {round} at {x}");
        }
        let x = channel.challenge(a);
        parts = parts.into_iter().map(|part| part.bind(x)).collect();
    }
}

#[test]
fn rounds_are_the_naive_ones() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    compare(products::architecture(), products::weights_of(&mut rng), 2);
    for seed in 3..6 {
        let (architecture, weights) = random_model(&mut rng);
        compare(architecture, weights, seed);
    }
}
