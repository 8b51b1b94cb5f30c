// The choice of a model's key file, which says what inputs and outputs mean.
import type { Offered } from "../audit/examine.ts";
import { explain } from "../chain/words.ts";
import { taken } from "../input/arrays.ts";
import { type Model, readModel } from "../verifier.ts";
import { h } from "./h.ts";
import { field } from "./parts.ts";

/** What is known of a key file that was accepted. */
export const accepted = (model: Model): string =>
  `The key file is that of the registered model: its digest is the one that is pinned. It takes ${taken(model)}, and answers ${answered(model)}.`;

/** What the model answers, in words. */
const answered = ({ outputs, outputShape }: Model): string =>
  outputs.length ? outputs.map(({ name }) => name).join(", ") : outputShape.join(" × ");

/** Asks for the key file. A file of another model is refused. */
export function keyFile(offered: Offered, use: (model: Model) => void): HTMLElement {
  const said = h("p", { class: "error", role: "alert" });
  const input = h("input", { type: "file", id: "key-file", on: { change: () => void read() } });
  const read = async (): Promise<void> => {
    const file = input.files?.[0];
    if (!file) return;
    said.replaceChildren("");
    try {
      use(await readModel(offered, file));
    } catch (error) {
      said.replaceChildren(`This key file is refused. ${explain(error)}`);
    }
  };
  const hint = "m.key, which the operator publishes. It may come from anywhere: the page checks in this browser that it is the registered model's.";
  return h("div", {}, field("The model's key file", input, hint), said);
}
