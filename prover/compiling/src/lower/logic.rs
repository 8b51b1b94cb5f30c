//! Comparisons, and choices by them. Truth is 1 and falsehood 0.
//!
//! A comparison is a step function of a difference. `and` and `or` of two values are bounds of their sum, so that nothing here
//! multiplies two values.

use super::entry::Entry;
use super::{Lowering, Value};
use crate::constant::Constant;
use crate::error::CompileError;
use crate::function::{Binary, Function, Unary};
use crate::node::Node;
use crate::operator::Kind;

/// How two values compare.
#[derive(Clone, Copy, PartialEq)]
enum Comparison {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Equal,
}

impl Comparison {
    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Equal => left == right,
        }
    }

    /// Compares constants, among which may be infinities.
    fn of_constants(self, node: &Node, left: &Constant, right: &Constant) -> Result<Constant, CompileError> {
        let data = super::fold::zipped(node, left, right, |x, y| f64::from(u8::from(self.holds(x, y))))?;
        Ok(Constant { data, integer: true })
    }
}

/// How two truths combine.
#[derive(Clone, Copy)]
enum Connective {
    And,
    Or,
    Xor,
}

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    compare("Greater", &[7, 9, 13], "whether the first is greater", |lowering, node| {
        lowering.lower_comparison(node, Comparison::Greater)
    }),
    compare("GreaterOrEqual", &[12, 16], "whether the first is not less", |lowering, node| {
        lowering.lower_comparison(node, Comparison::GreaterOrEqual)
    }),
    compare("Less", &[7, 9, 13], "whether the first is less", |lowering, node| {
        lowering.lower_comparison(node, Comparison::Less)
    }),
    compare("LessOrEqual", &[12, 16], "whether the first is not greater", |lowering, node| {
        lowering.lower_comparison(node, Comparison::LessOrEqual)
    }),
    compare("Equal", &[7, 11, 13, 19], "whether both are equal", |lowering, node| {
        lowering.lower_comparison(node, Comparison::Equal)
    })
    .limited("whole numbers"),
    compare("IsNaN", &[9, 13, 20], "whether it is no number, which no value is", |lowering, node| {
        lowering.lower_strange(node, f64::is_nan)
    }),
    compare("IsInf", &[10, 20], "whether it is infinite, which no value is", |lowering, node| {
        let (below, above) = (node.integer("detect_negative", 1) != 0, node.integer("detect_positive", 1) != 0);
        lowering.lower_strange(node, |x| x.is_infinite() && if x < 0.0 { below } else { above })
    }),
    compare("Not", &[1], "whether it is false", |lowering, node| lowering.lower_not(node)),
    compare("And", &[7], "whether both are true", |lowering, node| lowering.lower_connective(node, Connective::And)),
    compare("Or", &[7], "whether one is true", |lowering, node| lowering.lower_connective(node, Connective::Or)),
    compare("Xor", &[7], "whether just one is true", |lowering, node| lowering.lower_connective(node, Connective::Xor)),
    compare("Where", &[9, 16], "the second where the first is true, else the third", |lowering, node| {
        lowering.lower_where(node)
    })
    .limited("constants to choose from are finite, or minus infinity as in a mask"),
];

const fn compare(
    name: &'static str,
    versions: &'static [u32],
    about: &'static str,
    lower: super::entry::Lower,
) -> Entry {
    Entry::new(name, versions, Kind::Logic, about, lower).folding()
}

