//! A model with real numbers in the form of steps: what lowering makes and quantization reads.

use std::ops::Range;

use hallmark_circuits::model::{Access, Factor, InputPart, OutputPart, Space, ValueRange};

use super::function::Function;
use super::report::WholeInput;

/// The whole model.
#[derive(Clone, Debug)]
pub(super) struct FloatModel {
    /// What tensor 0 holds.
    pub(super) input: InputForm,
    /// Constants that stand in products.
    pub(super) weights: Vec<FloatWeights>,
    /// Sums; a sum may serve several steps, or none.
    pub(super) sums: Vec<Sum>,
    /// The steps in order; step `i` makes tensor `i + 1`.
    pub(super) steps: Vec<FloatStep>,
    /// The shape of the model's output. If there are several, it is the number of the last tensor's values.
    pub(super) output_shape: Vec<usize>,
    /// Several outputs, which stand beside one another in the last tensor; none where there is one.
    pub(super) outputs: Vec<OutputForm>,
}

/// One of several outputs.
#[derive(Clone, Debug)]
pub(super) struct OutputForm {
    /// Where it lies in the last tensor, but for its scale.
    pub(super) part: OutputPart,
    /// Whether the ONNX model says that it is of whole numbers.
    pub(super) whole: bool,
    /// The tensor that holds it alone.
    pub(super) source: usize,
}

/// What tensor 0 holds of the user's input.
#[derive(Clone, Debug)]
pub(super) struct InputForm {
    /// The user's shape.
    pub(super) shape: Vec<usize>,
    /// The axes of tensor 0.
    pub(super) axes: Vec<usize>,
    /// Each value's middle and half-width where values are scaled apart: tensor 0 holds `(x - middle) / half`.
    pub(super) features: Option<Vec<(f64, f64)>>,
    /// The bits of whole numbers, which tensor 0 holds as they are; nothing where the input holds reals.
    pub(super) whole: Option<u32>,
    /// What the only input holds.
    pub(super) kind: PartKind,
    /// Several inputs, which lie one after another in tensor 0; none where there is one.
    pub(super) parts: Vec<PartForm>,
}

/// One of several inputs.
#[derive(Clone, Debug)]
pub(super) struct PartForm {
    /// Its name.
    pub(super) name: String,
    /// The user's shape.
    pub(super) shape: Vec<usize>,
    /// Where it begins in tensor 0.
    pub(super) place: usize,
    /// What it holds.
    pub(super) kind: PartKind,
    /// Each value's offset, and what one of tensor 0's units is worth of it, where real numbers are scaled apart.
    pub(super) features: Option<Vec<(f64, f64)>>,
}

/// What an input holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum PartKind {
    /// Real numbers, of which tensor 0 holds multiples of this unit.
    Real(f64),
    /// Whole numbers, which tensor 0 holds as they are. They may be from one to the other, if anything is known of it.
    Whole(Option<(i64, i64)>),
    /// Whole numbers from one to the other. Whatever else tensor 0 holds counts as the nearest of them.
    Clamped(i64, i64),
}

impl PartKind {
    /// What one of tensor 0's units is worth.
    pub(super) fn unit(self) -> f64 {
        if let Self::Real(unit) = self { unit } else { 1.0 }
    }

    /// What its integers may be, if these are fewer than the bits allow.
    pub(super) fn range(self) -> Option<(i64, i64)> {
        match self {
            Self::Real(_) => None,
            Self::Whole(range) => range,
            Self::Clamped(least, greatest) => Some((least, greatest)),
        }
    }
}

impl PartForm {
    /// What the model's file says of it.
    pub(super) fn port(&self) -> InputPart {
        InputPart { name: self.name.clone(), shape: self.shape.clone() }
    }
}

impl InputForm {
    /// One input of real numbers that are scaled alike.
    pub(super) fn plain(shape: Vec<usize>, axes: Vec<usize>) -> Self {
        Self { shape, axes, features: None, whole: None, kind: PartKind::Real(1.0), parts: vec![] }
    }

    /// What a person is told of inputs of whole numbers.
    pub(super) fn whole_inputs(&self) -> Vec<WholeInput> {
        let told = |name: Option<&str>, kind: PartKind| {
            let (least, greatest) = kind.range()?;
            Some(WholeInput { name: name.map(str::to_owned), least, greatest })
        };
        let single = told(None, self.kind);
        let parts = self.parts.iter().filter_map(|part| told(Some(&part.name), part.kind));
        single.into_iter().chain(parts).collect()
    }

