// The arrays of a model's input: one, or one for each of the inputs that it is put together from.
import { PageError } from "../chain/words.ts";
import type { Model } from "../verifier.ts";
import { requireShape } from "./numbers.ts";
import { isNpy, readNpy } from "./npy.ts";
import { isNpz, readNpz } from "./npz.ts";

type Ports = Pick<Model, "inputShape" | "inputs">;

/** Whether bytes are arrays. */
export const areArrays = (bytes: Uint8Array): boolean => isNpy(bytes) || isNpz(bytes);

/** What the model takes, in words. */
export function taken({ inputShape, inputs }: Ports): string {
  const size = (shape: readonly number[]): string => shape.join(" × ") || "1";
  return inputs.length === 0
    ? `${size(inputShape)} values`
    : `the arrays ${inputs.map(({ name, shape }) => `${name} (${size(shape)})`).join(", ")}, one behind the other`;
}

/** The values in a file of arrays, in the order of the model. */
export async function readArrays(bytes: Uint8Array, ports: Ports): Promise<Float32Array> {
  const { inputShape, inputs } = ports;
  if (isNpy(bytes)) {
    if (inputs.length > 0) throw new PageError(`The model takes ${inputs.length} arrays: save them in one file with numpy.savez, by their names.`);
    const { shape, values } = readNpy(bytes);
    requireShape(inputShape, shape);
    return values;
  }
  const arrays = await readNpz(bytes, (count) => {
    if (count !== Math.max(1, inputs.length)) throw new PageError(`The file has ${count} arrays, and the model takes ${taken(ports)}.`);
  });
  const wanted = inputs.length > 0 ? inputs : [...arrays.keys()].slice(0, 1).map((name) => ({ name, shape: inputShape }));
  const values = wanted.map(({ name, shape }) => {
    const array = arrays.get(name);
    if (!array) throw new PageError(`The file has no array ${name}. The model takes ${taken(ports)}.`);
    requireShape(shape, array.shape);
    return array.values;
  });
  const joined = new Float32Array(values.reduce((sum, { length }) => sum + length, 0));
  values.reduce((at, part) => (joined.set(part, at), at + part.length), 0);
  return joined;
}
