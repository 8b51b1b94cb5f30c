//! Compiles an ONNX model to steps of integers.
//!
//! In order: [`onnx`](self) decoding and checks, lowering to sums and functions of real numbers, calibration of their ranges,
//! quantization with static bounds, and a comparison with an independent float reference. Compiling the same model with the
//! same calibration data and options gives the same architecture on every machine.
//!
//! ```
//! use hallmark_circuits::semantics::execute;
//! use hallmark_compiling::{CompileOptions, compile};
//! use hallmark_fixtures::Fixture;
//!
//! let digits = Fixture::find("digits_mlp").ok_or("there is no such model")?;
//! let compiled = compile(&digits.model(), &digits.calibration(), None, &CompileOptions::default())?;
//! assert!(compiled.report.accuracy.argmax_agreement > 0.9);
//!
//! // The integers say of an image what the floats say: this is a five.
//! let quantize = |(index, value): (usize, &f32)| compiled.architecture.input.quantize(index, *value);
//! let image: Vec<i64> = digits.input().iter().enumerate().map(quantize).collect();
//! let tensors = execute(&compiled.architecture, &compiled.weights, &image)?;
//! let scores = &tensors[tensors.len() - 1];
//! assert_eq!((0..10).max_by_key(|digit| scores[*digit]), Some(5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![warn(clippy::missing_errors_doc, clippy::missing_panics_doc)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::panic, clippy::unreachable, clippy::unimplemented, clippy::todo)
)]

mod bounds;
mod calibrate;
mod compare;
mod constant;
pub mod cost;
mod cut;
mod engine;
mod equalize;
mod error;
mod exponential;
mod external;
mod float_model;
mod function;
mod fuse;
mod input;
mod interface;
mod limits;
mod live;
mod lookup;
mod lower;
mod node;
pub mod number;
mod onnx;
mod operator;
mod opset;
mod outline;
mod prune;
mod quantize;
mod reference;
mod report;
mod root;
mod rows;
mod schema;
mod search;
pub mod table;
mod task;
mod uses;
mod view;
mod whole;

use std::collections::HashSet;
use std::path::PathBuf;

use hallmark_circuits::codec::MAX_ARCHITECTURE_BYTES;
use hallmark_circuits::model::{Architecture, Binding, Weights};

pub use bounds::step_range;
pub use error::CompileError;
use error::check_size;
pub use lower::registry::operators;
pub use operator::{Kind, Operator};
pub use report::argmax;
pub use report::{Accuracy, LayerError, OutputReport, Report, WholeInput, WidthReport};
pub use rows::RowChoice;
pub use task::{Quality, Task};

pub use calibrate::Calibration;
use calibrate::{Samples, Statistics, calibrate};
use float_model::{FloatModel, InputForm};
use function::{Function, Unary};
use interface::Input;
use report::cut;

/// What may be chosen; what is left open is chosen from the calibration data and the cost model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CompileOptions {
    /// The bits of an activation, 4 to 14.
    pub activation_bits: Option<u32>,
    /// The bits of the input, 8 or 16.
    pub input_bits: Option<u32>,
    /// The shift of every rescale, 4 to 20.
    pub shift: Option<u32>,
    /// The logarithm of the size of a committed row.
    pub row_bits: Option<u32>,
    /// The most gas that a settlement should take.
    pub gas_budget: Option<u64>,
    /// The greatest error to accept, as a share of the outputs' spread; a model that exceeds it is refused.
    pub tolerance: Option<f64>,
    /// What the answers are for; detected where it is not given.
    pub task: Option<Task>,
    /// Sizes for axes of the input that the model leaves open, by name.
    pub dims: Vec<(String, usize)>,
    /// The tensors to compile up to; all of the model's outputs where none is named.
    pub outputs: Vec<String>,
    /// How contracts are told of inputs.
    pub binding: Binding,
    /// The folder of the model's file, where weights may lie beside it; `None` refuses those.
    pub folder: Option<PathBuf>,
}

