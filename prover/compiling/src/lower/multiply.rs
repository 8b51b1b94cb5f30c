//! Products of values: cell by cell, over sums, and matrix products.

use hallmark_circuits::model::{Access, AxisMap, Factor, Space};

use super::combine::{UNALIGNED, expand_digits};
use super::shape::broadcast_shape;
use super::variables::Variables;
use super::{Lowering, Value};
use crate::constant::checked_count;
use crate::error::CompileError;
use crate::float_model::Product;
use crate::function::{Binary, Function, Unary};
use crate::node::Node;
use crate::root::{factor_of_root, squared};
use crate::view::{View, common_digits, substitute};

/// A value as a number times tensors, each read at the digits of one view.
#[derive(Clone, Debug)]
struct Factored {
    coefficient: f64,
    factors: Vec<Factor>,
    digits: Vec<Vec<usize>>,
}

impl Factored {
    /// One factor.
    fn tensor(coefficient: f64, tensor: usize, view: View) -> Self {
        let access = Access { source: tensor, axes: view.maps };
        Self { coefficient, factors: vec![Factor::values(access)], digits: view.digits }
    }

    /// The same with digits split so that they become `digits`.
    fn refine(&self, digits: &[Vec<usize>]) -> Option<Self> {
        let refine = |factor: &Factor| {
            let view = View { digits: self.digits.clone(), maps: factor.access.axes.clone() };
            let axes = view.refine(digits.to_vec())?.maps;
            Some(Factor { space: factor.space, access: Access { source: factor.access.source, axes } })
        };
        let factors = self.factors.iter().map(refine).collect::<Option<_>>()?;
        Some(Self { coefficient: self.coefficient, factors, digits: digits.to_vec() })
    }

    /// The factors where each digit is an index.
    fn at(&self, indices: &[AxisMap]) -> Vec<Factor> {
        let read = |factor: &Factor| {
            let axes = factor.access.axes.iter().map(|map| substitute(map, indices)).collect();
            Factor { space: factor.space, access: Access { source: factor.access.source, axes } }
        };
        self.factors.iter().map(read).collect()
    }
}

