import { encodeAbiParameters, encodeEventTopics, getAddress, type Hex, keccak256, numberToHex, parseAbiParameters, zeroAddress, zeroHash } from "viem";
import { describe, expect, it } from "vitest";
import { type Answer, answerHash, findAnswer, FULFILLED, type Request } from "../../src/chain/answer.ts";
import { Chain } from "../../src/chain/chain.ts";
import { RpcError } from "../../src/chain/node.ts";
import { marketAbi } from "../../src/generated/contracts.ts";
import { carries } from "../../src/verifier.ts";
import { market, model, TEAM } from "./sample.ts";

const id = `0x${"ab".repeat(32)}` as const;
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

/** The event of the settlement in a block, with another output if that is given. */
function event(block: bigint, told: Hex = output, of: Hex = id) {
  const args = { requestId: of, modelId: model, payee: TEAM };
  const shape = parseAbiParameters("bytes32, bytes, uint128, uint128, address");
  return {
    address: market,
    topics: encodeEventTopics({ abi: marketAbi, eventName: "Fulfilled", args }),
    data: encodeAbiParameters(shape, [input, told, 3n, 1n, TEAM]),
    blockNumber: numberToHex(block),
    transactionHash: zeroHash,
  };
}

/** A chain with a block each second, whose node gives no more blocks than some at once. */
async function chainOf(events: ReturnType<typeof event>[], longest = HEAD): Promise<{ chain: Chain; asked: bigint[][] }> {
  const asked: bigint[][] = [];
  const block = (number: bigint) => ({ number: numberToHex(number), timestamp: numberToHex(GENESIS + number) });
  const logs = ({ fromBlock, toBlock }: { fromBlock: Hex; toBlock: Hex }) => {
    const [from, to] = [BigInt(fromBlock), BigInt(toBlock)];
    asked.push([from, to]);
    if (to - from > longest) throw new RpcError(-32_005, "query returned more than 10000 results", undefined);
    return events.filter(({ blockNumber }) => BigInt(blockNumber) >= from && BigInt(blockNumber) <= to);
  };
  const answers: Record<string, (params: readonly unknown[]) => unknown> = {
    eth_chainId: () => "0x1",
    eth_getBlockByNumber: ([tag]) => block(tag === "latest" ? HEAD : BigInt(tag as Hex)),
    eth_getLogs: ([filter]) => logs(filter as { fromBlock: Hex; toBlock: Hex }),
  };
  const chain = await Chain.open({ request: async ({ method, params = [] }) => answers[method]!(params) });
  return { chain, asked };
}

const expected: Answer = { payee: getAddress(TEAM), paid: 3n, toHolders: 1n, inputHash: input, output, transaction: zeroHash, block: 17n };

describe("an answer", () => {
  it("is found up to the deadline, in one question where the node allows that", async () => {
    const { chain, asked } = await chainOf([event(17n)]);
    expect(await findAnswer(chain, market, id, request)).toEqual(expected);
    expect(asked).toEqual([[0n, 6000n]]);
  });

  it("is found in pieces, the last ones first", async () => {
    const { chain, asked } = await chainOf([event(17n)], 5000n);
    expect(await findAnswer(chain, market, id, request)).toEqual(expected);
    expect(asked).toEqual([
      [0n, 6000n],
      [1001n, 6000n],
      [0n, 1000n],
    ]);
  });

  it("is believed only if the market has its hash", async () => {
    const other = await chainOf([event(17n, "0x0204")]);
    await expect(findAnswer(other.chain, market, id, request)).rejects.toThrow("not the one that the market has the hash of");
    const { chain } = await chainOf([event(17n)]);
    await expect(findAnswer(chain, market, id, { ...request, modelId: zeroHash })).rejects.toThrow("The node may lie");
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
