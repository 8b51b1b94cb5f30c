import { keccak256, zeroHash } from "viem";
import { afterEach, describe, expect, it } from "vitest";
import { keepDigest } from "../../src/audit/auditor.ts";
import { examineModel, examineSale, keyOf } from "../../src/audit/examine.ts";
import { title } from "../../src/audit/report.ts";
import { offeringAddress, setupDigest, type Terms, tokenAddress, verifierAddress } from "../../src/chain/address.ts";
import { Chain } from "../../src/chain/chain.ts";
import { NodeError } from "../../src/chain/node.ts";
import { contracts, type Contracts, KEY, market, model, nodeOf, RECORD, registry, SETUP, TEAM, TERMS } from "./sample.ts";

const offering = offeringAddress(TERMS);
const token = tokenAddress(offering);

/** Examines the sale after something was changed in it. */
async function examine(change: (known: Contracts) => void = () => {}, terms: Terms = TERMS) {
  const known = contracts(terms);
  change(known);
  const { report, subject } = await examineSale(await Chain.open(nodeOf(known)), offeringAddress(terms));
  return { report, subject, fails: report.of("fail").map(title) };
}

const says =
  (address: string, name: string, value: unknown) =>
  (known: Contracts): void => {
    known[address.toLowerCase()]!.says[name] = value;
  };
const has =
  (address: string, code: `0x${string}`) =>
  (known: Contracts): void => {
    known[address.toLowerCase()]!.code = code;
  };

describe("a genuine sale", () => {
  it("passes, and is told as it is", async () => {
    const { report, subject, fails } = await examine();
    expect(fails).toEqual([]);
    expect(report.grade).toBe("cautions");
    // No contract says who has made the setup, or what the circuit computes.
    expect(report.of("caution").map(title)).toEqual(["setup: ceremony", "model: recomputed"]);
    expect(report.points.join()).toContain(setupDigest(SETUP));
    expect(report.points.join()).toContain(RECORD.keyDigest);
    expect(subject).toMatchObject({ offering, token, market, registry, modelId: model, settlementKey: KEY });
  });
});

describe("a lie of a contract or of a node", () => {
  const other = `0x${"77".repeat(20)}` as const;
  const cases: [string, (known: Contracts) => void, string[]][] = [
    ["other terms", says(offering, "terms", { ...TERMS, price: 1n }), ["offering: address"]],
    ["a team that is hidden", says(offering, "terms", { ...TERMS, team: other }), ["offering: address"]],
    ["another token", says(offering, "token", other), ["token: address"]],
    ["no contract", has(offering, "0x"), ["offering: code"]],
    ["another registry of the market", says(market, "registry", other), ["market: address"]],
    ["a market that is not there", has(market, "0x"), ["market: code"]],
    ["a setup for tests that is said to be none", says(registry, "setup", { ...SETUP, tauG1: [9n, 9n] }), ["registry: address"]],
    ["another verifier", says(registry, "verifier", other), ["verifier: address", "verifier: code", "registry: address"]],
    ["other code of the verifier", has(verifierAddress(), "0x01"), ["verifier: code"]],
    ["a pinned hash of other code", says(registry, "verifierCodeHash", zeroHash), ["verifier: code"]],
    ["another registrant", says(registry, "model", { ...RECORD, registrant: other }), ["model: record"]],
    ["another key on the chain", has(RECORD.key, "0x000102"), ["model: settlement key"]],
    ["fees that go elsewhere", says(market, "listing", { holders: other, holdersBps: 2500, settled: 0n, earned: 0n }), ["token: listing"]],
    ["another part of the fees", says(market, "listing", { holders: token, holdersBps: 2499, settled: 0n, earned: 0n }), ["token: listing"]],
    ["the token of another model", says(token, "modelId", zeroHash), ["token: owner"]],
    ["a token of somebody else", says(token, "distributor", TEAM), ["token: owner"]],
    ["a contract that does not answer", (known) => delete known[offering.toLowerCase()], ["offering: contract"]],
    ["a contract that refuses", (known) => delete known[market.toLowerCase()]!.says["registry"], ["market: contract"]],
  ];
  for (const [lie, change, expected] of cases) {
    it(`is refused: ${lie}`, async () => {
      const { report, subject, fails } = await examine(change);
      expect(fails).toEqual(expected);
      expect(subject).toBeUndefined();
      expect(report.grade).toBe("failed");
      expect(report.headline).toBe("Failed: pay nothing");
    });
  }

  it("is refused: a record with another model digest than that of the terms", async () => {
    const terms = { ...TERMS, keyDigest: keccak256("0x99") };
    expect((await examine(() => {}, terms)).fails).toEqual(["offering: model digest"]);
  });

  it("is refused: terms that name another registry than the market's", async () => {
    expect((await examine(() => {}, { ...TERMS, registry: other })).fails).toEqual(["offering: registry"]);
  });
});

