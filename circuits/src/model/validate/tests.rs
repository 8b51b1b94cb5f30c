//! One small valid model, and a table of mutations that are each refused for their own reason.

use super::{ModelError, Place};
use crate::model::limits::*;
use crate::model::{
    Access, Architecture, AxisMap, Binding, Factor, InputPart, InputPort, OutputPart, OutputPort, PartAxis, Step,
    Stride, Table, Term, ValueRange, WeightShape, Weights,
};

/// `y[o] = clamp((sum_i w[o, i] x[i] + w[o, 0]) / 16)`, then `y - x` shifted by one.
fn model() -> (Architecture, Weights) {
    let input = InputPort {
        shape: vec![1, 3],
        parts: vec![],
        ranges: vec![],
        axes: vec![3],
        bits: 8,
        scales: vec![0.5],
        offsets: vec![0.0; 3],
        binding: Binding::Values,
    };
    let tables = vec![Table { name: "identity".into(), first: -128, outputs: (-128..128).collect() }];
    let architecture = Architecture {
        input,
        output: OutputPort { shape: vec![3, 1], parts: vec![], scale: 0.25 },
        weights: vec![WeightShape { name: "dense".into(), axes: vec![3, 3] }],
        parts: vec![],
        tables,
        steps: vec![dense(), difference()],
        row_bits: MIN_ROW_BITS,
        weight_row_bits: MIN_ROW_BITS,
    };
    (architecture, Weights(vec![vec![1; 9]]))
}

fn dense() -> Step {
    let weights = Access { source: 0, axes: vec![AxisMap::variable(0), AxisMap::variable(1)] };
    let bias = Access { source: 0, axes: vec![AxisMap::variable(0), AxisMap::constant(0)] };
    let values = Access { source: 0, axes: vec![AxisMap::variable(1)] };
    let product =
        Term { coefficient: 1, summed: vec![3], factors: vec![Factor::weights(weights), Factor::values(values)] };
    let constant = Term { coefficient: 2, summed: vec![], factors: vec![Factor::weights(bias)] };
    Step { name: "dense".into(), axes: vec![3], constant: 5, terms: vec![product, constant], shift: 4, table: 0 }
}

fn difference() -> Step {
    let term = |coefficient, source, map| Term {
        coefficient,
        summed: vec![],
        factors: vec![Factor::values(Access { source, axes: vec![map] })],
    };
    let terms = vec![term(1, 1, AxisMap::variable(0)), term(-1, 0, AxisMap::strided(0, 1, -1))];
    Step { name: "difference".into(), axes: vec![3], constant: 0, terms, shift: 0, table: 0 }
}

fn parts(parts: &[(&str, &[usize])]) -> Vec<InputPart> {
    parts.iter().map(|(name, shape)| InputPart { name: (*name).into(), shape: shape.to_vec() }).collect()
}

/// Ranges of so many values each, with the least and the greatest of them.
fn ranges(ranges: &[(usize, i64, i64)]) -> Vec<ValueRange> {
    ranges.iter().map(|&(count, least, greatest)| ValueRange { count, least, greatest }).collect()
}

/// Two outputs: places 0 and 2 of the last tensor, and place 1.
fn split(model: &mut Architecture) -> &mut [OutputPart] {
    let part = |name: &str, start, axes: &[(usize, usize)]| OutputPart {
        name: name.into(),
        shape: axes.iter().map(|axis| axis.0).collect(),
        start,
        axes: axes.iter().map(|&(size, stride)| PartAxis { size, stride }).collect(),
        scale: 0.5,
    };
    let parts = vec![part("a", 0, &[(2, 2)]), part("b", 1, &[])];
    model.output = OutputPort { shape: vec![3], parts, scale: 1.0 };
    &mut model.output.parts
}

/// Puts the input together from arrays.
fn join(model: &mut Architecture, arrays: &[(&str, &[usize])]) {
    (model.input.shape, model.input.parts) = (vec![3], parts(arrays));
}

fn weights(model: &mut Architecture) -> &mut Access {
    &mut model.steps[0].terms[0].factors[0].access
}