    /// What the integers may be, where some of them may not be all that their bits allow.
    pub(super) fn ranges(&self, bits: u32) -> Vec<ValueRange> {
        let half = 1i64 << (bits - 1);
        let count = |shape: &[usize]| shape.iter().product();
        let single = (count(&self.shape), self.kind);
        let parts = self.parts.iter().map(|part| (count(&part.shape), part.kind));
        let held: Vec<(usize, PartKind)> = if self.parts.is_empty() { vec![single] } else { parts.collect() };
        if held.iter().all(|(_, kind)| kind.range().is_none()) {
            return vec![];
        }
        let range = |(count, kind): (usize, PartKind)| {
            let (least, greatest) = kind.range().unwrap_or((-half, half - 1));
            ValueRange { count, least, greatest }
        };
        held.into_iter().map(range).collect()
    }
}

/// A constant tensor.
#[derive(Clone, Debug)]
pub(super) struct FloatWeights {
    /// The name of the initializer it came from.
    pub(super) name: String,
    /// Its axes, outermost first.
    pub(super) axes: Vec<usize>,
    /// Its values, row-major.
    pub(super) data: Vec<f64>,
}

/// A constant and products, added up for every cell.
#[derive(Clone, Debug)]
pub(super) struct Sum {
    /// The name of the node it came from.
    pub(super) name: String,
    /// The axes of the cells.
    pub(super) axes: Vec<usize>,
    /// Added to every cell.
    pub(super) constant: f64,
    /// Adds a lower bound of a tensor's values so many times to every cell.
    pub(super) floor: Option<(usize, i64)>,
    /// Whether no cell exceeds zero, since the greatest of some values of a tensor is taken from each of them.
    pub(super) nonpositive: bool,
    /// What is added up.
    pub(super) products: Vec<Product>,
}

impl Sum {
    /// The tensors whose lower bounds it adds.
    pub(super) fn floors(&self) -> impl Iterator<Item = usize> {
        self.floor.map(|(tensor, _)| tensor).into_iter().chain(self.products.iter().filter_map(|product| product.floor))
    }

    /// Whether it adds the lower bound of a tensor.
    pub(super) fn has_floor(&self) -> bool {
        self.floors().next().is_some()
    }

    /// Whether it visibly adds whole numbers only, where it is known of each tensor before it whether that holds whole numbers.
    pub(super) fn is_whole(&self, tensors: &[bool]) -> bool {
        let whole = |product: &Product| {
            let values = product.values().all(|access| tensors[access.source]);
            product.coefficient.fract() == 0.0 && product.weights().is_none() && values
        };
        self.constant.fract() == 0.0 && self.products.iter().all(whole) && self.floors().all(|tensor| tensors[tensor])
    }
}

/// One term of a sum: see `hallmark_circuits::model::Term`.
#[derive(Clone, Debug)]
pub(super) struct Product {
    /// A public factor.
    pub(super) coefficient: f64,
    /// The sizes of the summed variables.
    pub(super) summed: Vec<usize>,
    /// What is multiplied: first a constant tensor, if any, then earlier tensors.
    pub(super) factors: Vec<Factor>,
    /// Multiplies by a lower bound of this tensor's values too.
    pub(super) floor: Option<usize>,
}

impl Product {
    /// A constant tensor, a tensor, or one times the other.
    pub(super) fn new(summed: Vec<usize>, weights: Option<Access>, values: Option<Access>) -> Self {
        let factors = weights.map(Factor::weights).into_iter().chain(values.map(Factor::values)).collect();
        Self { coefficient: 1.0, summed, factors, floor: None }
    }

    /// The constant tensor, if there is one.
    pub(super) fn weights(&self) -> Option<&Access> {
        self.accesses(Space::Weights).next()
    }

    /// The earlier tensors.
    pub(super) fn values(&self) -> impl Iterator<Item = &Access> {
        self.accesses(Space::Values)
    }

    /// The earlier tensor, where there is one and no other.
    pub(super) fn value(&self) -> Option<&Access> {
        let mut values = self.values();
        values.next().filter(|_| values.next().is_none())
    }

