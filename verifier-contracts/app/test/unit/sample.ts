// A sale whose contracts are where they should be, and a node that says so, or lies where a test has it lie.
import { readFileSync } from "node:fs";
import { type Abi, type Address, concatHex, decodeFunctionData, encodeFunctionResult, type Hex, keccak256, numberToHex, zeroAddress, zeroHash } from "viem";
import { marketAddress, modelId, offeringAddress, registryAddress, type Setup, type Terms, tokenAddress, verifierAddress } from "../../src/chain/address.ts";
import { RpcError, type Provider } from "../../src/chain/node.ts";
import { marketAbi, offeringAbi, registryAbi, tokenAbi, VERIFIER_CODE_HASH } from "../../src/generated/contracts.ts";

const ETHER = 10n ** 18n;
const CHAIN = 31_337;
const artifacts = `${import.meta.dirname}/../../../artifacts`;

export const TEAM = `0x${"0a".repeat(20)}` as const;
export const KEY = "0x0102030405" as const;
const KEY_PLACE = `0x${"0b".repeat(20)}` as const;
export const SETUP: Setup = { development: false, tauG1: [3n, 4n], tauG2: [5n, 6n, 7n, 8n] };

export const registry = registryAddress(verifierAddress(), SETUP);
export const market = marketAddress(registry);
export const RECORD = {
  registrant: TEAM,
  key: KEY_PLACE,
  keyDigest: keccak256(KEY),
  architectureDigest: zeroHash,
  weightDigest: zeroHash,
  predecessor: zeroHash,
  registeredAt: 1n,
  provenAt: 2n,
  uri: "ipfs://digits",
} as const;
export const model = modelId(CHAIN, registry, RECORD);

export const TERMS: Terms = {
  registry,
  market,
  modelId: model,
  keyDigest: RECORD.keyDigest,
  name: "Digits",
  symbol: "DGT",
  team: TEAM,
  tokensForSale: 1000n * ETHER,
  tokensForTeam: 0n,
  price: 10n ** 16n,
  minimum: 2n * ETHER,
  opens: 1_796_050_000n,
  closes: 1_796_650_000n,
  holdersBps: 2500,
  tranches: [{ bps: 10_000, earned: ETHER, milestone: zeroAddress, expires: 1_900_000_000n }],
};

/** A contract: its functions by name, and its code. */
export interface Known {
  abi: Abi;
  says: Record<string, unknown>;
  code: Hex;
}

/** All contracts of a sale, by their addresses in lower case. */
export type Contracts = Record<string, Known>;

/** The contracts of a sale with some terms, each where it belongs. */
export function contracts(terms: Terms = TERMS): Contracts {
  const offering = offeringAddress(terms);
  const token = tokenAddress(offering);
  const verifierCode: Hex = `0x${readFileSync(`${artifacts}/HallmarkVerifier.runtime.bin`, "utf8").trim()}`;
  const known: [Address, Known][] = [
    [verifierAddress(), { abi: [], says: {}, code: verifierCode }],
    [registry, { abi: registryAbi, code: "0x01", says: { verifier: verifierAddress(), verifierCodeHash: VERIFIER_CODE_HASH, setup: SETUP, model: RECORD } }],
    [market, { abi: marketAbi, code: "0x01", says: { registry, listing: { holders: token, holdersBps: terms.holdersBps, settled: 0n, earned: 0n } } }],
    [offering, { abi: offeringAbi, code: "0x01", says: { terms, token } }],
    [token, { abi: tokenAbi, code: "0x01", says: { modelId: terms.modelId, distributor: offering } }],
    [KEY_PLACE, { abi: [], says: {}, code: concatHex(["0x00", KEY]) }],
  ];
  return Object.fromEntries(known.map(([address, contract]) => [address.toLowerCase(), contract]));
}

const block = { number: "0x10", timestamp: numberToHex(1_796_100_000) };

/** A node that shows these contracts. */
export function nodeOf(known: Contracts): Provider {
  const view = ({ to, data }: { to: Address; data: Hex }): Hex => {
    const contract = known[to.toLowerCase()];
    if (!contract) return "0x";
    const { functionName } = decodeFunctionData({ abi: contract.abi, data });
    if (!(functionName in contract.says)) throw new RpcError(3, "execution reverted", "0x");
    return encodeFunctionResult({ abi: contract.abi, functionName, result: contract.says[functionName] } as never);
  };
  const answers: Record<string, (params: readonly unknown[]) => unknown> = {
    eth_chainId: () => numberToHex(CHAIN),
    eth_getBlockByNumber: () => block,
    eth_getCode: ([address]) => known[String(address).toLowerCase()]?.code ?? "0x",
    eth_call: ([call]) => view(call as { to: Address; data: Hex }),
  };
  return { request: async ({ method, params = [] }) => answers[method]!(params) };
}
