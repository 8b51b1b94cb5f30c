//! Operators of classical machine learning, as skl2onnx writes them.

use ndarray::Array2;

use super::operator::{Kind, Operator};
use super::{Lowering, Value};
use crate::constant::Constant;
use crate::error::CompileError;
use crate::function::{Binary, Unary};
use crate::node::Node;
use crate::schema::CLASSICAL;

/// The operators of this file.
pub(super) const OPERATORS: &[Operator] = &[
    classical("Scaler", &[1], "each feature moved and scaled", |lowering, node| lowering.lower_scaler(node)),
    classical("LinearRegressor", &[1], "weighted sums", |lowering, node| lowering.lower_linear_regressor(node))
        .limited("without post_transform"),
    classical("LinearClassifier", &[1], "weighted sums of each class", |lowering, node| {
        lowering.lower_linear_classifier(node)
    })
    .limited("its scores, by post_transform NONE or LOGISTIC; not its label"),
    classical("Binarizer", &[1], "whether each value is above a bound", |lowering, node| {
        lowering.lower_binarizer(node)
    }),
    classical("ZipMap", &[1], "nothing: the scores stay an array", |lowering, node| lowering.lower_identity(node)),
];

const fn classical(
    name: &'static str,
    versions: &'static [u32],
    about: &'static str,
    lower: super::operator::Lower,
) -> Operator {
    Operator { domain: CLASSICAL, ..Operator::new(name, versions, Kind::Classical, about, lower) }
}

impl Lowering<'_> {
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

    /// The second output, which holds the scores; the first is the label.
    fn lower_linear_classifier(&mut self, node: &Node) -> Result<(), CompileError> {
        let classes = node
            .integers("classlabels_ints")
            .map_or(0, |labels| labels.len())
            .max(node.names("classlabels_strings").len());
        let scores = self.weighted(node, classes, "intercepts")?;
        let scores = match node.text("post_transform", "NONE").as_str() {
            "NONE" => scores,
            "LOGISTIC" => self.map(node, scores, |x| x.then(Unary::Sigmoid))?,
            other => {
                return Err(node.fail(format!("its post_transform {other} is not supported; NONE and LOGISTIC are")));
            }
        };
        match node.outputs.get(1) {
            Some(name) if !name.is_empty() => {
                self.values.insert(name.clone(), scores);
                Ok(())
            }
            _ => Err(node.fail("its scores are not read, and its label is not supported; compile up to its scores")),
        }
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
