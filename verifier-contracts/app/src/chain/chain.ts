// What a node says of its chain, read at one block, so that answers belong together.
import {
  type Abi,
  type Address,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  decodeFunctionResult,
  encodeFunctionData,
  type Hex,
  hexToBigInt,
  hexToNumber,
  isAddress,
  isHex,
  numberToHex,
} from "viem";
import { NodeError, type Provider } from "./node.ts";

/** More than any chain has in thousands of years. A search among more would take a node's word for hours. */
const MOST_BLOCKS = 1n << 40n;

/** A block. */
export interface Head {
  number: bigint;
  timestamp: bigint;
}

/** A contract, with the functions that are known of it. */
export interface Contract<A extends Abi> {
  abi: A;
  address: Address;
}

/** An event, as the node shows it. */
export interface Log {
  address: Address;
  topics: readonly Hex[];
  data: Hex;
  blockNumber: bigint;
  transactionHash: Hex;
}

/** There is no contract at an address, or none of ours: it does not answer as ours do. */
export class NotOurs extends Error {
  override readonly name = "NotOurs";
}

function hex(value: unknown, what: string): Hex {
  if (isHex(value)) return value;
  throw new NodeError(`The node gives ${what} that is not hexadecimal. Name another node.`);
}

/** A quantity by EIP-1474. */
function quantity(value: unknown, what: string): bigint {
  const found = hex(value, what);
  if (found.length > 66 || found === "0x") throw new NodeError(`The node gives ${what} that is not a number. Name another node.`);
  return hexToBigInt(found);
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw new NodeError(`The node does not have ${what}.`);
}

/** An event of a node's answer. */
export function readLog(value: unknown): Log {
  const { address, topics, data, blockNumber, transactionHash } = record(value, "an event");
  if (!isAddress(String(address)) || !Array.isArray(topics)) throw new NodeError("The node gives an event that cannot be read.");
  return {
    address: address as Address,
    topics: topics.map((topic) => hex(topic, "a topic")),
    data: hex(data, "an event's data"),
    blockNumber: quantity(blockNumber, "an event's block"),
    transactionHash: hex(transactionHash, "a transaction's hash"),
  };
}

/** A chain as a node shows it at one block. */
export class Chain {
  private constructor(
    readonly provider: Provider,
    readonly id: number,
    readonly head: Head,
  ) {}

  /** The chain at its last block. */
  static async open(provider: Provider): Promise<Chain> {
    const id = hexToNumber(hex(await provider.request({ method: "eth_chainId" }), "a chain's number"));
    if (!Number.isSafeInteger(id) || id < 1) throw new NodeError("The node gives no valid chain's number.");
    return new Chain(provider, id, await Chain.#block(provider, "latest"));
  }

  static async #block(provider: Provider, tag: Hex | "latest"): Promise<Head> {
    const found = record(await provider.request({ method: "eth_getBlockByNumber", params: [tag, false] }), "the block");
    const head = { number: quantity(found["number"], "a block's number"), timestamp: quantity(found["timestamp"], "a block's time") };
    if (head.number > MOST_BLOCKS) throw new NodeError("The node gives a block's number that no chain has. Name another node.");
    return head;
  }

  /** An earlier block. */
  block(number: bigint): Promise<Head> {
    return Chain.#block(this.provider, numberToHex(number));
  }

  /** What a contract's function returns, at the block of this object. */
  async view<const A extends Abi, const N extends ContractFunctionName<A, "view" | "pure">>(
    { abi, address }: Contract<A>,
    functionName: N,
    args?: ContractFunctionArgs<A, "view" | "pure", N>,
    from?: Address,
  ): Promise<ContractFunctionReturnType<A, "view" | "pure", N>> {
    const call = { abi, functionName, args } as Parameters<typeof encodeFunctionData>[0];
    const asked = { to: address, data: encodeFunctionData(call), ...(from ? { from } : {}) };
    const answer = await this.provider.request({ method: "eth_call", params: [asked, numberToHex(this.head.number)] });
    try {
      const result = { ...call, data: hex(answer, "an answer") } as Parameters<typeof decodeFunctionResult>[0];
      return decodeFunctionResult(result) as ContractFunctionReturnType<A, "view" | "pure", N>;
    } catch (error) {
      if (error instanceof NodeError) throw error;
      throw new NotOurs(`At ${address} there is no contract of Hallmark: it does not answer ${functionName}().`, { cause: error });
    }
  }

  /** The code at an address. */
  async code(address: Address): Promise<Hex> {
    const answer = await this.provider.request({ method: "eth_getCode", params: [address, numberToHex(this.head.number)] });
    return hex(answer, "code");
  }

  /** What an account has, in wei. */
  async balance(account: Address): Promise<bigint> {
    const params = [account, numberToHex(this.head.number)];
    return quantity(await this.provider.request({ method: "eth_getBalance", params }), "a balance");
  }

  /** The events of a contract with these topics in some blocks. */
  async logs(address: Address, topics: readonly (Hex | null)[], from: bigint, to: bigint): Promise<readonly Log[]> {
    const filter = { address, topics, fromBlock: numberToHex(from), toBlock: numberToHex(to) };
    const found = await this.provider.request({ method: "eth_getLogs", params: [filter] });
    if (!Array.isArray(found)) throw new NodeError("The node gives no list of events.");
    // A node may answer with more than was asked for.
    const matches = ({ address: of, topics: its }: Log) =>
      of.toLowerCase() === address.toLowerCase() && topics.every((topic, index) => topic === null || its[index] === topic);
    return found.map(readLog).filter(matches);
  }
}
