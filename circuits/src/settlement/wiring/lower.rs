//! From a trace's operations to rows.

use std::collections::HashMap;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use super::{
    Equality, ONE, Row, Source, Wire, Wiring,
    sum::{Affine, Sum},
    terms::Terms,
};
use crate::{
    error::Check,
    settlement::trace::{Operation, Trace, Value},
};

/// The wiring of a trace with `given` instances besides the one that is one.
pub(super) fn lower(trace: &Trace, given: usize) -> Wiring {
    let mut lowering = Lowering::new(trace, given);
    for (index, operation) in trace.operations.iter().enumerate() {
        let uses = lowering.uses.get(index).copied().unwrap_or_default();
        let sum = if uses > 0 { lowering.lower(*operation, uses) } else { Sum::default() };
        lowering.sums.push(sum);
    }
    lowering.finish()
}

struct Lowering<'p> {
    trace: &'p Trace,
    /// Of the values so far. One that nothing needs any more is gone.
    sums: Vec<Sum>,
    /// How often each value is still needed.
    uses: Vec<usize>,
    constants: HashMap<Fr, Wire>,
    wiring: Wiring,
}

impl<'p> Lowering<'p> {
    fn new(trace: &'p Trace, given: usize) -> Self {
        let wires = (0..=given).map(Source::Instance).collect();
        Self {
            trace,
            sums: Vec::with_capacity(trace.operations.len()),
            uses: count_uses(trace),
            constants: HashMap::from([(Fr::ONE, ONE)]),
            wiring: Wiring { wires, ..Wiring::default() },
        }
    }

    /// The sum that an operation's value is, in a row of its own if it is needed more than once.
    fn lower(&mut self, operation: Operation, uses: usize) -> Sum {
        let sum = match operation {
            Operation::Constant(constant) => Sum { constant, ..Sum::default() },
            Operation::Instance(index) => Sum::wire(index),
            Operation::Element(element) => Sum::wire(self.wire(Source::Element(element))),
            Operation::Add(left, right) => self.add(left, right, Fr::ONE),
            Operation::Sub(left, right) => self.add(left, right, -Fr::ONE),
            Operation::Mul(left, right) => self.multiply(left, right),
            Operation::Invert(value) => self.invert(value),
            Operation::Permuted { permutation, element } => {
                self.permute(permutation);
                Sum::wire(self.wire(Source::Permuted { permutation, element }))
            }
        };
        if uses > 1 && sum.is_compound() { Sum::affine(self.force(sum)) } else { sum }
    }

    /// The sum that a value is. Each value comes after those that it is made from, so that there is one.
    fn sum(&mut self, value: Value) -> Sum {
        let (Some(sum), Some(uses)) = (self.sums.get_mut(value.index()), self.uses.get_mut(value.index())) else {
            return Sum::default();
        };
        debug_assert!(*uses > 0, "a value is needed more often than was counted");
        *uses = uses.saturating_sub(1);
        // Without a copy, which takes long where many terms are added one by one.
        if *uses == 0 { std::mem::take(sum) } else { sum.clone() }
    }

    /// The sums of an operation's two values. If both are the same, they count as one use.
    fn pair(&mut self, left: Value, right: Value) -> (Sum, Sum) {
        let first = self.sum(left);
        let second = if left == right { first.clone() } else { self.sum(right) };
        (first, second)
    }

    fn wire(&mut self, source: Source) -> Wire {
        self.wiring.wires.push(source);
        self.wiring.wires.len() - 1
    }

    fn add(&mut self, left: Value, right: Value, factor: Fr) -> Sum {
        let (sum, other) = self.pair(left, right);
        self.add_sums(sum, other, factor)
    }

    fn add_sums(&mut self, mut sum: Sum, other: Sum, factor: Fr) -> Sum {
        match (sum.product, other.product) {
            (Some(left), Some(right)) if (left.0, left.1) == (right.0, right.1) => {
                let coefficient = left.2 + factor * right.2;
                sum.add_scaled(&Sum { product: None, ..other }, factor);
                sum.product = (coefficient != Fr::ZERO).then_some((left.0, left.1, coefficient));
                return sum;
            }
            // A row has one product: the earlier sum gets a row of its own, as in a chain of products.
            (Some(_), Some(_)) => sum = Sum::affine(self.force(sum)),
            _ => {}
        }
        sum.add_scaled(&other, factor);
        sum
    }

