//! The verifier as a trace: a record of the operations that it asks an [`Arithmetic`] for.
//!
//! The verifier's control flow depends on the architecture alone. So one run of it on a [`Recorder`] gives the whole
//! computation, for every proof. Operations on constants are computed at once. An operation that was recorded before is not
//! recorded again.

use std::{
    cell::RefCell,
    collections::HashMap,
    fmt,
    ops::{Add, Mul, Sub},
};

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use crate::{
    arithmetic::Arithmetic,
    error::{Check, Reject},
    poseidon::WIDTH,
    verification::Verification,
};

/// A value of a trace, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(usize);

impl Value {
    /// Its place among the trace's operations.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }
}

/// How a value is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// It is a constant.
    Constant(Fr),
    /// It is public.
    Instance(usize),
    /// The prover sends it.
    Element(usize),
    /// A sum.
    Add(Value, Value),
    /// A difference.
    Sub(Value, Value),
    /// A product.
    Mul(Value, Value),
    /// An inverse, which must exist.
    Invert(Value),
    /// An element of a permutation's state afterwards.
    Permuted {
        /// The permutation.
        permutation: usize,
        /// The element.
        element: usize,
    },
}

/// Two values that must be equal, and the name of the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// The reason.
    pub check: Check,
    /// The values.
    pub sides: [Value; 2],
}

/// A recorded computation.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The operations, each after those that it needs.
    pub operations: Vec<Operation>,
    /// The states before each permutation.
    pub permutations: Vec<[Value; WIDTH]>,
    /// The assertions.
    pub assertions: Vec<Assertion>,
    /// The published values, in the order of the instances after the given ones.
    pub published: Vec<Value>,
}

/// The record of operations.
#[derive(Debug, Default)]
pub struct Tape(RefCell<Recording>);

#[derive(Debug, Default)]
struct Recording {
    trace: Trace,
    known: HashMap<Operation, Value>,
}

impl Tape {
    /// The public value with this number.
    pub fn instance(&self, index: usize) -> Recorded<'_> {
        self.record(Operation::Instance(index))
    }

    /// The prover's element with this number.
    pub fn element(&self, index: usize) -> Recorded<'_> {
        self.record(Operation::Element(index))
    }

    /// The trace, which publishes these values.
    #[must_use]
    pub fn finish(self, published: Vec<Value>) -> Trace {
        Trace { published, ..self.0.into_inner().trace }
    }

    fn constant(&self, value: Fr) -> Recorded<'_> {
        self.record(Operation::Constant(value))
    }

    fn record(&self, operation: Operation) -> Recorded<'_> {
        let Recording { trace, known } = &mut *self.0.borrow_mut();
        let value = *known.entry(operation).or_insert_with(|| {
            trace.operations.push(operation);
            Value(trace.operations.len() - 1)
        });
        Recorded { tape: self, value }
    }

    fn constant_of(&self, value: Value) -> Option<Fr> {
        match self.0.borrow().trace.operations.get(value.0) {
            Some(Operation::Constant(constant)) => Some(*constant),
            _ => None,
        }
    }
}

/// A value on its tape. Operators on it record operations.
#[derive(Clone, Copy)]
pub struct Recorded<'t> {
    tape: &'t Tape,
    value: Value,
}

impl Recorded<'_> {
    /// The value.
    #[must_use]
    pub const fn value(self) -> Value {
        self.value
    }

    fn constants(self, other: Self) -> (Option<Fr>, Option<Fr>) {
        (self.tape.constant_of(self.value), self.tape.constant_of(other.value))
    }
}

impl fmt::Debug for Recorded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// Orders the operands of a commutative operation, so that both orders give the same record.
fn ordered(left: Value, right: Value) -> (Value, Value) {
    if left <= right { (left, right) } else { (right, left) }
}

impl Add for Recorded<'_> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        match self.constants(other) {
            (Some(left), Some(right)) => self.tape.constant(left + right),
            (Some(zero), _) if zero == Fr::ZERO => other,
            (_, Some(zero)) if zero == Fr::ZERO => self,
            _ => {
                let (left, right) = ordered(self.value, other.value);
                self.tape.record(Operation::Add(left, right))
            }
        }
    }
}

impl Sub for Recorded<'_> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        match self.constants(other) {
            (Some(left), Some(right)) => self.tape.constant(left - right),
            (_, Some(zero)) if zero == Fr::ZERO => self,
            _ => self.tape.record(Operation::Sub(self.value, other.value)),
        }
    }
}

impl Mul for Recorded<'_> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        match self.constants(other) {
            (Some(left), Some(right)) => self.tape.constant(left * right),
            (Some(zero), _) | (_, Some(zero)) if zero == Fr::ZERO => self.tape.constant(Fr::ZERO),
            (Some(one), _) if one == Fr::ONE => other,
            (_, Some(one)) if one == Fr::ONE => self,
            _ => {
                let (left, right) = ordered(self.value, other.value);
                self.tape.record(Operation::Mul(left, right))
            }
        }
    }
}

/// The interpretation that records a computation on a tape.
#[derive(Clone, Copy, Debug)]
pub struct Recorder<'t>(pub &'t Tape);

impl<'t> Arithmetic for Recorder<'t> {
    type Scalar = Recorded<'t>;

    fn constant(&mut self, value: Fr) -> Recorded<'t> {
        self.0.constant(value)
    }
}

impl<'t> Verification for Recorder<'t> {
    fn invert(&mut self, _check: Check, value: Recorded<'t>) -> Result<Recorded<'t>, Reject> {
        Ok(self.0.record(Operation::Invert(value.value)))
    }

    fn assert_equal(&mut self, check: Check, left: Recorded<'t>, right: Recorded<'t>) -> Result<(), Reject> {
        let assertion = Assertion { check, sides: [left.value, right.value] };
        self.0.0.borrow_mut().trace.assertions.push(assertion);
        Ok(())
    }

    fn permute(&mut self, state: &mut [Recorded<'t>; WIDTH]) {
        let permutation = {
            let permutations = &mut self.0.0.borrow_mut().trace.permutations;
            permutations.push(state.map(Recorded::value));
            permutations.len() - 1
        };
        *state = std::array::from_fn(|element| self.0.record(Operation::Permuted { permutation, element }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_constants_tell_is_not_recorded() {
        let tape = Tape::default();
        let constant = |value: u64| tape.constant(Fr::from(value));
        let [zero, one, two, three, six] = [0, 1, 2, 3, 6].map(constant);
        let x = tape.element(0);
        let operations = || tape.0.borrow().trace.operations.len();
        let before = operations();
        let same =
            [(two + one, three), (three - two, one), (two * three, six), (one * three, three), (two - two, zero)];
        let kept = [
            (zero + x, x),
            (x + zero, x),
            (x - zero, x),
            (one * x, x),
            (x * one, x),
            (x * zero, zero),
            (zero * x, zero),
        ];
        for (index, (found, expected)) in same.iter().chain(&kept).enumerate() {
            assert_eq!(found.value, expected.value, "{index}");
        }
        assert_eq!(operations(), before);
        // A difference is not one of nothing and a value, and both orders of a sum are one record.
        assert_ne!((zero - x).value, x.value);
        assert_eq!([(two + x).value, (two * x).value], [(x + two).value, (x * two).value]);
        assert_eq!(operations(), before + 3);
    }
}