fn values(model: &mut Architecture) -> &mut Access {
    &mut model.steps[0].terms[0].factors[1].access
}

const TERM: Place = Place::Term { step: 0, term: 0 };

fn magnitude(place: Place, what: &'static str, found: i64) -> ModelError {
    ModelError::Magnitude { place, what, found, limit: MAX_INTEGER }
}

fn rank(place: Place, found: usize) -> ModelError {
    ModelError::Rank { place, found, limit: MAX_AXES }
}

fn count(what: &'static str, found: usize, limit: usize) -> ModelError {
    ModelError::Count { what, found, limit }
}

fn rows(found: u32) -> ModelError {
    let what = "rows of cells and table entries";
    ModelError::RowBits { what, found, least: MIN_ROW_BITS, greatest: MAX_ROW_BITS }
}

/// Of a model whose other rows have the least length.
fn weight_rows(found: u32) -> ModelError {
    ModelError::RowBits { what: "rows of weights", found, least: MIN_ROW_BITS, greatest: MIN_ROW_BITS }
}

type Case = (fn(&mut Architecture), ModelError);

fn check(cases: Vec<Case>) {
    for (mutate, expected) in cases {
        let (mut model, _) = model();
        mutate(&mut model);
        assert_eq!(model.validate(), Err(expected));
    }
}

/// Weights whose blocks have 2^26 places together with those of the model and these.
fn fill(places: usize) -> Vec<WeightShape> {
    let axes = (4..=24).map(|bits| 1 << bits).chain([1 << 24, 1 << 24]).chain((16..places).map(|_| 1));
    axes.map(|size| WeightShape { name: String::new(), axes: vec![size] }).collect()
}

/// A term whose weights are read at an index that is a variable of this size, but not of the axis's.
fn map_variable(model: &mut Architecture, size: usize) {
    model.steps[0].terms[0].summed = vec![3, size];
    weights(model).axes[1] = AxisMap::variable(2);
}

/// The indices that are gone through in the model but for those of [`map_variable`]: a constant and three places of the bias,
/// three values and three places of the difference.
const OTHER_INDICES: usize = 1 + 3 + 3 + 3;

#[test]
fn what_reaches_a_limit_is_valid() {
    let valid: [fn(&mut Architecture); 35] = [
        |m| m.steps = vec![dense(); MAX_STEPS],
        |m| m.tables = vec![m.tables[0].clone(); MAX_STEPS],
        |m| m.weights = vec![m.weights[0].clone(); MAX_STEPS],
        |m| m.steps[0].terms = vec![m.steps[0].terms[0].clone(); MAX_TERMS],
        |m| m.row_bits = MAX_ROW_BITS,
        |m| (m.row_bits, m.weight_row_bits) = (MAX_ROW_BITS, MAX_ROW_BITS),
        |m| m.steps[1].name = "x".repeat(MAX_NAME),
        |m| m.weights.push(WeightShape { name: String::new(), axes: vec![1; MAX_AXES] }),
        |m| m.weights.push(WeightShape { name: String::new(), axes: vec![1 << MAX_AXIS_BITS] }),
        |m| m.weights.extend(fill(16)),
        |m| map_variable(m, (1 << MAX_MAPPED_BITS) - OTHER_INDICES - 3),
        |m| m.steps[0].constant = -MAX_INTEGER,
        |m| m.steps[0].shift = MAX_SHIFT,
        |m| m.steps[0].terms[0].coefficient = MAX_INTEGER,
        |m| m.steps[0].terms[0].factors = vec![m.steps[0].terms[0].factors[0].clone(); MAX_FACTORS],
        |m| {
            m.steps[0].terms[0].summed = [vec![3], vec![1; MAX_AXES - 2]].concat();
            values(m).axes[0].strides = (1..MAX_AXES).map(|variable| Stride { variable, stride: 1 }).collect();
        },
        |m| values(m).axes[0].offset = MAX_INTEGER - 2,
        |m| values(m).axes[0] = AxisMap::strided(1, 1 - MAX_INTEGER / 2, -2),
        |m| m.tables[0].first = MAX_INTEGER - 255,
        |m| m.tables[0].first = -MAX_INTEGER,
        |m| m.input.shape = [vec![1; MAX_AXES - 1], vec![3]].concat(),
        |m| m.input.scales = vec![f32::MIN_POSITIVE, f32::MAX, 1.0],
        |m| m.input.offsets = vec![f32::MIN],
        |m| m.input.bits = 16,
        |m| join(m, &[("a", &[1, 1]), ("b", &[2])]),
        |m| join(m, &[("a", &[1; MAX_AXES]), ("b", &[2])]),
        |m| join(m, &[(&"n".repeat(MAX_NAME), &[]), ("b", &[2, 1])]),
        |m| m.input.ranges = ranges(&[(1, -128, 127), (2, 1, 1)]),
        |m| m.output.scale = f32::MIN_POSITIVE,
        |m| _ = split(m),
        |m| split(m)[1].shape = vec![1; MAX_AXES],
        |m| split(m)[0].name = "n".repeat(MAX_NAME),
        |m| split(m)[1].axes = vec![PartAxis { size: 1, stride: usize::MAX }; MAX_AXES],
        |m| split(m)[0].scale = f32::MAX,
        // A place may be nobody's.
        |m| {
            let first = &mut split(m)[0];
            (first.shape, first.axes) = (vec![], vec![]);
        },
    ];
    for (number, mutate) in valid.into_iter().enumerate() {
        let (mut model, _) = model();
        mutate(&mut model);
        assert_eq!(model.validate(), Ok(()), "{number}");
    }
}