    fn multiply(&mut self, left: Value, right: Value) -> Sum {
        let (left, right) = self.pair(left, right);
        for (constant, other) in [(&left, &right), (&right, &left)] {
            if constant.terms.len() == 0 && constant.product.is_none() {
                let mut sum = Sum::default();
                sum.add_scaled(other, constant.constant);
                return sum;
            }
        }
        let same = left == right;
        let left = self.force(left);
        let right = if same { left } else { self.force(right) };
        let mut sum = Sum {
            product: Some((left.wire, right.wire, left.scale * right.scale)),
            terms: Terms::default(),
            constant: left.shift * right.shift,
        };
        sum.terms.add(left.wire, left.scale * right.shift);
        sum.terms.add(right.wire, right.scale * left.shift);
        sum
    }

    /// With `scale (wire + shift)` to invert, a new wire is the inverse of the sum: `wire * inverse + shift * inverse = 1`.
    fn invert(&mut self, value: Value) -> Sum {
        let sum = self.sum(value);
        let Affine { wire, scale, shift } = match self.force(sum) {
            affine if affine.scale != Fr::ZERO => affine,
            constant => Affine { wire: self.constant(constant.shift), scale: Fr::ONE, shift: Fr::ZERO },
        };
        let inverse_scale = scale.inverse().unwrap_or_default();
        let shift = shift * inverse_scale;
        let inverse = self.wire(Source::Inverse { of: wire, shift });
        self.row([Some(wire), Some(inverse), None], [Fr::ZERO, shift, Fr::ZERO]);
        let row = self.wiring.rows.len() - 1;
        self.wiring.equalities.push(Equality { check: Check::OpeningPoints, row, with: ONE });
        Sum::affine(Affine { wire: inverse, scale: inverse_scale, shift: Fr::ZERO })
    }

    /// Makes sure that the state before a permutation has wires, and those of all permutations before.
    fn permute(&mut self, permutation: usize) {
        let done = self.wiring.permutations.len();
        for state in self.trace.permutations.iter().take(permutation + 1).skip(done) {
            let state = state.map(|value| {
                let sum = self.sum(value);
                self.exact(sum)
            });
            self.wiring.permutations.push(state);
        }
    }

    fn row(&mut self, inputs: [Option<Wire>; 3], coefficients: [Fr; 3]) -> Wire {
        let out = self.wire(Source::Row(self.wiring.rows.len()));
        self.wiring.rows.push(Row { inputs, coefficients, out });
        out
    }

    /// The row that computes a wire if it is a late one, or else a row that copies the wire.
    fn late_row(&mut self, wire: Wire, first: usize) -> usize {
        match self.wiring.wires.get(wire) {
            Some(Source::Row(row)) if *row >= first => *row,
            _ => {
                self.row([Some(wire), Some(ONE), None], [Fr::ZERO; 3]);
                self.wiring.rows.len() - 1
            }
        }
    }

    /// `scale * wire + shift` with this value.
    fn force(&mut self, sum: Sum) -> Affine {
        let Sum { product, terms, constant: shift } = sum;
        let terms: Vec<(Wire, Fr)> = terms.iter().collect();
        match (product, terms.as_slice()) {
            (None, []) => Affine { wire: ONE, scale: Fr::ZERO, shift },
            (None, &[(wire, scale)]) => Affine { wire, scale, shift },
            (None, _) => {
                let (wire, scale) = self.add_up(&terms);
                Affine { wire, scale, shift }
            }
            (Some(product), _) => {
                let (wire, scale) = self.multiply_add(product, &terms);
                Affine { wire, scale, shift }
            }
        }
    }

    /// One row for each term but the first, which is their addend.
    fn add_up(&mut self, terms: &[(Wire, Fr)]) -> (Wire, Fr) {
        let mut terms = terms.to_vec();
        // A result of a row can be the next row's addend without a copy: start from the latest.
        let is_row = |wire: Wire| matches!(self.wiring.wires.get(wire), Some(Source::Row(_)));
        terms.sort_by_key(|&(wire, _)| (!is_row(wire), std::cmp::Reverse(wire)));
        let Some((&(mut sum, mut scale), others)) = terms.split_first() else { return (ONE, Fr::ZERO) };
        for &(wire, coefficient) in others {
            // wire * 1 + (coefficient - 1) wire + scale sum
            sum = self.row([Some(wire), Some(ONE), Some(sum)], [coefficient - Fr::ONE, Fr::ZERO, scale]);
            scale = Fr::ONE;
        }
        (sum, scale)
    }

