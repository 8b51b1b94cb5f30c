//! Arithmetic on constants alone: what exporters leave in a graph to compute shapes and scales.

use super::element::Element;
use super::entry::{Entry, Lower};
use super::shape::{broadcast_shape, normalize_axes};
use super::{Lowering, Value};
use crate::calibrate::FloatRunner;
use crate::constant::{Constant, checked_count};
use crate::error::{CompileError, check_size};
use crate::float_model::InputForm;
use crate::function::{Binary, Unary};
use crate::limits::MAX_PRODUCTS;
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("Constant", &[1, 9, 11, 12, 13, 19, 21, 23, 24, 25], Kind::Constants, "a constant", |lowering, node| {
        lowering.lower_constant(node)
    })
    .folding()
    .limited("numbers"),
    Entry::new(
        "ConstantOfShape",
        &[9, 20, 21, 23, 24, 25],
        Kind::Constants,
        "a constant of a given shape",
        |lowering, node| lowering.lower_constant_of_shape(node),
    )
    .folding(),
    Entry::new("Shape", &[1, 13, 15, 19, 21, 23, 24, 25], Kind::Constants, "the shape of a value", |lowering, node| {
        lowering.lower_shape(node)
    })
    .folding(),
    Entry::new("Cast", &[6, 9, 13, 19, 21, 23, 24, 25, 28], Kind::Constants, "another type", |lowering, node| {
        lowering.lower_cast(node)
    })
    .folding()
    .limited("to numbers; rounding to 16 bits is ignored"),
    Entry::new("CastLike", &[15, 19, 21, 23, 24, 25], Kind::Constants, "another value's type", |lowering, node| {
        lowering.lower_cast_like(node)
    })
    .folding()
    .limited("to numbers; rounding to 16 bits is ignored"),
    Entry::new("Identity", &[1, 13, 14, 16, 19, 21, 23, 24, 25], Kind::Constants, "the same", |lowering, node| {
        lowering.lower_identity(node)
    })
    .folding(),
    Entry::new("Dropout", &[7, 10, 12, 13, 22], Kind::Constants, "nothing, outside of training", |lowering, node| {
        lowering.lower_dropout(node)
    })
    .folding()
    .limited("nothing that is dropped at random"),
];