impl Lowering<'_> {
    /// Two values multiplied cell by cell.
    pub(super) fn multiplied(&mut self, node: &Node, left: Value, right: Value) -> Result<Value, CompileError> {
        let shape = broadcast_shape(&self.shape_of(&left), &self.shape_of(&right))
            .ok_or_else(|| node.fail("its operands have shapes that do not fit"))?;
        checked_count(&node.name, &shape)?;
        let digits = self.shared_digits(&left, &right, &shape).ok_or_else(|| node.fail(UNALIGNED))?;
        for (value, root) in [(&left, &right), (&right, &left)] {
            if let Some(sum) = self.wide_root(value, root, &digits) {
                return self.divided_twice(node, value.clone(), root.clone(), sum);
            }
        }
        let mut product = Product::new(vec![], None, None);
        for operand in [left, right] {
            let (coefficient, tensor, view) = self.scaled_tensor(node, operand)?;
            let read = self.read_broadcast(tensor, &view, &digits, 1.0).ok_or_else(|| node.fail(UNALIGNED))?;
            product.coefficient *= coefficient;
            product.factors.extend(read.factors);
        }
        let view = View::packed(digits);
        let sum = self.add_sum(&node.name, view.packed_axes(), vec![product])?;
        Ok(Value::Sum(sum, Function::Variable, view))
    }

    /// Whether a value is a tensor that is to be divided by the root of its own mean square, which spreads far: the sum of squares.
    fn wide_root(&self, value: &Value, root: &Value, digits: &[Vec<usize>]) -> Option<usize> {
        let (Value::Tensor(tensor, view), Value::Sum(sum, ..)) = (value, root) else { return None };
        let known = &self.lowered.sums[*sum];
        let [product] = &known.products[..] else { return None };
        let fits = self.wide.contains(&known.name)
            && squared(product) == Some(*tensor)
            && view.digits == digits
            && view.is_packed(self.lowered.tensor_axes(*tensor));
        fits.then_some(*sum)
    }

    /// A tensor times an inverse root of its mean square, which brings the square near 1, and times the inverse root of that.
    fn divided_twice(&mut self, node: &Node, value: Value, root: Value, sum: usize) -> Result<Value, CompileError> {
        let factor = match &root {
            Value::Sum(_, function, _) => factor_of_root(function).abs(),
            _ => 1.0,
        };
        let (coarse, view) = self.read(&node.name, root)?;
        self.grade_finely(coarse);
        let near = self.multiplied(node, value, Value::Tensor(coarse, view.clone()))?;
        let (near, near_view) = self.read(&node.name, near)?;
        self.lowered.steps[near - 1].fine = true;
        let mut squares = self.lowered.sums[sum].clone();
        squares.name = format!("{}, near 1", squares.name);
        for read in squares.products.iter_mut().flat_map(|product| &mut product.factors) {
            read.access.source = near;
        }
        let squares = self.add_full_sum(squares)?;
        let inverse = Function::Variable.then(Unary::Sqrt).then(Unary::Reciprocal);
        let inverse = inverse.combine(Binary::Multiply, &Function::Constant(factor));
        self.multiplied(node, Value::Tensor(near, near_view), Value::Sum(squares, inverse, view))
    }

    /// A value, where there is one, plus products of two values each, over the same axes. They become one sum.
    pub(super) fn products_added(
        &mut self,
        node: &Node,
        alone: Option<Value>,
        pairs: Vec<(f64, Value, Value)>,
    ) -> Result<Value, CompileError> {
        let mut parts = vec![];
        for (sign, left, right) in pairs {
            let product = self.multiplied(node, left, right)?;
            parts.push(self.map(node, product, |x| x.combine(Binary::Multiply, &Function::Constant(sign)))?);
        }
        if let Some(alone) = alone {
            let (tensor, view) = self.read(&node.name, alone)?;
            let product = self.read_digits(tensor, &view, 1.0);
            let sum = self.add_sum(&node.name, view.packed_axes(), vec![product])?;
            parts.insert(0, Value::Sum(sum, Function::Variable, View::packed(view.digits)));
        }
        let mut whole: Option<(Vec<usize>, Vec<Product>, View)> = None;
        for part in parts {
            let (sum, function, view) = self.as_sum(&node.name, part)?;
            let (sum, _) = self.absorb_affine(sum, function)?;
            let part = self.lowered.sums[sum].clone();
            match &mut whole {
                Some((_, all, known)) if *known == view => all.extend(part.products),
                Some(_) => return Err(node.fail(UNALIGNED)),
                None => whole = Some((part.axes, part.products, view)),
            }
        }
        let (axes, products, view) = whole.ok_or_else(|| node.fail("it adds up nothing"))?;
        let sum = self.add_sum(&node.name, axes, products)?;
        Ok(Value::Sum(sum, Function::Variable, view))
    }

    /// A product of values times one more tensor, which does not broaden it.
    pub(super) fn with_factor(&mut self, node: &Node, value: Value, factor: Value) -> Result<Value, CompileError> {
        let (sum, function, view) = self.as_sum(&node.name, value)?;
        let (tensor, factor_view) = self.read(&node.name, factor)?;
        let read = self.read_broadcast(tensor, &factor_view, &view.digits, 1.0).ok_or_else(|| node.fail(UNALIGNED))?;
        let mut product = self.lowered.sums[sum].clone();
        for part in &mut product.products {
            part.factors.extend(read.factors.iter().cloned());
        }
        Ok(Value::Sum(self.add_full_sum(product)?, function, view))
    }

    /// A value divided by another: times a table of reciprocals, which saturate.
    pub(super) fn divided(&mut self, node: &Node, left: Value, right: Value) -> Result<Value, CompileError> {
        let inverse = self.map(node, right, |x| x.then(Unary::Reciprocal))?;
        self.multiplied(node, left, inverse)
    }

    /// A value as a number times a tensor; makes it a tensor where it is not one already.
    fn scaled_tensor(&mut self, node: &Node, value: Value) -> Result<(f64, usize, View), CompileError> {
        if let Some((coefficient, access, view)) = self.scaled(&value)
            && let [Factor { space: Space::Values, access }] = &access[..]
        {
            let maps = access.axes.iter().map(|map| substitute(map, &view.maps)).collect();
            return Ok((coefficient, access.source, View { digits: view.digits.clone(), maps }));
        }
        let (tensor, view) = self.read(&node.name, value)?;
        self.grade_finely(tensor);
        Ok((1.0, tensor, view))
    }

    /// The factors of a value that is a number times tensors, over the cells of its sum, and its view of these.
    fn scaled<'v>(&self, value: &'v Value) -> Option<(f64, Vec<Factor>, &'v View)> {
        let Value::Sum(sum, function, view) = value else { return None };
        let (slope, intercept) = function.affine()?;
        let sum = &self.lowered.sums[*sum];
        let [product] = &sum.products[..] else { return None };
        let plain = intercept == 0.0
            && sum.constant == 0.0
            && !sum.has_floor()
            && product.summed.is_empty()
            && product.values().next().is_some();
        plain.then(|| (slope * product.coefficient, product.factors.clone(), view))
    }

    /// Gives a tensor that a table makes more bits, since a product magnifies its error.
    pub(super) fn grade_finely(&mut self, tensor: usize) {
        if let Some(step) = tensor.checked_sub(1).and_then(|index| self.lowered.steps.get_mut(index)) {
            step.fine |= step.function.clamp().is_none();
        }
    }

    /// A value as factors, without cells for their product: a product of tensors, or a square.
    fn factored(&mut self, node: &Node, value: &Value) -> Result<Option<Factored>, CompileError> {
        if let Some((coefficient, factors, view)) = self.scaled(value)
            && factors.len() > 1
        {
            let whole = Factored { coefficient, factors, digits: view.digits.clone() };
            let factors = whole.at(&view.maps);
            return Ok(Some(Factored { factors, ..whole }));
        }
        let Value::Sum(sum, function, view) = value else { return Ok(None) };
        let Some(root) = root_of_square(function) else { return Ok(None) };
        let (coefficient, tensor, view) = self.scaled_tensor(node, Value::Sum(*sum, root, view.clone()))?;
        let mut square = Factored::tensor(coefficient * coefficient, tensor, view);
        square.factors.push(square.factors[0].clone());
        Ok(Some(square))
    }

    /// The sum over axes of a value that is a product or a square, without cells for it; nothing for other values.
    pub(super) fn reduced_product(
        &mut self,
        node: &Node,
        value: &Value,
        axes: &[usize],
        keep: bool,
    ) -> Result<Option<Value>, CompileError> {
        let Some(factored) = self.factored(node, value)? else { return Ok(None) };
        let digits = &factored.digits;
        let mut indices = vec![vec![]; digits.len()];
        let mut variables = Variables::default();
        for axis in (0..digits.len()).filter(|axis| !axes.contains(axis)) {
            indices[axis] = variables.add_all(&digits[axis]);
        }
        variables.close_axes();
        for &axis in axes {
            indices[axis] = variables.add_all(&digits[axis]);
        }
        let (summed, factors) = (variables.summed(), factored.at(&indices.concat()));
        let product = Product { coefficient: factored.coefficient, summed, factors, floor: None };
        let sum = self.add_sum(&node.name, variables.axes(), vec![product])?;
        let kept = (0..digits.len()).filter(|axis| keep || !axes.contains(axis));
        let digits = kept.map(|axis| if axes.contains(&axis) { vec![] } else { digits[axis].clone() });
        Ok(Some(Value::Sum(sum, Function::Variable, View::packed(digits.collect()))))
    }

    /// The matrix product of two values over the last two axes, broadcast along the others.
    pub(super) fn matrix_product(&mut self, node: &Node, left: Value, right: Value) -> Result<Value, CompileError> {
        let (mut left, mut right) = (left, right);
        let shapes = [self.shape_of(&left), self.shape_of(&right)];
        let flat = shapes.clone().map(|shape| shape.len() == 1);
        if flat[0] {
            left = self.reshaped(node, left, &[1, shapes[0][0]])?;
        }
        if flat[1] {
            right = self.reshaped(node, right, &[shapes[1][0], 1])?;
        }
        let mut value = self.matrices(node, left, right)?;
        if flat[1] {
            let axis = self.shape_of(&value).len() - 1;
            value = self.drop_axis(node, value, axis)?;
        }
        if flat[0] {
            let axis = self.shape_of(&value).len() - 1 - usize::from(!flat[1]);
            value = self.drop_axis(node, value, axis)?;
        }
        Ok(value)
    }

    fn matrices(&mut self, node: &Node, left: Value, right: Value) -> Result<Value, CompileError> {
        let unfit = || node.fail("its operands have shapes that do not fit");
        let (a, b) = (self.shape_of(&left), self.shape_of(&right));
        if a.len() < 2 || b.len() < 2 || a[a.len() - 1] != b[b.len() - 2] {
            return Err(unfit());
        }
        if a.contains(&0) || b.contains(&0) {
            return Err(node.fail("it multiplies a constant without values"));
        }
        let batch = broadcast_shape(&a[..a.len() - 2], &b[..b.len() - 2]).ok_or_else(unfit)?;
        checked_count(&node.name, &[batch.as_slice(), &[a[a.len() - 2], b[b.len() - 1]]].concat())?;
        let right = self.single(node, right)?;
        // A term has one constant factor: where both have one, the left side is made a tensor first.
        let constant = |side: &Factored| side.factors.iter().any(|factor| factor.space == Space::Weights);
        let left = match self.factored(node, &left)? {
            Some(factored) if !(constant(&factored) && constant(&right)) => factored,
            _ => self.single(node, left)?,
        };
        let layout = Contraction::new(&left, &right, &batch).ok_or_else(|| node.fail(UNALIGNED))?;
        let (left, right) = layout.align(&left, &right).ok_or_else(|| node.fail(UNALIGNED))?;
        self.contracted(node, &layout, &left, &right)
    }

    /// A tensor or constant weights.
    fn single(&mut self, node: &Node, value: Value) -> Result<Factored, CompileError> {
        if let Value::Constant(constant) = value {
            let shape = constant.data.shape().to_vec();
            let View { maps: axes, digits } = View::plain(&shape);
            let source = self.add_weights(&node.name, shape, constant.data.iter().copied().collect());
            let factors = vec![Factor::weights(Access { source, axes })];
            return Ok(Factored { coefficient: 1.0, factors, digits });
        }
        let (coefficient, tensor, view) = self.scaled_tensor(node, value)?;
        Ok(Factored::tensor(coefficient, tensor, view))
    }

    /// Adds up the products; what does not depend on the common axis is multiplied afterwards.
    fn contracted(
        &mut self,
        node: &Node,
        layout: &Contraction,
        left: &Factored,
        right: &Factored,
    ) -> Result<Value, CompileError> {
        let mut variables = Variables::default();
        let batch = variables.add_all(&layout.batch.concat());
        let rows = variables.add_all(&layout.rows);
        let columns = variables.add_all(&layout.columns);
        variables.close_axes();
        let common = variables.add_all(&layout.common);
        let left_indices = [own(&batch, &layout.batch, &left.digits), rows, common.clone()].concat();
        let right_indices = [own(&batch, &layout.batch, &right.digits), common, columns].concat();
        let free = variables.axes().len();
        let (factors, others) = (left.at(&left_indices), right.at(&right_indices));
        let sums = |factor: &Factor| (free..free + layout.common.len()).any(|variable| factor.access.reads(variable));
        let (inner, outer): (Vec<Factor>, Vec<Factor>) = factors.into_iter().partition(sums);
        let coefficient = left.coefficient * right.coefficient;
        let digits = [layout.batch.clone(), vec![layout.rows.clone(), layout.columns.clone()]].concat();
        let mut factors = [inner, others].concat();
        factors.sort_by_key(|factor| factor.space == Space::Values);
        let product = Product { coefficient, summed: variables.summed(), factors, floor: None };
        let sum = self.add_sum(&node.name, variables.axes(), vec![product])?;
        let value = Value::Sum(sum, Function::Variable, View::packed(digits));
        if outer.is_empty() {
            return Ok(value);
        }
        let (tensor, view) = self.read(&node.name, value)?;
        self.lowered.steps[tensor - 1].fine = true;
        let mut product = self.read_digits(tensor, &view, 1.0);
        product.factors.extend(outer);
        let sum = self.add_sum(&node.name, view.packed_axes(), vec![product])?;
        Ok(Value::Sum(sum, Function::Variable, View::packed(view.digits)))
    }
}

