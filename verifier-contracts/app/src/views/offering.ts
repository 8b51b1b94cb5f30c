// A sale: the verdict, the terms, how far it is, and what the user can do.
import type { Address } from "viem";
import { examineSale, type Sale } from "../audit/examine.ts";
import { FAILED, OPEN, PENDING, type Progress, readHolding, readProgress, readRevenue, SUCCEEDED, type TrancheStand } from "../chain/sale.ts";
import { saleState } from "../chain/words.ts";
import type { Context } from "../context.ts";
import { clean, ether, part, percent, tokens, utc } from "../format.ts";
import { modelLink } from "../route.ts";
import { cap, facts as saleFacts, tranche as told, warnings } from "../terms.ts";
import { h } from "../ui/h.ts";
import { bar, card, copyable, facts, uri, when } from "../ui/parts.ts";
import { verdict } from "../ui/verdict.ts";
import { buying } from "./buying.ts";
import { holding } from "./holding.ts";
import { revenue } from "./revenue.ts";

const STANDS: Record<TrancheStand["stand"], string> = {
  paid: "Paid to the team.",
  returned: "Returned to the buyers.",
  due: "Reached: anyone can have it paid to the team, with hallmark release.",
  missed: "Not reached in time: anyone can return it to the buyers, with hallmark release --forfeit.",
  waits: "",
};

function stage({ terms }: Sale, state: number): [string, bigint | undefined] {
  if (state === PENDING) return ["Opens", terms.opens];
  if (state === OPEN) return ["Open until", terms.closes];
  if (state === FAILED) return ["Failed: all buyers get everything back", undefined];
  if (state === SUCCEEDED) return ["Succeeded", undefined];
  return [`The sale is ${saleState(state)}`, undefined];
}

function progressCard({ chain }: Context, sale: Sale, { state, raised, sold, earned, settled }: Progress): HTMLElement {
  const { terms } = sale;
  const limit = cap(terms);
  const [word, time] = stage(sale, state);
  const isOver = state === SUCCEEDED;
  return card(
    "progress",
    "How far the sale is",
    h("p", { class: "stage" }, h("span", { class: `badge state-${state}` }, time ? `${word} ${utc(time)}` : word)),
    h("p", { class: "figure" }, ether(raised), h("small", {}, ` raised, ${part(raised, limit)} of the cap of ${ether(limit)}`)),
    bar(raised, limit, terms.minimum),
    h("p", { class: "faint" }, raised >= terms.minimum ? "The minimum is reached." : `The minimum is ${ether(terms.minimum)}, the mark on the bar.`),
    facts([
      ["Opens", when(terms.opens, chain.head.timestamp)],
      ["Closes", when(terms.closes, chain.head.timestamp)],
      [isOver ? "Sold" : "Sold, if it ended now", tokens(sold, terms.symbol)],
      ["Answers that were paid for", String(settled)],
      ["The holders have earned since the sale", ether(earned)],
    ]),
  );
}

/** What a tranche waits for. */
function missing({ tranche: { earned } }: TrancheStand, { state, earned: found }: Progress): string {
  if (state === FAILED) return "The sale failed: there are no proceeds.";
  if (state !== SUCCEEDED) return "It waits for the end of the sale.";
  return found < earned ? `By now they have earned ${ether(found)}.` : "It waits for the milestone.";
}

function trancheItem(item: TrancheStand, progress: Progress): HTMLElement {
  const { tranche, amount, stand } = item;
  const now = STANDS[stand] || missing(item, progress);
  return h("li", {}, h("strong", {}, `${ether(amount)} (${percent(tranche.bps)}). `), told(tranche), " ", h("span", { class: "faint" }, now));
}

function termsCard(sale: Sale, progress: Progress): HTMLElement {
  const { terms, record } = sale;
  return card(
    "terms",
    "Terms",
    facts(saleFacts(terms)),
    h("h3", {}, "How the team is paid"),
    h("p", { class: "faint" }, "Amounts are those of the present proceeds. Whatever is not reached in time goes back to the buyers."),
    h("ol", { class: "tranches" }, ...progress.tranches.map((item) => trancheItem(item, progress))),
    h(
      "details",
      {},
      h("summary", {}, "Addresses and digests"),
      facts([
        ["Offering", copyable(sale.offering, "offering's address")],
        ["Token", copyable(sale.token, "token's address")],
        ["Team", copyable(terms.team, "team's address")],
        ["Market", copyable(sale.market, "market's address")],
        ["Registry", copyable(sale.registry, "registry's address")],
        ["Model", copyable(sale.modelId, "model's id")],
        ["Model digest", copyable(terms.keyDigest, "model digest")],
        ["Digest of the terms", copyable(sale.termsDigest, "digest of the terms")],
        ["Description, by the registrant", uri(record.uri)],
      ]),
    ),
  );
}

function heading({ chain }: Context, sale: Sale, state: number): HTMLElement {
  const name = clean(sale.terms.name) || "A token without a name";
  return h(
    "div",
    { class: "heading" },
    h("h1", { tabindex: -1 }, h("bdi", {}, name), " ", h("small", {}, h("bdi", {}, clean(sale.terms.symbol, 16)))),
    h("p", {}, `The token of a model. Its holders share the fees of the model's proven answers. The sale is ${saleState(state)}.`),
    h("p", {}, h("a", { class: "button", href: modelLink(chain.id, sale.market, sale.modelId) }, "Ask the model")),
  );
}

/** Shows a sale. A forged one has no buttons. */
export async function offering(context: Context, address: Address): Promise<HTMLElement> {
  const { chain, account } = context;
  const { report, subject: sale } = await examineSale(chain, address);
  if (!sale) {
    const title = h("h1", { tabindex: -1 }, "This offering is refused");
    return h("div", {}, title, verdict(context, report), facts([["Offering", copyable(address, "offering's address")]]));
  }
  const [progress, income, own] = await Promise.all([
    readProgress(chain, sale),
    readRevenue(chain, sale, account),
    account ? readHolding(chain, sale, account) : undefined,
  ]);
  return h(
    "div",
    {},
    heading(context, sale, progress.state),
    verdict(context, report, warnings(sale.terms, chain.head.timestamp)),
    h(
      "div",
      { class: "columns" },
      progressCard(context, sale, progress),
      h("div", { class: "actions" }, buying(context, sale, report, progress), holding(context, sale, progress, own), revenue(context, sale, income)),
      termsCard(sale, progress),
    ),
  );
}