describe("what is only to be weighed", () => {
  it("does not fail", async () => {
    const unproven = await examine(says(registry, "model", { ...RECORD, provenAt: 0n }));
    expect(unproven.report.grade).toBe("cautions");
    const zero = `0x${"00".repeat(20)}`;
    const unlisted = await examine(says(market, "listing", { holders: zero, holdersBps: 0, settled: 0n, earned: 0n }));
    expect(unlisted.report.of("caution").map(title)).toEqual(["setup: ceremony", "model: recomputed", "token: listing"]);
  });
});

describe("the model digest of an auditor", () => {
  afterEach(() => keepDigest(model, ""));

  it("is weighed no more if it is the registered one", async () => {
    keepDigest(model, ` ${RECORD.keyDigest.replaceAll(/[a-f]/g, (digit) => digit.toUpperCase())} `);
    const { report, subject } = await examine();
    expect(report.of("caution").map(title)).toEqual(["setup: ceremony"]);
    expect(subject).toBeDefined();
  });

  it("refuses the sale and the model if it is another one, and no other model", async () => {
    keepDigest(model, zeroHash);
    const { subject, fails } = await examine();
    expect(fails).toEqual(["model: recomputed"]);
    expect(subject).toBeUndefined();
    const { report } = await examineModel(await Chain.open(nodeOf(contracts())), market, model);
    expect(report.grade).toBe("failed");
    keepDigest(model, "");
    keepDigest(zeroHash, zeroHash);
    expect((await examine()).fails).toEqual([]);
  });

  it("is one, or is asked for again", () => {
    for (const wrong of ["0x12", RECORD.keyDigest.slice(2), `${RECORD.keyDigest}0`]) expect(() => keepDigest(model, wrong), wrong).toThrow("no model digest");
  });
});

describe("a wallet through which the chain is read", () => {
  it("has errors of its own for contracts that refuse", async () => {
    const node = nodeOf(contracts());
    const refusal = { code: -32_603, message: "Internal JSON-RPC error: execution reverted" };
    const wallet = { request: async (call: { method: string }) => (call.method === "eth_call" ? Promise.reject(refusal) : node.request(call)) };
    const { report } = await examineSale(await Chain.open(wallet), offering);
    expect(report.of("fail").map(title)).toEqual(["offering: contract"]);
  });
});

describe("a node that gives no answer", () => {
  it("says nothing of a contract", async () => {
    const chain = await Chain.open(nodeOf(contracts()));
    const down = { request: () => Promise.reject(new NodeError("down")) };
    const broken = Object.assign(Object.create(Chain.prototype), chain, { provider: down }) as Chain;
    await expect(examineSale(broken, offering)).rejects.toThrow("down");
    await expect(examineModel(broken, market, model)).rejects.toThrow("down");
  });

  it("is refused if what it gives is no chain", async () => {
    for (const id of ["0x0", "1", null, "0x", `0x${"f".repeat(64)}`]) {
      await expect(Chain.open({ request: async () => id }), String(id)).rejects.toThrow();
    }
  });
});

describe("a node whose chain has more blocks than any", () => {
  it("is refused before anything is looked for among them", async () => {
    const answers: Record<string, unknown> = { eth_chainId: "0x1", eth_getBlockByNumber: { number: `0x${"f".repeat(60)}`, timestamp: "0x1" } };
    await expect(Chain.open({ request: async ({ method }) => answers[method] })).rejects.toThrow("no chain has");
  });
});

describe("a key that is stored as code", () => {
  it("begins behind a STOP", () => {
    expect(keyOf("0x000102")).toBe("0x0102");
    for (const none of ["0x", "0x00", "0x600102"] as const) expect(keyOf(none)).toBe("0x");
  });
});
