//! Gives several outputs their places in one tensor, each in its own scale.

use hallmark_circuits::model::{MAX_SHIFT, OutputPart, Step, Term};
use hallmark_circuits::semantics::rescale;

use super::{Made, Quantizer};
use crate::error::CompileError;
use crate::float_model::{OutputForm, Product};
use crate::lookup::{Lookup, MAX_TABLE_BITS, Map, entries};

/// What whole numbers are refused with that no table holds.
const LARGE: &str =
    "whole numbers among the outputs are too large to stand beside others; compile them apart with --output-name";

/// The range of an output's integers, and the power of two by which they are divided.
struct Copied {
    range: (i64, i64),
    halvings: u32,
}

impl Copied {
    /// The range after the division, and zero, which is what stands beside the output.
    fn divided(&self) -> (i64, i64) {
        let divide = |value| rescale(value, self.halvings).0;
        (divide(self.range.0).min(0), divide(self.range.1).max(0))
    }

    fn reach(&self) -> i64 {
        let (least, greatest) = self.divided();
        greatest.max(-least)
    }
}

impl Quantizer<'_> {
    /// The step that copies every output. Where the values of all of them need more than a table, those that reach farthest are
    /// halved.
    pub(super) fn join(&mut self, index: usize) -> Result<(), CompileError> {
        let outputs = &self.lowered.outputs;
        let copy = |source: usize| Copied { range: self.ranges[source], halvings: 0 };
        let mut copies: Vec<Copied> = outputs.iter().map(|output| copy(output.source)).collect();
        while bits(&copies) > MAX_TABLE_BITS {
            let exact = |output: &OutputForm| output.whole && self.scales[output.source] == 1.0;
            let real = outputs.iter().zip(&mut copies).filter(|(output, _)| !exact(output)).map(|(_, copied)| copied);
            let farthest = real.max_by_key(|copied| copied.reach()).filter(|copied| copied.halvings < MAX_SHIFT);
            let Some(farthest) = farthest.filter(|copied| copied.reach() > 1) else {
                return Err(self.fail(index, LARGE));
            };
            farthest.halvings += 1;
        }
        let shift = copies.iter().map(|copied| copied.halvings).max().unwrap_or(0);
        let sum = &self.lowered.sums[self.lowered.steps[index].sum];
        let term = |(product, copied): (&Product, &Copied)| Term {
            coefficient: 1 << (shift - copied.halvings),
            summed: vec![],
            factors: product.factors.clone(),
        };
        let terms = sum.products.iter().zip(&copies).map(term).collect();
        let step = Step { name: sum.name.clone(), axes: sum.axes.clone(), constant: 0, terms, shift, table: 0 };
        let part = |(output, copied): (&OutputForm, &Copied)| {
            let scale = self.scales[output.source] * f64::from(1u32 << copied.halvings);
            OutputPart { scale: scale as f32, ..output.part.clone() }
        };
        self.parts = outputs.iter().zip(&copies).map(part).collect();
        let (first, last) = union(&copies);
        self.ranges.push((first, last));
        self.lookups.push(Lookup { first, last, map: Map::Clamp(first, last) });
        // Each output has its own.
        self.scales.push(1.0);
        self.keep(Made { step, shift, shapes: vec![], weights: vec![] })
    }
}

fn union(copies: &[Copied]) -> (i64, i64) {
    let wider = |range: (i64, i64), copied: &Copied| {
        let (least, greatest) = copied.divided();
        (range.0.min(least), range.1.max(greatest))
    };
    copies.iter().fold((0, 0), wider)
}

/// The bits of the table that holds the values of all outputs.
fn bits(copies: &[Copied]) -> u32 {
    let (first, last) = union(copies);
    entries(first, last).ilog2()
}
