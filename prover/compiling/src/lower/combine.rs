//! Arithmetic of two operands: with constant arrays, of functions of the same sum, and sums of two values.

use hallmark_circuits::model::{Access, AxisMap};
use ndarray::ArrayD;

use super::entry::Entry;
use super::fold::fold_binary;
use super::shape::broadcast_shape;
use super::{Lowering, Value};
use crate::constant::{Constant, checked_count};
use crate::error::CompileError;
use crate::float_model::Product;
use crate::function::{Binary, Function, Unary};
use crate::node::Node;
use crate::operator::Kind;
use crate::view::View;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("Sum", &[6, 8, 13], Kind::Arithmetic, "sum of several", |lowering, node| {
        lowering.lower_total(node, false)
    })
    .folding(),
    Entry::new("Mean", &[6, 8, 13], Kind::Arithmetic, "mean of several", |lowering, node| {
        lowering.lower_total(node, true)
    })
    .folding(),
    Entry::new("Mod", &[10, 13, 28], Kind::Arithmetic, "remainder of a division", |lowering, node| {
        lowering.lower_binary(node, if node.flag("fmod") { Binary::Remainder } else { Binary::Modulo })
    })
    .folding()
    .limited("by constants"),
    Entry::new("Add", &[1, 6, 7, 13, 14], Kind::Arithmetic, "sum", |lowering, node| {
        lowering.lower_binary(node, Binary::Add)
    })
    .folding(),
    Entry::new("Sub", &[1, 6, 7, 13, 14], Kind::Arithmetic, "difference", |lowering, node| {
        lowering.lower_binary(node, Binary::Subtract)
    })
    .folding(),
    Entry::new("Mul", &[1, 6, 7, 13, 14], Kind::Arithmetic, "product", |lowering, node| {
        lowering.lower_binary(node, Binary::Multiply)
    })
    .folding(),
    Entry::new("Div", &[1, 6, 7, 13, 14], Kind::Arithmetic, "quotient", |lowering, node| {
        lowering.lower_binary(node, Binary::Divide)
    })
    .folding()
    .limited("a computed divisor stays away from zero on the calibration data"),
    Entry::new("Pow", &[1, 7, 12, 13, 15], Kind::Arithmetic, "power", |lowering, node| {
        lowering.lower_binary(node, Binary::Power)
    })
    .folding()
    .limited("of two values only where both are functions of one"),
];

/// A constant array over some of a step's axes.
struct Factor {
    axes: Vec<usize>,
    sizes: Vec<usize>,
    data: Vec<f64>,
}

