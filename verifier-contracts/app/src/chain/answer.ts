// The answer to a request: the event of its settlement, and the call that settled it.
import { type Address, decodeEventLog, encodeAbiParameters, encodeEventTopics, type Hex, isAddressEqual, isHex, keccak256 } from "viem";
import type { ContractFunctionReturnType } from "viem";
import { marketAbi } from "../generated/contracts.ts";
import type { Chain, Log } from "./chain.ts";
import { NodeError } from "./node.ts";
import { readRequested, requestedTopics } from "./requested.ts";
import { PageError } from "./words.ts";

/** A request as the market has it. */
export type Request = ContractFunctionReturnType<typeof marketAbi, "view", "requestOf">;

/** The states of a request. */
export const NONE = 0;
export const OPEN = 1;
export const FULFILLED = 2;
export const REFUNDED = 3;

/** An answer that the market has paid for. */
export interface Answer {
  payee: Address;
  paid: bigint;
  toHolders: bigint;
  inputHash: Hex;
  output: Hex;
  transaction: Hex;
  block: bigint;
}

/** A node that refuses a long range of blocks is asked for shorter ones, the last first. */
const CHUNK = 5_000n;
const MOST_CHUNKS = 400;

/** How long a node may take for all that is looked for. Each question alone has its own limit. */
const LONGEST_MS = 120_000;

function requireTime(end: number): void {
  if (Date.now() > end) throw new NodeError("The node takes too long to find the answer among its blocks. Name another node.");
}

/** The last block that is not later than a time. */
async function blockAt(chain: Chain, time: bigint, end: number): Promise<bigint> {
  if (chain.head.timestamp <= time) return chain.head.number;
  let [low, high] = [0n, chain.head.number];
  while (low < high) {
    requireTime(end);
    const middle = (low + high + 1n) / 2n;
    if ((await chain.block(middle)).timestamp <= time) low = middle;
    else high = middle - 1n;
  }
  return low;
}

/** Up to which block is looked, and until when. */
interface Range {
  to: bigint;
  end: number;
}

async function lastLog(chain: Chain, market: Address, topics: readonly (Hex | null)[], { to, end }: Range): Promise<Log | undefined> {
  try {
    return (await chain.logs(market, topics, 0n, to)).at(-1);
  } catch (error) {
    // Nodes refuse long ranges in many ways.
    if (error instanceof NodeError) throw error;
  }
  for (let chunk = 0, last = to; chunk < MOST_CHUNKS && last >= 0n; ++chunk, last -= CHUNK) {
    requireTime(end);
    const found = (await chain.logs(market, topics, last < CHUNK ? 0n : last - CHUNK + 1n, last)).at(-1);
    if (found) return found;
  }
  return undefined;
}

/** What the market keeps of an answer: keccak256(abi.encode(keccak256(input), keccak256(output))). */
export const answerHash = (inputHash: Hex, output: Hex): Hex =>
  keccak256(encodeAbiParameters([{ type: "bytes32" }, { type: "bytes32" }], [inputHash, keccak256(output)]));

/** The hash of the input that was ordered. The market forgets it with the answer, and the request's id commits to it. */
async function orderedInput(chain: Chain, market: Address, id: Hex, request: Request, range: Range): Promise<Hex> {
  const log = await lastLog(chain, market, requestedTopics(id), range);
  if (!log) throw new PageError("The node does not show the event of the request. Name a node that keeps all events.");
  const found = readRequested(chain.id, market, log);
  const isIt =
    found?.requestId === id &&
    found.modelId === request.modelId &&
    found.deadline === request.deadline &&
    found.fee === request.fee &&
    isAddressEqual(found.customer, request.customer);
  if (!isIt) throw new PageError("The request that the node shows is not the one with this id. The node may lie: name another one.");
  return found.inputHash;
}

/** The answer to a fulfilled request. One to another input, or one that the market does not have the hash of, is refused. */
export async function findAnswer(chain: Chain, market: Address, id: Hex, request: Request): Promise<Answer> {
  const topics = encodeEventTopics({ abi: marketAbi, eventName: "Fulfilled", args: { requestId: id } }) as Hex[];
  const end = Date.now() + LONGEST_MS;
  const range = { to: await blockAt(chain, request.deadline, end), end };
  const log = await lastLog(chain, market, topics, range);
  if (!log) throw new PageError("The node does not show the event of the settlement. Name a node that keeps all events.");
  const { args } = decodeEventLog({ abi: marketAbi, eventName: "Fulfilled", topics: log.topics as [Hex, ...Hex[]], data: log.data });
  if (args.modelId !== request.modelId || answerHash(args.inputHash, args.output) !== request.answerHash) {
    throw new PageError("The answer that the node shows is not the one that the market has the hash of. The node may lie: name another one.");
  }
  const { payee, paid, toHolders, inputHash, output } = args;
  if (inputHash !== (await orderedInput(chain, market, id, request, range))) {
    throw new PageError("The answer that the node shows is to another input than the one that was ordered. The node lies: name another one.");
  }
  return { payee, paid, toHolders, inputHash, output, transaction: log.transactionHash, block: log.blockNumber };
}

/** The calldata of a transaction. */
export async function calldata(chain: Chain, transaction: Hex): Promise<Hex> {
  const found = await chain.provider.request({ method: "eth_getTransactionByHash", params: [transaction] });
  const input = (found as { input?: unknown } | null)?.input;
  if (!isHex(input)) throw new NodeError("The node does not have the settlement's transaction. Name a node that keeps all of them.");
  return input;
}
