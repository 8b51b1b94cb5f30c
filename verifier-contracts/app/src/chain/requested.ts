// The event of a request. The request's id commits to its terms, so that a node cannot show those of another one.
import { type AbiParameter, type Address, decodeEventLog, encodeAbiParameters, encodeEventTopics, type Hex, isAddressEqual, keccak256 } from "viem";
import type { ContractFunctionArgs, DecodeEventLogReturnType } from "viem";
import { marketAbi } from "../generated/contracts.ts";
import type { Log } from "./chain.ts";

/** What a market announces of a request. */
export type Requested = DecodeEventLogReturnType<typeof marketAbi, "Requested">["args"];
/** What a customer orders. */
export type Order = ContractFunctionArgs<typeof marketAbi, "payable", "request">[0];

const ORDER = marketAbi.find((item) => item.type === "function" && item.name === "request")!.inputs[0] as AbiParameter;
const NAMES = ["uint256", "address", "address", "uint256"];

/** The id that a market on a chain gives to a request: see InferenceMarket.sol. */
export function requestId(chain: number, market: Address, { customer, nonce, fee, ...order }: Requested): Hex {
  const types = [...NAMES.map((type) => ({ type })), ORDER, { type: "uint88" }];
  return keccak256(encodeAbiParameters(types, [BigInt(chain), market, customer, nonce, order, fee]));
}

/** The topics of the announcement of a request. */
export const requestedTopics = (id: Hex): Hex[] => encodeEventTopics({ abi: marketAbi, eventName: "Requested", args: { requestId: id } }) as Hex[];

/** What an event announces, if it is one of a market whose id commits to the rest of it. */
export function readRequested(chain: number, market: Address, { address, topics, data }: Log): Requested | undefined {
  if (!isAddressEqual(address, market)) return undefined;
  try {
    const { args } = decodeEventLog({ abi: marketAbi, eventName: "Requested", topics: topics as [Hex, ...Hex[]], data });
    return requestId(chain, market, args) === args.requestId ? args : undefined;
  } catch {
    // Another event of the market.
    return undefined;
  }
}

/** Of the events of a transaction, the request that was ordered by it. */
export function ordered(chain: number, market: Address, logs: readonly Log[], customer: Address, order: Order, fee: bigint): Hex | undefined {
  const isOurs = (found: Requested): boolean =>
    isAddressEqual(found.customer, customer) &&
    found.fee === fee &&
    requestId(chain, market, { ...found, ...order }) === found.requestId;
  return logs.map((log) => readRequested(chain, market, log)).find((found) => found !== undefined && isOurs(found))?.requestId;
}
