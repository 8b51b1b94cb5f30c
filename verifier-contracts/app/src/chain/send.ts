// A transaction: tried first, then signed by the wallet, then followed to its block.
import { type Address, type Hex, isHash, numberToHex } from "viem";
import type { Chain } from "./chain.ts";
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

async function included(node: Provider, hash: Hex): Promise<void> {
  for (let poll = 0; poll < MOST_POLLS; ++poll) {
    const receipt = (await node.request({ method: "eth_getTransactionReceipt", params: [hash] })) as { status?: unknown } | null;
    if (receipt?.status === "0x1") return;
    if (receipt) throw new PageError(`The transaction ${hash} failed. It cost gas, and paid nothing.`);
    await pause(POLL_MS);
  }
  throw new PageError(`The transaction ${hash} is in no block yet. Look for it in the wallet before you try again.`);
}

/** Sends, and returns the transaction's hash once it is in a block. A contract that would refuse is not paid. */
export async function send({ chain, wallet, account }: Sender, intent: Intent, told: (step: string) => void): Promise<Hex> {
  await requireChain(wallet, chain.id);
  const call = { from: account, to: intent.to, data: intent.data, value: numberToHex(intent.value ?? 0n) };
  told("Trying the transaction…");
  await chain.provider.request({ method: "eth_call", params: [call, "latest"] });
  told("Waiting for the wallet…");
  const hash = await wallet.provider.request({ method: "eth_sendTransaction", params: [call] });
  if (!isHash(String(hash))) throw new PageError(`${wallet.name} gives no hash of a transaction. Look there before you try again.`);
  told("Sent. Waiting for a block…");
  await included(chain.provider, hash as Hex);
  return hash as Hex;
}