impl Lowering<'_> {
    /// Add, Sub, Mul, Div, Pow.
    pub(super) fn lower_binary(&mut self, node: &Node, binary: Binary) -> Result<(), CompileError> {
        let (left, right) = (self.value(node, 0)?, self.value(node, 1)?);
        let right = if node.version < 7 { self.aligned(node, &left, right)? } else { right };
        if binary == Binary::Add && !self.remember_sum(node, &left, &right)? {
            return Ok(());
        }
        let value = self.binary(node, binary, left, right)?;
        self.set(node, value)
    }

    /// Before version 7 the second operand has the first one's shape, or with `broadcast` a run of its axes, which starts at
    /// `axis` or else ends with the last.
    fn aligned(&mut self, node: &Node, left: &Value, right: Value) -> Result<Value, CompileError> {
        let (shape, own) = (self.shape_of(left), self.shape_of(&right));
        if shape == own {
            return Ok(right);
        }
        if !node.flag("broadcast") {
            return Err(node.fail("its operands have different shapes; before operator set 7 that takes broadcast=1"));
        }
        let last = (shape.len() as i64) - own.len() as i64;
        let axis =
            node.integer_given("axis").map_or(last, |axis| if axis < 0 { axis + shape.len() as i64 } else { axis });
        let start = usize::try_from(axis).ok().filter(|&start| start + own.len() <= shape.len());
        let start = start.ok_or_else(|| node.fail("its axis is out of range"))?;
        let after = shape.len() - start - own.len();
        self.reshaped(node, right, &[&vec![1; start][..], &own, &vec![1; after]].concat())
    }

    /// A product of values times a constant of zeros and ones, which keeps its units.
    pub(super) fn with_mask(&mut self, node: &Node, value: Value, keep: &Constant) -> Result<Value, CompileError> {
        let shape = self.shape_of(&value);
        let (sum, function, view) = self.as_sum(&node.name, value)?;
        let mut masked = self.lowered.sums[sum].clone();
        let factor = factor(&masked.axes, &view, keep, &shape)
            .ok_or_else(|| node.fail("its mask has a shape that does not fit"))?;
        for product in std::mem::take(&mut masked.products) {
            masked.products.push(self.multiply(node, &masked.axes, product, &factor)?);
        }
        Ok(Value::Sum(self.add_full_sum(masked)?, function, view))
    }

    /// Two values or constants, combined cell by cell.
    pub(super) fn binary(
        &mut self,
        node: &Node,
        binary: Binary,
        left: Value,
        right: Value,
    ) -> Result<Value, CompileError> {
        match (left, right) {
            (Value::Constant(left), Value::Constant(right)) => {
                fold_binary(node, binary, &left, &right).map(Value::Constant)
            }
            (Value::Constant(left), right) => self.combine_constant(node, binary, right, &left, true),
            (left, Value::Constant(right)) => self.combine_constant(node, binary, left, &right, false),
            (left, right) => self.combine_values(node, binary, left, right),
        }
    }

    fn combine_constant(
        &mut self,
        node: &Node,
        binary: Binary,
        value: Value,
        constant: &Constant,
        constant_first: bool,
    ) -> Result<Value, CompileError> {
        let rank_kept = constant.data.ndim() <= self.shape_of(&value).len();
        if let Some(scalar) = constant.scalar().filter(|_| rank_kept) {
            let whole = constant.integer && binary == Binary::Divide;
            let value = self.combine_scalar(node, binary, value, scalar, constant_first)?;
            // Integers are divided by integers alone, and the quotient is cut off.
            return if whole { self.map(node, value, |x| x.then(Unary::Truncate)) } else { Ok(value) };
        }
        if constant.integer && binary == Binary::Divide {
            return Err(node.fail("it divides whole numbers by an array; divide by one number"));
        }
        match (binary, constant_first) {
            (Binary::Power, true) => {
                // c^x = exp(x log c)
                if constant.data.iter().any(|&base| base <= 0.0) {
                    return Err(node.fail("it raises an array of bases that are not all positive"));
                }
                let logarithms = Constant::real(constant.data.mapv(libm::log));
                let exponent = self.combine_array(node, Binary::Multiply, value, &logarithms)?;
                self.map(node, exponent, |x| x.then(Unary::Exp))
            }
            (Binary::Modulo, false) => self.remainders(node, value, constant, Unary::Floor),
            (Binary::Remainder, false) => self.remainders(node, value, constant, Unary::Truncate),
            (Binary::Modulo | Binary::Remainder, true) => Err(node.fail("its divisor must be constant")),
            (Binary::Power, false) => self.powers(node, value, constant),
            (Binary::Subtract, true) => {
                let negated = self.map(node, value, |x| x.then(Unary::Negate))?;
                self.combine_array(node, Binary::Add, negated, constant)
            }
            (Binary::Divide, true) => {
                let inverse = self.map(node, value, |x| x.then(Unary::Reciprocal))?;
                self.combine_array(node, Binary::Multiply, inverse, constant)
            }
            (Binary::Subtract, false) => {
                self.combine_array(node, Binary::Add, value, &Constant::real(-constant.data.clone()))
            }
            (Binary::Divide, false) => {
                let inverse = constant.data.mapv(f64::recip);
                if inverse.iter().any(|value| !value.is_finite()) {
                    return Err(node.fail("it divides by zero"));
                }
                self.combine_array(node, Binary::Multiply, value, &Constant::real(inverse))
            }
            _ => self.combine_array(node, binary, value, constant),
        }
    }

    /// `x - y round(x / y)` for an array of divisors `y`.
    fn remainders(
        &mut self,
        node: &Node,
        value: Value,
        divisors: &Constant,
        round: Unary,
    ) -> Result<Value, CompileError> {
        let value = self.tensor_value(node, value)?;
        let divisor = Value::Constant(Constant::real(divisors.data.clone()));
        let quotient = self.binary(node, Binary::Divide, value.clone(), divisor.clone())?;
        let quotient = self.map(node, quotient, |x| x.then(round))?;
        let multiple = self.binary(node, Binary::Multiply, quotient, divisor)?;
        self.binary(node, Binary::Subtract, value, multiple)
    }

    /// A value to an array of exponents: for each exponent a power of all values, times a mask.
    fn powers(&mut self, node: &Node, value: Value, exponents: &Constant) -> Result<Value, CompileError> {
        const MOST: usize = 8;
        let mut distinct: Vec<f64> = exponents.data.iter().copied().collect();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        if distinct.len() > MOST {
            return Err(
                node.fail(format!("it has {} different exponents; at most {MOST} are supported", distinct.len()))
            );
        }
        let mut whole: Option<Value> = None;
        for exponent in distinct {
            let mask = exponents.data.mapv(|other| f64::from(u8::from(other == exponent)));
            let power = self.combine_scalar(node, Binary::Power, value.clone(), exponent, false)?;
            let part = self.combine_array(node, Binary::Multiply, power, &Constant::real(mask))?;
            whole = Some(match whole {
                Some(sum) => self.binary(node, Binary::Add, sum, part)?,
                None => part,
            });
        }
        whole.ok_or_else(|| node.fail("it has no exponents"))
    }

    /// Sum and Mean of any number of operands.
    fn lower_total(&mut self, node: &Node, mean: bool) -> Result<(), CompileError> {
        let mut total = self.value(node, 0)?;
        for index in 1..node.inputs.len() {
            let next = self.value(node, index)?;
            total = self.binary(node, Binary::Add, total, next)?;
        }
        if mean {
            let share = Constant::real(ndarray::arr0(1.0 / node.inputs.len() as f64).into_dyn());
            total = self.binary(node, Binary::Multiply, total, Value::Constant(share))?;
        }
        self.set(node, total)
    }

    /// A value plus or times a constant array, which becomes weights.
    pub(super) fn combine_array(
        &mut self,
        node: &Node,
        binary: Binary,
        value: Value,
        constant: &Constant,
    ) -> Result<Value, CompileError> {
        let shape = broadcast_shape(&self.shape_of(&value), constant.data.shape())
            .ok_or_else(|| node.fail("its operands have shapes that do not fit"))?;
        checked_count(&node.name, &shape)?;
        self.charge(&node.name, shape.iter().product())?;
        // What is multiplied by weights may not be a product of values already: it would count in too small units.
        let value = match value {
            Value::Sum(sum, function, view)
                if binary == Binary::Multiply && self.lowered.sums[sum].products.iter().any(Product::is_of_values) =>
            {
                let (tensor, view) = self.read(&node.name, Value::Sum(sum, function, view))?;
                Value::Tensor(tensor, view)
            }
            value => value,
        };
        let (sum, view) = self.linear_sum(node, value, &shape)?;
        let factor = factor(&self.lowered.sums[sum].axes, &view, constant, &shape)
            .ok_or_else(|| node.fail("its operands have shapes that do not fit"))?;
        let mut changed = self.lowered.sums[sum].clone();
        changed.name.clone_from(&node.name);
        if binary == Binary::Add {
            changed.products.push(self.factor_product(node, &factor, 1.0));
        } else {
            let constant = std::mem::take(&mut changed.constant);
            let products = std::mem::take(&mut changed.products);
            for product in products {
                changed.products.push(self.multiply(node, &changed.axes, product, &factor)?);
            }
            if constant != 0.0 {
                changed.products.push(self.factor_product(node, &factor, constant));
            }
        }
        Ok(Value::Sum(self.add_full_sum(changed)?, Function::Variable, view))
    }

    /// A value as a sum itself, broadcast to a shape.
    fn linear_sum(&mut self, node: &Node, value: Value, shape: &[usize]) -> Result<(usize, View), CompileError> {
        if self.shape_of(&value) != shape {
            let (tensor, view) = self.read(&node.name, value)?;
            let wide = expand_digits(&view, shape);
            let product = self.read_broadcast(tensor, &view, &wide, 1.0).ok_or_else(|| node.fail(UNALIGNED))?;
            let wide = View::packed(wide);
            return Ok((self.add_sum(&node.name, wide.packed_axes(), vec![product])?, wide));
        }
        let (sum, function, view) = self.as_sum(&node.name, value)?;
        let (sum, function) = self.absorb_affine(sum, function)?;
        if function == Function::Variable && !self.lowered.sums[sum].has_floor() {
            return Ok((sum, view));
        }
        let (tensor, view) = self.read(&node.name, Value::Sum(sum, function, view))?;
        let (sum, _, view) = self.as_sum(&node.name, Value::Tensor(tensor, view))?;
        Ok((sum, view))
    }

    fn factor_product(&mut self, node: &Node, factor: &Factor, coefficient: f64) -> Product {
        let source = self.add_weights(&node.name, factor.sizes.clone(), factor.data.clone());
        let axes = factor.axes.iter().map(|&axis| AxisMap::variable(axis)).collect();
        Product { coefficient, ..Product::new(vec![], Some(Access { source, axes }), None) }
    }

    /// A product times an array over some of the step's axes.
    fn multiply(
        &mut self,
        node: &Node,
        step: &[usize],
        product: Product,
        factor: &Factor,
    ) -> Result<Product, CompileError> {
        let Some(access) = product.weights() else {
            let mut constant = self.factor_product(node, factor, product.coefficient);
            constant.factors.extend(product.factors);
            return Ok(Product { summed: product.summed, ..constant });
        };
        let old = self.lowered.weights[access.source].clone();
        let plain = |axis: usize| access.axes.iter().position(|map| *map == AxisMap::variable(axis));
        let fits = |axis: &usize| plain(*axis).is_some_and(|position| old.axes[position] == step[*axis]);
        let added: Vec<usize> = factor.axes.iter().copied().filter(|axis| !fits(axis)).collect();
        let used = |axis: &usize| access.axes.iter().any(|map| map.strides.iter().any(|by| by.variable == *axis));
        if added.iter().any(used) {
            return Err(node.fail("its array cannot be merged into the operator before it"));
        }
        let axes: Vec<usize> = added.iter().map(|&axis| step[axis]).chain(old.axes.iter().copied()).collect();
        self.charge(&node.name, checked_count(&node.name, &axes)?)?;
        let maps =
            added.iter().map(|&axis| AxisMap::variable(axis)).chain(access.axes.iter().cloned()).collect::<Vec<_>>();
        let positions: Vec<usize> = factor
            .axes
            .iter()
            .filter_map(|&axis| maps.iter().position(|map| *map == AxisMap::variable(axis)))
            .collect();
        let data = hallmark_circuits::semantics::assignments(&axes).enumerate().map(|(index, cell)| {
            let at = positions.iter().zip(&factor.sizes).fold(0, |at, (&position, size)| at * size + cell[position]);
            old.data[index % old.data.len()] * factor.data[at]
        });
        let data = data.collect();
        let source = self.add_weights(&old.name, axes, data);
        Ok(product.with_weights(Access { source, axes: maps }))
    }
}

