// Where genuine contracts are on any chain, computed without a chain:
//
//   address = keccak256(0xff ‖ proxy ‖ 0 ‖ keccak256(creation code ‖ constructor arguments))[12..]
//
// So an address commits to the creation code and to the arguments, and thereby to the contract's first storage. It is the same as
// prover/chain/src/node/deployment.rs computes.
import { type Address, concatHex, encodeAbiParameters, getContractAddress, getCreate2Address, type Hex, keccak256, numberToHex, toHex } from "viem";
import { type ContractFunctionReturnType } from "viem";
import {
  marketAbi,
  marketCreation,
  offeringAbi,
  offeringCreation,
  PROXY,
  registryAbi,
  registryCreation,
  SALT,
  VERIFIER,
} from "../generated/contracts.ts";

/** The terms of an offering, as it has them. */
export type Terms = ContractFunctionReturnType<typeof offeringAbi, "view", "terms">;
/** A part of the proceeds, and its conditions. */
export type Tranche = Terms["tranches"][number];
/** The part of the structured reference string that pairings need. */
export type Setup = ContractFunctionReturnType<typeof registryAbi, "view", "setup">;

/** The inputs of a contract's constructor. */
type Inputs<A extends readonly { type: string }[]> = Extract<A[number], { type: "constructor" }> extends { inputs: infer I } ? I : never;

const inputs = <A extends readonly { type: string }[]>(abi: A): Inputs<A> =>
  (abi.find(({ type }) => type === "constructor") as unknown as { inputs: Inputs<A> }).inputs;

const placed = (creation: Hex, encoded: Hex): Address =>
  getCreate2Address({ from: PROXY, salt: SALT, bytecode: concatHex([creation, encoded]) });

/** The verifier, of which each chain has one. */
export const verifierAddress = (): Address => VERIFIER;

/** The registry for a setup, with a verifier. That a setup is for development is said twice. */
export const registryAddress = (verifier: Address, setup: Setup): Address =>
  placed(registryCreation, encodeAbiParameters(inputs(registryAbi), [verifier, setup, setup.development]));

/** The market for a registry. */
export const marketAddress = (registry: Address): Address =>
  placed(marketCreation, encodeAbiParameters(inputs(marketAbi), [registry]));

/** The offering with some terms. */
export const offeringAddress = (terms: Terms): Address =>
  placed(offeringCreation, encodeAbiParameters(inputs(offeringAbi), [terms]));

/** The token of an offering, which is the first contract that it creates. */
export const tokenAddress = (offering: Address): Address => getContractAddress({ from: offering, nonce: 1n });

/** The digest of the terms, which a purchase names. */
export const termsDigest = (terms: Terms): Hex => keccak256(encodeAbiParameters(inputs(offeringAbi), [terms]));

/** What a model's id follows from. */
export interface Registration {
  registrant: Address;
  keyDigest: Hex;
  predecessor: Hex;
  uri: string;
}

/** The id that a registry on a chain gives to a record: see IModelRegistry.idOf. */
export function modelId(chain: number, registry: Address, { registrant, keyDigest, predecessor, uri }: Registration): Hex {
  const types = ["uint256", "address", "address", "bytes32", "bytes32", "bytes32"].map((type) => ({ type }));
  return keccak256(
    encodeAbiParameters(types, [BigInt(chain), registry, registrant, keyDigest, predecessor, keccak256(toHex(uri))]),
  );
}

/** The generators of G1 and G2, by EIP-196 and EIP-197. */
const GENERATORS: readonly [bigint, bigint, bigint, bigint, bigint, bigint] = [
  1n,
  2n,
  0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2n,
  0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6edn,
  0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975bn,
  0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daan,
];

/** The digest of a setup: see IModelRegistry.setupDigest. */
export function setupDigest({ development, tauG1, tauG2 }: Setup): Hex {
  const [x, y, ...ofG2] = GENERATORS;
  const points = [x, y, ...tauG1, ...ofG2, ...tauG2].map((word) => numberToHex(word, { size: 32 }));
  return keccak256(concatHex([toHex("hallmark opening key v1"), development ? "0x01" : "0x00", ...points]));
}
