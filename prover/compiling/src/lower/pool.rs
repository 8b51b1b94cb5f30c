//! Pooling: averages are sums, and maxima are chains of `max(a, b) = b + relu(a - b)`.

use hallmark_circuits::model::{Access, AxisMap};

use super::conv::slide;
use super::entry::Entry;
use super::variables::Variables;
use super::window::Window;
use super::{Lowering, Value};
use crate::error::CompileError;
use crate::float_model::{Product, Rule, Sum};
use crate::function::{Binary, Function, Unary};
use crate::node::Node;
use crate::operator::Kind;
use crate::view::View;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("MaxPool", &[1, 8, 10, 11, 12, 22], Kind::Reductions, "greatest of each window", |lowering, node| {
        lowering.lower_max_pool(node)
    })
    .limited("without indices"),
    Entry::new("AveragePool", &[1, 7, 10, 11, 19, 22], Kind::Reductions, "mean of each window", |lowering, node| {
        lowering.lower_average_pool(node)
    }),
    Entry::new("LpPool", &[2, 11, 18, 22], Kind::Reductions, "norm of each window", |lowering, node| {
        lowering.lower_norm_pool(node)
    }),
    Entry::new("GlobalMaxPool", &[1, 22], Kind::Reductions, "greatest of each channel", |lowering, node| {
        lowering.lower_global_max_pool(node)
    }),
];