/// What is at one limit can be beyond another, whose check comes later.
#[test]
fn one_more_than_a_limit_is_refused() {
    check(vec![
        (
            |m| map_variable(m, (1 << MAX_MAPPED_BITS) - OTHER_INDICES - 2),
            ModelError::Mapped { found: MAX_MAPPED_BITS + 1, limit: MAX_MAPPED_BITS },
        ),
        (|m| values(m).axes[0].offset = MAX_INTEGER - 1, magnitude(TERM, "the farthest index", MAX_INTEGER + 1)),
        (|m| m.steps[0].constant = -MAX_INTEGER - 1, magnitude(Place::Step(0), "the constant", -MAX_INTEGER - 1)),
        (|m| m.row_bits = MAX_ROW_BITS + 1, rows(MAX_ROW_BITS + 1)),
        (|m| m.weight_row_bits = MIN_ROW_BITS + 1, weight_rows(MIN_ROW_BITS + 1)),
        (|m| m.output.scale = f32::INFINITY, ModelError::Scale { place: Place::Output, index: 0 }),
        // 2 + 19 + 19 bits of variables are allowed; but nothing reads the last.
        (
            |m| m.steps[0].terms[0].summed = vec![1 << 19, 1 << 19],
            ModelError::VariableUnread { place: TERM, variable: 2 },
        ),
        // A sum over 26 bits that both factors read is allowed; but it is gone through for each of them.
        (
            |m| {
                m.steps[0].terms[0].summed = vec![1 << 13; 2];
                let by = |variable| Stride { variable, stride: 1 };
                let map = AxisMap { offset: 0, strides: vec![by(1), by(2)] };
                weights(m).axes[1] = map.clone();
                values(m).axes[0] = map;
            },
            ModelError::Mapped { found: 28, limit: MAX_MAPPED_BITS },
        ),
    ]);
}

#[test]
fn the_model_is_valid() {
    let (model, weights) = model();
    assert_eq!(model.validate(), Ok(()));
    assert_eq!(weights.validate(&model), Ok(()));
}

