import { encodeAbiParameters, encodeEventTopics, getAddress, type Hex, keccak256, numberToHex, parseAbiParameters, zeroAddress, zeroHash } from "viem";
import { describe, expect, it, vi } from "vitest";
import { ordered, type Requested, requestId } from "../../src/chain/requested.ts";
import { type Answer, answerHash, findAnswer, FULFILLED, type Request } from "../../src/chain/answer.ts";
import { Chain } from "../../src/chain/chain.ts";
import { RpcError } from "../../src/chain/node.ts";
import { marketAbi } from "../../src/generated/contracts.ts";
import { carries } from "../../src/verifier.ts";
import { market, model, TEAM } from "./sample.ts";

const input = keccak256("0x01");
const output = "0x0203" as const;
const HEAD = 12_000n;
const GENESIS = 1_796_000_000n;
const request: Request = {
  modelId: model,
  inputHash: zeroHash,
  customer: TEAM,
  fee: 4n,
  bond: 0n,
  deadline: GENESIS + 6000n,
  lockSeconds: 0,
  callback: zeroAddress,
  callbackGas: 0,
  state: FULFILLED,
  lockedBy: zeroAddress,
  lockedUntil: 0n,
  answerHash: answerHash(input, output),
};

const order = {
  modelId: model,
  inputHash: input,
  deadline: request.deadline,
  bond: 0n,
  lockSeconds: 0,
  callback: zeroAddress,
  callbackGas: 0,
};
const terms: Requested = { ...order, requestId: zeroHash, customer: TEAM, nonce: 7n, fee: request.fee };
const id = requestId(1, market, terms);

/** The event of a request, with other terms if those are given. */
function requested(change: Partial<Requested> = {}) {
  const { requestId: of, modelId, customer, ...rest } = { ...terms, requestId: id, ...change };
  const shape = parseAbiParameters("uint256, bytes32, uint128, uint128, uint64, uint32, address, uint32");
  const data = [rest.nonce, rest.inputHash, rest.fee, rest.bond, rest.deadline, rest.lockSeconds, rest.callback, rest.callbackGas] as const;
  return {
    address: market,
    topics: encodeEventTopics({ abi: marketAbi, eventName: "Requested", args: { requestId: of, modelId, customer } }) as Hex[],
    data: encodeAbiParameters(shape, data),
    blockNumber: numberToHex(16n),
    transactionHash: zeroHash,
  };
}

/** The event of the settlement in a block, with another output if that is given. */
function event(block: bigint, told: Hex = output, of: Hex = id, asked: Hex = input) {
  const args = { requestId: of, modelId: model, payee: TEAM };
  const shape = parseAbiParameters("bytes32, bytes, uint128, uint128, address");
  return {
    address: market,
    topics: encodeEventTopics({ abi: marketAbi, eventName: "Fulfilled", args }) as Hex[],
    data: encodeAbiParameters(shape, [asked, told, 3n, 1n, TEAM]),
    blockNumber: numberToHex(block),
    transactionHash: zeroHash,
  };
}

/** A chain with a block each second, whose node gives no more blocks than some at once. */
async function chainOf(settlements: ReturnType<typeof event>[], longest = HEAD, request = requested()): Promise<{ chain: Chain; asked: bigint[][] }> {
  const asked: bigint[][] = [];
  const events = [request, ...settlements];
  const block = (number: bigint) => ({ number: numberToHex(number), timestamp: numberToHex(GENESIS + number) });
  const logs = ({ fromBlock, toBlock, topics }: { fromBlock: Hex; toBlock: Hex; topics: Hex[] }) => {
    const [from, to] = [BigInt(fromBlock), BigInt(toBlock)];
    asked.push([from, to]);
    if (to - from > longest) throw new RpcError(-32_005, "query returned more than 10000 results", undefined);
    return events.filter(({ topics: [name] }) => name === topics[0]).filter(({ blockNumber }) => BigInt(blockNumber) >= from && BigInt(blockNumber) <= to);
  };
  const answers: Record<string, (params: readonly unknown[]) => unknown> = {
    eth_chainId: () => "0x1",
    eth_getBlockByNumber: ([tag]) => block(tag === "latest" ? HEAD : BigInt(tag as Hex)),
    eth_getLogs: ([filter]) => logs(filter as Parameters<typeof logs>[0]),
  };
  const chain = await Chain.open({ request: async ({ method, params = [] }) => answers[method]!(params) });
  return { chain, asked };
}

const expected: Answer = { payee: getAddress(TEAM), paid: 3n, toHolders: 1n, inputHash: input, output, transaction: zeroHash, block: 17n };

