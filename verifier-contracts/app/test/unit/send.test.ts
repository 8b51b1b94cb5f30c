import { type Hex, numberToHex } from "viem";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Chain } from "../../src/chain/chain.ts";
import { NodeError, type Provider } from "../../src/chain/node.ts";
import { send } from "../../src/chain/send.ts";
import { forgetSent, keepSent, sent } from "../../src/memory.ts";
import { market, TEAM } from "./sample.ts";

const hash: Hex = `0x${"cd".repeat(32)}`;
const log = { address: market, topics: [], data: "0x", blockNumber: "0x1", transactionHash: hash };

/** A node and a wallet in one, whose receipts are these in turn; the last one for good. */
function provider(receipts: (() => unknown)[]): { node: Provider; calls: { method: string; params: readonly unknown[] }[] } {
  const calls: { method: string; params: readonly unknown[] }[] = [];
  const answers: Record<string, () => unknown> = {
    eth_chainId: () => "0x1",
    eth_getBlockByNumber: () => ({ number: "0x1", timestamp: numberToHex(1_796_000_000) }),
    eth_call: () => "0x",
    eth_sendTransaction: () => hash,
    eth_getTransactionReceipt: () => (receipts.length > 1 ? receipts.shift()! : receipts[0]!)(),
  };
  const request = async ({ method, params = [] }: { method: string; params?: readonly unknown[] }): Promise<unknown> => {
    calls.push({ method, params });
    return answers[method]!();
  };
  return { node: { request }, calls };
}

async function pay(receipts: (() => unknown)[]) {
  const { node, calls } = provider(receipts);
  const happened: string[] = [];
  const teller = {
    told: (step: string) => void happened.push(step),
    sent: (of: Hex) => void happened.push(`sent ${of}`),
    included: (of: Hex) => void happened.push(`included ${of}`),
  };
  const sender = { chain: await Chain.open(node), wallet: { name: "Wallet", provider: node }, account: TEAM };
  const ended = send(sender, { to: market, data: "0x01", value: 5n }, teller).then(
    (logs) => ({ logs, error: "" }),
    (error: unknown) => ({ logs: [], error: String(error) }),
  );
  await vi.runAllTimersAsync();
  return { ...(await ended), happened, calls };
}

const down = (): never => {
  throw new NodeError("The node is down.");
};

describe("a payment that was sent", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is followed although the node gives no answer for a while", async () => {
    const { logs, error, happened, calls } = await pay([down, () => null, down, () => ({ status: "0x1", logs: [log] })]);
    expect(error).toBe("");
    expect(logs).toHaveLength(1);
    expect(calls.find(({ method }) => method === "eth_sendTransaction")?.params).toMatchObject([{ value: "0x5", chainId: "0x1" }]);
    expect(happened.slice(-3)).toEqual([`sent ${hash}`, `Sent as ${hash}. Waiting for a block…`, `included ${hash}`]);
  });

  it("is never told as one that was not sent", async () => {
    const unknown = await pay([down]);
    expect(unknown.error).toContain(`Sent as ${hash}. Do not pay again`);
    expect(unknown.error).toContain("The node is down.");
    expect(unknown.happened).toContain(`sent ${hash}`);
    expect(unknown.happened).not.toContain(`included ${hash}`);
    // It is said again before it fades.
    expect(unknown.happened.filter((step) => step.startsWith("Sent as")).length).toBeGreaterThan(80);
    const odd = await pay([() => ({ status: "0x1", logs: [{}] })]);
    expect(odd.error).toContain(`Sent as ${hash}. Do not pay again`);
  });

  it("that failed has paid nothing", async () => {
    const { error, happened } = await pay([() => ({ status: "0x0" })]);
    expect(error).toContain("It cost gas, and paid nothing.");
    expect(happened.at(-1)).toBe(`included ${hash}`);
  });
});

describe("what was sent", () => {
  it("is kept until it is in a block, even where the browser keeps nothing", () => {
    keepSent({ chain: 1, hash });
    keepSent({ chain: 1, hash });
    expect(sent()).toEqual([{ chain: 1, hash }]);
    forgetSent(hash);
    expect(sent()).toEqual([]);
  });
});
