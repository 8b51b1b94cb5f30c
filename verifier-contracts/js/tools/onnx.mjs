// A small model with several inputs and outputs, in ONNX's format: what `onnx.proto` says, and no more than it takes.
import { Buffer } from "node:buffer";

const [FLOAT, INT64] = [1, 7];
const [INT, INTS] = [2, 7];

/** A number in groups of seven bits. */
function varint(number) {
  const bytes = [];
  for (let rest = number; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

const number = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);
const bytes = (field, value) => Buffer.concat([varint(field * 8 + 2), varint(value.length), value]);
const text = (field, value) => bytes(field, Buffer.from(value));
const message = (field, ...parts) => bytes(field, Buffer.concat(parts));

function attribute(name, value) {
  const typed = Array.isArray(value) ? [number(20, INTS), ...value.map((each) => number(8, each))] : [number(20, INT), number(3, value)];
  return message(5, text(1, name), ...typed);
}

function node(operator, inputs, output, attributes = {}) {
  const ends = [...inputs.map((name) => text(1, name)), text(2, output)];
  return message(1, ...ends, text(3, output), text(4, operator), ...Object.entries(attributes).map((entry) => attribute(...entry)));
}

function port(field, name, type, shape) {
  const dims = shape.map((size) => message(1, number(1, size)));
  return message(field, text(1, name), message(2, message(1, number(1, type), message(2, ...dims))));
}

function initializer(name, shape, values) {
  const raw = Buffer.from(Float32Array.from(values).buffer);
  return message(5, ...shape.map((size) => number(1, size)), number(2, FLOAT), text(8, name), bytes(9, raw));
}

/**
 * `scores = x w + z`, the greatest of which is number `best`, and `total`, a hundred times their sum. The inputs are x of six values
 * and z of four.
 */
export function heads() {
  const weights = Array.from({ length: 24 }, (_, index) => Math.sin(1 + 7 * index));
  return Buffer.concat([
    number(1, 8),
    message(
      7,
      node("MatMul", ["x", "w"], "product"),
      node("Add", ["product", "z"], "scores"),
      node("ReduceSum", ["scores"], "sum", { axes: [1], keepdims: 1 }),
      node("Mul", ["sum", "hundred"], "total"),
      node("ArgMax", ["scores"], "best", { axis: 1, keepdims: 0 }),
      text(2, "heads"),
      initializer("w", [6, 4], weights),
      initializer("hundred", [1], [100]),
      port(11, "x", FLOAT, [1, 6]),
      port(11, "z", FLOAT, [1, 4]),
      port(12, "scores", FLOAT, [1, 4]),
      port(12, "total", FLOAT, [1, 1]),
      port(12, "best", INT64, [1]),
    ),
    message(8, text(1, ""), number(2, 11)),
  ]);
}
