// A model's values, as a list and as a picture.
import { shown } from "../input/numbers.ts";
import { type Geometry, type Scale, toPixels } from "../input/picture.ts";
import type { Model } from "../verifier.ts";
import { h } from "./h.ts";

/** The most values that are shown. */
const MOST = 100;

/** What a model answers: its values, or those of each of several outputs under its name. */
export function outputTables(model: Model, output: Float32Array): HTMLElement {
  const [arrays] = model.arrays(output);
  if (!arrays?.length) return valueTable(output);
  return h("div", {}, ...arrays.map(({ name, shape, values }) => h("section", {}, h("h3", {}, named(name, shape)), valueTable(values))));
}

/** An output's name and shape. */
const named = (name: string, shape: readonly number[]): string => (shape.length ? `${name}, ${shape.join(" × ")}` : name);

/** Values with bars, and the greatest one marked. */
function valueTable(values: Float32Array): HTMLElement {
  const greatest = values.indexOf(Math.max(...values.slice(0, MOST * 100)));
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const rows = [...values.slice(0, MOST)].map((value, index) => {
    const length = h("span", { class: `length${value < 0 ? " negative" : ""}` });
    length.style.setProperty("--length", `${(50 * Math.abs(value)) / largest}%`);
    const isGreatest = index === greatest && values.length > 1;
    return h(
      "tr",
      isGreatest ? { class: "greatest" } : {},
      h("th", { scope: "row" }, String(index), isGreatest && h("span", { class: "tag" }, "greatest")),
      h("td", { class: "number" }, shown(value)),
      h("td", { class: "scale" }, length),
    );
  });
  const head = h("tr", {}, h("th", { scope: "col" }, "Place"), h("th", { scope: "col", class: "number" }, "Value"), h("th", { scope: "col" }, "Scale"));
  const more = values.length > MOST ? h("p", { class: "faint" }, `and ${values.length - MOST} more`) : undefined;
  return h("div", {}, h("table", { class: "values" }, h("thead", {}, head), h("tbody", {}, ...rows)), more);
}

/** The values as a picture, as the model sees it. */
export function picture(values: Float32Array, of: Geometry, scale?: Scale): HTMLElement {
  const canvas = h("canvas", { class: "picture", width: of.width, height: of.height, role: "img", "aria-label": "The input as the model sees it" });
  canvas.getContext("2d")?.putImageData(new ImageData(toPixels(values, of, scale), of.width, of.height), 0, 0);
  return canvas;
}
