//! What a model answers, in the user's units: one array, or one for each of the outputs that it has.

use std::fmt;

use hallmark_circuits::model::{OutputPart, OutputPort};
use hallmark_compiling::argmax;
use hallmark_proving::{
    file::{Stored, Target},
    npy::write_floats,
    npz::write_arrays,
};
use ndarray::{ArrayD, IxDyn};
use serde_json::{Map, Value, json};

use super::{
    Given, LocalError,
    array::{MAX_INPUT_BYTES, ShapeError, check_shape, check_stack},
    arrays::{Wanted, in_order},
};

/// One of the arrays of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// The name of the model's output; none if it has a single one.
    name: Option<String>,
    /// The shape that the ONNX model gives it.
    shape: Vec<usize>,
    /// Its values.
    pub(crate) values: Vec<f32>,
    /// What one unit is worth.
    scale: f32,
}

impl Output {
    /// The arrays that a port names, in the order of the ONNX model, without values.
    fn all(port: &OutputPort) -> Vec<Self> {
        if port.parts.is_empty() {
            return vec![Self { name: None, shape: port.shape.clone(), values: vec![], scale: port.scale }];
        }
        let of = |part: &OutputPart| Self {
            name: Some(part.name.clone()),
            shape: part.shape.clone(),
            values: vec![],
            scale: part.scale,
        };
        port.parts.iter().map(of).collect()
    }

    /// Its name, if the model has several outputs.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What one unit is worth.
    pub(crate) const fn scale(&self) -> f32 {
        self.scale
    }

    /// What messages call it.
    fn title(&self, what: &str) -> String {
        self.name.as_ref().map_or_else(|| what.into(), |name| format!("{what} `{name}`"))
    }

    /// The position of the first of the greatest values.
    pub(crate) fn argmax(&self) -> usize {
        argmax(&self.values)
    }
}

/// An answer in the user's units.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The array of a model with one output, or those of all, in the order of the ONNX model.
    pub(crate) outputs: Vec<Output>,
}

impl Answer {
    /// The answer that a model's integers stand for.
    #[must_use]
    pub fn new(port: &OutputPort, integers: &[i64]) -> Self {
        let mut outputs = Output::all(port);
        let mut values = port.dequantize(integers);
        for output in outputs.iter_mut().rev() {
            let size: usize = output.shape.iter().product();
            output.values = values.split_off(values.len().saturating_sub(size));
        }
        Self { outputs }
    }

    /// The values of one output, or the outputs by their names.
    pub(crate) fn to_json(&self) -> Value {
        match self.outputs.as_slice() {
            [output] if output.name.is_none() => json!(output.values),
            outputs => {
                let named = |output: &Output| (output.name.clone().unwrap_or_default(), described(output));
                outputs.iter().map(named).collect::<Map<_, _>>().into()
            }
        }
    }

    /// The position of the first of the greatest values, if there is one output.
    pub(crate) fn argmax(&self) -> Option<usize> {
        if let [output] = self.outputs.as_slice() { Some(output.argmax()) } else { None }
    }

    /// Adds the answer to a JSON object.
    pub fn describe(&self, json: &mut Value) {
        match self.outputs.as_slice() {
            [output] => {
                json["output"] = json!(output.values);
                json["argmax"] = json!(output.argmax());
            }
            _ => json["outputs"] = self.to_json(),
        }
    }

    /// The arrays, shaped as the ONNX model would shape them.
    pub(crate) fn arrays(&self) -> Result<Vec<Named>, ShapeError> {
        self.outputs.iter().map(|output| array(output, &output.shape, output.values.clone())).collect()
    }

    /// Writes the answer as the ONNX model would shape it.
    ///
    /// # Errors
    /// [`LocalError`] if the file can't be written, or holds what could be missed.
    pub fn save(&self, target: Option<Target<'_>>) -> Result<Stored, LocalError> {
        save(self.arrays()?, target)
    }

    /// The answer in a line.
    pub(crate) fn brief(&self) -> String {
        let brief = |output: &Output| {
            let greatest = output.argmax();
            let value = output.values.get(greatest).copied().unwrap_or_default();
            let name = output.name.as_ref().map_or_else(String::new, |name| format!("{name}: "));
            format!("{name}the greatest is number {greatest}, {value:.5}")
        };
        self.outputs.iter().map(brief).collect::<Vec<_>>().join("; ")
    }
}

fn described(output: &Output) -> Value {
    json!({ "shape": output.shape, "values": output.values, "argmax": output.argmax() })
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.outputs.iter().try_for_each(|output| output.fmt(f))
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 16;
        if let Some(name) = &self.name {
            writeln!(f, " {name} {:?}", self.shape)?;
        }
        let marks = self.name.is_none() || self.values.len() > 1;
        for (index, value) in self.values.iter().enumerate().take(SHOWN) {
            let mark = if marks && index == self.argmax() { "  <- greatest" } else { "" };
            writeln!(f, "  {index:>4}  {value:>12.5}{mark}")?;
        }
        match self.values.len().checked_sub(SHOWN) {
            Some(more @ 1..) => writeln!(f, "  and {more} more; the greatest is number {}", self.argmax()),
            _ => Ok(()),
        }
    }
}

