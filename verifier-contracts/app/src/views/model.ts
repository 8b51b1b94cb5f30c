// A model in a market: the verdict, its record, and the form of a request.
import type { Address, Hex } from "viem";
import { examineModel, type Offered } from "../audit/examine.ts";
import type { Report } from "../audit/report.ts";
import type { Context } from "../context.ts";
import { percent, ether, utc } from "../format.ts";
import { marketAbi } from "../generated/contracts.ts";
import { h } from "../ui/h.ts";
import { accepted, keyFile } from "../ui/keyfile.ts";
import { card, copyable, facts, notice, uri } from "../ui/parts.ts";
import { verdict } from "../ui/verdict.ts";
import { knownModel, type Model } from "../verifier.ts";
import { asking } from "./asking.ts";

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

/** The card of a request, which needs the key file first. */
async function askCard(context: Context, offered: Offered, report: Report): Promise<HTMLElement> {
  const place = h("div");
  const use = (model: Model): void =>
    place.replaceChildren(notice("good", accepted(model)), asking({ context, offered, report, model }));
  const known = await knownModel(offered);
  if (known) use(known);
  else place.replaceChildren(keyFile(offered, use));
  return card("ask", "Ask", place);
}

/** Shows a model. */
export async function model(context: Context, market: Address, id: Hex): Promise<HTMLElement> {
  const { report, subject } = await examineModel(context.chain, market, id);
  if (!subject) return h("div", {}, h("h1", { tabindex: -1 }, "This model is refused"), verdict(context, report));
  return h(
    "div",
    {},
    h("h1", { tabindex: -1 }, "Ask a model"),
    verdict(context, report),
    h("div", { class: "columns" }, await askCard(context, subject, report), h("div", { class: "actions" }, await recordCard(context, subject))),
  );
}
