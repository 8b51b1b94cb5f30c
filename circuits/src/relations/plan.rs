//! How a term is proved: what becomes of each of its variables.
//!
//! At the challenge point `r` a tensor's cells are folded into one claim. In a product the variables that both factors
//! read are summed over by the sumcheck, whose point is `s`; every other variable is folded into the one factor that reads
//! it, with weights that are `eq(r, .)` for an axis of the tensor and ones for a summed variable.

use crate::{
    arithmetic::Arithmetic,
    layout::{Block, Layout},
    model::{Access, Architecture, Term, bits_of},
    multilinear::{below, equality, equality_at, integer},
};

/// A variable of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The number of its values.
    pub size: usize,
    /// The number of bits of its values.
    pub bits: usize,
    /// Where its bits lie in the index of the tensor, for an axis of the tensor.
    pub axis: Option<usize>,
    /// Where its bits lie in the index of the product's sum, for a variable that both factors read.
    pub sum: Option<usize>,
    /// Whether any factor reads it.
    pub read: bool,
}

/// A term, with what is needed to prove it.
#[derive(Clone, Debug)]
pub struct TermPlan<'m> {
    /// The tensor that the term is added to.
    pub tensor: usize,
    /// That tensor's block.
    pub block: Block,
    /// The term itself.
    pub term: &'m Term,
    /// Its variables.
    pub variables: Vec<Variable>,
    /// The number of variables of its sumcheck; zero unless it is a product.
    pub sum_bits: usize,
}

/// A point to fold a variable at, or ones to add it up with.
#[derive(Clone, Copy, Debug)]
pub enum Folding<'p, S> {
    /// `eq(point, .)`.
    Point(&'p [S]),
    /// One for each value.
    Ones,
}

/// Plans every term of a model. Products come in the order of their sumchecks.
#[must_use]
pub fn plan<'m>(model: &'m Architecture, layout: &Layout) -> Vec<TermPlan<'m>> {
    let tensors = layout.tensors.iter().enumerate().skip(1).zip(&model.steps);
    tensors
        .flat_map(|((tensor, block), step)| {
            step.terms.iter().map(move |term| TermPlan::new(tensor, *block, &step.axes, term))
        })
        .collect()
}

impl<'m> TermPlan<'m> {
    fn new(tensor: usize, block: Block, axes: &[usize], term: &'m Term) -> Self {
        let reads = |access: &Option<Access>, variable| access.as_ref().is_some_and(|access| reads(access, variable));
        let mut axis_low = block.bits;
        let mut variables: Vec<Variable> = Vec::new();
        for (index, &size) in axes.iter().chain(&term.summed).enumerate() {
            let bits = bits_of(size);
            let axis = (index < axes.len()).then(|| {
                axis_low -= bits;
                axis_low
            });
            let (weights, values) = (reads(&term.weights, index), reads(&term.values, index));
            let sum = (weights && values).then_some(0);
            variables.push(Variable { size, bits, axis, sum, read: weights || values });
        }
        // The last variable takes the lowest bits, as it does in a tensor.
        let mut sum_bits = 0;
        for variable in variables.iter_mut().rev().filter(|variable| variable.sum.is_some()) {
            variable.sum = Some(sum_bits);
            sum_bits += variable.bits;
        }
        Self { tensor, block, term, variables, sum_bits }
    }

    /// Whether the term multiplies weights with values, and so has a sumcheck.
    #[must_use]
    pub fn is_product(&self) -> bool {
        self.term.weights.is_some() && self.term.values.is_some()
    }

    /// How a variable is folded, given the point of the cells and the point of the term's sumcheck.
    #[must_use]
    pub fn folding<'p, S>(&self, variable: usize, cells: &'p [S], sum: &'p [S]) -> Folding<'p, S> {
        let variable = &self.variables[variable];
        match (variable.sum, variable.axis) {
            (Some(low), _) => Folding::Point(&sum[low..low + variable.bits]),
            (None, Some(low)) => Folding::Point(&cells[low..low + variable.bits]),
            (None, None) => Folding::Ones,
        }
    }

    /// The public factor of the term in the claim at the point `cells`: its coefficient, its block's place, and the axes that
    /// it is the same along.
    pub fn factor<A: Arithmetic + ?Sized>(&self, a: &mut A, cells: &[A::Scalar]) -> A::Scalar {
        let place = equality_at(a, &cells[self.block.bits..], self.block.prefix());
        let mut factor = place * integer(a, self.term.coefficient);
        for variable in self.variables.iter().filter(|variable| !variable.read) {
            if let Some(low) = variable.axis {
                factor = factor * below(a, &cells[low..low + variable.bits], variable.size);
            }
        }
        factor
    }

    /// `eq` between the two points over the axes that both factors of a product read.
    pub fn shared<A: Arithmetic + ?Sized>(&self, a: &mut A, cells: &[A::Scalar], sum: &[A::Scalar]) -> A::Scalar {
        let mut product = integer(a, 1);
        for variable in &self.variables {
            if let (Some(axis), Some(low)) = (variable.axis, variable.sum) {
                let bits = variable.bits;
                product = product * equality(a, &cells[axis..axis + bits], &sum[low..low + bits]);
            }
        }
        product
    }
}

fn reads(access: &Access, variable: usize) -> bool {
    access.axes.iter().flat_map(|map| &map.parts).any(|part| part.variable == variable)
}