impl Lowering<'_> {
    /// MaxPool.
    pub(super) fn lower_max_pool(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let (tensor, view, windows) = self.pooled(node, value)?;
        let value = self.max_pool(node, tensor, view, &windows)?;
        self.set(node, value)
    }

    /// GlobalMaxPool: one window over everything.
    pub(super) fn lower_global_max_pool(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let (tensor, view) = self.read(&node.name, value)?;
        let whole =
            |&input: &usize| Window { input, kernel: input, stride: 1, dilation: 1, before: 0, after: 0, output: 1 };
        let windows: Vec<Window> = view.shape().iter().skip(2).map(whole).collect();
        let value = self.max_pool(node, tensor, view, &windows)?;
        self.set(node, value)
    }

    /// AveragePool.
    pub(super) fn lower_average_pool(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        if node.version == 1 {
            self.refuse_padding(node, &value)?;
        }
        let value = self.total(node, value, Some(node.flag("count_include_pad")))?;
        self.set(node, value)
    }

    /// The first operator set does not say whether a mean counts the padding.
    fn refuse_padding(&mut self, node: &Node, value: &Value) -> Result<(), CompileError> {
        let (_, _, windows) = self.pooled(node, value.clone())?;
        if windows.iter().all(Window::is_inside) {
            return Ok(());
        }
        Err(node
            .fail("operator set 1 does not say whether its mean counts the padding; convert the model to a newer one"))
    }

    /// LpPool: the root of the sum of powers.
    fn lower_norm_pool(&mut self, node: &Node) -> Result<(), CompileError> {
        let powers = self.powers_of_lengths(node)?;
        let sums = self.total(node, powers, None)?;
        let value = self.root(node, sums)?;
        self.set(node, value)
    }

    /// `|x|^p`.
    fn powers_of_lengths(&mut self, node: &Node) -> Result<Value, CompileError> {
        let power = Function::Constant(exponent(node)?);
        let value = self.value(node, 0)?;
        self.map(node, value, |x| x.then(Unary::Abs).combine(Binary::Power, &power))
    }

    fn root(&mut self, node: &Node, sums: Value) -> Result<Value, CompileError> {
        let inverse = Function::Constant(exponent(node)?.recip());
        self.map(node, sums, |x| x.combine(Binary::Power, &inverse))
    }

    /// The sum of each window, or its mean, with or without the padding.
    fn total(&mut self, node: &Node, value: Value, mean: Option<bool>) -> Result<Value, CompileError> {
        let (tensor, view, windows) = self.pooled(node, value)?;
        let mut variables = Variables::default();
        let mut indices = variables.add_all(&view.flat()[..view.first_digit(2)]);
        let outputs: Vec<AxisMap> = windows.iter().map(|window| variables.add(window.output)).collect();
        variables.close_axes();
        for (axis, window) in windows.iter().enumerate() {
            let tap = variables.add(if window.input == 1 { 1 } else { window.kernel });
            if !view.digits[2 + axis].is_empty() {
                indices.push(slide(window, &outputs[axis], &tap));
            }
        }
        let values = Access { source: tensor, axes: view.substitute(&indices) };
        let mut product = self.product(&variables, None, values);
        if let Some(with_padding) = mean {
            product = self.divide(node, product, &windows, &outputs, with_padding);
        }
        let sum = self.add_sum(&node.name, variables.axes(), vec![product])?;
        Ok(Value::Sum(sum, Function::Variable, View::packed(pooled_digits(&view, &windows))))
    }

    /// Divides each window's sum by the number of its taps.
    fn divide(
        &mut self,
        node: &Node,
        mut product: Product,
        windows: &[Window],
        outputs: &[AxisMap],
        with_padding: bool,
    ) -> Product {
        let counts = windows.iter().map(|window| taps(window, with_padding));
        let counts: Vec<Vec<usize>> = counts.collect();
        if counts.iter().all(|counts| counts.iter().all(|count| *count == counts[0])) {
            product.coefficient /= counts.iter().map(|counts| counts[0] as f64).product::<f64>();
            return product;
        }
        let sizes: Vec<usize> = windows.iter().map(|window| window.output).collect();
        let divisor =
            |cell: Vec<usize>| cell.iter().zip(&counts).map(|(&index, counts)| counts[index] as f64).product::<f64>();
        let data = hallmark_circuits::semantics::assignments(&sizes).map(|cell| divisor(cell).recip()).collect();
        let source = self.add_weights(&node.name, sizes, data);
        product.with_weights(Access { source, axes: outputs.to_vec() })
    }

    fn pooled(&mut self, node: &Node, value: Value) -> Result<(usize, View, Vec<Window>), CompileError> {
        let (mut tensor, mut view) = self.read(&node.name, value)?;
        for axis in 2..view.digits.len() {
            (tensor, view) = self.with_plain_axis(node, tensor, view, axis)?;
        }
        let shape = view.shape();
        let kernel: Vec<usize> = node
            .integers("kernel_shape")
            .unwrap_or_default()
            .iter()
            .map(|&size| size.clamp(0, 1 << 20) as usize)
            .collect();
        if shape.len() < 3 || kernel.len() + 2 != shape.len() || kernel.contains(&0) {
            return Err(node.fail("its kernel does not fit its input"));
        }
        let windows = self.windows(node, &shape[2..], &kernel)?;
        let padded = windows.iter().find(|window| window.input == 1 && window.output > 1);
        if padded.is_some() {
            return Err(node.fail("it pads an axis of size 1 to several outputs"));
        }
        Ok((tensor, view, windows))
    }

    pub(super) fn max_pool(
        &mut self,
        node: &Node,
        tensor: usize,
        view: View,
        windows: &[Window],
    ) -> Result<Value, CompileError> {
        let padded = windows.iter().any(|window| window.input > 1 && !window.is_inside());
        let shifted = padded && !self.lowered.is_nonnegative(tensor);
        let (mut last, mut view, rule) = if shifted {
            let (raised, view) = self.raise(node, tensor, &view)?;
            (raised, view, Rule::Span(tensor))
        } else {
            (tensor, view, Rule::Within(tensor))
        };
        for (axis, window) in windows.iter().enumerate().rev().filter(|(_, window)| window.input > 1) {
            (last, view) = self.with_plain_axis(node, last, view, 2 + axis)?;
            (last, view) = self.max_along(node, (last, view), 2 + axis, window, (rule, tensor))?;
        }
        if shifted {
            let products = vec![self.read_digits(last, &view, 1.0)];
            let axes = view.packed_axes();
            let sum = Sum {
                name: node.name.clone(),
                axes,
                constant: 0.0,
                floor: Some((tensor, 1)),
                nonpositive: false,
                products,
            };
            let sum = self.add_full_sum(sum)?;
            last = self.emit(sum, &Function::Variable, Rule::Within(tensor))?;
            view = View::packed(view.digits);
        }
        Ok(Value::Tensor(last, view))
    }

    /// A tensor minus a lower bound of its values, so that padding with zeros is padding with the least value.
    pub(super) fn raise(&mut self, node: &Node, tensor: usize, view: &View) -> Result<(usize, View), CompileError> {
        let products = vec![self.read_digits(tensor, view, 1.0)];
        let sum = Sum {
            name: node.name.clone(),
            axes: view.packed_axes(),
            constant: 0.0,
            floor: Some((tensor, -1)),
            nonpositive: false,
            products,
        };
        let sum = self.add_full_sum(sum)?;
        Ok((self.emit(sum, &Function::Variable, Rule::Span(tensor))?, View::packed(view.digits.clone())))
    }

    /// Maxima of windows along one axis.
    fn max_along(
        &mut self,
        node: &Node,
        (tensor, view): (usize, View),
        axis: usize,
        window: &Window,
        (rule, span): (Rule, usize),
    ) -> Result<(usize, View), CompileError> {
        let mut digits = view.digits.clone();
        digits[axis] = if window.output == 1 { vec![] } else { vec![window.output] };
        let shown = View::packed(digits);
        let tap = |tap: usize, coefficient: f64| tap_product(tensor, &view, axis, window, tap, coefficient);
        let mut greatest = vec![tap(0, 1.0)];
        for next in 1..window.kernel {
            let mut difference = greatest.clone();
            difference.push(tap(next, -1.0));
            let sum = self.add_sum(&node.name, shown.packed_axes(), difference)?;
            let excess = self.emit(sum, &Function::Variable.then(Unary::RELU), Rule::Span(span))?;
            greatest = vec![tap(next, 1.0), self.read_digits(excess, &shown, 1.0)];
        }
        let sum = self.add_sum(&node.name, shown.packed_axes(), greatest)?;
        Ok((self.emit(sum, &Function::Variable, rule)?, shown))
    }
}