#[test]
fn counts_and_names_are_bounded() {
    check(vec![
        (|m| m.steps.clear(), ModelError::NoSteps),
        (|m| m.steps = vec![dense(); MAX_STEPS + 1], count("steps", MAX_STEPS + 1, MAX_STEPS)),
        (|m| m.tables = vec![m.tables[0].clone(); MAX_STEPS + 1], count("tables", MAX_STEPS + 1, MAX_STEPS)),
        (|m| m.weights = vec![m.weights[0].clone(); MAX_STEPS + 1], count("weight tensors", MAX_STEPS + 1, MAX_STEPS)),
        (
            |m| m.steps[0].terms = vec![m.steps[0].terms[0].clone(); MAX_TERMS + 1],
            count("terms in one step", MAX_TERMS + 1, MAX_TERMS),
        ),
        (|m| m.row_bits = MIN_ROW_BITS - 1, rows(MIN_ROW_BITS - 1)),
        (|m| m.row_bits = u32::MAX, rows(u32::MAX)),
        (|m| m.weight_row_bits = MIN_ROW_BITS - 1, weight_rows(MIN_ROW_BITS - 1)),
        (|m| m.weight_row_bits = u32::MAX, weight_rows(u32::MAX)),
        (|m| m.steps[1].name = "x".repeat(257), ModelError::Name { place: Place::Step(1), found: 257, limit: 256 }),
        (|m| m.tables[0].name = "x".repeat(257), ModelError::Name { place: Place::Table(0), found: 257, limit: 256 }),
        (
            |m| m.weights[0].name = "x".repeat(257),
            ModelError::Name { place: Place::Weights(0), found: 257, limit: 256 },
        ),
    ]);
}

#[test]
fn axes_and_spaces_are_bounded() {
    let size = |place, axis, found| ModelError::AxisSize { place, axis, found, limit: 1 << MAX_AXIS_BITS };
    let space = |what| ModelError::Space { what, limit: MAX_SPACE_BITS };
    check(vec![
        (|m| m.input.axes.clear(), rank(Place::Input, 0)),
        (|m| m.weights[0].axes = vec![1; 17], rank(Place::Weights(0), 17)),
        (|m| m.steps[1].axes = vec![1; 17], rank(Place::Step(1), 17)),
        (|m| m.input.axes[0] = 0, size(Place::Input, 0, 0)),
        (|m| m.weights[0].axes[1] = usize::MAX, size(Place::Weights(0), 1, usize::MAX)),
        (|m| m.steps[0].axes[0] = (1 << 24) + 1, size(Place::Step(0), 0, (1 << 24) + 1)),
        (|m| m.steps[0].terms[0].summed[0] = 0, size(TERM, 1, 0)),
        (|m| m.steps[0].terms[0].summed = vec![1; 16], rank(TERM, 17)),
        (|m| m.steps[0].axes = vec![1 << 13, 1 << 13], space("the tensors")),
        (|m| m.input.axes = vec![1 << 13, 1 << 13], space("the tensors")),
        (|m| m.weights[0].axes = vec![1 << 24; 16], space("the weights")),
        (|m| m.weights.extend(fill(17)), space("the weights")),
        (
            |m| m.tables = vec![Table { name: String::new(), first: 0, outputs: vec![0; 1 << 20] }; 65],
            space("the tables"),
        ),
        (
            |m| m.steps[0].terms[0].summed = vec![1 << 20, 1 << 20],
            ModelError::Work { place: TERM, found: 42, limit: MAX_TERM_BITS },
        ),
        (
            |m| {
                // Both factors read three variables of 2^9 values each.
                let term = &mut m.steps[0].terms[0];
                term.summed = vec![1 << 9; 3];
                let by = |variable| Stride { variable, stride: 1 };
                let map = AxisMap { offset: 0, strides: vec![by(1), by(2), by(3)] };
                term.factors[0].access.axes[1] = map.clone();
                term.factors[1].access.axes[0] = map;
            },
            ModelError::Work { place: TERM, found: 27, limit: MAX_SPACE_BITS },
        ),
        (
            |m| {
                // The weights alone are read at an index of two variables of 2^12 values each.
                let term = &mut m.steps[0].terms[0];
                term.summed = vec![3, 1 << 12, 1 << 12];
                let by = |variable| Stride { variable, stride: 1 };
                term.factors[0].access.axes[1] = AxisMap { offset: 0, strides: vec![by(1), by(2), by(3)] };
            },
            ModelError::Mapped { found: 26, limit: MAX_MAPPED_BITS },
        ),
    ]);
}

