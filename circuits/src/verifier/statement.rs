//! What is proved, in the form that both sides compute with.

use ark_bn254::Fr;

use crate::{
    channel::{merge_rounds, schedule},
    claim::{Claim, Public},
    digest::Digest,
    layout::Layout,
    message::Message,
    model::{Architecture, Factor, ModelError},
    relations::{
        access::Source,
        packing::{pack, public_tensors},
        plan::{TermPlan, plan},
    },
};

/// An architecture with its layout and the plan of its terms.
#[derive(Clone, Debug)]
pub struct Statement<'m> {
    /// The architecture.
    pub model: &'m Architecture,
    /// Where everything lies.
    pub layout: Layout,
    /// All terms, in order.
    pub terms: Vec<TermPlan<'m>>,
}

impl<'m> Statement<'m> {
    /// Validates an architecture and plans its proof.
    ///
    /// # Errors
    /// [`ModelError`] names what is beyond a limit, or contradicts itself.
    pub fn new(model: &'m Architecture) -> Result<Self, ModelError> {
        let layout = Layout::new(model)?;
        let terms = plan(model, &layout);
        Ok(Self { model, layout, terms })
    }

    /// The terms that have a sumcheck.
    pub fn products(&self) -> impl Iterator<Item = &TermPlan<'m>> {
        self.terms.iter().filter(|term| term.is_product())
    }

    /// What each factor of a term reads.
    #[must_use]
    pub fn sources<'s>(&'s self, term: &TermPlan<'m>) -> Vec<Source<'s>>
    where
        'm: 's,
    {
        let source = |factor: &'m Factor| {
            let (block, space_bits) = self.layout.source(factor);
            let axes = self.model.source_axes(factor);
            Source { space: factor.space, access: &factor.access, axes, block, space_bits }
        };
        term.term.factors.iter().map(source).collect()
    }

    /// The number of operands of each product.
    pub fn operands(&self) -> impl Iterator<Item = usize> {
        self.products().map(|term| term.term.factors.len())
    }

    /// The number of rounds of the main sumcheck.
    #[must_use]
    pub fn main_rounds(&self) -> usize {
        let products = self.products().map(|term| term.sum_bits).max().unwrap_or(0);
        products.max(self.layout.cell_bits).max(self.layout.entry_bits)
    }

    /// The number of rounds of the merging sumcheck.
    #[must_use]
    pub fn merge_rounds(&self) -> usize {
        merge_rounds(&self.layout)
    }

    /// Every message of a proof, in order, and the number of its elements.
    #[must_use]
    pub fn schedule(&self) -> Vec<(Message, usize)> {
        schedule(&self.layout, self.main_rounds(), self.operands())
    }

    /// What is public in a proof of these claims on the model with this weight digest.
    pub fn public<V: AsRef<[i64]>>(&self, key: Digest, claims: &[Claim<V>]) -> Public {
        Public::new(&public_tensors(self.model, &self.layout), key, claims)
    }

    /// The packed value of the claims.
    pub fn pack<V: AsRef<[i64]>>(&self, claims: &[Claim<V>], gamma: Fr) -> Fr {
        pack(&public_tensors(self.model, &self.layout), claims, gamma)
    }

    /// The number of variables of the challenge point that the relations are tested at.
    #[must_use]
    pub fn point_bits(&self) -> usize {
        self.layout.cell_bits.max(self.layout.entry_bits)
    }
}
