//! What is proved, in the form that both sides compute with.

use ark_bn254::Fr;

use crate::{
    channel::{merge_rounds, schedule},
    claim::Claim,
    error::Reject,
    layout::Layout,
    message::Message,
    model::{Architecture, Factor, ModelError},
    relations::{
        access::Source,
        packing::{digest::Told, pack, public_tensors},
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

    /// A claim in the bytes that a contract is told.
    pub fn told<V: AsRef<[i64]>>(&self, claim: &Claim<V>) -> Claim<Vec<u8>> {
        claim.to_bytes(&public_tensors(self.model, &self.layout))
    }

    /// What whoever checks a proof knows of the input and of the output from the bytes that it is told.
    ///
    /// # Errors
    /// [`Reject::Told`] if the bytes are more or fewer than the model's, and [`Reject::InputDigest`] if a digest is not reduced.
    pub fn read_told(&self, claim: &Claim<Vec<u8>>) -> Result<[Told; 2], Reject> {
        let [input, output] = public_tensors(self.model, &self.layout);
        Ok([input.read_told(&claim.input)?, output.read_told(&claim.output)?])
    }

    /// The packed value of what is told by its values.
    #[must_use]
    pub fn pack_told(&self, told: &[Told; 2], gamma: Fr) -> Fr {
        pack(&public_tensors(self.model, &self.layout), told.each_ref().map(|told| told.values.as_slice()), gamma)
    }

    /// The packed value of what a claim tells by its values.
    pub fn pack_shown<V: AsRef<[i64]>>(&self, claim: &Claim<V>, gamma: Fr) -> Fr {
        let tensors = public_tensors(self.model, &self.layout);
        let ([input, output], [read, answered]) = (&tensors, claim.values());
        pack(&tensors, [input.shown(read), output.shown(answered)], gamma)
    }

    /// The words of the input that a settlement circuit takes besides what is told.
    pub fn hidden<V: AsRef<[i64]>>(&self, claim: &Claim<V>) -> Vec<Fr> {
        let [input, _] = public_tensors(self.model, &self.layout);
        input.hidden(claim.input.as_ref())
    }

    /// The packed value of a claim.
    pub fn pack<V: AsRef<[i64]>>(&self, claim: &Claim<V>, gamma: Fr) -> Fr {
        pack(&public_tensors(self.model, &self.layout), claim.values(), gamma)
    }

    /// The number of variables of the challenge point that the relations are tested at.
    #[must_use]
    pub fn point_bits(&self) -> usize {
        self.layout.cell_bits.max(self.layout.entry_bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Access, AxisMap, InputPort, MIN_ROW_BITS, OutputPort, Step, Table, Term, WeightShape};

    /// A sum over the squares of so many weights, with so many input values and table entries.
    fn model(weights: usize, values: usize, entries: usize) -> Architecture {
        let factor = || Factor::weights(Access { source: 0, axes: vec![AxisMap::variable(1)] });
        let term = Term { coefficient: 1, summed: vec![weights], factors: vec![factor(), factor()] };
        Architecture {
            input: InputPort::of_integers(vec![values], 8),
            output: OutputPort { shape: vec![1], parts: vec![], scale: 1.0 },
            weights: vec![WeightShape { name: String::new(), axes: vec![weights] }],
            parts: vec![],
            tables: vec![Table { name: String::new(), first: 0, outputs: vec![0; entries] }],
            steps: vec![Step {
                name: String::new(),
                axes: vec![1],
                constant: 0,
                terms: vec![term],
                shift: 0,
                table: 0,
            }],
            row_bits: MIN_ROW_BITS,
            weight_row_bits: MIN_ROW_BITS,
        }
    }

    #[test]
    fn there_are_as_many_rounds_as_the_longest_sum_has_variables() {
        let row = MIN_ROW_BITS as usize;
        for (weights, values, entries, main, point) in [
            (4, 4, 4, row, row),
            (1 << 12, 4, 4, 12, row),
            (4, 1 << 12, 4, 13, 13),
            (4, 4, 1 << 12, 13, 13),
            (1 << 14, 1 << 11, 1 << 12, 14, 13),
            (1 << 11, 1 << 13, 1 << 12, 14, 14),
        ] {
            let model = model(weights, values, entries);
            let statement = Statement::new(&model).unwrap();
            assert_eq!(
                (statement.main_rounds(), statement.point_bits()),
                (main, point),
                "{weights} {values} {entries}"
            );
        }
    }
}