#[test]
fn ports_are_checked() {
    let shape = |place, shape| ModelError::Shape { place, shape, values: 3 };
    let scale = |place, index| ModelError::Scale { place, index };
    let name = |place| ModelError::PartName { place };
    check(vec![
        (|m| m.input.shape = vec![4], shape(Place::Input, vec![4])),
        (|m| m.input.parts = parts(&[("a", &[3])]), ModelError::InputParts { count: 1, values: 3 }),
        (|m| join(m, &[("a", &[3])]), ModelError::InputParts { count: 1, values: 3 }),
        (|m| m.input.parts = parts(&[("a", &[1]), ("b", &[2])]), ModelError::InputParts { count: 2, values: 3 }),
        (|m| join(m, &[("a", &[1]), ("b", &[1])]), ModelError::InputParts { count: 2, values: 3 }),
        (|m| join(m, &[("a", &[3]), ("b", &[usize::MAX, 3])]), ModelError::InputParts { count: 2, values: 3 }),
        (|m| join(m, &[("a", &[usize::MAX]), ("b", &[4])]), ModelError::InputParts { count: 2, values: 3 }),
        (|m| join(m, &[("a", &[0]), ("b", &[3])]), ModelError::InputParts { count: 2, values: 3 }),
        (|m| join(m, &[("a", &[1]), ("a", &[2])]), name(Place::InputPart(1))),
        (|m| join(m, &[("a\u{1b}", &[1]), ("b", &[2])]), name(Place::InputPart(0))),
        (|m| join(m, &[("a", &[1]), ("", &[2])]), name(Place::InputPart(1))),
        (
            |m| join(m, &[("a", &[1]), ("b", &[1; MAX_AXES + 1])]),
            ModelError::Rank { place: Place::InputPart(1), found: MAX_AXES + 1, limit: MAX_AXES },
        ),
        (
            |m| join(m, &[(&"n".repeat(MAX_NAME + 1), &[1]), ("b", &[2])]),
            ModelError::Name { place: Place::InputPart(0), found: MAX_NAME + 1, limit: MAX_NAME },
        ),
        (|m| m.input.ranges = ranges(&[(3, 1, 0)]), ModelError::InputRange { index: 0 }),
        (|m| m.input.ranges = ranges(&[(2, 0, 1), (1, -129, 127)]), ModelError::InputRange { index: 1 }),
        (|m| m.input.ranges = ranges(&[(3, 0, 128)]), ModelError::InputRange { index: 0 }),
        (|m| m.input.ranges = ranges(&[(3, 0, 1), (0, 0, 1)]), ModelError::InputRange { index: 1 }),
        (|m| m.input.ranges = ranges(&[(2, 0, 1)]), ModelError::InputRanges { values: 3 }),
        (|m| m.input.ranges = ranges(&[(3, 0, 1), (1, 0, 1)]), ModelError::InputRanges { values: 3 }),
        (|m| m.input.ranges = ranges(&[(3, 0, 1), (usize::MAX, 0, 1)]), ModelError::InputRanges { values: 3 }),
        (
            |m| m.input.ranges = ranges(&[(0, 0, 1); MAX_INPUT_PARTS + 1]),
            ModelError::Count { what: "ranges of an input", found: MAX_INPUT_PARTS + 1, limit: MAX_INPUT_PARTS },
        ),
        (
            |m| m.input.parts = vec![InputPart { name: String::new(), shape: vec![1] }; MAX_INPUT_PARTS + 1],
            ModelError::Count { what: "arrays of an input", found: MAX_INPUT_PARTS + 1, limit: MAX_INPUT_PARTS },
        ),
        (|m| m.input.shape = vec![usize::MAX, 3], shape(Place::Input, vec![usize::MAX, 3])),
        (|m| m.output.shape = vec![], shape(Place::Output, vec![])),
        (|m| m.output.shape = vec![1; 17], rank(Place::Output, 17)),
        (|m| m.input.bits = 0, ModelError::InputBits { found: 0 }),
        (|m| m.input.scales = vec![1.0; 2], ModelError::PortLength { what: "scales", found: 2, values: 3 }),
        (|m| m.input.offsets = vec![], ModelError::PortLength { what: "offsets", found: 0, values: 3 }),
        (|m| m.input.scales = vec![1.0, 0.0, 1.0], scale(Place::Input, 1)),
        (|m| m.input.scales = vec![f32::NAN], scale(Place::Input, 0)),
        (|m| m.input.offsets[2] = f32::INFINITY, ModelError::Offset { index: 2 }),
        (|m| m.output.scale = -1.0, scale(Place::Output, 0)),
    ]);
}

