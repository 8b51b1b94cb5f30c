//! How a term is proved: the treatment of each of its variables.
//!
//! At the challenge point `r` a tensor's cells are folded into one claim. The sumcheck, whose point is `s`, sums over the
//! variables that several factors of a term read. Every other variable is folded into the one factor that reads it. The weights
//! are `eq(r, .)` for an axis of the tensor, and ones for a summed variable. A term of one factor has no sumcheck. It is a
//! linear functional of its source.
//!
//! A sum runs over padded variables. Padding does no harm in two cases. If the variable is an axis of the tensor, the tensor's
//! padding must be zero. If a factor is a value, its padding is zero. But a registrant chooses the padding of weights. So if
//! only weights read a summed variable, the sum is cut off at its size.

use crate::{
    arithmetic::Arithmetic,
    layout::{Block, Layout},
    model::{Architecture, Space, Term, bits_of},
    multilinear::{below, coordinates, equality, equality_at, integer, one},
};

/// A variable of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The number of its values.
    pub size: usize,
    /// The number of bits of its values.
    pub bits: usize,
    /// The place of its bits in the index of the tensor, for an axis of the tensor.
    pub axis: Option<usize>,
    /// The place of its bits in the index of the term's sum, for a variable that several factors read.
    pub sum: Option<usize>,
    /// Whether any factor reads it.
    pub read: bool,
    /// Whether the term's sum over it is cut off at its size, if there is one and it is no axis.
    pub cut: bool,
}

/// A term, with the data for its proof.
#[derive(Clone, Debug)]
pub struct TermPlan<'m> {
    /// The tensor that the term contributes to.
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

/// The factor of the operands along a variable of a term's sum.
#[derive(Clone, Copy, Debug)]
pub enum Shared<'p, S> {
    /// `eq(point, .)`: the variable is an axis of the tensor.
    Point(&'p [S]),
    /// One up to this size, and zero beyond it.
    Below(usize),
    /// Ones.
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
        let mut axis_low = block.bits;
        let mut variables: Vec<Variable> = Vec::new();
        for (index, &size) in axes.iter().chain(&term.summed).enumerate() {
            let bits = bits_of(size);
            let axis = (index < axes.len()).then(|| {
                axis_low -= bits;
                axis_low
            });
            let readers = || term.factors.iter().filter(|factor| factor.access.reads(index));
            let sum = (readers().count() > 1).then_some(0);
            let of_weights = readers().all(|factor| factor.space == Space::Weights);
            let cut = of_weights && !size.is_power_of_two();
            variables.push(Variable { size, bits, axis, sum, read: readers().count() > 0, cut });
        }
        // The last variable takes the lowest bits, as it does in a tensor.
        let mut sum_bits = 0;
        for variable in variables.iter_mut().rev().filter(|variable| variable.sum.is_some()) {
            variable.sum = Some(sum_bits);
            sum_bits += variable.bits;
        }
        Self { tensor, block, term, variables, sum_bits }
    }

    /// Whether the term has several factors, and so a sumcheck.
    #[must_use]
    pub fn is_product(&self) -> bool {
        self.term.factors.len() > 1
    }

    /// The number of values of a variable.
    #[must_use]
    pub fn size(&self, variable: usize) -> usize {
        self.variables.get(variable).map_or(0, |variable| variable.size)
    }

    /// How a variable is folded, given the point of the cells and the point of the term's sumcheck.
    #[must_use]
    pub fn folding<'p, S>(&self, variable: usize, cells: &'p [S], sum: &'p [S]) -> Folding<'p, S> {
        match self.variables.get(variable) {
            Some(&Variable { sum: Some(low), bits, .. }) => Folding::Point(coordinates(sum, low, bits)),
            Some(&Variable { axis: Some(low), bits, .. }) => Folding::Point(coordinates(cells, low, bits)),
            _ => Folding::Ones,
        }
    }

    /// The variables of the sum, those of the lowest bits first, and the factor of the operands along each.
    pub fn shared_variables<'s, S>(&'s self, cells: &'s [S]) -> impl Iterator<Item = (&'s Variable, Shared<'s, S>)> {
        let summed = self.variables.iter().rev().filter(|variable| variable.sum.is_some());
        summed.map(move |variable| {
            let shared = match variable.axis {
                Some(axis) => Shared::Point(coordinates(cells, axis, variable.bits)),
                None if variable.cut => Shared::Below(variable.size),
                None => Shared::Ones,
            };
            (variable, shared)
        })
    }

    /// The public factor of the term in the claim at the point `cells`. It has the coefficient, the block's place, and the axes
    /// along which the term is constant.
    pub fn factor<A: Arithmetic + ?Sized>(&self, a: &mut A, cells: &[A::Scalar]) -> A::Scalar {
        let (within, above) = cells.split_at(self.block.bits);
        let place = equality_at(a, above, self.block.prefix());
        let mut factor = place * integer(a, self.term.coefficient);
        for variable in self.variables.iter().filter(|variable| !variable.read) {
            if let Some(low) = variable.axis {
                factor = factor * below(a, coordinates(within, low, variable.bits), variable.size);
            }
        }
        factor
    }

    /// The factor of the operands, at a point of the sum. It is `eq` between the two points over the tensor's axes, times the
    /// indicators of variables that are cut off.
    pub fn shared<A: Arithmetic + ?Sized>(&self, a: &mut A, cells: &[A::Scalar], sum: &[A::Scalar]) -> A::Scalar {
        let (mut product, mut rest) = (one(a), sum);
        for (variable, shared) in self.shared_variables(cells) {
            let (here, above) = rest.split_at(variable.bits);
            rest = above;
            product = match shared {
                Shared::Point(point) => product * equality(a, point, here),
                Shared::Below(size) => product * below(a, here, size),
                Shared::Ones => product,
            };
        }
        product
    }
}
