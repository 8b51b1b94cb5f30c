//! Operators of classical machine learning, as skl2onnx writes them.

use ndarray::Array2;

use super::entry::Entry;
use super::{Lowering, Value};
use crate::constant::Constant;
use crate::error::CompileError;
use crate::function::{Binary, Unary};
use crate::node::Node;
use crate::operator::Kind;
use crate::schema::CLASSICAL;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    classical("Scaler", &[1], "each feature moved and scaled", |lowering, node| lowering.lower_scaler(node)),
    classical("LinearRegressor", &[1], "weighted sums", |lowering, node| lowering.lower_linear_regressor(node))
        .limited("without post_transform"),
    classical("LinearClassifier", &[1], "weighted sums of each class", |lowering, node| {
        lowering.lower_linear_classifier(node)
    })
    .limited("post_transform NONE, LOGISTIC or SOFTMAX; whole labels"),
    classical("Normalizer", &[1], "each row of length one", |lowering, node| lowering.lower_normalizer(node))
        .limited("by L1 and L2"),
    classical("Binarizer", &[1], "whether each value is above a bound", |lowering, node| {
        lowering.lower_binarizer(node)
    }),
    classical("ArrayFeatureExtractor", &[1], "values at indices of the last axis", |lowering, node| {
        lowering.lower_feature_extractor(node)
    })
    .limited("constant indices"),
    classical("ZipMap", &[1], "nothing: the scores stay an array", |lowering, node| lowering.lower_identity(node)),
];

const fn classical(
    name: &'static str,
    versions: &'static [u32],
    about: &'static str,
    lower: super::entry::Lower,
) -> Entry {
    Entry::new(name, versions, Kind::Classical, about, lower).of(CLASSICAL)
}

impl Lowering<'_> {
    fn lower_feature_extractor(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let (Some(last), Some(&size)) = (shape.len().checked_sub(1), shape.last()) else {
            return Err(node.fail("its input has no axes"));
        };
        let indices = self.input_constant(node, 1)?.as_integers();
        let indices: Option<Vec<usize>> =
            indices.iter().map(|&index| usize::try_from(index).ok().filter(|&index| index < size)).collect();
        let indices = indices.filter(|indices| !indices.is_empty());
        let indices = indices.ok_or_else(|| node.fail(format!("its indices are not within an axis of {size}")))?;
        let mut value = self.picked(node, value, last, &indices)?;
        if shape.len() == 1 {
            value = self.reshaped(node, value, &[1, indices.len()])?;
        }
        self.set(node, value)
    }

    /// `(x - offset) * scale`.
    fn lower_scaler(&mut self, node: &Node) -> Result<(), CompileError> {
        let mut value = self.value(node, 0)?;
        let width = self.shape_of(&value).last().copied().unwrap_or(1);
        for (name, binary) in [("offset", Binary::Subtract), ("scale", Binary::Multiply)] {
            let Some(numbers) = node.reals(name) else { continue };
            if numbers.len() != width && numbers.len() != 1 {
                return Err(node.fail(format!("its {name} does not have one number a feature")));
            }
            let array = Constant::real(ndarray::Array1::from(numbers).into_dyn());
            value = self.binary(node, binary, value, Value::Constant(array))?;
        }
        self.set(node, value)
    }

    fn lower_normalizer(&mut self, node: &Node) -> Result<(), CompileError> {
        let p = match node.text("norm", "MAX").as_str() {
            "L1" => 1,
            "L2" => 2,
            other => {
                return Err(
                    node.fail(format!("its norm {other} is not supported, since evaluators differ; L1 and L2 are"))
                );
            }
        };
        let value = self.value(node, 0)?;
        let axis = self.shape_of(&value).len().checked_sub(1).ok_or_else(|| node.fail("its input has no features"))?;
        let value = self.of_length_one(node, value, &[axis], p)?;
        self.set(node, value)
    }

    fn lower_binarizer(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let bound = Constant::real(ndarray::arr0(node.real("threshold", 0.0)).into_dyn());
        let above = self.binary(node, Binary::Subtract, value, Value::Constant(bound))?;
        let value = self.map(node, above, |x| x.then(Unary::IsPositive))?;
        self.set(node, value)
    }

    fn lower_linear_regressor(&mut self, node: &Node) -> Result<(), CompileError> {
        if node.text("post_transform", "NONE") != "NONE" {
            return Err(node.fail("its post_transform is not supported; export it without one"));
        }
        let targets = usize::try_from(node.integer("targets", 1)).unwrap_or(0);
        let value = self.weighted(node, targets, "intercepts")?;
        self.set(node, value)
    }

    /// The first output is the label, the second holds the scores.
    fn lower_linear_classifier(&mut self, node: &Node) -> Result<(), CompileError> {
        let labels = node.integers("classlabels_ints").filter(|labels| !labels.is_empty());
        let classes = labels.as_ref().map_or_else(|| node.names("classlabels_strings").len(), Vec::len);
        let scores = self.weighted(node, classes, "intercepts")?;
        let transformed = self.post_transform(node, scores.clone())?;
        self.set_classes(node, labels.as_deref(), scores, transformed)
    }

    /// The scores by the node's `post_transform`.
    pub(super) fn post_transform(&mut self, node: &Node, value: Value) -> Result<Value, CompileError> {
        match node.text("post_transform", "NONE").as_str() {
            "NONE" => Ok(value),
            "LOGISTIC" => self.map(node, value, |x| x.then(Unary::Sigmoid)),
            "SOFTMAX" => self.softmax_over(node, value, 1),
            other => {
                Err(node.fail(format!("its post_transform {other} is not supported; NONE, LOGISTIC and SOFTMAX are")))
            }
        }
    }

    /// Both outputs of a classifier: the label of the greatest score, where it is read, and the scores as they are shown.
    pub(super) fn set_classes(
        &mut self,
        node: &Node,
        labels: Option<&[i64]>,
        scores: Value,
        shown: Value,
    ) -> Result<(), CompileError> {
        let reads = |name: &&String| self.graph.uses.contains_key(*name);
        if let Some(name) = node.outputs.first().filter(reads).cloned() {
            let labels = labels.ok_or_else(|| {
                node.fail("its labels are texts, which no proof has; compile up to its scores with --output-name")
            })?;
            let place = self.greatest_place(node, scores, 1, false)?;
            let label = self.chosen_number(node, place, 1, labels, false)?;
            self.values.insert(name, label);
        }
        if let Some(name) = node.outputs.get(1).filter(|name| !name.is_empty()) {
            self.values.insert(name.clone(), shown);
        }
        Ok(())
    }

    /// The input times coefficients for each of `rows` outputs, plus an intercept.
    fn weighted(&mut self, node: &Node, rows: usize, intercepts: &str) -> Result<Value, CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let axis = shape.len().checked_sub(1).ok_or_else(|| node.fail("its input has no features"))?;
        let coefficients = node.reals("coefficients").unwrap_or_default();
        let width = shape[axis];
        let matrix = Array2::from_shape_vec((rows, width), coefficients).map_err(|_| {
            node.fail(format!("its coefficients are not {rows} rows of {width}, one for each output and feature"))
        })?;
        let bias = node.reals(intercepts).filter(|bias| !bias.is_empty());
        if bias.as_ref().is_some_and(|bias| bias.len() != rows) {
            return Err(node.fail(format!("its {intercepts} are not {rows} numbers")));
        }
        let weights = matrix.reversed_axes().as_standard_layout().into_owned();
        self.dense(node, value, axis, &weights, bias)
    }
}
