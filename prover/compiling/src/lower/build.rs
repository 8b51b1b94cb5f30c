//! Makes sums and steps.

use hallmark_circuits::model::{
    Access, AxisMap, MAX_AXES, MAX_FACTORS, MAX_SPACE_BITS, MAX_STEPS, MAX_TERMS, Space, block_bits,
};

use super::variables::Variables;
use super::{Lowering, Value};
use crate::constant::checked_count;
use crate::error::{CompileError, check_size};
use crate::float_model::{FloatStep, FloatWeights, PartForm, PartKind, Product, Rule, Sum};
use crate::function::{Function, Unary};
use crate::limits::{MAX_PRODUCTS, MAX_VALUES};
use crate::view::View;

impl Lowering<'_> {
    /// The value of the model's only input.
    pub(super) fn input_value(&mut self) -> Result<Value, CompileError> {
        let axes = self.lowered.input.axes.clone();
        let shape = self.lowered.input.shape.clone();
        let view = View::packed(axes.iter().map(|&size| if size == 1 { vec![] } else { vec![size] }).collect());
        let view = view.reshape(&shape).ok_or_else(|| CompileError::Interface("the input has an empty axis".into()))?;
        if let PartKind::Clamped(least, greatest) = self.lowered.input.kind {
            let product = Product::new(vec![], None, Some(identity_access(0, axes.len())));
            let sum = self.add_sum("input", axes, vec![product])?;
            return Ok(Value::Tensor(self.clamped(sum, least, greatest)?, view));
        }
        let Some(features) = self.lowered.input.features.clone() else { return Ok(Value::Tensor(0, view)) };
        let products = self.apart("input", &axes, &features, identity_access(0, axes.len()));
        let sum = self.add_sum("input", axes, products)?;
        Ok(Value::Sum(sum, Function::Variable, view))
    }

    /// Values that are scaled apart, each with its offset and its unit.
    fn apart(&mut self, name: &str, axes: &[usize], features: &[(f64, f64)], values: Access) -> Vec<Product> {
        let mut constant_product = |data: Vec<f64>, values: Option<Access>| {
            let weights = self.add_weights(name, axes.to_vec(), data);
            Product::new(vec![], Some(identity_access(weights, axes.len())), values)
        };
        let units = features.iter().map(|feature| feature.1).collect();
        let offsets = features.iter().map(|feature| feature.0).collect();
        vec![constant_product(units, Some(values)), constant_product(offsets, None)]
    }

    /// The value of one of several inputs, which lie one after another in tensor 0.
    pub(super) fn part_value(&mut self, part: &PartForm) -> Result<Value, CompileError> {
        let size: usize = part.shape.iter().product();
        // An input is not longer than a space.
        let start = i64::try_from(part.place).unwrap_or(i64::MAX);
        let map = if size == 1 { AxisMap::constant(start) } else { AxisMap::strided(0, 1, start) };
        let digits = vec![if size == 1 { vec![] } else { vec![size] }];
        let shaped = |view: View| {
            let empty = || CompileError::Interface(format!("the input `{}` has an empty axis", part.name));
            view.reshape(&part.shape).ok_or_else(empty)
        };
        if let PartKind::Whole(_) = part.kind {
            return Ok(Value::Tensor(0, shaped(View { digits, maps: vec![map] })?));
        }
        let values = Access { source: 0, axes: vec![map] };
        let products = match &part.features {
            Some(features) => self.apart(&part.name, &[size], features, values),
            None => vec![Product { coefficient: part.kind.unit(), ..Product::new(vec![], None, Some(values)) }],
        };
        let sum = self.add_sum(&part.name, vec![size], products)?;
        let view = shaped(View::packed(digits))?;
        if part.kind == PartKind::Clamped(0, 1) {
            // Of whole numbers the same, and known to be a truth.
            return Ok(Value::Sum(sum, Function::Variable.then(Unary::IsPositive), view));
        }
        if let PartKind::Clamped(least, greatest) = part.kind {
            return Ok(Value::Tensor(self.clamped(sum, least, greatest)?, view));
        }
        Ok(Value::Sum(sum, Function::Variable, view))
    }

    /// Whole numbers within a range, whatever the input holds.
    fn clamped(&mut self, sum: usize, least: i64, greatest: i64) -> Result<usize, CompileError> {
        let function = Function::Variable.then(Unary::Clip(least as f64, greatest as f64));
        self.emit(sum, &function, Rule::Whole(least, greatest))
    }

    /// Adds a constant tensor.
    pub(super) fn add_weights(&mut self, name: &str, axes: Vec<usize>, data: Vec<f64>) -> usize {
        self.laid_out = self.laid_out.saturating_add(data.len());
        self.lowered.weights.push(FloatWeights { name: name.to_owned(), axes, data });
        self.lowered.weights.len() - 1
    }

    /// Adds a sum.
    pub(super) fn add_sum(
        &mut self,
        name: &str,
        axes: Vec<usize>,
        products: Vec<Product>,
    ) -> Result<usize, CompileError> {
        self.add_full_sum(Sum { name: name.to_owned(), axes, constant: 0.0, floor: None, nonpositive: false, products })
    }

    /// Adds a sum.
    pub(super) fn add_full_sum(&mut self, mut sum: Sum) -> Result<usize, CompileError> {
        // What is known of a sum that it was made from is not known of it.
        sum.nonpositive = false;
        let free = sum.axes.len();
        sum.products.iter_mut().for_each(|product| drop_unread(product, free));
        checked_count(&sum.name, &sum.axes)?;
        let summed = sum.products.iter().flat_map(|product| &product.summed);
        if sum.axes.iter().chain(summed).any(|&size| size == 0) {
            return Err(CompileError::Interface(format!(
                "`{}` has an axis without values: it computes nothing",
                sum.name
            )));
        }
        check_size(format!("the number of constants up to `{}`", sum.name), self.laid_out as u128, MAX_VALUES as u128)?;
        check_size(format!("the number of terms of `{}`", sum.name), sum.products.len() as u128, MAX_TERMS as u128)?;
        for product in &sum.products {
            let variables = sum.axes.len() + product.summed.len();
            check_size(format!("the number of indices of `{}`", sum.name), variables as u128, MAX_AXES as u128)?;
            let constants = product.factors.iter().filter(|factor| factor.space == Space::Weights).count();
            check_size(
                format!("the number of factors of `{}`", sum.name),
                product.factors.len() as u128,
                MAX_FACTORS as u128,
            )?;
            check_size(format!("the number of constant factors of `{}`", sum.name), constants as u128, 1)?;
        }
        check_size(format!("the number of products of `{}`", sum.name), self.lowered.work(&sum), MAX_PRODUCTS)?;
        self.lowered.sums.push(sum);
        Ok(self.lowered.sums.len() - 1)
    }

    /// Makes a function of a sum a tensor.
    pub(super) fn emit(&mut self, sum: usize, function: &Function, rule: Rule) -> Result<usize, CompileError> {
        if let Some(made) = self.made.get(&sum).and_then(|made| made.iter().find(|(known, _)| known == function)) {
            return Ok(made.1);
        }
        let known = &self.lowered.sums[sum];
        let name = known.name.clone();
        let whole = function.is_whole_of(known.is_whole(&self.whole));
        self.cells += 1usize << block_bits(&known.axes).min(MAX_SPACE_BITS + 1);
        self.work += self.lowered.work(known);
        check_size("the number of cells of all tensors", self.cells as u128, 1 << MAX_SPACE_BITS)?;
        check_size("the number of cells of all tensors", self.cells as u128, MAX_VALUES as u128)?;
        check_size("the number of products of all steps", self.work, MAX_PRODUCTS)?;
        check_size("the number of steps", self.lowered.steps.len() as u128 + 1, MAX_STEPS as u128)?;
        self.lowered.steps.push(FloatStep { name, sum, function: function.clone(), rule, fine: false });
        self.whole.push(whole);
        let tensor = self.lowered.steps.len();
        self.made.entry(sum).or_default().push((function.clone(), tensor));
        Ok(tensor)
    }

    /// The tensor and view of a value that does not stand for a constant; makes it a tensor where it is none yet.
    pub(super) fn read(&mut self, name: &str, value: Value) -> Result<(usize, View), CompileError> {
        match value {
            Value::Tensor(tensor, view) => Ok((tensor, view)),
            Value::Sum(sum, function, view) => {
                let (sum, function) = self.absorb_affine(sum, function)?;
                Ok((self.emit(sum, &function, Rule::Calibrated)?, view))
            }
            Value::Constant(_) => Err(CompileError::Interface(format!("`{name}` is constant where a value is read"))),
        }
    }

    /// An affine function made part of its sum.
    pub(super) fn absorb_affine(&mut self, sum: usize, function: Function) -> Result<(usize, Function), CompileError> {
        match function.affine() {
            Some((1.0, 0.0)) => Ok((sum, Function::Variable)),
            Some(affine) => Ok((self.scale_sum(sum, affine)?, Function::Variable)),
            None => Ok((sum, function)),
        }
    }

    fn scale_sum(&mut self, sum: usize, affine: (f64, f64)) -> Result<usize, CompileError> {
        if let Some(known) = self.scaled.iter().find(|known| known.0 == sum && known.1 == affine) {
            return Ok(known.2);
        }
        let mut scaled = self.lowered.sums[sum].clone();
        scaled.constant = affine.0 * scaled.constant + affine.1;
        scaled.products.iter_mut().for_each(|product| product.coefficient *= affine.0);
        let made = self.add_full_sum(scaled)?;
        self.scaled.push((sum, affine, made));
        Ok(made)
    }

    /// A value as a function of a sum, seen through a view that shows every cell once.
    pub(super) fn as_sum(&mut self, name: &str, value: Value) -> Result<(usize, Function, View), CompileError> {
        match value {
            Value::Sum(sum, function, view) => Ok((sum, function, view)),
            Value::Tensor(tensor, view) if view.is_bijective(self.lowered.tensor_axes(tensor)) => {
                let axes = self.lowered.tensor_axes(tensor).to_vec();
                let sum = self.copy_sum(name, tensor, &View::plain(&axes))?;
                Ok((sum, Function::Variable, view))
            }
            Value::Tensor(tensor, view) => {
                let sum = self.copy_sum(name, tensor, &view)?;
                Ok((sum, Function::Variable, View::packed(view.digits)))
            }
            Value::Constant(_) => Err(CompileError::Interface(format!("`{name}` is constant where a value is read"))),
        }
    }

    /// The sum that copies a tensor as a view shows it.
    fn copy_sum(&mut self, name: &str, tensor: usize, view: &View) -> Result<usize, CompileError> {
        if let Some(known) = self.copies.iter().find(|known| known.0 == tensor && known.1 == *view) {
            return Ok(known.2);
        }
        let product = self.read_digits(tensor, view, 1.0);
        let sum = self.add_sum(name, view.packed_axes(), vec![product])?;
        self.copies.push((tensor, view.clone(), sum));
        Ok(sum)
    }

    /// A step that copies a tensor as a view shows it.
    pub(super) fn copy(&mut self, name: &str, tensor: usize, view: &View) -> Result<(usize, View), CompileError> {
        let product = self.read_digits(tensor, view, 1.0);
        let sum = self.add_sum(name, view.packed_axes(), vec![product])?;
        Ok((self.emit(sum, &Function::Variable, Rule::Within(tensor))?, View::packed(view.digits.clone())))
    }

    /// A tensor read at the digits of its view, which are the step's axes.
    pub(super) fn read_digits(&self, tensor: usize, view: &View, coefficient: f64) -> Product {
        let values = Access { source: tensor, axes: view.maps.clone() };
        Product { coefficient, ..Product::new(vec![], None, Some(values)) }
    }

    /// A bias: a constant tensor along one of the step's axes.
    pub(super) fn bias(&mut self, name: &str, index: AxisMap, data: Vec<f64>) -> Product {
        let weights = self.add_weights(name, vec![data.len()], data);
        let access = Access { source: weights, axes: vec![index] };
        Product::new(vec![], Some(access), None)
    }

    /// The product of a constant tensor and a tensor's view at the given indices.
    pub(super) fn product(&self, variables: &Variables, weights: Option<Access>, values: Access) -> Product {
        Product::new(variables.summed(), weights, Some(values))
    }
}

/// A tensor read at the step's own axes.
pub(super) fn identity_access(source: usize, rank: usize) -> Access {
    Access { source, axes: (0..rank).map(AxisMap::variable).collect() }
}

/// Makes a summed variable that nothing reads a part of the coefficient: the term adds the same product so many times.
fn drop_unread(product: &mut Product, free: usize) {
    let mut index = 0;
    while index < product.summed.len() {
        let variable = free + index;
        if product.reads(variable) {
            index += 1;
            continue;
        }
        product.coefficient *= product.summed.remove(index) as f64;
        let maps = product.factors.iter_mut().flat_map(|factor| &mut factor.access.axes);
        for by in maps.flat_map(|map| &mut map.strides) {
            by.variable -= usize::from(by.variable > variable);
        }
    }
}
