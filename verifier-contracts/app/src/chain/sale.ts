// How far a sale is, and what an account has of it: the node's word, at one block.
import { type Address, decodeErrorResult, encodeFunctionData, numberToHex } from "viem";
import type { Sale } from "../audit/examine.ts";
import { errorsAbi, marketAbi, offeringAbi, tokenAbi } from "../generated/contracts.ts";
import type { Chain } from "./chain.ts";
import type { Tranche } from "./address.ts";
import { isForeign } from "./record.ts";
import { revertData } from "./words.ts";

/** The states of an offering. */
export const PENDING = 0;
export const OPEN = 1;
export const FAILED = 2;
export const SUCCEEDED = 3;

const RELEASED = 1;
const FORFEITED = 2;
/** The most snapshots that are looked at: a year of them, the last ones. */
const SNAPSHOTS = 52n;

/** A tranche as it stands. */
export interface TrancheStand {
  tranche: Tranche;
  amount: bigint;
  stand: "paid" | "returned" | "due" | "missed" | "waits";
}

/** A sale as it stands. */
export interface Progress {
  state: number;
  raised: bigint;
  sold: bigint;
  earned: bigint;
  settled: bigint;
  tranches: TrancheStand[];
}

async function tranche(chain: Chain, { offering, terms }: Sale, index: number, state: number): Promise<TrancheStand> {
  const contract = { abi: offeringAbi, address: offering };
  const number = [BigInt(index)] as const;
  const [[found, amount], isReached] = await Promise.all([chain.view(contract, "trancheOf", number), chain.view(contract, "isReached", number)]);
  const of = terms.tranches[index]!;
  const stand = (): TrancheStand["stand"] => {
    if (found === RELEASED) return "paid";
    if (found === FORFEITED) return "returned";
    if (state !== SUCCEEDED) return "waits";
    if (chain.head.timestamp > of.expires) return "missed";
    return isReached ? "due" : "waits";
  };
  return { tranche: of, amount, stand: stand() };
}

/** How far a sale is. */
export async function readProgress(chain: Chain, sale: Sale): Promise<Progress> {
  const contract = { abi: offeringAbi, address: sale.offering };
  const [state, raised, sold, earned, listing] = await Promise.all([
    chain.view(contract, "state"),
    chain.view(contract, "raised"),
    chain.view(contract, "sold"),
    chain.view(contract, "earnedSinceClose"),
    chain.view({ abi: marketAbi, address: sale.market }, "listing", [sale.modelId]),
  ]);
  const tranches = await Promise.all(sale.terms.tranches.map((_, index) => tranche(chain, sale, index, state)));
  return { state, raised, sold, earned, settled: listing.settled, tranches };
}

/** What an account has of a sale. */
export interface Holding {
  paid: bigint;
  tokens: bigint;
  excess: bigint;
  excessFrom: bigint;
  refundable: bigint;
  hasClaimed: boolean;
  balance: bigint;
}

/** Reads what an account has of a sale. */
export async function readHolding(chain: Chain, { offering, token }: Sale, account: Address): Promise<Holding> {
  const contract = { abi: offeringAbi, address: offering };
  const [paid, [tokens, excess], excessFrom, refundable, hasClaimed, balance] = await Promise.all([
    chain.view(contract, "contributionOf", [account]),
    chain.view(contract, "allocationOf", [account]),
    chain.view(contract, "excessFrom", [account]),
    chain.view(contract, "refundable", [account]),
    chain.view(contract, "hasClaimed", [account]),
    chain.view({ abi: tokenAbi, address: token }, "balanceOf", [account]),
  ]);
  return { paid, tokens, excess, excessFrom, refundable, hasClaimed, balance };
}

/** The holders' share of the fees. */
export interface Revenue {
  isOpen: boolean;
  /** What no snapshot has recorded yet. */
  waiting: bigint;
  /** From when a snapshot is possible: 0 for now, and nothing while the token is not open. */
  nextSnapshot: bigint | undefined;
  /** The snapshots of which the account can claim something, and how much in all. */
  claimable: { snapshots: bigint[]; sum: bigint };
}

/** The token tells when a snapshot is possible only by refusing one. */
async function nextSnapshot(chain: Chain, token: Address): Promise<bigint | undefined> {
  const data = encodeFunctionData({ abi: tokenAbi, functionName: "snapshot" });
  try {
    await chain.provider.request({ method: "eth_call", params: [{ to: token, data }, numberToHex(chain.head.number)] });
    return 0n;
  } catch (error) {
    if (!isForeign(error)) throw error;
    // Some nodes do not tell why a contract refuses.
    const refusal = revertData(error);
    if (refusal === undefined) return undefined;
    const { errorName, args } = decodeErrorResult({ abi: errorsAbi, data: refusal });
    return errorName === "SnapshotTooEarly" ? args[0] : undefined;
  }
}

/** Reads the holders' share, and the account's part of it. */
export async function readRevenue(chain: Chain, { token }: Sale, account: Address | undefined): Promise<Revenue> {
  const contract = { abi: tokenAbi, address: token };
  const [isOpen, waiting, last] = await Promise.all([
    chain.view(contract, "isOpen"),
    chain.view(contract, "revenueWaiting"),
    chain.view(contract, "snapshotCount"),
  ]);
  const first = last > SNAPSHOTS ? last - SNAPSHOTS + 1n : 1n;
  const numbers = Array.from({ length: Number(last - first + 1n) }, (_, index) => first + BigInt(index));
  const shares = account ? await Promise.all(numbers.map((number) => chain.view(contract, "claimableRevenue", [account, number]))) : [];
  const snapshots = numbers.filter((_, index) => (shares[index] ?? 0n) > 0n);
  const sum = shares.reduce((total, share) => total + share, 0n);
  return { isOpen, waiting, nextSnapshot: await nextSnapshot(chain, token), claimable: { snapshots, sum } };
}
