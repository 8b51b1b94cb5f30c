//! The model's inputs: their types, and the sizes of their axes.

use std::collections::{BTreeSet, HashMap};

use hallmark_circuits::model::MAX_INPUT_PARTS;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, ValueInfoProto, tensor_shape_proto::dimension, type_proto};

use super::CompileOptions;
use super::constant::{Constant, checked_count, element_bits};
use super::error::{CompileError, check_size};
use super::prune::element_of;

/// An input of the model.
#[derive(Debug)]
pub(super) struct Input {
    /// Its name.
    pub(super) name: String,
    /// The type of its values.
    pub(super) kind: DataType,
    axes: Vec<Size>,
}

/// An output of the model, or another tensor that is compiled up to.
#[derive(Debug)]
pub(super) struct Output {
    /// Its name.
    pub(super) name: String,
    /// The type of its values, where the file says it.
    pub(super) kind: Option<DataType>,
}

impl Output {
    /// The outputs of a graph.
    pub(super) fn all(graph: &GraphProto) -> Vec<Self> {
        graph.output.iter().map(|output| Self { name: output.name.clone(), kind: element_of(output) }).collect()
    }
}

/// The size of an axis.
#[derive(Debug)]
enum Size {
    /// One that the model fixes.
    Fixed(usize),
    /// One that it leaves open, under a name or none.
    Open(String),
}

impl Input {
    /// The inputs of a graph that are no constants, of which there is one at least.
    pub(super) fn find_all(
        graph: &GraphProto,
        constants: &HashMap<String, Constant>,
    ) -> Result<Vec<Self>, CompileError> {
        let inputs = graph.input.iter().filter(|input| !constants.contains_key(&input.name));
        let inputs = inputs.map(Self::read).collect::<Result<Vec<_>, _>>()?;
        if inputs.is_empty() {
            return Err(CompileError::Interface("the output does not depend on any input".into()));
        }
        check_size("the number of inputs", inputs.len() as u128, MAX_INPUT_PARTS as u128)?;
        Ok(inputs)
    }

    fn read(input: &ValueInfoProto) -> Result<Self, CompileError> {
        let kind = input.r#type.as_ref().and_then(|kind| kind.value.as_ref());
        let Some(type_proto::Value::TensorType(tensor)) = kind else {
            return Err(CompileError::Interface(format!("the input `{}` has no tensor type", input.name)));
        };
        let kind = DataType::try_from(tensor.elem_type).unwrap_or(DataType::Undefined);
        if element_bits(kind).is_none() {
            return Err(CompileError::Interface(format!("the input `{}` is not of numbers", input.name)));
        }
        let axes = tensor.shape.as_ref().map_or(&[][..], |shape| &shape.dim).iter().map(|dim| match &dim.value {
            Some(dimension::Value::DimValue(size)) => match usize::try_from(*size) {
                Ok(size) if size > 0 => Size::Fixed(size),
                _ => Size::Open(String::new()),
            },
            Some(dimension::Value::DimParam(name)) => Size::Open(name.clone()),
            None => Size::Open(String::new()),
        });
        Ok(Self { name: input.name.clone(), kind, axes: axes.collect() })
    }

    /// The sizes of all axes: open ones as the options name them, else a batch of 1 and what the calibration data have.
    ///
    /// # Errors
    ///
    /// Fails where a size stays open.
    pub(super) fn shape(&self, options: &CompileOptions, calibration: &[usize]) -> Result<Vec<usize>, CompileError> {
        let same_rank = calibration.len() == self.axes.len();
        let resolve = |(axis, size): (usize, &Size)| match size {
            Size::Fixed(size) => Ok(*size),
            Size::Open(name) => match options.dims.iter().find(|(known, _)| known == name && !name.is_empty()) {
                Some((_, size)) => Ok(*size),
                None if axis == 0 => Ok(1),
                None if same_rank => Ok(calibration[axis]),
                None => Err(CompileError::Calibration(format!(
                    "its shape {calibration:?} has {} axes where the input is {}: [samples, ...] is needed, or the open sizes \
                     with --dim NAME=SIZE",
                    calibration.len(),
                    self.described()
                ))),
            },
        };
        let shape = self.axes.iter().enumerate().map(resolve).collect::<Result<Vec<_>, _>>()?;
        checked_count(&self.name, &shape)?;
        Ok(shape)
    }

    /// The input for people: its name and sizes.
    fn described(&self) -> String {
        let sizes: Vec<String> = self.axes.iter().map(Size::to_string).collect();
        format!("`{}` of shape [{}]", self.name, sizes.join(", "))
    }
}

/// Refuses a size for an axis that no input leaves open, and two sizes for one.
///
/// # Errors
///
/// [`CompileError::Options`] names the axis.
pub(super) fn check_dims(inputs: &[Input], options: &CompileOptions) -> Result<(), CompileError> {
    let names: BTreeSet<&str> = inputs.iter().flat_map(|input| &input.axes).filter_map(Size::name).collect();
    for (index, (name, size)) in options.dims.iter().enumerate() {
        if !names.contains(name.as_str()) {
            let described: Vec<String> = inputs.iter().map(Input::described).collect();
            let what = if inputs.len() == 1 { "input" } else { "inputs" };
            return Err(CompileError::Options(format!(
                "--dim names `{name}`, which is no open size of the {what} {}",
                described.join(", ")
            )));
        }
        if *size == 0 || options.dims[..index].iter().any(|(other, _)| other == name) {
            return Err(CompileError::Options(format!("--dim gives `{name}` no size, or two")));
        }
    }
    Ok(())
}

impl Size {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Open(name) if !name.is_empty() => Some(name),
            _ => None,
        }
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fixed(size) => write!(f, "{size}"),
            Self::Open(name) if name.is_empty() => write!(f, "?"),
            Self::Open(name) => write!(f, "{name}"),
        }
    }
}
