// The verifier in the browser, as this page uses it: the package @hallmark/verifier. Its WASM is loaded when a key file is chosen, and
// not before.
import { type Address, type Hex, keccak256, toBytes, toHex } from "viem";
import type { Model, Settlement } from "@hallmark/verifier";
import { registryAbi } from "./generated/contracts.ts";
import type { Offered } from "./audit/examine.ts";
import type { Chain } from "./chain/chain.ts";
import { PageError } from "./chain/words.ts";

export type { Model, RequestInput } from "@hallmark/verifier";

type Package = typeof import("@hallmark/verifier");
let loading: Promise<Package> | undefined;

async function load(): Promise<Package> {
  const verifier = await import("@hallmark/verifier");
  await verifier.init();
  return verifier;
}

function verifier(): Promise<Package> {
  loading ??= load();
  // A file that did not arrive is asked for again.
  loading.catch(() => (loading = undefined));
  return loading;
}

/** The most bytes of a key file. */
const MOST_BYTES = 256_000_000;

/** The key files that were chosen since the page was opened, by the model's digest. */
const chosen = new Map<Hex, Uint8Array>();

/** The model of a key file, if its digest is the one that is registered. */
export async function readModel({ record, settlementKey }: Offered, file: Blob): Promise<Model> {
  if (file.size > MOST_BYTES) throw new PageError("The file is too large for a key file.");
  const key = new Uint8Array(await file.arrayBuffer());
  const model = (await verifier()).readModel({ key, settlementKey: toBytes(settlementKey) }, record.keyDigest);
  chosen.set(record.keyDigest, key);
  return model;
}

/** The model, if its key file was chosen before. */
export async function knownModel({ record, settlementKey }: Offered): Promise<Model | undefined> {
  const key = chosen.get(record.keyDigest);
  return key && (await verifier()).readModel({ key, settlementKey: toBytes(settlementKey) }, record.keyDigest);
}

/** A proof that holds, and what it shows. */
export interface Checked {
  /** The number of answers that the proof is of. */
  answers: number;
}

const answersOf = (settlement: Settlement) => (settlement.kind === "alone" ? [settlement.answer] : settlement.answers);

/** The key of a batch, whose digest the model's own key determines. */
async function batchKeys(chain: Chain, { registry, modelId }: Offered, settlement: Settlement): Promise<Uint8Array[]> {
  if (settlement.kind === "alone") return [];
  const { key } = await chain.view({ abi: registryAbi, address: registry }, "batchKey", [modelId, BigInt(settlement.size)]);
  return [toBytes(await chain.code(key))];
}

/** What was settled: the request, and what the market keeps of it. */
export interface Settled {
  request: Hex;
  deadline: bigint;
  payee: Address;
  inputHash: Hex;
  output: Hex;
}

/** Whether a settlement is of this answer. A proof of another one would hold too. */
export const carries = (settlement: Settlement, { request, payee, inputHash, output }: Settled): boolean =>
  answersOf(settlement).some(
    (answer) =>
      answer.request.toLowerCase() === request &&
      answer.payee.toLowerCase() === payee.toLowerCase() &&
      keccak256(answer.input) === inputHash &&
      toHex(answer.output) === output.toLowerCase(),
  );

/** Checks the proof of a settlement. Throws if it does not hold for this request, this input, this output and this payee. */
export async function checkProof(chain: Chain, offered: Offered, settled: Settled, calldata: Hex): Promise<Checked> {
  const { decodeSettlements, readModel: read } = await verifier();
  const settlement = decodeSettlements(calldata).find((candidate) => carries(candidate, settled));
  if (!settlement) throw new PageError("The transaction does not carry this answer in a call of the market, so that its proof cannot be checked here.");
  const key = chosen.get(offered.record.keyDigest);
  if (!key) throw new PageError("Choose the key file first.");
  const files = { key, settlementKey: toBytes(offered.settlementKey), batchKeys: await batchKeys(chain, offered, settlement) };
  const model = read(files, offered.record.keyDigest);
  try {
    const asked = { [settled.request]: settled.inputHash };
    const at = { chainId: BigInt(chain.id), market: offered.market, modelId: offered.modelId };
    const place = { ...at, deadline: settled.deadline, inputHashes: asked };
    model.verifySettlement(settlement, place);
  } finally {
    model.free();
  }
  return { answers: answersOf(settlement).length };
}