impl Lowering<'_> {
    /// Whether every input that is there is constant.
    pub(super) fn is_constant(&self, node: &Node) -> bool {
        let known = |name: &&String| !name.is_empty();
        node.inputs.iter().filter(known).all(|name| matches!(self.values.get(name), Some(Value::Constant(_))))
    }

    pub(super) fn input_constant(&self, node: &Node, index: usize) -> Result<Constant, CompileError> {
        self.constant(node, index)?.ok_or_else(|| node.fail(format!("input {index} is missing")))
    }

    /// A node that only reads constants: lowered as if its first input were a value, and run.
    pub(super) fn fold_values(&mut self, node: &Node, lower: Lower) -> Result<(), CompileError> {
        let first = self.input_constant(node, 0)?;
        if first.data.is_empty() {
            return self.fold_nothing(node, &first);
        }
        let shape = first.data.shape().to_vec();
        let axes: Vec<usize> = shape.iter().copied().filter(|&size| size > 1).collect();
        let axes = if axes.is_empty() { vec![1] } else { axes };
        let mut inner = Lowering::empty(self.graph, InputForm::plain(shape, axes));
        inner.computed = self.computed;
        for name in node.inputs.iter().skip(1) {
            if let Some(value) = self.values.get(name) {
                inner.values.insert(name.clone(), value.clone());
            }
        }
        let value = inner.input_value()?;
        inner.values.insert(node.inputs[0].clone(), value);
        lower(&mut inner, node)?;
        for output in &node.outputs {
            let Some(value) = inner.values.get(output).cloned() else { continue };
            let constant = inner.run_constant(node, value, &first)?;
            self.charge(&node.name, constant.data.len())?;
            self.values.insert(output.clone(), Value::Constant(constant));
        }
        self.work = self.work.saturating_add(inner.work);
        check_size("the number of products of all steps", self.work, MAX_PRODUCTS)
    }

    /// A sum or a product of no values: exporters take such of parts of shapes.
    fn fold_nothing(&mut self, node: &Node, nothing: &Constant) -> Result<(), CompileError> {
        let neutral = match node.operator.name {
            "ReduceProd" => 1.0,
            "ReduceSum" => 0.0,
            _ => return Err(node.fail("it computes from a constant without values")),
        };
        let axes = self.integers(node, "axes", 1)?.unwrap_or_default();
        let is_list = nothing.data.ndim() == 1 && axes.iter().all(|axis| [0, -1].contains(axis));
        if !is_list || axes.is_empty() && node.integer("noop_with_empty_axes", 0) != 0 {
            return Err(node.fail("it reduces an array without values that is no list"));
        }
        let shape = vec![1; node.integer("keepdims", 1).clamp(0, 1) as usize];
        let data = ndarray::ArrayD::from_elem(shape, neutral);
        self.set(node, Value::Constant(Constant { data, integer: nothing.integer }))
    }

    /// The value of a lowered model whose input is a constant.
    fn run_constant(&mut self, node: &Node, value: Value, input: &Constant) -> Result<Constant, CompileError> {
        if let Value::Constant(constant) = value {
            return Ok(constant);
        }
        let (tensor, view) = self.read(&node.name, value)?;
        let (tensor, view) = self.copy(&node.name, tensor, &view)?;
        let values = FloatRunner::new(&self.lowered).run_one(input.data.iter().copied().collect(), tensor);
        if values.iter().any(|value| value.is_nan()) {
            return Err(node.fail("it computes a NaN from constants"));
        }
        let data =
            ndarray::ArrayD::from_shape_vec(view.shape(), values).map_err(|error| node.fail(error.to_string()))?;
        Ok(Constant { data, integer: input.integer })
    }

    /// Shape: constant, since all shapes are fixed.
    pub(super) fn lower_shape(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape: Vec<i64> = self.shape_of(&value).iter().map(|&size| size as i64).collect();
        let rank = shape.len() as i64;
        let bound = |name: &str, default: i64| {
            let index = node.integer(name, default);
            (if index < 0 { index.saturating_add(rank) } else { index }).clamp(0, rank) as usize
        };
        let (start, end) = (bound("start", 0), bound("end", rank));
        let part = shape.get(start..end).unwrap_or_default();
        self.set(node, Value::Constant(Constant::integers(part)))
    }

    /// Constant.
    pub(super) fn lower_constant(&mut self, node: &Node) -> Result<(), CompileError> {
        let constant = node.value().ok_or_else(|| node.fail("its value is missing or of an unsupported kind"))??;
        self.set(node, Value::Constant(constant))
    }

    /// ConstantOfShape.
    pub(super) fn lower_constant_of_shape(&mut self, node: &Node) -> Result<(), CompileError> {
        let sizes = self.input_constant(node, 0)?.as_integers();
        let shape: Option<Vec<usize>> = sizes.iter().map(|&size| usize::try_from(size).ok()).collect();
        let shape = shape.ok_or_else(|| node.fail("it has a negative size"))?;
        checked_count(&node.name, &shape)?;
        let fill = node.value().transpose()?;
        let value =
            fill.as_ref().map_or(Some(0.0), Constant::scalar).ok_or_else(|| node.fail("its value is not a scalar"))?;
        let integer = fill.is_some_and(|fill| fill.integer);
        self.set(node, Value::Constant(Constant { data: ndarray::ArrayD::from_elem(shape, value), integer }))
    }

    /// Cast: floats stay as they are, whole numbers are cut off.
    pub(super) fn lower_cast(&mut self, node: &Node) -> Result<(), CompileError> {
        let kind = node.integer("to", 0);
        let element = Element::of_onnx(kind)
            .ok_or_else(|| node.fail(format!("it casts to type {kind}, which holds no numbers")))?;
        self.cast_to(node, element)
    }

    /// CastLike: to the type of its second input.
    fn lower_cast_like(&mut self, node: &Node) -> Result<(), CompileError> {
        let element = node.input(1).and_then(|name| self.elements.get(name).copied());
        let element = element.ok_or_else(|| node.fail("the type of its second input is not known; use Cast"))?;
        self.cast_to(node, element)
    }

    /// The first input with elements of another kind. A mask passes through floats.
    fn cast_to(&mut self, node: &Node, element: Element) -> Result<(), CompileError> {
        if element == Element::Real && self.pass_mask(node)? {
            return Ok(());
        }
        let value = self.value(node, 0)?;
        let value = self.cast(node, value, element)?;
        self.set(node, value)
    }

    fn cast(&mut self, node: &Node, value: Value, element: Element) -> Result<Value, CompileError> {
        match (element, value) {
            (Element::Real, Value::Constant(constant)) => Ok(Value::Constant(Constant::real(constant.data))),
            (Element::Real, value) => Ok(value),
            (Element::Whole, Value::Constant(constant)) => {
                let cut = |value: f64| if constant.integer { value } else { single(value).trunc() };
                Ok(Value::Constant(Constant { data: constant.data.mapv(cut), integer: true }))
            }
            (Element::Whole, value) if self.is_whole(&value) => Ok(value),
            (Element::Whole, value) => self.map(node, value, |x| x.then(Unary::Truncate)),
            (Element::Truth, Value::Constant(constant)) => {
                let data = constant.data.mapv(|value| f64::from(u8::from(value != 0.0)));
                Ok(Value::Constant(Constant { data, integer: true }))
            }
            // Not zero is at least 1 away from zero.
            (Element::Truth, value) if self.is_whole(&value) => {
                self.map(node, value, |x| x.then(Unary::Abs).then(Unary::Clip(0.0, 1.0)))
            }
            (Element::Truth, _) => {
                Err(node.fail("it asks whether a real is zero, which rounding decides; compare it instead"))
            }
        }
    }

    /// The same value.
    pub(super) fn lower_identity(&mut self, node: &Node) -> Result<(), CompileError> {
        if self.pass_mask(node)? {
            return Ok(());
        }
        let value = self.value(node, 0)?;
        self.set(node, value)
    }

    /// Dropout: nothing, unless it trains.
    pub(super) fn lower_dropout(&mut self, node: &Node) -> Result<(), CompileError> {
        let trains = self.constant(node, 2)?.is_some_and(|training| training.scalar() != Some(0.0));
        let drops_nothing = trains && self.constant(node, 1)?.is_some_and(|ratio| ratio.scalar() == Some(0.0));
        if trains && !drops_nothing {
            return Err(node.fail(
                "it drops values at random, for training; call model.eval() before the export, or export without \
                 training=TrainingMode.TRAINING",
            ));
        }
        self.lower_identity(node)
    }

    /// Concat of constants.
    pub(super) fn fold_concat(&mut self, node: &Node) -> Result<(), CompileError> {
        let constants =
            (0..node.inputs.len()).map(|index| self.input_constant(node, index)).collect::<Result<Vec<_>, _>>()?;
        let rank = constants.first().map_or(0, |first| first.data.ndim());
        let axis = normalize_axes(node, &[node.integer("axis", 0)], rank)?[0];
        let value = concatenated(node, &constants, axis)?;
        self.set(node, Value::Constant(value))
    }
}

