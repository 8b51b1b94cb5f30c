//! Products of two and three factors: complete at the ends of the input's range, and each lie about one stopped by one check.

use std::sync::LazyLock;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{
    error::{Check, Reject},
    message::Message,
    model::{Architecture, Factor, Space},
    relations::{access::Source, packing::places, plan::TermPlan},
    verifier::statement::Statement,
};
use hallmark_proving::proving::{Prover, witness::place_weights};
use hallmark_proving::random::random_scalar;
use hallmark_testing::{
    architectures::{extreme_inputs, random_input},
    claims::CONTEXT,
    naive::{Relation, broken, recount},
    products::{self, CUBES, CUT, GATE, LOOK_UP, MIXED, SCORES},
    trusted::verify_off_chain,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::oracles::{corner, read};
use super::world::World;

static WORLD: LazyLock<World> = LazyLock::new(|| World::new(products::architecture(), products::weights_of));

#[test]
fn every_input_is_proved() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let model = &WORLD.model.key.architecture;
    let prover = Prover::new(&WORLD.model, &WORLD.srs).unwrap();
    let random: Vec<Vec<i64>> = (0..3).map(|_| random_input(model, &mut rng)).collect();
    for input in extreme_inputs(model).into_iter().chain(random) {
        let inference = prover.prove(CONTEXT, &input, &mut rng).unwrap();
        let expected = hallmark_circuits::semantics::execute(model, &WORLD.model.weights, &input).unwrap();
        assert_eq!(inference.output(), expected.last().unwrap());
        let verdict = verify_off_chain(&WORLD.model.key, &WORLD.srs, &inference.claim, &inference.proof);
        assert_eq!(verdict, Ok(()));
    }
}

#[test]
fn a_wrong_cell_of_each_product() {
    let statement = WORLD.statement();
    for tensor in [SCORES, GATE, CUBES, LOOK_UP, MIXED] {
        let (mut witness, mut output) = WORLD.told(statement.model);
        // Another quotient that the remainder does not make up for, and what the table has for it.
        let cell = statement.layout.tensors[tensor].offset;
        witness.quotient[cell] += 1;
        let value = i64::from(statement.model.tables[0].get(witness.quotient[cell]).unwrap());
        witness.output[cell] = value;
        if tensor == MIXED {
            output[0] = value;
        }
        recount(&statement, &mut witness);
        assert_eq!(broken(&statement, &WORLD.model.weights, &witness), [Relation::Rescale], "{tensor}");
        let claim = WORLD.claim(&output);
        WORLD.assert_only(&claim, &WORLD.prove(&claim, &witness), Check::MainSumcheck);
    }
}

#[test]
fn another_product_than_the_models() {
    let changes: [fn(&mut Architecture); 6] = [
        // A factor is left out.
        |model| drop(model.steps[CUBES - 1].terms[0].factors.pop()),
        |model| drop(model.steps[GATE - 1].terms[0].factors.remove(0)),
        // The weight is taken across the diagonal.
        |model| model.steps[GATE - 1].terms[0].factors[0].access.axes.swap(0, 1),
        // Another tensor is multiplied.
        |model| model.steps[LOOK_UP - 1].terms[0].factors[0].access.source = SCORES,
        // The order of two variables.
        |model| model.steps[LOOK_UP - 1].terms[0].factors[1].access.axes.swap(1, 2),
        |model| model.steps[MIXED - 1].terms[0].coefficient = -1,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut other = WORLD.model.key.architecture.clone();
        change(&mut other);
        let (witness, output) = WORLD.told(&other);
        assert_eq!(broken(&WORLD.statement(), &WORLD.model.weights, &witness), [Relation::Rescale], "{number}");
        let claim = WORLD.claim(&output);
        WORLD.assert_only(&claim, &WORLD.prove(&claim, &witness), Check::MainSumcheck);
    }
}

