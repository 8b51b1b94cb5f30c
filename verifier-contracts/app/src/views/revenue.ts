// The holders' share of the fees: snapshots and claims.
import { encodeFunctionData } from "viem";
import type { Sale } from "../audit/examine.ts";
import type { Revenue } from "../chain/sale.ts";
import { action, type Context, transact } from "../context.ts";
import { count, ether } from "../format.ts";
import { tokenAbi } from "../generated/contracts.ts";
import { h } from "../ui/h.ts";
import { card, facts, when } from "../ui/parts.ts";

function claiming(context: Context, { token }: Sale, { claimable: { snapshots, sum } }: Revenue): HTMLElement {
  const run = async (): Promise<string> => {
    const data = encodeFunctionData({ abi: tokenAbi, functionName: "claimMany", args: [snapshots, context.account!] });
    await transact(context, { to: token, data });
    return `You were paid ${ether(sum)}.`;
  };
  return action(context, { label: `Claim ${ether(sum)}`, card: "revenue", isMain: true, run });
}

function snapshotting(context: Context, { token }: Sale): HTMLElement {
  const run = async (): Promise<string> => {
    await transact(context, { to: token, data: encodeFunctionData({ abi: tokenAbi, functionName: "snapshot" }) });
    return "A snapshot was taken. Each holder can claim its share.";
  };
  return action(context, { label: "Take a snapshot", card: "revenue", run });
}

/** The card of the holders' share. */
export function revenue(context: Context, sale: Sale, income: Revenue): HTMLElement {
  const { isOpen, waiting, nextSnapshot, claimable } = income;
  const now = context.chain.head.timestamp;
  const canSnapshot = nextSnapshot !== undefined && nextSnapshot <= now;
  const entries: [string, HTMLElement | string][] = [["Fees since the last snapshot", ether(waiting)]];
  if (context.account) entries.push(["You can claim", `${ether(claimable.sum)}, of ${count(claimable.snapshots.length, "snapshot")}`]);
  if (nextSnapshot !== undefined && !canSnapshot) entries.push(["Next snapshot", when(nextSnapshot, now)]);
  return card(
    "revenue",
    "The holders' share",
    h("p", { class: "faint" }, "A snapshot divides the fees of at least a week among the holders, by tokens times holding time. Anyone may take it."),
    facts(entries),
    !isOpen && h("p", {}, "The token opens with the first claim after the sale."),
    claimable.sum > 0n && claiming(context, sale, income),
    canSnapshot && snapshotting(context, sale),
  );
}