/// The digits of a matrix product.
struct Contraction {
    batch: Vec<Vec<usize>>,
    rows: Vec<usize>,
    columns: Vec<usize>,
    common: Vec<usize>,
}

impl Contraction {
    fn new(left: &Factored, right: &Factored, batch: &[usize]) -> Option<Self> {
        let (a, b) = (left.digits.len(), right.digits.len());
        let wide = |factored: &Factored| {
            let outer = factored.digits[..factored.digits.len() - 2].to_vec();
            expand_digits(&View { digits: outer, maps: vec![] }, batch)
        };
        let batch = wide(left).iter().zip(&wide(right)).map(|(a, b)| common_digits(a, b)).collect::<Option<_>>()?;
        let common = common_digits(&left.digits[a - 1], &right.digits[b - 2])?;
        Some(Self { batch, rows: left.digits[a - 2].clone(), columns: right.digits[b - 1].clone(), common })
    }

    /// Both operands with the digits that they share split alike.
    fn align(&self, left: &Factored, right: &Factored) -> Option<(Factored, Factored)> {
        let outer = |factored: &Factored| -> Vec<Vec<usize>> {
            let own = &factored.digits[..factored.digits.len() - 2];
            let shared = &self.batch[self.batch.len() - own.len()..];
            own.iter().zip(shared).map(|(own, wide)| if own.is_empty() { vec![] } else { wide.clone() }).collect()
        };
        let left_digits = [outer(left), vec![self.rows.clone(), self.common.clone()]].concat();
        let right_digits = [outer(right), vec![self.common.clone(), self.columns.clone()]].concat();
        Some((left.refine(&left_digits)?, right.refine(&right_digits)?))
    }
}

/// The indices of the batch axes that an operand has: those that it is not broadcast along.
fn own(indices: &[AxisMap], batch: &[Vec<usize>], digits: &[Vec<usize>]) -> Vec<AxisMap> {
    let missing = batch.len() - (digits.len() - 2);
    let mut next = 0;
    let mut kept = vec![];
    for (axis, wide) in batch.iter().enumerate() {
        if axis >= missing && !digits[axis - missing].is_empty() {
            kept.extend(indices[next..next + wide.len()].iter().cloned());
        }
        next += wide.len();
    }
    kept
}

/// The function that a function is the square of.
fn root_of_square(function: &Function) -> Option<Function> {
    match function {
        Function::Binary(Binary::Power, root, exponent) if **exponent == Function::Constant(2.0) => {
            Some((**root).clone())
        }
        Function::Binary(Binary::Multiply, left, right) if left == right => Some((**left).clone()),
        _ => None,
    }
}
