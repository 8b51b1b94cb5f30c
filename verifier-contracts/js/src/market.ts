/** The market's calls: a request to encode, settlements to decode, and the contexts that their proofs are bound to. */

import { concat, damaged, dynamic, numberWord, padded, Region } from "./abi.js";
import { bytesOf, fromHex, hexOf, listOf, objectOf } from "./hex.js";
import { keccak256 } from "./module.js";
import {
  type BatchPart,
  HallmarkError,
  type Hex,
  type Order,
  type SettledAnswer,
  type Settlement,
  type SettlementContext,
} from "./types.js";

const ORDER = "(bytes32,bytes32,uint64,uint128,uint32,address,uint32)";
const FULFILMENT = "(bytes32,address,bytes,bytes,bytes)";
const BATCH = "(bytes32,uint256,(address,bytes32[])[],bytes,bytes,bytes,uint256)";
/** As `Batches.sol` has it. */
const BATCH_CONTEXT = "hallmark market batch 1";
/** The most answers of a call: as many as the largest batch has. */
const MAX_ANSWERS = 4096;
const NOBODY: Hex = `0x${"0".repeat(40)}`;

/** The calldata of a market's `request`, or of its `requestHashed` without an input. Throws `usage` for terms that are none. */
export function encodeRequest(order: Order, input?: Uint8Array): Hex {
  const terms = [
    fromHex("the model's id", order.modelId, 32),
    fromHex("the input's hash", order.inputHash, 32),
    numberWord("the deadline", order.deadline, 64),
    numberWord("the bond", order.bond ?? 0n, 88),
    numberWord("the lock's seconds", order.lockSeconds ?? 0, 32),
    padded(fromHex("the callback", order.callback ?? NOBODY, 20)),
    numberWord("the callback's gas", order.callbackGas ?? 0, 32),
  ];
  if (input === undefined) {
    return hexOf(concat([selector(`requestHashed(${ORDER})`), ...terms]));
  }
  if (keccak256(bytesOf("the input", input)) !== order.inputHash.toLowerCase()) {
    throw new HallmarkError("usage", "the order's inputHash is not that of the input");
  }
  const offset = numberWord("the offset", (terms.length + 1) * 32, 32);
  return hexOf(concat([selector(`request(${ORDER},bytes)`), ...terms, offset, dynamic(input)]));
}

/** The settlements in the calldata of a market's `fulfil`, `fulfilMany` or `fulfilBatch`. Throws `damaged` for other bytes. */
export function decodeSettlements(calldata: Uint8Array | Hex): Settlement[] {
  const data = typeof calldata === "string" ? fromHex("the calldata", calldata) : bytesOf("the calldata", calldata);
  const found = hexOf(data.subarray(0, 4));
  const body = new Region(data.subarray(4));
  const is = (signature: string) => found === hexOf(selector(signature));
  if (is(`fulfil(${FULFILMENT})`)) {
    return [fulfilment(body.at(0))];
  }
  if (is(`fulfilMany(${FULFILMENT}[])`)) {
    const { count, region } = body.elements(0, MAX_ANSWERS);
    return Array.from({ length: count }, (_, index) => fulfilment(region.at(index)));
  }
  if (is(`fulfilBatch(${BATCH})`)) {
    return [batch(body.at(0))];
  }
  throw damaged("it begins with another function's selector");
}

/** What the proof of a settlement is bound to. */
export function contextOf(settlement: Settlement, place: Omit<SettlementContext, "inputHashes">): Hex {
  objectOf("the settlement", settlement);
  objectOf("the place", place);
  const chain = numberWord("the chain's id", place.chainId, 64);
  const market = padded(fromHex("the market", place.market, 20));
  const model = fromHex("the model's id", place.modelId, 32);
  if (settlement.kind === "alone") {
    const { request, payee } = objectOf("the answer", settlement.answer);
    if (place.deadline === undefined) {
      throw new HallmarkError("usage", "the proof of one answer is bound to the request's deadline: give it");
    }
    const [id, paid] = [fromHex("the request", request, 32), padded(fromHex("the payee", payee, 20))];
    return keccak256(concat([chain, market, id, model, paid, numberWord("the deadline", place.deadline, 64)]));
  }
  const tag = new Uint8Array(32);
  tag.set(new TextEncoder().encode(BATCH_CONTEXT));
  const head = [tag, chain, market, model, numberWord("the batch's size", settlement.size, 64)];
  return keccak256(concat([...head, numberWord("the offset", 6 * 32, 64), encodeParts(listOf("parts", settlement.parts))]));
}

function fulfilment(region: Region): Settlement {
  const answer = { request: region.hex(0), payee: region.address(1), input: region.bytes(2), output: region.bytes(3) };
  return { kind: "alone", answer, proof: region.bytes(4) };
}

function batch(region: Region): Settlement {
  const size = region.size(1, MAX_ANSWERS);
  const parts = decodeParts(region.elements(2, size), size);
  const [inputs, outputs] = [region.bytes(3), region.bytes(4)];
  const requests = parts.flatMap(({ payee, requests }) => requests.map((request) => ({ request, payee })));
  const item = (bytes: Uint8Array, index: number) => {
    const length = bytes.length / requests.length;
    return bytes.subarray(index * length, (index + 1) * length);
  };
  if (requests.length === 0 || [inputs, outputs].some((bytes) => bytes.length % requests.length !== 0)) {
    throw damaged("inputs or outputs do not divide evenly among the requests");
  }
  const answers: SettledAnswer[] = requests.map((request, index) => {
    return { ...request, input: item(inputs, index), output: item(outputs, index) };
  });
  return { kind: "batch", modelId: region.hex(0), size, parts, answers, proof: region.bytes(5) };
}

/** Parts may share bytes, so that a few bytes would become many requests: there are no more than the batch has room for. */
function decodeParts({ count, region }: { count: number; region: Region }, size: number): BatchPart[] {
  let room = size;
  const part = (index: number): BatchPart => {
    const tuple = region.at(index);
    const { count, region: ids } = tuple.elements(1, room);
    room -= count;
    return { payee: tuple.address(0), requests: Array.from({ length: count }, (_, index) => ids.hex(index)) };
  };
  return Array.from({ length: count }, (_, index) => part(index));
}

function encodeParts(parts: readonly BatchPart[]): Uint8Array {
  const encoded = parts.map(({ payee, requests }) => {
    const ids = listOf("a part's requests", requests).map((request) => fromHex("a request", request, 32));
    const count = numberWord("the number of requests", ids.length, 32);
    return concat([padded(fromHex("a payee", payee, 20)), numberWord("the offset", 2 * 32, 32), count, ...ids]);
  });
  const offsets: Uint8Array[] = [];
  let at = parts.length * 32;
  for (const part of encoded) {
    offsets.push(numberWord("the offset", at, 64));
    at += part.length;
  }
  return concat([numberWord("the number of parts", parts.length, 32), ...offsets, ...encoded]);
}

function selector(signature: string): Uint8Array {
  return fromHex("the selector", keccak256(new TextEncoder().encode(signature)).slice(0, 10), 4);
}