impl Lowering<'_> {
    fn lower_comparison(&mut self, node: &Node, comparison: Comparison) -> Result<(), CompileError> {
        let (left, right) = (self.value(node, 0)?, self.value(node, 1)?);
        if let (Value::Constant(left), Value::Constant(right)) = (&left, &right) {
            let value = comparison.of_constants(node, left, right)?;
            return self.set(node, Value::Constant(value));
        }
        if comparison == Comparison::Equal && !(self.is_whole(&left) && self.is_whole(&right)) {
            return Err(node.fail(
                "it compares reals for equality, which rounding decides; compare whole numbers, or use Less and Greater",
            ));
        }
        let (greater, less) = match comparison {
            Comparison::Less | Comparison::GreaterOrEqual => (right, left),
            _ => (left, right),
        };
        let difference = self.binary(node, Binary::Subtract, greater, less)?;
        let value = self.map(node, difference, |x| match comparison {
            Comparison::Greater | Comparison::Less => x.then(Unary::IsPositive),
            Comparison::GreaterOrEqual | Comparison::LessOrEqual => negation(&x.then(Unary::IsPositive)),
            Comparison::Equal => x.then(Unary::IsZero),
        })?;
        self.set(node, truths(value))
    }

    /// Whether numbers are strange ones. Calibration refuses those, so that of values none are.
    fn lower_strange(&mut self, node: &Node, is_strange: impl Fn(f64) -> bool) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let data = match &value {
            Value::Constant(constant) => constant.data.mapv(|number| f64::from(u8::from(is_strange(number)))),
            value => ndarray::ArrayD::zeros(self.shape_of(value)),
        };
        self.set(node, Value::Constant(Constant { data, integer: true }))
    }

    fn lower_not(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let value = self.map(node, value, negation)?;
        self.set(node, truths(value))
    }

    fn lower_connective(&mut self, node: &Node, connective: Connective) -> Result<(), CompileError> {
        let (left, right) = (self.value(node, 0)?, self.value(node, 1)?);
        let sum = self.binary(node, Binary::Add, left, right)?;
        let one = Function::Constant(1.0);
        let value = self.map(node, sum, |x| match connective {
            Connective::And => x.combine(Binary::Subtract, &one).then(Unary::RELU),
            Connective::Or => x.then(Unary::Clip(0.0, 1.0)),
            // 1 - |a + b - 1|
            Connective::Xor => negation(&x.combine(Binary::Subtract, &one).then(Unary::Abs)),
        })?;
        self.set(node, truths(value))
    }

    fn lower_where(&mut self, node: &Node) -> Result<(), CompileError> {
        let (condition, mut yes, mut no) = (self.value(node, 0)?, self.side(node, 1)?, self.side(node, 2)?);
        if !matches!(condition, Value::Constant(_)) {
            (yes, no) = (finite(yes), finite(no));
        }
        let value = match (condition, yes, no) {
            (Value::Constant(condition), yes, no) => {
                if !self.remember_choice(node, &condition, &yes, &no)? {
                    return Ok(());
                }
                self.choose(node, &condition, yes, no)?
            }
            (condition, Value::Constant(yes), Value::Constant(no)) => {
                // no + condition (yes - no)
                let finite = |constant: &Constant| constant.data.iter().all(|value| value.is_finite());
                if !finite(&yes) || !finite(&no) {
                    return Err(node.fail("it chooses between constants that are not finite"));
                }
                let shape = self.shape_of(&condition);
                let (yes, no) = (uniform(yes, &shape), uniform(no, &shape));
                let difference = super::fold::fold_binary(node, Binary::Subtract, &yes, &no)?;
                let part = self.binary(node, Binary::Multiply, condition, Value::Constant(difference))?;
                self.binary(node, Binary::Add, part, Value::Constant(no))?
            }
            (condition, yes, no) => {
                self.remember_computed_choice(node, &condition, &yes, &no)?;
                match self.choose_by_function(node, &condition, &yes, &no)? {
                    Some(value) => value,
                    None => self.choose_by_product(node, condition, yes, no)?,
                }
            }
        };
        self.set(node, value)
    }

    /// A choice by a constant: each side times its mask.
    fn choose(&mut self, node: &Node, condition: &Constant, yes: Value, no: Value) -> Result<Value, CompileError> {
        if let (Value::Constant(yes), Value::Constant(no)) = (&yes, &no) {
            return self.choose_constant(node, condition, yes, no);
        }
        if let Some(side) = self.chosen_everywhere(node, condition, &yes, &no)? {
            return Ok(side);
        }
        let yes = self.masked(node, condition, yes, true)?;
        let no = self.masked(node, condition, no, false)?;
        self.binary(node, Binary::Add, yes, no)
    }

    /// The side that a constant condition chooses everywhere, if it does.
    fn chosen_everywhere(
        &mut self,
        node: &Node,
        condition: &Constant,
        yes: &Value,
        no: &Value,
    ) -> Result<Option<Value>, CompileError> {
        let first = condition.data.first().is_some_and(|&truth| truth != 0.0);
        if !condition.data.iter().all(|&truth| (truth != 0.0) == first) {
            return Ok(None);
        }
        let shape = super::shape::broadcast_shape(&self.shape_of(yes), &self.shape_of(no))
            .and_then(|shape| super::shape::broadcast_shape(&shape, condition.data.shape()))
            .ok_or_else(|| node.fail("its operands have shapes that do not fit"))?;
        let side = if first { yes } else { no };
        match side {
            Value::Constant(constant) if constant.data.iter().any(|value| !value.is_finite()) => Ok(None),
            side => self.expanded(node, side.clone(), &shape).map(Some),
        }
    }

    /// A value where a constant condition has a truth, zero elsewhere.
    fn masked(&mut self, node: &Node, condition: &Constant, value: Value, truth: bool) -> Result<Value, CompileError> {
        let Value::Constant(constant) = &value else {
            let mask = condition.data.mapv(|value| f64::from(u8::from((value != 0.0) == truth)));
            return self.binary(node, Binary::Multiply, value, Value::Constant(Constant::real(mask)));
        };
        let zero = Constant::real(ndarray::arr0(0.0).into_dyn());
        let (yes, no) = if truth { (constant, &zero) } else { (&zero, constant) };
        let chosen = self.choose_constant(node, condition, yes, no)?;
        match &chosen {
            Value::Constant(chosen) if chosen.data.iter().any(|value| !value.is_finite()) => {
                Err(node.fail("it chooses infinities among values; use a large finite number, such as -1e4"))
            }
            _ => Ok(chosen),
        }
    }

    fn choose_constant(
        &mut self,
        node: &Node,
        condition: &Constant,
        yes: &Constant,
        no: &Constant,
    ) -> Result<Value, CompileError> {
        let fail = || node.fail("its operands have shapes that do not fit");
        let shape = super::shape::broadcast_shape(yes.data.shape(), no.data.shape())
            .and_then(|shape| super::shape::broadcast_shape(&shape, condition.data.shape()))
            .ok_or_else(fail)?;
        crate::constant::checked_count(&node.name, &shape)?;
        let wide = |constant: &Constant| constant.broadcast(&shape).ok_or_else(fail);
        let (condition, yes_values, no_values) = (wide(condition)?, wide(yes)?, wide(no)?);
        let data = ndarray::Zip::from(&condition)
            .and(&yes_values)
            .and(&no_values)
            .map_collect(|&condition, &yes, &no| if condition == 0.0 { no } else { yes });
        Ok(Value::Constant(Constant { data, integer: yes.integer && no.integer }))
    }

    /// A choice in which everything is a function of one value; nothing where it is not.
    fn choose_by_function(
        &mut self,
        node: &Node,
        condition: &Value,
        yes: &Value,
        no: &Value,
    ) -> Result<Option<Value>, CompileError> {
        let shape = self.shape_of(condition);
        let (sum, condition, view) = self.as_sum(&node.name, condition.clone())?;
        let mut sides = vec![];
        for side in [yes, no] {
            let function = match side {
                Value::Constant(constant) => constant.scalar().map(Function::Constant),
                value if self.shape_of(value) != shape => None,
                value => {
                    let (other, function, other_view) = self.as_sum(&node.name, value.clone())?;
                    (other == sum && other_view == view).then_some(function)
                }
            };
            sides.extend(function);
        }
        let [yes, no] = &sides[..] else { return Ok(None) };
        let whole = Value::Sum(sum, Function::Variable, view);
        self.map(node, whole, |_| Function::choice(&condition, yes, no)).map(Some)
    }

    /// A choice by a condition `c` of values: `no + c yes - c no`. A constant side is one times `c` or `1 - c`.
    fn choose_by_product(
        &mut self,
        node: &Node,
        condition: Value,
        yes: Value,
        no: Value,
    ) -> Result<Value, CompileError> {
        let condition = self.tensor_value(node, condition)?;
        let shapes = [&condition, &yes, &no].map(|value| self.shape_of(value));
        let shape = super::shape::broadcast_shape(&shapes[0], &shapes[1])
            .and_then(|shape| super::shape::broadcast_shape(&shape, &shapes[2]))
            .ok_or_else(|| node.fail("its operands have shapes that do not fit"))?;
        let (constant, value, inverse) = match (&yes, &no) {
            (Value::Constant(_), _) => (yes, no, true),
            (_, Value::Constant(_)) => (no, yes, false),
            _ => {
                let condition = self.expanded(node, condition, &shape)?;
                let yes = self.expanded(node, yes, &shape)?;
                let no = self.expanded(node, no, &shape)?;
                let pairs = vec![(1.0, condition.clone(), yes), (-1.0, condition, no.clone())];
                return self.products_added(node, Some(no), pairs);
            }
        };
        let opposite = self.map(node, condition.clone(), negation)?;
        let (kept, left) = if inverse { (opposite, condition) } else { (condition, opposite) };
        let product = self.multiplied(node, kept, value)?;
        let product = self.tensor_value(node, product)?;
        let part = self.binary(node, Binary::Multiply, left, constant)?;
        self.binary(node, Binary::Add, product, part)
    }

    /// Whether all values are visibly whole numbers.
    pub(super) fn is_whole(&self, value: &Value) -> bool {
        match value {
            Value::Constant(constant) => constant.data.iter().all(|value| value.fract() == 0.0),
            Value::Sum(sum, function, _) => function.is_whole_of(self.lowered.sums[*sum].is_whole(&self.whole)),
            Value::Tensor(tensor, _) => self.whole[*tensor],
        }
    }
}

/// `1 - x`.
pub(super) fn negation(x: &Function) -> Function {
    Function::Constant(1.0).combine(Binary::Subtract, x)
}

/// A constant with the least float in the place of minus infinity. Masks have either, and no product has an infinite factor.
fn finite(value: Value) -> Value {
    match value {
        Value::Constant(constant) => {
            let least = f64::from(f32::MIN);
            let data = constant.data.mapv(|number| if number == f64::NEG_INFINITY { least } else { number });
            Value::Constant(Constant { data, ..constant })
        }
        value => value,
    }
}

/// A constant whose values are all alike as one number, where that has the shape of what it is combined with.
fn uniform(constant: Constant, shape: &[usize]) -> Constant {
    let first = constant.data.first().copied();
    match first {
        Some(first) if constant.broadcast(shape).is_some() && constant.data.iter().all(|&value| value == first) => {
            Constant { data: ndarray::arr0(first).into_dyn(), ..constant }
        }
        _ => constant,
    }
}

/// Constants that are truths are whole.
fn truths(value: Value) -> Value {
    match value {
        Value::Constant(constant) => Value::Constant(Constant { integer: true, ..constant }),
        value => value,
    }
}