#[test]
fn several_outputs_are_checked() {
    let first = Place::OutputPart(0);
    let shape = |shape: &[usize], values| ModelError::Shape { place: first, shape: shape.to_vec(), values };
    let rank = ModelError::Rank { place: first, found: MAX_AXES + 1, limit: MAX_AXES };
    let place = |index| ModelError::OutputPlace { index, values: 3 };
    let parts = |count| ModelError::OutputParts { count, values: 3 };
    check(vec![
        (|m| split(m)[1].name = "a".into(), ModelError::PartName { place: Place::OutputPart(1) }),
        (|m| split(m)[0].name = String::new(), ModelError::PartName { place: first }),
        (|m| split(m)[0].name = "\n".into(), ModelError::PartName { place: first }),
        (
            |m| split(m)[0].name = "n".repeat(MAX_NAME + 1),
            ModelError::Name { place: first, found: MAX_NAME + 1, limit: MAX_NAME },
        ),
        (|m| split(m)[0].shape = vec![1; MAX_AXES + 1], rank.clone()),
        (|m| split(m)[0].axes = vec![PartAxis { size: 1, stride: 0 }; MAX_AXES + 1], rank),
        (|m| split(m)[0].shape = vec![3], shape(&[3], 2)),
        (|m| split(m)[0].shape = vec![usize::MAX, 2], shape(&[usize::MAX, 2], 2)),
        (
            |m| {
                let first = &mut split(m)[0];
                (first.shape, first.axes[0].size) = (vec![0], 0);
            },
            shape(&[0], 0),
        ),
        (|m| split(m)[0].axes[0].size = 4, shape(&[2], 0)),
        (|m| split(m)[0].axes[0].size = usize::MAX, shape(&[2], 0)),
        (|m| split(m)[1].start = 3, place(1)),
        (|m| split(m)[0].axes[0].stride = 3, place(0)),
        (|m| split(m)[0].axes[0].stride = usize::MAX, place(0)),
        (|m| split(m)[0].start = usize::MAX, place(0)),
        (
            |m| {
                // It takes all values, so that nothing is left for the other.
                let first = &mut split(m)[0];
                (first.shape, first.axes) = (vec![3], vec![PartAxis { size: 3, stride: 1 }]);
            },
            ModelError::OutputOverlap { index: 1 },
        ),
        (|m| split(m)[1].start = 2, ModelError::OutputOverlap { index: 1 }),
        (|m| split(m)[0].axes[0].stride = 0, ModelError::OutputOverlap { index: 0 }),
        (|m| split(m)[0].scale = 0.0, ModelError::Scale { place: first, index: 0 }),
        (|m| split(m)[0].scale = f32::NAN, ModelError::Scale { place: first, index: 0 }),
        (
            |m| {
                split(m);
                m.output.parts.truncate(1);
            },
            parts(1),
        ),
        (
            |m| {
                split(m);
                m.output.shape = vec![3, 1];
            },
            parts(2),
        ),
        (
            |m| {
                split(m);
                m.output.scale = 2.0;
            },
            parts(2),
        ),
        (
            |m| m.output.parts = vec![split(m)[0].clone(); MAX_OUTPUT_PARTS + 1],
            ModelError::Count { what: "arrays of an output", found: MAX_OUTPUT_PARTS + 1, limit: MAX_OUTPUT_PARTS },
        ),
    ]);
}

