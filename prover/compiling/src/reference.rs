//! The float reference: the model as tract runs it, independent of this compiler's own import.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tract_onnx::pb::ModelProto;
use tract_onnx::{onnx, prelude::*};

use super::calibrate::Samples;
use super::error::CompileError;

/// The model's outputs on each sample, as tract computes them.
///
/// The model has been imported and bounded before; where tract still panics on it, that becomes an error here.
pub(super) fn run_reference(
    proto: &ModelProto,
    shape: &[usize],
    samples: &Samples,
) -> Result<Vec<Vec<f32>>, CompileError> {
    let run = AssertUnwindSafe(|| run_samples(proto, shape, samples));
    catch_unwind(run)
        .unwrap_or_else(|_| Err("the ONNX library gave up on this model".into()))
        .map_err(CompileError::Reference)
}

fn run_samples(proto: &ModelProto, shape: &[usize], samples: &Samples) -> Result<Vec<Vec<f32>>, String> {
    let model = prepare(proto, shape).map_err(|error| format!("{error:#}"))?;
    samples.rows.iter().map(|row| run_one(&model, shape, row)).collect()
}

fn prepare(proto: &ModelProto, shape: &[usize]) -> TractResult<Arc<TypedSimplePlan>> {
    let mut model = onnx().with_ignore_output_shapes(true).with_ignore_value_info(true).model_for_proto_model(proto)?;
    model.set_input_fact(0, InferenceFact::dt_shape(f32::datum_type(), shape))?;
    model.into_optimized()?.into_runnable()
}

fn run_one(model: &Arc<TypedSimplePlan>, shape: &[usize], row: &[f32]) -> Result<Vec<f32>, String> {
    let input = Tensor::from_shape(shape, row).map_err(|error| format!("{error:#}"))?;
    let outputs = model.run(tvec!(input.into())).map_err(|error| format!("{error:#}"))?;
    let output = outputs.first().ok_or("it has no output")?;
    output.view().as_slice::<f32>().map(<[f32]>::to_vec).map_err(|error| format!("{error:#}"))
}

/// Refuses a model whose import computes something else than tract does.
pub(super) fn check_agreement(reference: &[Vec<f32>], imported: &[Vec<f64>]) -> Result<(), CompileError> {
    /// Floats of 32 bits drift apart by rounding; a wrong import is further off.
    const TOLERANCE: f64 = 2e-3;
    let greatest = reference.iter().flatten().fold(0f64, |greatest, value| greatest.max(f64::from(value.abs())));
    // A maximum leaves out what is no number.
    if reference.iter().flatten().any(|value| !value.is_finite()) {
        return Err(CompileError::Reference("its outputs are not finite on the calibration data".into()));
    }
    for (reference, imported) in reference.iter().zip(imported) {
        if reference.len() != imported.len() {
            let reason = format!("it has {} outputs where the import has {}", reference.len(), imported.len());
            return Err(CompileError::Reference(reason));
        }
        let worst = reference.iter().zip(imported).map(|(&a, b)| (f64::from(a) - b).abs()).fold(0.0, f64::max);
        if worst.is_nan() || worst > TOLERANCE * greatest + 1e-5 {
            let reason = format!("the imported model differs from it by {worst:.3e} on outputs up to {greatest:.3e}");
            return Err(CompileError::Reference(reason));
        }
    }
    Ok(())
}
