// Numbers that somebody typed or pasted, and numbers as they are shown.
import { PageError } from "../chain/words.ts";

/** More than anybody pastes. */
const MOST_TEXT = 4_000_000;

/** Numbers between blanks, commas or brackets, such as an array of JSON. */
export function readNumbers(text: string): Float32Array {
  if (text.length > MOST_TEXT) throw new PageError("That is too much to paste. Choose a file instead.");
  const words = text.split(/[\s,;[\]()]+/).filter((word) => word !== "");
  if (words.length === 0) throw new PageError("There are no numbers. Write them with blanks or commas between.");
  return Float32Array.from(words, (word, index) => {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word) ? Number(word) : Number.NaN;
    if (!Number.isFinite(Math.fround(value))) throw new PageError(`Value ${index + 1} is no number: ${word.slice(0, 20)}`);
    return value;
  });
}

/** The one number of a field. */
export function readNumber(text: string): number {
  const [value, ...more] = readNumbers(text);
  if (value === undefined || more.length > 0) throw new PageError(`Write one number, with a point and no commas, and not ${text.trim().slice(0, 20)}`);
  return value;
}

/** Five digits behind the point, as the program prints them. */
export const shown = (value: number): string => value.toFixed(5);

/** Refuses a shape that is not the model's. Axes of size 1 may differ. */
export function requireShape(expected: readonly number[], found: readonly number[]): void {
  const lean = (shape: readonly number[]): string => shape.filter((axis) => axis !== 1).join(" × ");
  if (lean(expected) !== lean(found)) {
    throw new PageError(`The array has the shape ${found.join(" × ")}, and the model takes ${expected.join(" × ")}.`);
  }
}

/** Refuses another number of values than the model's. */
export function requireCount(expected: readonly number[], found: number): void {
  const count = expected.reduce((product, axis) => product * axis, 1);
  if (count !== found) throw new PageError(`There are ${found} values, and the model takes ${count}: ${expected.join(" × ")}.`);
}