/// A real as the model's runtime has it: what is computed here in 53 bits may fall just short of a whole number.
fn single(value: f64) -> f64 {
    let rounded = f64::from(value as f32);
    if rounded.fract() == 0.0 && (value - rounded).abs() < 1e-6 { rounded } else { value }
}

/// Constants in a row along an axis.
pub(super) fn concatenated(node: &Node, constants: &[Constant], axis: usize) -> Result<Constant, CompileError> {
    let all: usize = constants.iter().map(|constant| constant.data.len()).fold(0, usize::saturating_add);
    checked_count(&node.name, &[all])?;
    let views: Vec<_> = constants.iter().map(|constant| constant.data.view()).collect();
    let data = ndarray::concatenate(ndarray::Axis(axis), &views).map_err(|error| node.fail(error.to_string()))?;
    let integer = constants.iter().all(|constant| constant.integer);
    Ok(Constant { data: super::shape::standard(data), integer })
}

/// Arithmetic of two constants.
pub(super) fn fold_binary(
    node: &Node,
    binary: Binary,
    left: &Constant,
    right: &Constant,
) -> Result<Constant, CompileError> {
    let integer = left.integer && right.integer;
    let apply = |a: f64, b: f64| {
        let result = binary.apply(a, b);
        if integer { result.trunc() } else { result }
    };
    Ok(Constant { data: zipped(node, left, right, apply)?, integer })
}

/// A function of two constants, cell by cell.
pub(super) fn zipped(
    node: &Node,
    left: &Constant,
    right: &Constant,
    apply: impl Fn(f64, f64) -> f64,
) -> Result<ndarray::ArrayD<f64>, CompileError> {
    let fail = || node.fail("its operands have shapes that do not fit");
    let shape = broadcast_shape(left.data.shape(), right.data.shape()).ok_or_else(fail)?;
    checked_count(&node.name, &shape)?;
    let (a, b) = (left.broadcast(&shape).ok_or_else(fail)?, right.broadcast(&shape).ok_or_else(fail)?);
    Ok(ndarray::Zip::from(&a).and(&b).map_collect(|&a, &b| apply(a, b)))
}
