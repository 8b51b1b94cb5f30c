//! The fast executor against the semantics, which is slow and plain.

use hallmark_circuits::model::{
    Access, Architecture, AxisMap, Factor, InputPort, MAX_INTEGER, OutputPort, Step, Stride, Table, Term, WeightShape,
    Weights,
};
use hallmark_circuits::semantics::{self, ExecutionError};
use hallmark_proving::execute::{Trace, execute};
use hallmark_testing::architectures::{extreme_inputs, random_input, random_model};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Both executions agree, in their errors too, and each quotient and remainder makes up its sum.
fn compare(model: &Architecture, weights: &Weights, input: &[i64]) {
    let trace = match (execute(model, weights, input), semantics::execute(model, weights, input)) {
        (Ok(trace), Ok(tensors)) => {
            assert_eq!(trace.input, tensors[0]);
            for (step, tensor) in trace.steps.iter().zip(&tensors[1..]) {
                assert!(step.output.iter().map(|&value| i64::from(value)).eq(tensor.iter().copied()));
            }
            trace
        }
        (fast, slow) => {
            assert_eq!(fast.map(drop), slow.map(drop));
            return;
        }
    };
    check_sums(model, weights, &trace);
}

/// The sums that quotients and remainders make up are those of the semantics.
fn check_sums(model: &Architecture, weights: &Weights, trace: &Trace) {
    let mut tensors = vec![trace.input.clone()];
    for (step, made) in model.steps.iter().zip(&trace.steps) {
        let sums: Vec<_> = semantics::assignments(&step.axes)
            .map(|cell| semantics::accumulate(model, weights, &tensors, step, &cell).unwrap())
            .map(|sum| semantics::rescale(sum, step.shift))
            .collect();
        let found = made.quotient.iter().zip(&made.remainder).map(|(&quotient, &rest)| (quotient, i64::from(rest)));
        assert!(found.eq(sums));
        tensors.push(made.output.iter().map(|&value| value.into()).collect());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_models_run_as_the_semantics_says(seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (model, weights) = random_model(&mut rng);
        prop_assert_eq!(model.validate(), Ok(()));
        prop_assert_eq!(weights.validate(&model), Ok(()));
        let mut inputs = extreme_inputs(&model).to_vec();
        inputs.push(random_input(&model, &mut rng));
        for input in inputs {
            prop_assert!(execute(&model, &weights, &input).is_ok(), "an input in range has no trace");
            compare(&model, &weights, &input);
        }
    }

    #[test]
    fn hostile_weights_give_the_error_of_the_semantics(seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut model, mut weights) = random_model(&mut rng);
        for weight in weights.0.iter_mut().flatten() {
            *weight = rng.random_range(-MAX_INTEGER..=MAX_INTEGER);
        }
        for term in model.steps.iter_mut().flat_map(|step| &mut step.terms) {
            term.coefficient = rng.random_range(1..=MAX_INTEGER);
        }
        model.validate().unwrap();
        compare(&model, &weights, &random_input(&model, &mut rng));
    }
}

/// One step that reads a tensor of `values` through one map, times one weight, over `summed`.
fn single(values: usize, cells: usize, map: AxisMap, summed: Vec<usize>) -> Architecture {
    let term = Term {
        coefficient: 1,
        summed,
        factors: vec![
            Factor::weights(Access { source: 0, axes: vec![AxisMap::constant(0)] }),
            Factor::values(Access { source: 0, axes: vec![map] }),
        ],
    };
    let step = Step { name: String::new(), axes: vec![cells], constant: 0, terms: vec![term], shift: 0, table: 0 };
    Architecture {
        input: InputPort::of_integers(vec![values], 8),
        output: OutputPort { shape: vec![cells], parts: vec![], scale: 1.0 },
        weights: vec![WeightShape { name: String::new(), axes: vec![1] }],
        parts: vec![],
        tables: vec![Table { name: String::new(), first: -512, outputs: (-512..512).collect() }],
        steps: vec![step],
        row_bits: 9,
        weight_row_bits: 9,
    }
}

#[test]
fn strides_beyond_all_reason_take_no_memory() {
    let far = |variable, stride| Stride { variable, stride };
    let cases = [
        (AxisMap { offset: 1, strides: vec![far(0, 1 << 36)] }, vec![]),
        (AxisMap { offset: -(1 << 36), strides: vec![far(0, 1), far(1, 1 << 36)] }, vec![3]),
        (AxisMap { offset: 1, strides: vec![far(0, 1), far(1, 1 << 38)] }, vec![1]),
        (AxisMap { offset: 1 << 37, strides: vec![far(0, -1)] }, vec![]),
    ];
    for (map, summed) in cases {
        let model = single(4, 3, map, summed);
        model.validate().unwrap();
        compare(&model, &Weights(vec![vec![3]]), &[1, -2, 3, -4]);
        assert!(execute(&model, &Weights(vec![vec![3]]), &[1, -2, 3, -4]).is_ok());
    }
}

#[test]
fn sums_that_do_not_fit_are_errors() {
    // The product of 2^40, 2^30 and the input passes 2^62 but for zero.
    let mut model = single(1, 1, AxisMap::variable(0), vec![]);
    model.steps[0].terms[0].coefficient = 1 << 30;
    let weights = Weights(vec![vec![1 << 40]]);
    let run = |input| execute(&model, &weights, &[input]).map(drop);
    assert_eq!(run(0), Ok(()));
    assert_eq!(run(1), Err(ExecutionError::Overflow { step: 0 }));
    model.steps[0].terms[0].coefficient = 1;
    let outside = ExecutionError::OutsideTable { step: 0, value: -(1 << 40) };
    assert_eq!(execute(&model, &weights, &[-1]).map(drop), Err(outside));
}

#[test]
fn inputs_of_another_model_are_errors() {
    let model = single(2, 2, AxisMap::variable(0), vec![]);
    let run = |input: &[i64]| execute(&model, &Weights(vec![vec![1]]), input).map(drop);
    assert_eq!(run(&[1]), Err(ExecutionError::InputLength { expected: 2, found: 1 }));
    assert_eq!(run(&[1, 128]), Err(ExecutionError::InputRange { index: 1, value: 128 }));
    assert_eq!(run(&[1, i64::MIN]), Err(ExecutionError::InputRange { index: 1, value: i64::MIN }));
}
