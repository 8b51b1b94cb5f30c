// What the user has of a sale: claims and refunds.
import { encodeFunctionData } from "viem";
import type { Sale } from "../audit/examine.ts";
import { FAILED, type Holding, type Progress, SUCCEEDED } from "../chain/sale.ts";
import { action, type Context, transact } from "../context.ts";
import { ether, tokens } from "../format.ts";
import { offeringAbi } from "../generated/contracts.ts";
import { h } from "../ui/h.ts";
import { card, facts, when } from "../ui/parts.ts";

function buttons(context: Context, sale: Sale, { state }: Progress, own: Holding): (HTMLElement | false)[] {
  const buyer = context.account!;
  const call = (functionName: "claim" | "refund"): Promise<unknown> =>
    transact(context, { to: sale.offering, data: encodeFunctionData({ abi: offeringAbi, functionName, args: [buyer] }) });
  // A claim also pays back what is due.
  const canClaim = state === SUCCEEDED && own.paid > 0n && !own.hasClaimed;
  const back = own.refundable > 0n;
  const claim = async (): Promise<string> => {
    await call("claim");
    return `You have ${tokens(own.tokens, sale.terms.symbol)}${back ? `, and ${ether(own.refundable)} back` : ""}.`;
  };
  const refund = async (): Promise<string> => {
    await call("refund");
    return `You were paid ${ether(own.refundable)} back.`;
  };
  const claimLabel = `Claim ${tokens(own.tokens, sale.terms.symbol)}${back ? ` and ${ether(own.refundable)}` : ""}`;
  return [
    canClaim && action(context, { label: claimLabel, card: "holding", isMain: true, run: claim }),
    !canClaim && back && action(context, { label: `Take ${ether(own.refundable)} back`, card: "holding", isMain: state === FAILED, run: refund }),
  ];
}

/** The card of what the user has. */
export function holding(context: Context, sale: Sale, progress: Progress, own: Holding | undefined): HTMLElement {
  if (!own) return card("holding", "Your part", h("p", {}, "Connect a wallet to see what is yours."));
  if (own.paid === 0n && own.balance === 0n) return card("holding", "Your part", h("p", {}, "This account has bought nothing, and has no tokens."));
  const { symbol } = sale.terms;
  const isOver = progress.state === SUCCEEDED;
  const entries: [string, HTMLElement | string][] = [["Tokens in your account", tokens(own.balance, symbol)]];
  if (own.paid > 0n) entries.unshift(["Paid", ether(own.paid)]);
  if (own.paid > 0n && !own.hasClaimed && progress.state !== FAILED) {
    entries.push([isOver ? "To claim" : "Tokens, if the sale ended now", tokens(own.tokens, symbol)]);
  }
  if (own.excess > 0n && progress.state !== FAILED) {
    entries.push(["Above the cap, in all", ether(own.excess)], ["Bound until", when(own.excessFrom, context.chain.head.timestamp)]);
  }
  return card("holding", "Your part", facts(entries), ...buttons(context, sale, progress, own));
}