    /// Whether several earlier tensors are multiplied.
    pub(super) fn is_of_values(&self) -> bool {
        self.values().nth(1).is_some()
    }

    /// The same product with another constant tensor.
    pub(super) fn with_weights(mut self, weights: Access) -> Self {
        self.factors.retain(|factor| factor.space == Space::Values);
        self.factors.insert(0, Factor::weights(weights));
        self
    }

    /// Whether any factor depends on a variable.
    pub(super) fn reads(&self, variable: usize) -> bool {
        self.factors.iter().any(|factor| factor.access.reads(variable))
    }

    fn accesses(&self, space: Space) -> impl Iterator<Item = &Access> {
        self.factors.iter().filter(move |factor| factor.space == space).map(|factor| &factor.access)
    }
}

/// A function of a sum, made a tensor.
#[derive(Clone, Debug)]
pub(super) struct FloatStep {
    /// The name of the node it came from.
    pub(super) name: String,
    /// The sum.
    pub(super) sum: usize,
    /// The function.
    pub(super) function: Function,
    /// Where its values are known to stay.
    pub(super) rule: Rule,
    /// Whether its values get more bits than an activation: where a product or an exponential magnifies their error.
    pub(super) fine: bool,
}

/// What is known of a step's range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Nothing: calibration tells.
    Calibrated,
    /// The values lie in the range of this tensor.
    Within(usize),
    /// The values are differences of two values of this tensor, and not negative.
    Span(usize),
    /// The values are whole numbers from one to the other, if the sums are exact.
    Whole(i64, i64),
    /// Along this axis one value is 1 at most, and the others are 0, if the sums are exact.
    OneHot(usize),
    /// Each product is an output in a scale of its own, with zeros beside it.
    Joined,
}

impl FloatModel {
    /// The axes of a tensor.
    pub(super) fn tensor_axes(&self, tensor: usize) -> &[usize] {
        match tensor.checked_sub(1) {
            None => &self.input.axes,
            Some(step) => &self.sums[self.steps[step].sum].axes,
        }
    }

    /// The number of cells of a tensor.
    pub(super) fn cells(&self, tensor: usize) -> usize {
        self.tensor_axes(tensor).iter().product()
    }

    /// The number of tensors.
    pub(super) fn tensors(&self) -> usize {
        self.steps.len() + 1
    }

    /// A number of which inputs are multiples where a function of an input jumps: that function then has exact arguments.
    pub(super) fn unit_of_input(&self) -> Option<f64> {
        let reads_input = |sum: &Sum| match &sum.products[..] {
            [product] => {
                let plain = product.summed.is_empty() && product.coefficient.abs() == 1.0 && sum.constant == 0.0;
                plain && product.value().is_some_and(|access| access.source == 0) && product.factors.len() == 1
            }
            _ => false,
        };
        let mut readers = self.steps.iter().filter(|step| reads_input(&self.sums[step.sum]));
        readers.find_map(|step| step.function.unit_of_jumps())
    }

    /// Whether a function of the model jumps somewhere, and rounding may take its argument over the jump.
    pub(super) fn jumps(&self) -> bool {
        let mut whole = vec![self.input.whole.is_some()];
        for step in &self.steps {
            let is_exact = self.sums[step.sum].is_whole(&whole);
            if step.function.jumps() && !is_exact {
                return true;
            }
            whole.push(step.function.is_whole_of(is_exact));
        }
        false
    }

    /// Whether a step's values stand above a lower bound, which is another one for integers than for reals.
    pub(super) fn is_shifted(&self, step: usize) -> bool {
        match self.steps[step].rule {
            Rule::Span(_) => true,
            Rule::Within(tensor) => tensor.checked_sub(1).is_some_and(|source| self.is_shifted(source)),
            Rule::Calibrated | Rule::OneHot(_) | Rule::Whole(..) | Rule::Joined => false,
        }
    }

    /// Whether a tensor holds an output, and nothing else is made of it but its copy among several outputs.
    pub(super) fn is_output(&self, tensor: usize) -> bool {
        let last = self.steps.len();
        if self.outputs.is_empty() || tensor == last {
            return tensor == last;
        }
        let read = |step: &FloatStep| {
            self.sums[step.sum].products.iter().flat_map(Product::values).any(|access| access.source == tensor)
        };
        let copies = |step: &FloatStep| step.rule == Rule::Joined || step.rule == Rule::Within(tensor);
        let is_held = self.outputs.iter().any(|output| [output.source, self.origin(output.source)].contains(&tensor));
        is_held && self.steps.iter().all(|step| copies(step) || !read(step))
    }