pub(super) const UNALIGNED: &str = "its operands come from reshapes whose axes do not line up";

pub(super) fn expand_digits(view: &View, shape: &[usize]) -> Vec<Vec<usize>> {
    let missing = shape.len() - view.digits.len();
    let own =
        |axis: usize| axis.checked_sub(missing).map(|axis| view.digits[axis].clone()).filter(|own| !own.is_empty());
    let digit = |size: usize| if size == 1 { vec![] } else { vec![size] };
    shape.iter().enumerate().map(|(axis, &size)| own(axis).unwrap_or_else(|| digit(size))).collect()
}

/// A constant laid along the axes of a step, which a view shows under `shape`. It keeps only the axes it is not broadcast along.
fn factor(axes: &[usize], view: &View, constant: &Constant, shape: &[usize]) -> Option<Factor> {
    let missing = shape.len() - constant.data.ndim();
    let varies = |axis: usize| axis >= missing && constant.data.shape()[axis - missing] > 1;
    let owners: Vec<usize> =
        view.digits.iter().enumerate().flat_map(|(axis, digits)| vec![axis; digits.len()]).collect();
    let kept: Vec<usize> =
        (0..axes.len()).filter(|&axis| view.maps[axis].strides.iter().any(|by| varies(owners[by.variable]))).collect();
    let wide: ArrayD<f64> = constant.broadcast(shape)?;
    let sizes: Vec<usize> = kept.iter().map(|&axis| axes[axis]).collect();
    let mut data = vec![0.0; sizes.iter().product()];
    let flat = view.flat();
    for (digits, &value) in hallmark_circuits::semantics::assignments(&flat).zip(wide.iter()) {
        let index =
            |axis: usize| usize::try_from(view.maps[axis].index(&digits)).ok().filter(|&index| index < axes[axis]);
        let position = kept.iter().try_fold(0, |position, &axis| Some(position * axes[axis] + index(axis)?))?;
        data[position] = value;
    }
    if kept.is_empty() {
        return Some(Factor { axes: vec![0], sizes: vec![axes[0]], data: vec![*wide.iter().next()?; axes[0]] });
    }
    Some(Factor { axes: kept, sizes, data })
}
