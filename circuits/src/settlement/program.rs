//! The verifier as a program: what an [`Arithmetic`] is asked to compute, written down.
//!
//! The verifier's control flow depends on the architecture alone, so that one run of it on a [`Recorder`] gives the whole
//! computation, whatever the proof. Operations on constants are done at once, and an operation that was asked for before
//! is not written down again.

use std::collections::HashMap;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use crate::{
    arithmetic::Arithmetic,
    error::{Check, Reject},
    poseidon::WIDTH,
};

/// A value of a program, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(usize);

impl Value {
    /// Its place among the program's operations.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }
}

/// How a value comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// It is a constant.
    Constant(Fr),
    /// It is public.
    Instance(usize),
    /// The prover says it.
    Element(usize),
    /// A sum.
    Add(Value, Value),
    /// A difference.
    Sub(Value, Value),
    /// A product.
    Mul(Value, Value),
    /// An inverse, which has to exist.
    Invert(Value),
    /// An element of a permutation's state afterwards.
    Permuted {
        /// The permutation.
        permutation: usize,
        /// The element.
        element: usize,
    },
}

/// Two values that have to be the same, and the name of the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// The reason.
    pub check: Check,
    /// The values.
    pub sides: [Value; 2],
}

/// A recorded computation.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// What is computed, each operation after those that it needs.
    pub operations: Vec<Operation>,
    /// The states before each permutation.
    pub permutations: Vec<[Value; WIDTH]>,
    /// What has to hold.
    pub assertions: Vec<Assertion>,
    /// What is published, in the order of the instances after those that are given.
    pub published: Vec<Value>,
}

/// Records the operations of a computation.
#[derive(Debug, Default)]
pub struct Recorder {
    program: Program,
    known: HashMap<Operation, Value>,
}

impl Recorder {
    /// The public value with this number.
    pub fn instance(&mut self, index: usize) -> Value {
        self.record(Operation::Instance(index))
    }

    /// The prover's element with this number.
    pub fn element(&mut self, index: usize) -> Value {
        self.record(Operation::Element(index))
    }

    /// The program, which publishes these values.
    #[must_use]
    pub fn finish(self, published: Vec<Value>) -> Program {
        Program { published, ..self.program }
    }

    fn record(&mut self, operation: Operation) -> Value {
        *self.known.entry(operation).or_insert_with(|| {
            self.program.operations.push(operation);
            Value(self.program.operations.len() - 1)
        })
    }

    fn constant_of(&self, value: Value) -> Option<Fr> {
        match self.program.operations[value.0] {
            Operation::Constant(constant) => Some(constant),
            _ => None,
        }
    }
}

/// The same pair whichever way round a commutative operation was asked for.
fn ordered(left: Value, right: Value) -> (Value, Value) {
    if left <= right { (left, right) } else { (right, left) }
}

impl Arithmetic for Recorder {
    type Scalar = Value;

    fn constant(&mut self, value: Fr) -> Value {
        self.record(Operation::Constant(value))
    }

    fn add(&mut self, left: &Value, right: &Value) -> Value {
        match (self.constant_of(*left), self.constant_of(*right)) {
            (Some(left), Some(right)) => self.constant(left + right),
            (Some(zero), _) if zero == Fr::ZERO => *right,
            (_, Some(zero)) if zero == Fr::ZERO => *left,
            _ => {
                let (left, right) = ordered(*left, *right);
                self.record(Operation::Add(left, right))
            }
        }
    }

    fn sub(&mut self, left: &Value, right: &Value) -> Value {
        match (self.constant_of(*left), self.constant_of(*right)) {
            (Some(left), Some(right)) => self.constant(left - right),
            (_, Some(zero)) if zero == Fr::ZERO => *left,
            _ => self.record(Operation::Sub(*left, *right)),
        }
    }

    fn mul(&mut self, left: &Value, right: &Value) -> Value {
        match (self.constant_of(*left), self.constant_of(*right)) {
            (Some(left), Some(right)) => self.constant(left * right),
            (Some(zero), _) | (_, Some(zero)) if zero == Fr::ZERO => self.constant(Fr::ZERO),
            (Some(one), _) if one == Fr::ONE => *right,
            (_, Some(one)) if one == Fr::ONE => *left,
            _ => {
                let (left, right) = ordered(*left, *right);
                self.record(Operation::Mul(left, right))
            }
        }
    }

    fn invert(&mut self, _check: Check, value: &Value) -> Result<Value, Reject> {
        Ok(self.record(Operation::Invert(*value)))
    }

    fn assert_equal(&mut self, check: Check, left: &Value, right: &Value) -> Result<(), Reject> {
        self.program.assertions.push(Assertion { check, sides: [*left, *right] });
        Ok(())
    }

    fn permute(&mut self, state: &mut [Value; WIDTH]) {
        let permutation = self.program.permutations.len();
        self.program.permutations.push(*state);
        *state = std::array::from_fn(|element| self.record(Operation::Permuted { permutation, element }));
    }
}
