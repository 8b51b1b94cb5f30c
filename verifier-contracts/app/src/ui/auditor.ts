// The comparison with a model digest that somebody other than the seller has recomputed.
import { auditedDigest, keepDigest } from "../audit/auditor.ts";
import type { Report } from "../audit/report.ts";
import { explain } from "../chain/words.ts";
import type { Context } from "../context.ts";
import { h } from "./h.ts";
import { field } from "./parts.ts";

/** Asks for an auditor's digest. Then the examination is done again. */
export function comparing({ refresh }: Context, { modelId }: Report): HTMLElement | undefined {
  if (modelId === undefined) return undefined;
  const said = h("p", { class: "error", role: "alert" });
  const input = h("input", { id: "auditor", value: auditedDigest(modelId) ?? "", autocomplete: "off", spellcheck: "false", placeholder: "0x…" });
  const compare = (event: Event): void => {
    event.preventDefault();
    try {
      keepDigest(modelId, input.value);
    } catch (error) {
      said.replaceChildren(explain(error));
      return;
    }
    void refresh("verdict");
  };
  return h(
    "form",
    { on: { submit: compare } },
    field("Model digest from an auditor", input, "From someone other than the seller, who has recomputed it from the model with hallmark setup."),
    h("button", { type: "submit" }, "Compare"),
    said,
  );
}