/// Answers as arrays whose first axis counts them, in the place of a first axis of size 1.
pub(crate) fn stacked(answers: &[Answer]) -> Result<Vec<Named>, ShapeError> {
    let arrays = columns(answers).map(|(output, values)| {
        let shape = if let [1, shape @ ..] = output.shape.as_slice() { shape } else { &output.shape };
        array(output, &[&[answers.len()], shape].concat(), values)
    });
    arrays.collect()
}

/// Each output with its values in all answers, one after another.
pub(crate) fn columns(answers: &[Answer]) -> impl Iterator<Item = (&Output, Vec<f32>)> {
    let outputs = answers.first().map_or(&[][..], |answer| &answer.outputs);
    outputs.iter().enumerate().map(|(number, output)| {
        let each = answers.iter().filter_map(|answer| answer.outputs.get(number));
        (output, each.flat_map(|output| output.values.iter().copied()).collect())
    })
}

/// An array with the name of its output; an empty one for a single output.
pub type Named = (String, ArrayD<f32>);

fn array(output: &Output, shape: &[usize], values: Vec<f32>) -> Result<Named, ShapeError> {
    let found = vec![values.len()];
    let array = ArrayD::from_shape_vec(IxDyn(shape), values);
    let array = array.map_err(|_| ShapeError { what: output.title("output"), expected: shape.to_vec(), found })?;
    Ok((output.name.clone().unwrap_or_default(), array))
}

/// Writes one array, or an archive of several.
pub(crate) fn save(arrays: Vec<Named>, target: Option<Target<'_>>) -> Result<Stored, LocalError> {
    let Some(target) = target else { return Ok(Stored::default()) };
    let _span = tracing::info_span!("write").entered();
    Ok(match arrays.as_slice() {
        [(name, array)] if name.is_empty() => write_floats(target, array.view())?,
        arrays => write_arrays(target, arrays)?,
    })
}

/// Reads outputs that somebody claims or expects: one sample's, or one for each of those that first axes count. There is an array for
/// each of the model's outputs, in its order.
pub(crate) fn read_outputs(
    given: &Given,
    what: &str,
    port: &OutputPort,
    is_many: bool,
) -> Result<Vec<ArrayD<f32>>, LocalError> {
    let outputs = Output::all(port);
    let wanted = Wanted { what: "outputs", names: outputs.iter().filter_map(|output| output.name.clone()).collect() };
    let arrays = in_order(given.name(), &wanted, given.arrays(MAX_INPUT_BYTES)?)?;
    for (output, array) in outputs.iter().zip(&arrays) {
        let check = if is_many { check_stack } else { check_shape };
        check(&output.title(what), &output.shape, array.shape())?;
    }
    Ok(arrays)
}

/// Refuses arrays of other numbers of samples.
pub(crate) fn check_samples(
    arrays: &[ArrayD<f32>],
    what: &str,
    port: &OutputPort,
    samples: usize,
) -> Result<(), ShapeError> {
    for (output, array) in Output::all(port).iter().zip(arrays) {
        if array.shape().first() != Some(&samples) {
            let expected = [&[samples], output.shape.as_slice()].concat();
            return Err(ShapeError { what: output.title(what), expected, found: array.shape().to_vec() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use hallmark_circuits::model::PartAxis;

    use super::*;

    fn port() -> OutputPort {
        let part = |name: &str, shape: &[usize], start, scale| OutputPart {
            name: name.into(),
            shape: shape.to_vec(),
            start,
            axes: shape.iter().map(|&size| PartAxis { size, stride: 1 }).collect(),
            scale,
        };
        OutputPort { shape: vec![3], parts: vec![part("label", &[], 2, 1.0), part("scores", &[2], 0, 0.5)], scale: 1.0 }
    }

    #[test]
    fn each_output_is_told_under_its_name() {
        let answer = Answer::new(&port(), &[-3, 4, 7]);
        let mut json = json!({});
        answer.describe(&mut json);
        let label = json!({ "shape": [], "values": [7.0], "argmax": 0 });
        let scores = json!({ "shape": [2], "values": [-1.5, 2.0], "argmax": 1 });
        assert_eq!(json, json!({ "outputs": { "label": label, "scores": scores } }));
        let text = answer.to_string();
        assert!(
            text.contains(" label []\n") && text.contains(" scores [2]\n") && text.contains("2.00000  <- greatest")
        );
        assert!(!text.contains("7.00000  <- greatest"), "{text}");
        assert_eq!(
            answer.brief(),
            "label: the greatest is number 0, 7.00000; scores: the greatest is number 1, 2.00000"
        );
    }

    #[test]
    fn answers_are_put_together_output_by_output() {
        let answers = [[-3, 4, 7], [1, 2, 3]].map(|integers| Answer::new(&port(), &integers));
        let found: Vec<_> = columns(&answers).map(|(output, values)| (output.name().unwrap(), values)).collect();
        assert_eq!(found, [("label", vec![7.0, 3.0]), ("scores", vec![-1.5, 2.0, 0.5, 1.0])]);
    }

    #[test]
    fn a_single_output_is_told_as_ever() {
        let answer = Answer::new(&OutputPort { shape: vec![1, 2], parts: vec![], scale: 0.5 }, &[2, 1]);
        let mut json = json!({});
        answer.describe(&mut json);
        assert_eq!(json, json!({ "output": [1.0, 0.5], "argmax": 0 }));
        assert_eq!(answer.to_string(), "     0       1.00000  <- greatest\n     1       0.50000\n");
    }
}