#[test]
fn operands_whose_product_is_right() {
    // The main sumcheck sees the product of the operands alone. That each is what its factor reads is the merging sumcheck's.
    let statement = WORLD.statement();
    let (witness, output) = WORLD.told(statement.model);
    let claim = WORLD.claim(&output);
    let honest = WORLD.prove(&claim, &witness);
    assert_eq!(WORLD.verify(&claim, &honest), Ok(()));
    let mut start = 0;
    let mut changed = 0;
    for (message, count) in statement.schedule() {
        if message == Message::Operands {
            for other in 1..count {
                let mut proof = honest.clone();
                proof.elements[start] = proof.elements[start].double();
                proof.elements[start + other] *= Fr::from(2u64).inverse().unwrap();
                assert_eq!(WORLD.verify(&claim, &proof), Err(Reject::Check(Check::MergeSumcheck)));
                changed += 1;
            }
        }
        start += count;
    }
    assert_eq!(changed, 1 + 2 + 2 + 2 + 1);
}

#[test]
fn every_element_of_a_proof_of_products() {
    let (witness, output) = WORLD.told(WORLD.statement().model);
    let claim = WORLD.claim(&output);
    let honest = WORLD.prove(&claim, &witness);
    for place in 0..honest.elements.len() {
        let mut proof = honest.clone();
        proof.elements[place] += Fr::ONE;
        assert!(WORLD.verify(&claim, &proof).is_err(), "element {place}");
    }
}

/// The claim of a term at `r`, with the values of both spaces as they are.
fn claimed(plan: &TermPlan<'_>, statement: &Statement<'_>, spaces: [&[i64]; 2], r: &[Fr]) -> Fr {
    let sources = statement.sources(plan);
    (0..1 << plan.sum_bits)
        .map(|index| {
            let point = corner(index, plan.sum_bits);
            let operand = |source: &Source<'_>| {
                let space = if source.space == Space::Weights { spaces[0] } else { spaces[1] };
                read(plan, source, space, (r, &point))
            };
            let operands: Fr = sources.iter().map(operand).product();
            plan.shared(&mut hallmark_circuits::arithmetic::Native, r, &point) * operands
        })
        .sum()
}

#[test]
fn what_is_committed_in_the_padding_of_weights_is_never_summed() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let statement = WORLD.statement();
    let (witness, _) = WORLD.told(statement.model);
    let weights = place_weights(&statement, &WORLD.model.weights);
    // Everything beyond the third place of the axis that two weights share.
    let mut padded = weights.clone();
    for tensor in [CUT, 2] {
        let (block, axes) = (statement.layout.weights[tensor], &statement.model.weights[tensor].axes);
        let inside: Vec<usize> = places(axes).collect();
        for place in (0..block.len()).filter(|place| !inside.contains(place)) {
            padded[block.offset + place] = rng.random_range(1..100);
        }
    }
    assert_ne!(padded, weights);
    let r: Vec<Fr> = (0..statement.layout.cell_bits).map(|_| random_scalar(&mut rng)).collect();
    let look_up = statement.products().find(|plan| plan.tensor == LOOK_UP).unwrap();
    assert!(look_up.variables.iter().any(|variable| variable.cut));
    let at = |weights: &[i64]| claimed(look_up, &statement, [weights, &witness.output], &r);
    assert_ne!(at(&weights), Fr::ZERO);
    assert_eq!(at(&padded), at(&weights));
}

#[test]
fn only_a_sum_over_weights_alone_is_cut_off() {
    let mut model = products::architecture();
    let cut = |model: &Architecture| -> Vec<usize> {
        let statement = Statement::new(model).unwrap();
        let look_up = statement.products().find(|plan| plan.tensor == LOOK_UP).unwrap().clone();
        (0..look_up.variables.len()).filter(|&variable| look_up.variables[variable].cut).collect()
    };
    assert_eq!(cut(&model), [3]);
    // With a value along the variable its padding is zero.
    let factors = &mut model.steps[LOOK_UP - 1].terms[0].factors;
    factors[2] = Factor::values(factors[0].access.clone());
    factors[2].access.axes[0] = hallmark_circuits::model::AxisMap::variable(3);
    assert_eq!(cut(&model), [0; 0]);
}
