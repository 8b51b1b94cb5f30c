//! Einsum: sums over axes, and matrix products of two operands at a time between transpositions.

use std::collections::VecDeque;

use super::entry::Entry;
use super::{Lowering, Value};
use crate::error::CompileError;
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] =
    &[Entry::new("Einsum", &[12, 28], Kind::Dense, "products summed over named axes", |lowering, node| {
        lowering.lower_einsum(node)
    })
    .limited("no ellipsis, and no letter twice in an operand")];

/// An operand and the letters of its axes.
struct Operand {
    value: Value,
    letters: Vec<char>,
}

impl Lowering<'_> {
    fn lower_einsum(&mut self, node: &Node) -> Result<(), CompileError> {
        let equation: String = node.text("equation", "").chars().filter(|letter| !letter.is_whitespace()).collect();
        let (inputs, output) = match equation.split_once("->") {
            Some((inputs, output)) => (inputs.to_owned(), output.chars().collect()),
            None => (equation.clone(), implied(&equation)),
        };
        let inputs: Vec<Vec<char>> = inputs.split(',').map(|input| input.chars().collect()).collect();
        let mut operands = vec![];
        for (index, letters) in inputs.iter().enumerate() {
            let value = self.value(node, index)?;
            let fits = letters.len() == self.shape_of(&value).len() && is_plain(letters);
            if !fits || inputs.len() != node.inputs.len() {
                return Err(
                    node.fail(format!("its equation `{equation}` is not supported or does not fit its operands"))
                );
            }
            operands.push(self.without_lone(node, value, letters, &inputs, index, &output)?);
        }
        let made = self.contract_all(node, operands, &output)?;
        let place = |letter: &char| made.letters.iter().position(|other| other == letter);
        let order: Option<Vec<usize>> = output.iter().map(place).collect();
        let order = order
            .filter(|_| is_plain(&output))
            .ok_or_else(|| node.fail("its output names an axis that no operand has"))?;
        let value = self.permuted(made.value, &order)?;
        self.set(node, value)
    }

    /// All operands multiplied one after another. Each product keeps the axes that the output or a later operand names.
    fn contract_all(
        &mut self,
        node: &Node,
        mut operands: Vec<Operand>,
        output: &[char],
    ) -> Result<Operand, CompileError> {
        // A product of two constants has no sum.
        if let Some(first) = operands.iter().position(|operand| !matches!(operand.value, Value::Constant(_))) {
            operands.swap(0, first);
        }
        let mut rest: VecDeque<Operand> = operands.into();
        let mut made = rest.pop_front().ok_or_else(|| node.fail("it has no operands"))?;
        while let Some(operand) = rest.pop_front() {
            let later = rest.iter().flat_map(|operand| &operand.letters);
            let kept: Vec<char> = output.iter().chain(later).copied().collect();
            made = self.contract_letters(node, made, operand, &kept)?;
        }
        Ok(made)
    }

    /// An operand summed over the axes that only it names.
    fn without_lone(
        &mut self,
        node: &Node,
        value: Value,
        letters: &[char],
        inputs: &[Vec<char>],
        index: usize,
        output: &[char],
    ) -> Result<Operand, CompileError> {
        let elsewhere = |letter: &char| {
            let others = inputs.iter().enumerate().filter(|(other, _)| *other != index);
            output.contains(letter) || others.into_iter().any(|(_, input)| input.contains(letter))
        };
        let lone: Vec<usize> = (0..letters.len()).filter(|&axis| !elsewhere(&letters[axis])).collect();
        let letters = letters.iter().copied().filter(|letter| elsewhere(letter)).collect();
        let value = match value {
            value if lone.is_empty() => value,
            Value::Constant(constant) => {
                let sum = |data: ndarray::ArrayD<f64>, axis: &usize| data.sum_axis(ndarray::Axis(*axis));
                let data = lone.iter().rev().fold(constant.data.clone(), sum);
                Value::Constant(crate::constant::Constant { data, ..constant })
            }
            value => self.reduce(node, value, &lone, false, false)?,
        };
        Ok(Operand { value, letters })
    }

    /// Two operands as batches of matrices, multiplied: batch axes, then the left one's own, then the right one's.
    fn contract_letters(
        &mut self,
        node: &Node,
        left: Operand,
        right: Operand,
        kept: &[char],
    ) -> Result<Operand, CompileError> {
        let (a, b) = (left.letters.clone(), right.letters.clone());
        let shared = |letter: &&char| b.contains(letter);
        let batch: Vec<char> = a.iter().filter(shared).filter(|letter| kept.contains(letter)).copied().collect();
        let common: Vec<char> = a.iter().filter(shared).filter(|letter| !kept.contains(letter)).copied().collect();
        let rows: Vec<char> = a.iter().filter(|letter| !b.contains(letter)).copied().collect();
        let columns: Vec<char> = b.iter().filter(|letter| !a.contains(letter)).copied().collect();
        let (left, rows_shape) = self.as_matrices(node, left, [&batch, &rows, &common])?;
        let (right, columns_shape) = self.as_matrices(node, right, [&batch, &common, &columns])?;
        let value = self.matrix_product(node, left, right)?;
        let shape = [rows_shape[0].as_slice(), &rows_shape[1], &columns_shape[2]].concat();
        let value = self.reshaped(node, value, &shape)?;
        Ok(Operand { value, letters: [batch, rows, columns].concat() })
    }

    /// An operand with its axes in three groups, the last two of them merged, and the sizes of each group.
    fn as_matrices(
        &mut self,
        node: &Node,
        operand: Operand,
        groups: [&[char]; 3],
    ) -> Result<(Value, [Vec<usize>; 3]), CompileError> {
        let place = |letter: &char| operand.letters.iter().position(|other| other == letter);
        let order: Option<Vec<usize>> = groups.concat().iter().map(place).collect();
        let value = self.permuted(operand.value, &order.ok_or_else(|| node.fail("its axes cannot be followed"))?)?;
        let shape = self.shape_of(&value);
        let mut rest = shape.as_slice();
        let sizes = groups.map(|group| {
            let (sizes, after) = rest.split_at(group.len());
            rest = after;
            sizes.to_vec()
        });
        let merged = |sizes: &[usize]| sizes.iter().product::<usize>();
        let wide = [sizes[0].as_slice(), &[merged(&sizes[1]), merged(&sizes[2])]].concat();
        Ok((self.reshaped(node, value, &wide)?, sizes))
    }
}

/// The output that an equation without an arrow has: the letters that occur once, in alphabetical order.
fn implied(inputs: &str) -> Vec<char> {
    let once = |letter: &char| inputs.chars().filter(|other| other == letter).count() == 1;
    let mut letters: Vec<char> = inputs.chars().filter(|letter| *letter != ',').filter(once).collect();
    letters.sort_unstable();
    letters
}

/// Whether axes are named by different letters.
fn is_plain(letters: &[char]) -> bool {
    letters.iter().enumerate().all(|(index, letter)| letter.is_ascii_alphabetic() && !letters[..index].contains(letter))
}
