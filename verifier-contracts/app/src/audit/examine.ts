// Whether contracts are genuine and belong together, without the word of those who sell. It asks the same as `hallmark audit` and as
// prover/chain/src/node/genuine.rs.
//
// A contract says what it was deployed with. Its address commits to that and to its creation code. So if the address is the right one,
// then what the contract said of its arguments is true, whatever the node is worth. What changes later, such as what was raised, is the
// node's word.
import { type Address, type Hex, isAddressEqual, keccak256, slice, zeroAddress } from "viem";
import { type Chain } from "../chain/chain.ts";
import {
  marketAddress,
  modelId,
  offeringAddress,
  registryAddress,
  type Setup,
  setupDigest,
  type Terms,
  termsDigest,
  tokenAddress,
  verifierAddress,
} from "../chain/address.ts";
import { isForeign, type ModelRecord } from "../chain/record.ts";
import { explain } from "../chain/words.ts";
import { percent, utc } from "../format.ts";
import { marketAbi, offeringAbi, registryAbi, tokenAbi, VERIFIER_CODE_HASH } from "../generated/contracts.ts";
import { auditedDigest } from "./auditor.ts";
import { Report, type Section } from "./report.ts";

/** A model in a market. */
export interface Offered {
  market: Address;
  registry: Address;
  setup: Setup;
  modelId: Hex;
  record: ModelRecord;
  /** The settlement key, which has the digest of the record. */
  settlementKey: Hex;
}

/** A sale of a model's token. */
export interface Sale extends Offered {
  offering: Address;
  terms: Terms;
  termsDigest: Hex;
  token: Address;
}

/** A report, and its subject where no line fails. */
export interface Examined<T> {
  report: Report;
  subject: T | undefined;
}

/** What a contract says, or a line that fails. What the node does not say ends the examination. */
async function said<T>(report: Report, section: Section, asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (!isForeign(error)) throw error;
    report.add(section, "contract", "fail", explain(error));
    return undefined;
  }
}

async function verifier(chain: Chain, registry: Address, report: Report): Promise<Address | undefined> {
  const contract = { abi: registryAbi, address: registry };
  const found = await said(report, "registry", Promise.all([chain.view(contract, "verifier"), chain.view(contract, "verifierCodeHash")]));
  if (!found) return undefined;
  const [address, pinned] = found;
  const code = await chain.code(address);
  report.placed("verifier", address, verifierAddress());
  report.require(
    "verifier",
    "code",
    keccak256(code) === VERIFIER_CODE_HASH && pinned === VERIFIER_CODE_HASH,
    "The contract that checks proofs has the genuine code, byte for byte.",
    "The contract that checks proofs has other code than the genuine one.",
  );
  return address;
}

async function registry(chain: Chain, address: Address, report: Report): Promise<Setup | undefined> {
  const found = await verifier(chain, address, report);
  const setup = found && (await said(report, "registry", chain.view({ abi: registryAbi, address }, "setup")));
  if (!setup) return undefined;
  report.placed("registry", address, registryAddress(found, setup));
  report.isForTests = setup.development;
  if (setup.development) {
    report.add("setup", "ceremony", "caution", "The setup is for development. Whoever made it can prove anything.");
  } else {
    const detail =
      "Whoever made the setup alone can prove anything. Compare its digest with that of a public ceremony, as someone other than the seller " +
      `publishes it: ${setupDigest(setup)}`;
    report.add("setup", "ceremony", "caution", detail);
  }
  return setup;
}

/** The market, and the registry that its address commits to. */
async function market(chain: Chain, address: Address, report: Report): Promise<{ registry: Address; setup: Setup } | undefined> {
  const found = await said(report, "market", chain.view({ abi: marketAbi, address }, "registry"));
  if (!found || !report.placed("market", address, marketAddress(found))) return undefined;
  if (!(await deployed(chain, address, "market", report))) return undefined;
  const setup = await registry(chain, found, report);
  return setup && { registry: found, setup };
}

async function deployed(chain: Chain, address: Address, section: Section, report: Report): Promise<boolean> {
  const isThere = (await chain.code(address)) !== "0x";
  if (!isThere) report.add(section, "code", "fail", `On this chain there is no contract at ${address}.`);
  return isThere;
}

/** The bytes of a key that is stored as code, behind a STOP. */
export const keyOf = (code: Hex): Hex => (code.length > 4 && code.startsWith("0x00") ? slice(code, 1) : "0x");

/** What the circuit of a digest computes, no contract says. */
function recomputed({ keyDigest }: ModelRecord, audited: Hex | undefined, report: Report): void {
  if (audited === undefined) {
    const detail =
      "Nobody here has recomputed the model digest. A seller can register a circuit that computes something else than the model. " +
      `Compare the digest with what someone other than the seller publishes: ${keyDigest}`;
    report.add("model", "recomputed", "caution", detail);
    return;
  }
  report.require(
    "model",
    "recomputed",
    audited === keyDigest,
    `The model digest is the one that you took from an auditor: ${keyDigest}.`,
    `The model digest is ${keyDigest}, and the one that you took from an auditor is ${audited}.`,
  );
}