#[test]
fn tables_and_steps_are_checked() {
    let first = MAX_INTEGER - 254;
    check(vec![
        (|m| m.tables[0].outputs.truncate(255), ModelError::TableLength { table: 0, found: 255 }),
        (|m| m.tables[0].outputs.clear(), ModelError::TableLength { table: 0, found: 0 }),
        (|m| m.tables[0].first = i64::MIN, magnitude(Place::Table(0), "the first argument", i64::MIN)),
        (|m| m.tables[0].first = MAX_INTEGER - 254, magnitude(Place::Table(0), "the last argument", first + 255)),
        (|m| m.steps[1].constant = i64::MIN, magnitude(Place::Step(1), "the constant", i64::MIN)),
        (|m| m.steps[1].shift = 21, ModelError::Shift { step: 1, found: 21, limit: MAX_SHIFT }),
        (|m| m.steps[1].table = 1, ModelError::TableIndex { step: 1, found: 1, count: 1 }),
    ]);
}

#[test]
fn terms_are_checked() {
    let far = MAX_INTEGER / 2 + 1;
    let source = |what, found, count| ModelError::Source { place: TERM, what, found, count };
    let access = |what, found, expected| ModelError::AccessRank { place: TERM, what, found, expected };
    check(vec![
        (|m| m.steps[0].terms[0].coefficient = 0, ModelError::Zero { place: TERM, what: "the coefficient" }),
        (|m| m.steps[0].terms[0].coefficient = MAX_INTEGER + 1, magnitude(TERM, "the coefficient", MAX_INTEGER + 1)),
        (|m| m.steps[0].terms[1].factors.clear(), ModelError::EmptyTerm { place: Place::Term { step: 0, term: 1 } }),
        (
            |m| m.steps[0].terms[0].factors = vec![m.steps[0].terms[0].factors[0].clone(); MAX_FACTORS + 1],
            ModelError::Factors { place: TERM, found: MAX_FACTORS + 1, limit: MAX_FACTORS },
        ),
        (|m| values(m).source = 1, source("values", 1, 1)),
        (|m| weights(m).source = 1, source("weights", 1, 1)),
        (|m| values(m).axes.push(AxisMap::constant(0)), access("values", 2, 1)),
        (|m| weights(m).axes.clear(), access("weights", 0, 2)),
        (|m| values(m).axes[0].offset = i64::MIN, magnitude(TERM, "an offset", i64::MIN)),
        (|m| values(m).axes[0].strides[0].stride = i64::MIN, magnitude(TERM, "a stride", i64::MIN)),
        (|m| values(m).axes[0].strides[0].stride = 0, ModelError::Zero { place: TERM, what: "a stride" }),
        (|m| values(m).axes[0].strides[0].stride = MAX_INTEGER / 2 + 1, magnitude(TERM, "the farthest index", 2 * far)),
        (|m| values(m).axes[0].strides[0].variable = 2, ModelError::Variable { place: TERM, found: 2, count: 2 }),
        (
            |m| values(m).axes[0].strides.push(Stride { variable: 1, stride: 1 }),
            ModelError::VariableReused { place: TERM, variable: 1 },
        ),
        (|m| m.steps[0].terms[0].summed.push(2), ModelError::VariableUnread { place: TERM, variable: 2 }),
    ]);
}

#[test]
fn weights_are_checked() {
    let (model, weights) = model();
    let mutated = |mutate: fn(&mut Vec<Vec<i64>>)| {
        let mut weights = weights.clone();
        mutate(&mut weights.0);
        weights.validate(&model)
    };
    assert_eq!(mutated(|w| w.clear()), Err(ModelError::WeightCount { found: 0, expected: 1 }));
    assert_eq!(mutated(|w| w[0].truncate(8)), Err(ModelError::WeightLength { tensor: 0, found: 8, expected: 9 }));
    assert_eq!(mutated(|w| w[0][3] = i64::MIN), Err(magnitude(Place::Weights(0), "a weight", i64::MIN)));
    assert_eq!(mutated(|w| w[0][3] = MAX_INTEGER), Ok(()));
    assert_eq!(mutated(|w| w[0][3] = -MAX_INTEGER), Ok(()));
}
