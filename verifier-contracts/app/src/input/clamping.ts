// What an input loses where the model has no integers for its values.
import { count } from "../format.ts";
import type { RequestInput } from "../verifier.ts";
import { shown } from "./numbers.ts";

/** What a customer has to know of values outside of the model's range, in sentences; nothing if all are within. */
export function clampingPoints({ clamped, clamping }: Pick<RequestInput, "clamped" | "clamping">): string[] {
  if (!clamping) return [];
  const { index, value, nearest, excess, isLittle } = clamping;
  const points = [
    `${count(clamped, "value")} outside of the range that the model knows. The answer belongs to the nearest input within it.`,
    `The furthest is number ${index + 1}: ${shown(value)} becomes ${shown(nearest)}. Its distance is ${shown(excess * 100)}% of the range's width.`,
  ];
  if (!isLittle) points.push("That is much. The answer may have little to do with your input.");
  return points;
}