async function model(chain: Chain, of: { registry: Address; id: Hex }, report: Report): Promise<[ModelRecord, Hex] | undefined> {
  const record = await said(report, "model", chain.view({ abi: registryAbi, address: of.registry }, "model", [of.id]));
  if (!record) return undefined;
  report.require(
    "model",
    "record",
    modelId(chain.id, of.registry, record) === of.id,
    `Its id follows from its record: registrant ${record.registrant}, model digest ${record.keyDigest}.`,
    "Its id does not follow from the record that the node shows. The node may lie: name another one.",
  );
  const key = keyOf(await chain.code(record.key));
  report.require(
    "model",
    "settlement key",
    keccak256(key) === record.keyDigest,
    "The key on the chain, which proofs are checked with, has the model digest.",
    `The code at ${record.key} is not the key with the model digest.`,
  );
  report.modelId = of.id;
  recomputed(record, auditedDigest(of.id), report);
  report.add(
    "model",
    "possession",
    record.provenAt === 0n ? "caution" : "pass",
    record.provenAt === 0n
      ? "Nobody has shown that the registrant has the model."
      : `The registrant has shown on ${utc(record.provenAt)} that it has the model.`,
  );
  return [record, key];
}

async function offered(chain: Chain, address: Address, id: Hex, report: Report): Promise<Offered | undefined> {
  const found = await market(chain, address, report);
  const known = found && (await model(chain, { registry: found.registry, id }, report));
  return known && { market: address, ...found, modelId: id, record: known[0], settlementKey: known[1] };
}

/** Whether fees reach the token: the listing is for good. */
async function listing(chain: Chain, terms: Terms, token: Address, report: Report): Promise<void> {
  const found = await said(report, "token", chain.view({ abi: marketAbi, address: terms.market }, "listing", [terms.modelId]));
  if (!found) return;
  if (isAddressEqual(found.holders, zeroAddress)) {
    report.add("token", "listing", "caution", "The market does not list the model yet. The sale takes no payment before it does.");
    return;
  }
  report.require(
    "token",
    "listing",
    isAddressEqual(found.holders, token) && found.holdersBps === terms.holdersBps,
    `${percent(terms.holdersBps)} of each fee go to the token.`,
    `${percent(found.holdersBps)} of each fee go to ${found.holders}, and not as the terms say.`,
  );
}

async function coin(chain: Chain, terms: Terms, [offering, token]: [Address, Address], report: Report): Promise<void> {
  const contract = { abi: tokenAbi, address: token };
  const found = await said(report, "token", Promise.all([chain.view(contract, "modelId"), chain.view(contract, "distributor")]));
  if (!found) return;
  report.require(
    "token",
    "owner",
    found[0] === terms.modelId && isAddressEqual(found[1], offering),
    `${token} is the model's token, and the offering hands it out.`,
    `${token} is not this model's token.`,
  );
}

function ended<T>(report: Report, subject: T | undefined): Examined<T> {
  return { report, subject: report.grade === "failed" ? undefined : subject };
}

/** Examines a sale. */
export async function examineSale(chain: Chain, offering: Address): Promise<Examined<Sale>> {
  const report = new Report();
  const contract = { abi: offeringAbi, address: offering };
  const said_ = await said(report, "offering", Promise.all([chain.view(contract, "terms"), chain.view(contract, "token")]));
  if (!said_) return ended<Sale>(report, undefined);
  const [terms, named] = said_;
  const token = tokenAddress(offering);
  report.placed("offering", offering, offeringAddress(terms));
  report.require(
    "token",
    "address",
    isAddressEqual(named, token),
    `${token} is the first contract that the offering has created.`,
    `${named} is not the contract that the offering has created: that is ${token}.`,
  );
  // What a forged contract names is not worth a question.
  if (report.grade === "failed" || !(await deployed(chain, offering, "offering", report))) return ended<Sale>(report, undefined);
  const found = await offered(chain, terms.market, terms.modelId, report);
  if (!found) return ended<Sale>(report, undefined);
  report.require(
    "offering",
    "registry",
    isAddressEqual(found.registry, terms.registry),
    "Its terms name the registry of its market.",
    `Its terms name the registry ${terms.registry}, and its market has ${found.registry}.`,
  );
  report.require(
    "offering",
    "model digest",
    found.record.keyDigest === terms.keyDigest,
    `Its terms name the model digest that is registered: ${terms.keyDigest}.`,
    `Its terms name the model digest ${terms.keyDigest}, and registered is ${found.record.keyDigest}.`,
  );
  await coin(chain, terms, [offering, token], report);
  await listing(chain, terms, token, report);
  return ended(report, { ...found, offering, terms, termsDigest: termsDigest(terms), token });
}

/** Examines a model in a market. */
export async function examineModel(chain: Chain, address: Address, id: Hex): Promise<Examined<Offered>> {
  const report = new Report();
  return ended(report, await offered(chain, address, id, report));
}