    /// The row of a product, with the terms in its factors, and with the sum of the others as its addend.
    fn multiply_add(&mut self, (left, right, factor): (Wire, Wire, Fr), terms: &[(Wire, Fr)]) -> (Wire, Fr) {
        let inverse = factor.inverse().unwrap_or_default();
        let (mut of_left, mut of_right, mut others) = (Fr::ZERO, Fr::ZERO, Vec::new());
        for &(wire, coefficient) in terms {
            match wire {
                _ if wire == left => of_left = coefficient * inverse,
                _ if wire == right => of_right = coefficient * inverse,
                _ => others.push((wire, coefficient)),
            }
        }
        let addend = (!others.is_empty()).then(|| self.add_up(&others));
        let of_addend = addend.map_or(Fr::ZERO, |(_, scale)| scale * inverse);
        let inputs = [Some(left), Some(right), addend.map(|(wire, _)| wire)];
        let row = self.row(inputs, [of_left, of_right, of_addend]);
        (row, factor)
    }

    /// A wire with exactly this value.
    fn exact(&mut self, sum: Sum) -> Wire {
        let Affine { wire, scale, shift } = self.force(sum);
        if scale == Fr::ZERO {
            return self.constant(shift);
        }
        if scale == Fr::ONE && shift == Fr::ZERO {
            return wire;
        }
        self.row([Some(wire), Some(ONE), None], [scale - Fr::ONE, shift, Fr::ZERO])
    }

    /// `1 * 1 + (constant - 1) 1`
    fn constant(&mut self, constant: Fr) -> Wire {
        if let Some(wire) = self.constants.get(&constant) {
            return *wire;
        }
        let wire = self.row([Some(ONE), Some(ONE), None], [constant - Fr::ONE, Fr::ZERO, Fr::ZERO]);
        self.constants.insert(constant, wire);
        wire
    }

    fn finish(mut self) -> Wiring {
        for assertion in &self.trace.assertions {
            let [left, right] = assertion.sides;
            // Each side counts, also where both are the same.
            let (left, right) = (self.sum(left), self.sum(right));
            let mut difference = self.add_sums(left, right, -Fr::ONE);
            // Counts in the wire from now on. The shift that it also leaves is not looked at.
            difference.terms.add(ONE, difference.constant);
            let zero = self.constant(Fr::ZERO);
            let first = self.wiring.rows.len();
            let Affine { wire, scale, .. } = self.force(difference);
            // It is scale * wire, which is nothing only where both sides are the same expression.
            if scale != Fr::ZERO {
                let row = self.late_row(wire, first);
                self.wiring.equalities.push(Equality { check: assertion.check, row, with: zero });
            }
        }
        for value in &self.trace.published {
            let sum = self.sum(*value);
            let wire = self.exact(sum);
            self.wiring.published.push(wire);
        }
        self.wiring
    }
}

/// How often each value is needed.
fn count_uses(trace: &Trace) -> Vec<usize> {
    let mut uses = vec![0; trace.operations.len()];
    let roots = trace.assertions.iter().flat_map(|assertion| assertion.sides).chain(trace.published.iter().copied());
    // States are needed whether or not what the permutation makes of them is.
    roots.chain(trace.permutations.iter().flatten().copied()).for_each(|root| add_use(&mut uses, root));
    for (index, operation) in trace.operations.iter().enumerate().rev() {
        let Some(count) = uses.get_mut(index) else { continue };
        match *operation {
            // An inverse has to exist even where nothing is made of it.
            Operation::Invert(value) => {
                *count += 1;
                add_use(&mut uses, value);
            }
            _ if *count == 0 => {}
            Operation::Add(left, right) | Operation::Sub(left, right) | Operation::Mul(left, right) => {
                add_use(&mut uses, left);
                // A square needs its factor once.
                if left != right {
                    add_use(&mut uses, right);
                }
            }
            Operation::Constant(_) | Operation::Instance(_) | Operation::Element(_) | Operation::Permuted { .. } => {}
        }
    }
    uses
}

fn add_use(uses: &mut [usize], value: Value) {
    if let Some(count) = uses.get_mut(value.index()) {
        *count += 1;
    }
}
