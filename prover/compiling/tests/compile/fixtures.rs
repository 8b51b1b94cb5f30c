//! The bundled models: accuracy on data that calibration did not see, and the same architecture each time.
#![allow(missing_docs, clippy::unwrap_used)]

use hallmark_circuits::semantics::execute;
use hallmark_compiling::{CompileOptions, Compiled, compile};
use hallmark_fixtures::{Fixture, data};
use ndarray::ArrayD;

fn compiled(name: &str) -> Compiled {
    let fixture = Fixture::find(name).unwrap();
    compile(&fixture.model(), &fixture.calibration(), None, &CompileOptions::default()).unwrap()
}

/// How many of the labels the integers find.
fn found(compiled: &Compiled, test: &ArrayD<f32>, labels: &[i64]) -> usize {
    let values: Vec<f32> = test.iter().copied().collect();
    let right = |(row, label): &(&[f32], &i64)| {
        let input: Vec<i64> =
            row.iter().enumerate().map(|(index, &x)| compiled.architecture.input.quantize(index, x)).collect();
        let tensors = execute(&compiled.architecture, &compiled.weights, &input).unwrap();
        let output = tensors.last().unwrap();
        let greatest = (0..output.len()).rev().max_by_key(|&index| output[index]).unwrap();
        greatest as i64 == **label
    };
    values.chunks(values.len() / labels.len()).zip(labels).filter(right).count()
}

#[test]
fn digits_are_recognised_as_well_as_in_float() {
    let (test, labels) = (data::digits_test(), data::digits_test_labels().to_vec());
    let mlp = compiled("digits_mlp");
    crate::compiling::check_architecture(&mlp);
    assert!(found(&mlp, &test.clone().into_dyn(), &labels) >= 293);
    let cnn = compiled("digits_cnn");
    crate::compiling::check_architecture(&cnn);
    assert!(found(&cnn, &test.into_dyn(), &labels) >= 298);
}

#[test]
fn wines_are_told_apart_though_their_features_differ_by_orders_of_magnitude() {
    let wine = compiled("wine_mlp");
    crate::compiling::check_architecture(&wine);
    assert_eq!(wine.architecture.input.scales.len(), 13);
    assert!(found(&wine, &data::wine_test().into_dyn(), &data::wine_test_labels().to_vec()) >= 48);
}

#[test]
fn compiling_twice_gives_the_same_architecture_and_weights() {
    for name in ["digits_mlp", "digits_cnn", "wine_mlp"] {
        let (first, second) = (compiled(name), compiled(name));
        assert_eq!(first.architecture.digest(), second.architecture.digest());
        assert_eq!(first.weights, second.weights);
    }
}

#[test]
fn every_bundled_model_is_valid_and_total_and_its_report_reads_well() {
    for name in ["digits_mlp", "digits_cnn", "wine_mlp", "lenet5_average", "lenet5_max"] {
        let compiled = compiled(name);
        crate::compiling::check_architecture(&compiled);
        crate::compiling::check_extremes(&compiled);
        assert!(compiled.report.accuracy.argmax_agreement >= 0.99, "{name}");
        assert!(compiled.report.render().contains("multiply-accumulates"));
    }
}