/// A compiled model.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// The public part.
    pub architecture: Architecture,
    /// The private part.
    pub weights: Weights,
    /// How it compares with the float model, and what it costs.
    pub report: Report,
}

/// Compiles an ONNX model. The calibration data's first axis is the samples, in one array, or in one for each input; labels, one a
/// sample, only serve the report.
///
/// # Errors
/// [`CompileError`] says which node, file, sample or option is to blame, and what to do.
pub fn compile<'c>(
    onnx: &[u8],
    calibration: impl Into<Calibration<'c>>,
    labels: Option<&[i64]>,
    options: &CompileOptions,
) -> Result<Compiled, CompileError> {
    let graph = onnx::Graph::decode(onnx, options, lower::registry::find)?;
    interface::check_dims(&graph.inputs, options)?;
    let calibration = calibration.into();
    let shape = |input: &Input| input.shape(options, calibration.of(input, &graph.inputs)?.shape());
    let shapes = graph.inputs.iter().map(shape).collect::<Result<Vec<_>, _>>()?;
    let samples = Samples::new(calibration, &graph.inputs, &shapes)?;
    if labels.is_some_and(|labels| labels.len() < samples.rows.len()) {
        return Err(CompileError::Calibration("there are fewer labels than samples".into()));
    }
    let form = input::input_form(&graph, &shapes, &samples)?;
    let mut lowered = lower_graph(&graph, &form, HashSet::new())?;
    let samples = samples.limited(&lowered);
    let run = |lowered: &FloatModel| tracing::info_span!("calibrate").in_scope(|| calibrate(lowered, &samples));
    let mut statistics = run(&lowered)?;
    let wide = root::wide_roots(&lowered, &statistics);
    if !wide.is_empty() {
        lowered = lower_graph(&graph, &form, wide)?;
        statistics = run(&lowered)?;
    }
    let float = tracing::info_span!("reference").in_scope(|| reference::run_reference(&graph, &shapes, &samples));
    let float = reference::check_agreement(float, &statistics.outputs, &lowered)?;
    equalize::equalize(&mut lowered, &mut statistics);
    live::drop_unread_weights(&mut lowered);
    let search = search::Search {
        lowered: &lowered,
        statistics: &statistics,
        samples: &samples,
        reference: &float,
        labels,
        options,
        task: options.task.unwrap_or_else(|| detect_task(&lowered, &statistics)),
    };
    let compiled = tracing::info_span!("quantize").in_scope(|| search.run())?;
    // No command reads a larger one.
    let bytes = compiled.architecture.to_bytes().len();
    check_size("the number of bytes of the architecture", bytes as u128, MAX_ARCHITECTURE_BYTES as u128)?;
    Ok(compiled)
}

fn detect_task(lowered: &FloatModel, statistics: &Statistics) -> Task {
    let number = lowered.judged();
    let step = match lowered.outputs.get(number) {
        Some(output) => lowered.origin(output.source).checked_sub(1),
        None => lowered.steps.len().checked_sub(1),
    };
    let last = step.and_then(|step| lowered.steps.get(step)).map(|step| &step.function);
    let probability = matches!(last, Some(Function::Unary(Unary::Sigmoid, _)));
    let outputs = cut(&statistics.narrow_outputs(), &lowered.columns()[number]);
    Task::detect(lowered.shape_of_output(number), lowered.input.whole.is_some(), probability, &outputs)
}

/// A graph as a lowered model that is within all limits. `wide` names the sums of squares whose roots are taken twice.
fn lower_graph(graph: &onnx::Graph, form: &InputForm, wide: HashSet<String>) -> Result<FloatModel, CompileError> {
    let mut lowered = tracing::info_span!("lower").in_scope(|| lower::lower(graph, form.clone(), wide))?;
    live::drop_unused(&mut lowered);
    cut::cut_weights(&mut lowered);
    live::drop_unread_weights(&mut lowered);
    outline::check_outline(&lowered)?;
    Ok(lowered)
}