    /// The tensor that another is a copy of, or itself.
    pub(super) fn origin(&self, tensor: usize) -> usize {
        match tensor.checked_sub(1).and_then(|step| self.steps.get(step)).map(|step| step.rule) {
            Some(Rule::Within(origin)) => origin,
            _ => tensor,
        }
    }

    /// The values of the last tensor as the user gets them: those of several outputs follow each other.
    pub(super) fn shown<T: Copy>(&self, values: Vec<T>) -> Vec<T> {
        if self.outputs.is_empty() {
            return values;
        }
        self.outputs.iter().flat_map(|output| output.part.places()).map(|place| values[place]).collect()
    }

    /// The places among the values that the user gets of each output.
    pub(super) fn columns(&self) -> Vec<Range<usize>> {
        if self.outputs.is_empty() {
            return std::iter::once(0..self.output_shape.iter().product()).collect();
        }
        let mut end = 0;
        let column = |output: &OutputForm| {
            let start = end;
            end += output.part.len();
            start..end
        };
        self.outputs.iter().map(column).collect()
    }

    /// The number of the output that the model's task is about: the first of real numbers, or else the first.
    pub(super) fn judged(&self) -> usize {
        self.outputs.iter().position(|output| !output.whole).unwrap_or(0)
    }

    /// The shape of one of the outputs.
    pub(super) fn shape_of_output(&self, number: usize) -> &[usize] {
        self.outputs.get(number).map_or(&self.output_shape, |output| &output.part.shape)
    }

    /// Whether a tensor's values are visibly never negative.
    pub(super) fn is_nonnegative(&self, tensor: usize) -> bool {
        let Some(step) = tensor.checked_sub(1).map(|index| &self.steps[index]) else { return false };
        match step.rule {
            Rule::Span(_) => true,
            Rule::Within(source) => self.is_nonnegative(source),
            Rule::OneHot(_) => true,
            Rule::Joined => false,
            Rule::Whole(least, _) => least >= 0,
            Rule::Calibrated => step.function.is_nonnegative() || self.copies_nonnegative(step),
        }
    }

    fn copies_nonnegative(&self, step: &FloatStep) -> bool {
        let sum = &self.sums[step.sum];
        step.function == Function::Variable
            && sum.constant >= 0.0
            && !sum.has_floor()
            && sum.products.iter().all(|product| {
                product.weights().is_none()
                    && product.coefficient >= 0.0
                    && product.values().all(|access| self.is_nonnegative(access.source))
            })
    }

    /// The number of products that a sum adds up over all cells.
    pub(super) fn work(&self, sum: &Sum) -> u128 {
        let cells: u128 = sum.axes.iter().map(|&size| size as u128).product();
        let summed = |product: &Product| product.summed.iter().map(|&size| size as u128).product::<u128>();
        cells * sum.products.iter().map(summed).sum::<u128>()
    }
}

#[cfg(test)]
mod tests {
    use hallmark_circuits::model::AxisMap;

    use super::*;
    use crate::function::Unary;

    /// Whether a number is zero.
    fn is_zero(whole: Option<u32>) -> FloatModel {
        let product = Product::new(vec![], None, Some(Access { source: 0, axes: vec![AxisMap::variable(0)] }));
        let (name, function) = (String::from("s"), Function::Variable.then(Unary::IsZero));
        FloatModel {
            input: InputForm { whole, ..InputForm::plain(vec![2], vec![2]) },
            weights: vec![],
            sums: vec![Sum {
                name: name.clone(),
                axes: vec![2],
                constant: 0.0,
                floor: None,
                nonpositive: false,
                products: vec![product],
            }],
            steps: vec![FloatStep { name, sum: 0, function, rule: Rule::Calibrated, fine: false }],
            output_shape: vec![2],
            outputs: vec![],
        }
    }

    #[test]
    fn rounding_takes_no_whole_number_over_a_jump() {
        assert!(is_zero(None).jumps());
        assert!(!is_zero(Some(16)).jumps());
        let mut halves = is_zero(Some(16));
        halves.sums[0].products[0].coefficient = 0.5;
        assert!(halves.jumps());
    }
}
