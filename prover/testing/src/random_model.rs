//! Random models that compose operators.

use hallmark_fixtures::{OnnxBuilder, Value};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// A random model and the shape of its input.
pub struct RandomModel {
    /// The model as ONNX.
    pub onnx: Vec<u8>,
    /// The shape of its input.
    pub shape: Vec<usize>,
    /// The operators, in order.
    pub operators: Vec<String>,
}

struct Generator {
    rng: ChaCha20Rng,
    graph: OnnxBuilder,
    operators: Vec<String>,
    constants: usize,
}

/// A model of a few random image operators, then a flattening and a dense layer.
pub fn random_model(seed: u64) -> RandomModel {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let shape = vec![1, rng.random_range(1..4), rng.random_range(5..10), rng.random_range(5..10)];
    let mut generator = Generator { rng, graph: OnnxBuilder::new(), operators: vec![], constants: 0 };
    let mut value = generator.graph.input("x", &shape);
    let mut size = [shape[1], shape[2], shape[3]];
    for _ in 0..generator.rng.random_range(2..6) {
        value = generator.operator(&value, &mut size);
    }
    let output = generator.head(&value, size);
    RandomModel { onnx: generator.graph.finish(&[&output]), shape, operators: generator.operators }
}

impl Generator {
    fn operator(&mut self, value: &Value, size: &mut [usize; 3]) -> Value {
        match self.rng.random_range(0..9) {
            0 | 1 => self.convolution(value, size),
            2 => self.depthwise(value, *size),
            3 if size[1] > 2 && size[2] > 2 => self.pool("MaxPool", value, size),
            4 if size[1] > 2 && size[2] > 2 => self.pool("AveragePool", value, size),
            5 => self.residual(value, size[0]),
            6 => self.normalization(value, size[0]),
            7 => self.concatenation(value, size),
            _ => self.pointwise(value),
        }
    }

    fn constant(&mut self, shape: &[usize], low: f32, high: f32) -> Value {
        let values = (0..shape.iter().product()).map(|_| self.rng.random_range(low..high)).collect();
        self.constants += 1;
        self.graph.initializer(&format!("constant{}", self.constants), shape, values)
    }

    fn note(&mut self, operator: &str) {
        self.operators.push(operator.to_owned());
    }

    fn convolution(&mut self, value: &Value, size: &mut [usize; 3]) -> Value {
        let channels = self.rng.random_range(1..5);
        let kernel = self.rng.random_range(1..4);
        let stride = self.rng.random_range(1..3);
        let pads: Vec<i64> = (0..4).map(|_| self.rng.random_range(1..3)).collect();
        let weights = self.constant(&[channels, size[0], kernel, kernel], -0.6, 0.6);
        let bias = self.constant(&[channels], -0.3, 0.3);
        self.note("Conv");
        for axis in 0..2 {
            size[1 + axis] = (size[1 + axis] + (pads[axis] + pads[2 + axis]) as usize - kernel) / stride + 1;
        }
        size[0] = channels;
        let strides = [stride as i64; 2];
        self.graph.node("Conv", &[value, &weights, &bias]).ints("strides", &strides).ints("pads", &pads).output()
    }

    fn depthwise(&mut self, value: &Value, size: [usize; 3]) -> Value {
        let weights = self.constant(&[size[0], 1, 3, 3], -0.6, 0.6);
        self.note("Conv (depthwise)");
        let node = self.graph.node("Conv", &[value, &weights]).int("group", size[0] as i64);
        node.ints("pads", &[1, 1, 1, 1]).output()
    }

    fn pool(&mut self, operator: &str, value: &Value, size: &mut [usize; 3]) -> Value {
        let stride = self.rng.random_range(1..3);
        let pad = self.rng.random_range(0..2);
        self.note(operator);
        for side in &mut size[1..] {
            *side = (*side + 2 * pad - 2) / stride + 1;
        }
        let node =
            self.graph.node(operator, &[value]).ints("kernel_shape", &[2, 2]).ints("strides", &[stride as i64; 2]);
        node.ints("pads", &[pad as i64; 4]).output()
    }

    fn residual(&mut self, value: &Value, channels: usize) -> Value {
        let weights = self.constant(&[channels, channels, 3, 3], -0.4, 0.4);
        let branch = self.graph.node("Conv", &[value, &weights]).ints("pads", &[1, 1, 1, 1]).output();
        self.note("residual");
        let operator = if self.rng.random_bool(0.5) { "Add" } else { "Sub" };
        let sum = self.graph.apply(operator, &[&branch, value]);
        self.graph.apply("Relu", &[&sum])
    }

    fn normalization(&mut self, value: &Value, channels: usize) -> Value {
        let [scale, offset, mean] =
            [(0.5, 1.5), (-0.5, 0.5), (-0.5, 0.5)].map(|(low, high)| self.constant(&[channels], low, high));
        let variance = self.constant(&[channels], 0.5, 1.5);
        self.note("BatchNormalization");
        self.graph.apply("BatchNormalization", &[value, &scale, &offset, &mean, &variance])
    }

    fn concatenation(&mut self, value: &Value, size: &mut [usize; 3]) -> Value {
        let other = self.graph.apply("Tanh", &[value]);
        size[0] *= 2;
        self.note("Concat");
        self.graph.node("Concat", &[value, &other]).int("axis", 1).output()
    }

    fn pointwise(&mut self, value: &Value) -> Value {
        const OPERATORS: [&str; 7] = ["Relu", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Elu"];
        let operator = OPERATORS[self.rng.random_range(0..OPERATORS.len())];
        self.note(operator);
        self.graph.apply(operator, &[value])
    }

    fn head(&mut self, value: &Value, size: [usize; 3]) -> Value {
        let pooled = self.rng.random_bool(0.4);
        let value = if pooled { self.graph.apply("GlobalAveragePool", &[value]) } else { value.clone() };
        let features = if pooled { size[0] } else { size.iter().product() };
        let outputs = self.rng.random_range(2..6);
        let flat = self.graph.apply("Flatten", &[&value]);
        let weights = self.constant(&[outputs, features], -0.5, 0.5);
        let bias = self.constant(&[outputs], -0.5, 0.5);
        self.note("Gemm");
        self.graph.node("Gemm", &[&flat, &weights, &bias]).int("transB", 1).output()
    }
}

/// Random integers within the range of a model's input.
pub fn random_input(rng: &mut impl Rng, cells: usize, (least, greatest): (i64, i64)) -> Vec<i64> {
    (0..cells).map(|_| rng.random_range(least..=greatest)).collect()
}
