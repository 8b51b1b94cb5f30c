// What goes wrong, in words that say what to do.
import { BaseError, decodeErrorResult, type Hex, isHex } from "viem";
import { errorsAbi } from "../generated/contracts.ts";
import { ether, utc } from "../format.ts";
import { NodeError, RpcError } from "./node.ts";

/** Whatever else this page tells its user. */
export class PageError extends Error {
  override readonly name = "PageError";
}

const SALE = ["not open yet", "open", "over, and it failed: the buyers get everything back", "over, and it succeeded"];
const REQUEST = ["not there", "open", "answered and paid", "refunded"];

/** How far a sale is, by the offering's number for it. */
export const saleState = (state: number): string => SALE[state] ?? "in a state that this page does not know";
/** How far a request is, by the market's number for it. */
export const requestState = (state: number): string => REQUEST[state] ?? "in a state that this page does not know";

type Told = (...data: readonly never[]) => string;
const MEANINGS: Record<string, Told> = {
  WrongState: (state: number) => `The sale is ${saleState(state)}.`,
  OtherTerms: () => "The offering has other terms than those on this page. Load the page again, and read them again.",
  NotListed: () => "The market does not list the model's token, so that fees would miss it. Pay nothing before it does.",
  NothingToClaim: () => "There is nothing to claim for this account, or it has been claimed already.",
  NothingToRefund: () => "This account gets nothing back now.",
  ExcessBound: (_: string, until: bigint) => `The payment above the cap is bound until ${utc(until)}.`,
  UnknownRequest: () => "The market has no such request. Check its id and the chain.",
  NotOpen: (_: string, state: number) => `The request is ${requestState(state)}.`,
  DeadlineNotPassed: (deadline: bigint) => `The request can still be answered, until ${utc(deadline)}.`,
  DeadlinePassed: (deadline: bigint) => `The deadline was ${utc(deadline)}.`,
  DeadlineTooFar: (_: bigint, latest: bigint) => `The deadline is too far away. The latest is ${utc(latest)}.`,
  FeeTooLarge: (fee: bigint) => `A fee of ${ether(fee)} is more than the market takes.`,
  NothingToWithdraw: () => "The market owes this account nothing.",
  SnapshotTooEarly: (next: bigint) => `The next snapshot is possible from ${utc(next)}.`,
  NotOpen_: () => "The token is not open yet.",
  UnknownModel: () => "The registry has no such model. Check the model's id and the chain.",
};

function ofRevert(data: Hex): string | undefined {
  try {
    const { errorName, args } = decodeErrorResult({ abi: errorsAbi, data });
    // Market and token each have an error of this name: the token's has no arguments.
    const name = errorName === "NotOpen" && !args?.length ? "NotOpen_" : errorName;
    const told = MEANINGS[name] as ((...data: readonly unknown[]) => string) | undefined;
    return told?.(...((args ?? []) as readonly unknown[])) ?? `The contract refuses: ${errorName}.`;
  } catch {
    return undefined;
  }
}

/** The data of a refusal, which nodes and wallets put at various depths. */
export function revertData(error: unknown, depth = 4): Hex | undefined {
  if (typeof error !== "object" || error === null || depth === 0) return undefined;
  const { data } = error as { data?: unknown };
  if (typeof data === "string" && isHex(data) && data.length >= 10) return data;
  const inner = [data, (error as { cause?: unknown }).cause, (error as { error?: unknown }).error];
  return inner.map((candidate) => revertData(candidate, depth - 1)).find((found) => found !== undefined);
}

/** Whether the user said no in the wallet (EIP-1193). */
const wasRejected = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 4001;

/** What went wrong, for a person. */
export function explain(error: unknown): string {
  if (wasRejected(error)) return "You rejected it in the wallet. Nothing was sent.";
  const data = revertData(error);
  const refusal = data === undefined ? undefined : ofRevert(data);
  if (refusal) return refusal;
  if (error instanceof NodeError || error instanceof PageError) return error.message;
  if (error instanceof RpcError) return `The node refuses: ${error.message}`;
  if (error instanceof BaseError) return `The answer cannot be read: ${error.shortMessage}`;
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === "string" ? message.slice(0, 400) : "Something went wrong, and nothing says what.";
}
