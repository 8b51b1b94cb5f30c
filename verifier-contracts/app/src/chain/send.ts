// A transaction: tried first, then signed by the wallet, then followed to its block.
import { type Address, type Hex, isHash, numberToHex } from "viem";
import { type Chain, type Log, readLog } from "./chain.ts";
import type { Provider } from "./node.ts";
import { requireChain, type Wallet } from "./wallet.ts";
import { explain, PageError } from "./words.ts";

/** A call that may pay. */
export interface Intent {
  to: Address;
  data: Hex;
  value?: bigint;
}

/** Who sends, and where it is read. */
export interface Sender {
  chain: Chain;
  wallet: Wallet;
  account: Address;
}

/** What happens on the way. */
export interface Teller {
  told(step: string): void;
  /** From now on the payment may happen, whatever goes wrong. */
  sent(hash: Hex): void;
  /** It is in a block. */
  included(hash: Hex): void;
}

/** How often a receipt is asked for, how long, and after how many questions the user is told so again. */
const POLL_MS = 1000;
const LONGEST_MS = 900_000;
const TOLD_POLLS = 10;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A transaction that is in a block. */
export interface Receipt {
  isSuccess: boolean;
  logs: readonly unknown[];
}

/** The receipt of a transaction, if it is in a block. */
export async function receiptOf(node: Provider, hash: Hex): Promise<Receipt | undefined> {
  const found = (await node.request({ method: "eth_getTransactionReceipt", params: [hash] })) as { status?: unknown; logs?: unknown } | null;
  if (!found) return undefined;
  return { isSuccess: found.status === "0x1", logs: Array.isArray(found.logs) ? found.logs : [] };
}

/** Waits for a block. A node that does not answer now may do so later: the payment does not depend on it. */
async function inBlock(node: Provider, hash: Hex, told: (step: string) => void): Promise<Receipt> {
  const end = Date.now() + LONGEST_MS;
  let reason = "It is in no block yet.";
  for (let poll = 0; Date.now() < end; ++poll) {
    if (poll % TOLD_POLLS === 0) told(`Sent as ${hash}. Waiting for a block…`);
    try {
      const receipt = await receiptOf(node, hash);
      if (receipt) return receipt;
      reason = "It is in no block yet.";
    } catch (error) {
      reason = explain(error);
    }
    await pause(POLL_MS);
  }
  throw new PageError(`${doNotRepeat(hash)} ${reason}`);
}

/** What has to be said of a payment of which the outcome is not known. */
export const doNotRepeat = (hash: Hex): string => `Sent as ${hash}. Do not pay again: look for it in your wallet first.`;

async function outcome(node: Provider, hash: Hex, { told, included }: Teller): Promise<readonly Log[]> {
  const { isSuccess, logs } = await inBlock(node, hash, told);
  included(hash);
  if (!isSuccess) throw new PageError(`The transaction ${hash} failed. It cost gas, and paid nothing.`);
  try {
    return logs.map(readLog);
  } catch (error) {
    throw new PageError(`${doNotRepeat(hash)} It is in a block, but: ${explain(error)}`);
  }
}

/** Where there is no contract, a payment is lost. So the wallet's own node is asked too: the one that is read may lie. */
async function tried({ chain, wallet }: Sender, call: { to: Address }): Promise<void> {
  await chain.provider.request({ method: "eth_call", params: [call, "latest"] });
  if (chain.provider === wallet.provider) return;
  if ((await wallet.provider.request({ method: "eth_getCode", params: [call.to, "latest"] })) === "0x") {
    throw new PageError(`By ${wallet.name} there is no contract at ${call.to}. The node that this page reads may lie. Nothing was sent.`);
  }
  await wallet.provider.request({ method: "eth_call", params: [call, "latest"] });
}

/** Sends, and returns the transaction's events once it is in a block. A contract that would refuse is not paid. */
export async function send(sender: Sender, intent: Intent, teller: Teller): Promise<readonly Log[]> {
  const { chain, wallet, account } = sender;
  await requireChain(wallet, chain.id);
  const call = { from: account, to: intent.to, data: intent.data, value: numberToHex(intent.value ?? 0n) };
  teller.told("Trying the transaction…");
  await tried(sender, call);
  teller.told("Waiting for the wallet…");
  // The wallet may have changed its chain since it was asked. With the number in the transaction, it has to refuse.
  const hash = await wallet.provider.request({ method: "eth_sendTransaction", params: [{ ...call, chainId: numberToHex(chain.id) }] });
  if (!isHash(String(hash))) throw new PageError(`${wallet.name} gives no hash of a transaction. Look there before you try again.`);
  teller.sent(hash as Hex);
  return outcome(chain.provider, hash as Hex, teller);
}
