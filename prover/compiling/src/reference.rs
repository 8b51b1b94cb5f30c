//! The float reference: the model as tract runs it, independent of this compiler's own import.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tract_onnx::pb::{ModelProto, tensor_proto};
use tract_onnx::{onnx, prelude::*};

use super::calibrate::Samples;
use super::error::CompileError;
use super::float_model::FloatModel;
use super::interface::Input;
use super::node::Node;
use super::onnx::Graph;

/// What the quantized model is compared with.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    /// The outputs of each sample.
    pub(super) outputs: Vec<Vec<f32>>,
    /// Why no independent run was possible; then the outputs are those of this compiler's own import.
    pub(super) missing: Option<String>,
}

/// The model's outputs on each sample as tract computes them, or why it does not.
///
/// The model has been imported and bounded before; where tract still panics on it, that becomes a reason here.
pub(super) fn run_reference(graph: &Graph, shapes: &[Vec<usize>], samples: &Samples) -> Result<Vec<Vec<f32>>, String> {
    let half = graph.inputs.iter().any(|input| input.kind == tensor_proto::DataType::Float16);
    if let Some(reason) = graph.nodes.iter().find_map(|node| deviation(node, half)) {
        return Err(reason.into());
    }
    let run = AssertUnwindSafe(|| run_samples(graph, shapes, samples));
    catch_unwind(run).unwrap_or_else(|_| Err("the ONNX library gave up on this model".into()))
}

/// Where tract is known to compute something else than ONNX says: onnxruntime's answers in `fixtures/operators` decided.
fn deviation(node: &Node, half: bool) -> Option<&'static str> {
    match node.operator.name {
        "Swish" if node.real("alpha", 1.0) != 1.0 => Some("the ONNX library leaves out the slope of Swish"),
        "SpaceToDepth" if node.text("mode", "DCR") == "CRD" => {
            Some("the ONNX library has one order of the channels of SpaceToDepth")
        }
        "Celu" if half && node.real("alpha", 1.0) != 1.0 => {
            Some("the ONNX library leaves out the slope of Celu for floats of 16 bits")
        }
        "Resize" if node.version == 10 => {
            Some("the ONNX library resizes by the rules of operator set 11 where the model has 10")
        }
        "RNN" | "LSTM" | "GRU" if node.text("direction", "forward") == "reverse" => {
            Some("the ONNX library has another order of steps in a recurrence that only runs backwards")
        }
        "RNN" if node.text("direction", "forward") == "bidirectional" => {
            Some("the ONNX library has another order of directions in an RNN")
        }
        "RNN" if node.names("activations").iter().any(|name| name != "Tanh") => {
            Some("the ONNX library runs every RNN with Tanh")
        }
        _ => None,
    }
}

fn run_samples(graph: &Graph, shapes: &[Vec<usize>], samples: &Samples) -> Result<Vec<Vec<f32>>, String> {
    let kind = |input: &Input| datum_type(input.kind).ok_or("its input type is not one of the ONNX library's");
    let kinds = graph.inputs.iter().map(kind).collect::<Result<Vec<_>, _>>()?;
    let facts: Vec<_> = kinds.into_iter().zip(shapes.iter().map(Vec::as_slice)).collect();
    let model = prepare(&graph.proto, &facts).map_err(|error| format!("{error:#}"))?;
    samples.rows.iter().map(|row| run_one(&model, &facts, row)).collect()
}

fn prepare(proto: &ModelProto, facts: &[(DatumType, &[usize])]) -> TractResult<Arc<TypedSimplePlan>> {
    let mut model = onnx().with_ignore_output_shapes(true).with_ignore_value_info(true).model_for_proto_model(proto)?;
    for (index, (kind, shape)) in facts.iter().enumerate() {
        model.set_input_fact(index, InferenceFact::dt_shape(*kind, *shape))?;
    }
    model.into_optimized()?.into_runnable()
}

