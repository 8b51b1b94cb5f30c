// A model in a market: the verdict, its record, and how to ask it.
import type { Address, Hex } from "viem";
import { examineModel, type Offered } from "../audit/examine.ts";
import type { Context } from "../context.ts";
import { percent, ether, utc } from "../format.ts";
import { marketAbi } from "../generated/contracts.ts";
import { h } from "../ui/h.ts";
import { card, copyable, facts, uri } from "../ui/parts.ts";
import { verdict } from "../ui/verdict.ts";

async function recordCard({ chain }: Context, { market, modelId, record }: Offered): Promise<HTMLElement> {
  const { holdersBps, settled, earned } = await chain.view({ abi: marketAbi, address: market }, "listing", [modelId]);
  return card(
    "record",
    "The model",
    facts([
      ["Model digest", copyable(record.keyDigest, "model digest")],
      ["Model", copyable(modelId, "model's id")],
      ["Registered", utc(record.registeredAt)],
      ["Registrant", copyable(record.registrant, "registrant's address")],
      ["Description, by the registrant", uri(record.uri)],
      ["Answers that were paid for", String(settled)],
      ["Holders' part of each fee", `${percent(holdersBps)}; ${ether(earned)} by now`],
    ]),
  );
}

/** How to ask: this page has no quantizer. */
function askCard({ chain }: Context, { market, modelId, record }: Offered): HTMLElement {
  const command = `hallmark request m.key --market ${market} --model-id ${modelId} --digest ${record.keyDigest} --chain ${chain.id} --input x.npy --fee 0.001ether`;
  return card(
    "ask",
    "Ask",
    h("p", {}, "Requests are made by the program, which reads the model's key file and the input. This page then follows them."),
    h("code", {}, command),
  );
}

/** Shows a model. */
export async function model(context: Context, market: Address, id: Hex): Promise<HTMLElement> {
  const { report, subject } = await examineModel(context.chain, market, id);
  if (!subject) return h("div", {}, h("h1", { tabindex: -1 }, "This model is refused"), verdict(report, []));
  return h(
    "div",
    {},
    h("h1", { tabindex: -1 }, "Ask a model"),
    verdict(report, []),
    h("div", { class: "columns" }, askCard(context, subject), h("div", { class: "actions" }, await recordCard(context, subject))),
  );
}
