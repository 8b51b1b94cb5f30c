// Buying: the amount, then the terms and a question, then the payment.
import { encodeFunctionData } from "viem";
import type { Sale } from "../audit/examine.ts";
import type { Report } from "../audit/report.ts";
import { OPEN, PENDING, type Progress } from "../chain/sale.ts";
import { saleState } from "../chain/words.ts";
import { action, type Context, transact } from "../context.ts";
import { clean, ether, parseEther, tokens, utc } from "../format.ts";
import { offeringAbi } from "../generated/contracts.ts";
import { allocation, facts as saleFacts, tranche, warnings } from "../terms.ts";
import { confirm } from "../ui/confirm.ts";
import { h } from "../ui/h.ts";
import { card, facts, field, notice } from "../ui/parts.ts";

/** What has to be agreed to before anything is paid under a setup for tests. */
export const FOR_TESTS = "I know that this setup is for tests, where proofs show nothing";

function closed(state: number, { terms }: Sale): HTMLElement {
  const text = state === PENDING ? `The sale opens ${utc(terms.opens)}.` : `The sale is ${saleState(state)}.`;
  return card("buy", "Buy", h("p", {}, text));
}

function estimate(sale: Sale, raised: bigint, text: string): string {
  try {
    const paid = parseEther(text);
    const { tokens: units, excess } = allocation(sale.terms, paid, raised + paid);
    const back = excess > 0n ? `, and ${ether(excess)} back` : "";
    return `As things stand: ${tokens(units, sale.terms.symbol)}${back}. More buyers above the cap mean fewer tokens, and more back.`;
  } catch {
    return "";
  }
}

async function ask(sale: Sale, paid: bigint, now: bigint, report: Report): Promise<boolean> {
  const { terms } = sale;
  const points = [...report.points, ...warnings(terms, now)];
  return confirm({
    title: `Pay ${ether(paid)} for ${clean(terms.name)}?`,
    content: [
      facts([...saleFacts(terms), ["Closes", utc(terms.closes)], ["Model digest", h("code", {}, terms.keyDigest)]]),
      h("h3", {}, "How the team is paid"),
      h("ol", {}, ...terms.tranches.map((of) => h("li", {}, tranche(of)))),
      points.length > 0 && h("h3", {}, "To weigh"),
      points.length > 0 && h("ul", { class: "points" }, ...points.map((point) => h("li", {}, point))),
      facts([["Digest of the terms", h("code", {}, sale.termsDigest)]]),
      h("p", { class: "faint" }, "The payment names this digest, and the offering refuses a payment that names another one."),
    ],
    boxes: [...(report.isForTests ? [FOR_TESTS] : []), "I have read the terms, and agree to them"],
    pay: `Pay ${ether(paid)}`,
  });
}

/** Pays by the terms that were shown. The offering's address commits to them, so that they cannot have changed since. */
async function buy(context: Context, sale: Sale, raw: string, report: Report): Promise<string | undefined> {
  const paid = parseEther(raw);
  if (!(await ask(sale, paid, context.chain.head.timestamp, report))) return undefined;
  const data = encodeFunctionData({ abi: offeringAbi, functionName: "buy", args: [sale.termsDigest] });
  await transact(context, { to: sale.offering, data, value: paid });
  return `Paid ${ether(paid)} for ${clean(sale.terms.name)}.`;
}

/** The card for buying. */
export function buying(context: Context, sale: Sale, report: Report, { state, raised }: Progress): HTMLElement {
  if (state !== OPEN) return closed(state, sale);
  const hint = h("span", { "aria-live": "polite" });
  const update = (): void => hint.replaceChildren(estimate(sale, raised, amount.value));
  const amount = h("input", { id: "amount", inputmode: "decimal", autocomplete: "off", placeholder: "0.5", on: { input: update } });
  return card(
    "buy",
    "Buy",
    report.isForTests && notice("caution", "A test setup: pay nothing of value."),
    field("Pay, in ether", amount, hint),
    h("p", { class: "faint" }, "You see all terms before you pay."),
    action(context, { label: "Show the terms, and buy", card: "buy", isMain: true, run: () => buy(context, sale, amount.value, report) }),
  );
}
