// A transaction: tried first, then signed by the wallet, then followed to its block.
import { type Address, type Hex, isHash, numberToHex } from "viem";
import { type Chain, type Log, readLog } from "./chain.ts";
import type { Provider } from "./node.ts";
import { requireChain, type Wallet } from "./wallet.ts";
import { PageError } from "./words.ts";

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

/** How often a receipt is asked for, and how long. */
const POLL_MS = 1000;
const MOST_POLLS = 900;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function included(node: Provider, hash: Hex): Promise<readonly Log[]> {
  for (let poll = 0; poll < MOST_POLLS; ++poll) {
    const receipt = (await node.request({ method: "eth_getTransactionReceipt", params: [hash] })) as { status?: unknown; logs?: unknown } | null;
    if (receipt?.status === "0x1") return Array.isArray(receipt.logs) ? receipt.logs.map(readLog) : [];
    if (receipt) throw new PageError(`The transaction ${hash} failed. It cost gas, and paid nothing.`);
    await pause(POLL_MS);
  }
  throw new PageError(`The transaction ${hash} is in no block yet. Look for it in the wallet before you try again.`);
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
export async function send(sender: Sender, intent: Intent, told: (step: string) => void): Promise<readonly Log[]> {
  const { chain, wallet, account } = sender;
  await requireChain(wallet, chain.id);
  const call = { from: account, to: intent.to, data: intent.data, value: numberToHex(intent.value ?? 0n) };
  told("Trying the transaction…");
  await tried(sender, call);
  told("Waiting for the wallet…");
  const hash = await wallet.provider.request({ method: "eth_sendTransaction", params: [call] });
  if (!isHash(String(hash))) throw new PageError(`${wallet.name} gives no hash of a transaction. Look there before you try again.`);
  told("Sent. Waiting for a block…");
  return included(chain.provider, hash as Hex);
}