/// One tap of every window along an axis.
/// The power of an Lp norm.
fn exponent(node: &Node) -> Result<f64, CompileError> {
    let exponent = node.integer("p", 2);
    if !(1..=16).contains(&exponent) {
        return Err(node.fail("its power p is not between 1 and 16"));
    }
    Ok(exponent as f64)
}

fn tap_product(tensor: usize, view: &View, axis: usize, window: &Window, tap: usize, coefficient: f64) -> Product {
    let first = view.first_digit(axis);
    let removed = usize::from(window.output == 1);
    let offset = window.index(0, tap);
    let index = |digit: usize| match digit.cmp(&first) {
        std::cmp::Ordering::Less => AxisMap::variable(digit),
        std::cmp::Ordering::Equal if removed == 1 => AxisMap::constant(offset),
        std::cmp::Ordering::Equal => AxisMap::strided(digit, window.stride as i64, offset),
        std::cmp::Ordering::Greater => AxisMap::variable(digit - removed),
    };
    let indices: Vec<AxisMap> = (0..view.flat().len()).map(index).collect();
    let values = Access { source: tensor, axes: view.substitute(&indices) };
    Product { coefficient, ..Product::new(vec![], None, Some(values)) }
}

fn pooled_digits(view: &View, windows: &[Window]) -> Vec<Vec<usize>> {
    let spatial = windows.iter().map(|window| if window.output == 1 { vec![] } else { vec![window.output] });
    view.digits[..2].iter().cloned().chain(spatial).collect()
}

/// The number of taps of each window that count.
fn taps(window: &Window, with_padding: bool) -> Vec<usize> {
    let (least, end) = if with_padding {
        (-(window.before as i64), (window.input + window.after) as i64)
    } else {
        (0, window.input as i64)
    };
    let count =
        |output| (0..window.kernel).filter(|&tap| (least..end).contains(&window.index(output, tap))).count().max(1);
    (0..window.output).map(count).collect()
}