describe("an answer", () => {
  it("is found up to the deadline, in one question where the node allows that", async () => {
    const { chain, asked } = await chainOf([event(17n)]);
    expect(await findAnswer(chain, market, id, request)).toEqual(expected);
    expect(asked).toEqual([
      [0n, 6000n],
      [0n, 6000n],
    ]);
  });

  it("is found in pieces, the last ones first", async () => {
    const { chain, asked } = await chainOf([event(17n)], 5000n);
    expect(await findAnswer(chain, market, id, request)).toEqual(expected);
    const pieces = [
      [0n, 6000n],
      [1001n, 6000n],
      [0n, 1000n],
    ];
    expect(asked).toEqual([...pieces, ...pieces]);
  });

  it("is not looked for without an end", async () => {
    for (const longest of [HEAD, 5000n]) {
      vi.useFakeTimers({ toFake: ["Date"] });
      const { chain, asked } = await chainOf([], longest);
      const { provider } = chain;
      // First with slow answers on blocks, and then on events.
      const slow = longest === HEAD ? "eth_getBlockByNumber" : "eth_getLogs";
      const request_ = provider.request.bind(provider);
      provider.request = async (call) => {
        if (call.method === slow) vi.setSystemTime(Date.now() + 61_000);
        return request_(call);
      };
      await expect(findAnswer(chain, market, id, request), slow).rejects.toThrow("takes too long");
      expect(asked.length).toBeLessThan(8);
      vi.useRealTimers();
    }
  });

  it("is believed only if the market has its hash", async () => {
    const other = await chainOf([event(17n, "0x0204")]);
    await expect(findAnswer(other.chain, market, id, request)).rejects.toThrow("not the one that the market has the hash of");
    const { chain } = await chainOf([event(17n)]);
    await expect(findAnswer(chain, market, id, { ...request, modelId: zeroHash })).rejects.toThrow("The node may lie");
  });

  it("is one to the input that was ordered", async () => {
    // The market's hash is of the input that the operator has answered, too: a node alone can show another one with its hash.
    const other = keccak256("0x99");
    const { chain } = await chainOf([event(17n, output, id, other)]);
    await expect(findAnswer(chain, market, id, { ...request, answerHash: answerHash(other, output) })).rejects.toThrow("another input");
  });

  it("is one of the request with this id, whatever the node shows of that", async () => {
    const other = `0x${"0c".repeat(20)}` as const;
    const lies: Partial<Requested>[] = [{ inputHash: keccak256("0x99") }, { nonce: 8n }, { bond: 1n }, { lockSeconds: 1 }, { callback: other }, { callbackGas: 1 }];
    for (const lie of lies) {
      const { chain } = await chainOf([event(17n)], HEAD, requested(lie));
      await expect(findAnswer(chain, market, id, request), Object.keys(lie)[0]).rejects.toThrow("is not the one with this id");
    }
    const told = [{ deadline: request.deadline - 1n }, { fee: 5n }, { customer: other }];
    for (const lie of told) {
      const { chain } = await chainOf([event(17n)]);
      await expect(findAnswer(chain, market, id, { ...request, ...lie }), Object.keys(lie)[0]).rejects.toThrow("is not the one with this id");
    }
    const none = await chainOf([event(17n)], HEAD, { ...requested(), address: TEAM as never });
    await expect(findAnswer(none.chain, market, id, request)).rejects.toThrow("does not show the event of the request");
  });

  it("is not taken from another request or another contract", async () => {
    const other = await chainOf([event(17n, output, zeroHash), { ...event(17n), address: TEAM as never }]);
    await expect(findAnswer(other.chain, market, id, request)).rejects.toThrow("does not show the event");
  });
});

describe("a settlement", () => {
  const settled = { request: id, deadline: 1n, payee: getAddress(TEAM), inputHash: input, output } as const;
  const answer = { request: id, payee: TEAM, input: Uint8Array.of(1), output: Uint8Array.of(2, 3) };
  const alone = { kind: "alone", answer, proof: new Uint8Array() } as const;

  it("is of the answer with this request, payee, input and output", () => {
    expect(carries(alone, settled)).toBe(true);
    const batch = { kind: "batch" as const, modelId: model, size: 4, parts: [], proof: new Uint8Array() };
    expect(carries({ ...batch, answers: [{ ...answer, request: zeroHash }, answer] }, settled)).toBe(true);
    expect(carries({ ...batch, answers: [] }, settled)).toBe(false);
  });

  it("is not of another one, whose proof may hold", () => {
    const others = [{ request: zeroHash }, { payee: zeroAddress }, { input: Uint8Array.of(2) }, { output: Uint8Array.of(2, 4) }];
    for (const other of others) expect(carries({ ...alone, answer: { ...answer, ...other } }, settled), Object.keys(other)[0]).toBe(false);
  });
});

describe("the request that a transaction has made", () => {
  const of = (change: Partial<Requested>) => requested({ ...change, requestId: requestId(1, market, { ...terms, ...change }) });
  const found = (logs: ReturnType<typeof requested>[]) => {
    const read = logs.map((log) => ({ ...log, blockNumber: 16n }));
    return ordered(1, market, read, TEAM, order, request.fee);
  };

  it("is the user's own, among others", () => {
    const other = `0x${"0c".repeat(20)}` as const;
    const others = [{ customer: other }, { fee: 5n }, { inputHash: zeroHash }, { modelId: zeroHash }, { deadline: 1n }, { callback: other }];
    for (const change of others) {
      expect(found([of(change)]), Object.keys(change)[0]).toBeUndefined();
      expect(found([of(change), of({})])).toBe(id);
    }
    expect(found([requested({ nonce: 8n })])).toBeUndefined();
    expect(found([{ ...of({}), address: other as never }])).toBeUndefined();
    expect(found([{ ...of({}), topics: [zeroHash] }, of({ nonce: 9n })])).toBe(of({ nonce: 9n }).topics[1]);
  });
});