fn run_one(model: &Arc<TypedSimplePlan>, facts: &[(DatumType, &[usize])], row: &[f32]) -> Result<Vec<f32>, String> {
    let text = |error: TractError| format!("{error:#}");
    let (mut inputs, mut rest) = (TVec::new(), row);
    for (kind, shape) in facts {
        let (part, others) = rest.split_at_checked(shape.iter().product()).ok_or("a sample is too short")?;
        let input = Tensor::from_shape(shape, part).map_err(text)?;
        inputs.push(input.cast_to_dt(*kind).map_err(text)?.into_owned().into());
        rest = others;
    }
    let outputs = model.run(inputs).map_err(text)?;
    let mut values = vec![];
    for output in outputs.iter() {
        let output = output.cast_to::<f32>().map_err(text)?;
        values.extend_from_slice(output.view().as_slice::<f32>().map_err(text)?);
    }
    Ok(values)
}

fn datum_type(kind: tensor_proto::DataType) -> Option<DatumType> {
    use tensor_proto::DataType;
    Some(match kind {
        DataType::Float => f32::datum_type(),
        DataType::Double => f64::datum_type(),
        DataType::Float16 => f16::datum_type(),
        DataType::Int64 => i64::datum_type(),
        DataType::Int32 => i32::datum_type(),
        DataType::Int16 => i16::datum_type(),
        DataType::Int8 => i8::datum_type(),
        DataType::Uint64 => u64::datum_type(),
        DataType::Uint32 => u32::datum_type(),
        DataType::Uint16 => u16::datum_type(),
        DataType::Uint8 => u8::datum_type(),
        DataType::Bool => bool::datum_type(),
        _ => return None,
    })
}

/// The outputs to compare with: tract's, which must be those of the import, or the import's own where tract did not run.
pub(super) fn check_agreement(
    reference: Result<Vec<Vec<f32>>, String>,
    imported: &[Vec<f64>],
    lowered: &FloatModel,
) -> Result<Reference, CompileError> {
    match reference {
        Ok(outputs) => {
            for columns in lowered.columns() {
                compare(&outputs, imported, &columns, lowered.jumps())?;
            }
            Ok(Reference { outputs, missing: None })
        }
        Err(reason) => {
            let outputs = imported.iter().map(|row| row.iter().map(|&value| value as f32).collect()).collect();
            Ok(Reference { outputs, missing: Some(reason.chars().take(MAX_REASON).collect()) })
        }
    }
}

/// The most characters that are kept of why the reference did not run.
const MAX_REASON: usize = 300;

/// Refuses a model whose import computes something else than tract does. Where a function of the model jumps, floats of 32 bits
/// may fall on the other side of a jump, so that a few outputs may differ.
fn compare(
    reference: &[Vec<f32>],
    imported: &[Vec<f64>],
    columns: &Range<usize>,
    jumps: bool,
) -> Result<(), CompileError> {
    /// Floats of 32 bits drift apart by rounding; a wrong import is further off.
    const TOLERANCE: f64 = 2e-3;
    /// One output in so many may fall on the other side of a jump.
    const JUMPED: usize = 50;
    let values = || reference.iter().flat_map(|row| row.get(columns.clone()).unwrap_or_default());
    let greatest = values().fold(0f64, |greatest, value| greatest.max(f64::from(value.abs())));
    // A maximum leaves out what is no number.
    if values().any(|value| !value.is_finite()) {
        return Err(CompileError::Reference("its outputs are not finite on the calibration data".into()));
    }
    let (mut worst, mut off, mut count) = (0.0f64, 0, 0);
    for (reference, imported) in reference.iter().zip(imported) {
        if reference.len() != imported.len() {
            let reason = format!("it has {} outputs where the import has {}", reference.len(), imported.len());
            return Err(CompileError::Reference(reason));
        }
        for (&reference, imported) in reference[columns.clone()].iter().zip(&imported[columns.clone()]) {
            let error = (f64::from(reference) - imported).abs();
            count += 1;
            off += usize::from(error.is_nan() || error > TOLERANCE * greatest + 1e-5);
            worst = worst.max(error);
        }
    }
    let allowed = if jumps { count / JUMPED } else { 0 };
    if off <= allowed {
        return Ok(());
    }
    let reason = format!("the imported model differs from it by {worst:.3e} on outputs up to {greatest:.3e}");
    Err(CompileError::Reference(reason))
}
