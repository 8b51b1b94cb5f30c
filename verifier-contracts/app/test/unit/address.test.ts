import { readFileSync } from "node:fs";
import { concatHex, encodeAbiParameters, encodePacked, type Hex, keccak256, parseAbiParameters, slice } from "viem";
import { describe, expect, it } from "vitest";
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
} from "../../src/chain/address.ts";

const PROXY = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
const code = (name: string): Hex => `0x${readFileSync(`${import.meta.dirname}/../../../artifacts/${name}.bin`, "utf8").trim()}`;

/** The formula, by hand. */
function create2(creation: Hex): Hex {
  const salt = `0x${"00".repeat(32)}` as const;
  return slice(keccak256(concatHex(["0xff", PROXY, salt, keccak256(creation)])), 12);
}

const one = `0x${"01".repeat(20)}` as const;
const two = `0x${"02".repeat(20)}` as const;
const word = (byte: string): Hex => `0x${byte.repeat(32)}`;
const setup: Setup = { development: true, tauG1: [1n, 1n], tauG2: [2n, 2n, 2n, 2n] };
const terms: Terms = {
  registry: one,
  market: two,
  modelId: word("03"),
  keyDigest: word("04"),
  name: "Digits",
  symbol: "DGT",
  team: one,
  tokensForSale: 10n ** 21n,
  tokensForTeam: 0n,
  price: 10n ** 16n,
  minimum: 1n,
  opens: 1n,
  closes: 20n,
  holdersBps: 2500,
  tranches: [{ bps: 10_000, earned: 1n, milestone: one, expires: 30n }],
};

describe("addresses", () => {
  it("are those of CREATE2", () => {
    expect(verifierAddress().toLowerCase()).toBe(create2(code("HallmarkVerifier")));
    const market = concatHex([code("InferenceMarket"), encodeAbiParameters(parseAbiParameters("address"), [one])]);
    expect(marketAddress(one).toLowerCase()).toBe(create2(market));
    const shape = parseAbiParameters("address, (bool development, uint256[2] tauG1, uint256[4] tauG2) setup, bool");
    const registry = concatHex([code("ModelRegistry"), encodeAbiParameters(shape, [one, setup, true])]);
    expect(registryAddress(one, setup).toLowerCase()).toBe(create2(registry));
  });

  it("commit to every argument", () => {
    const other = { ...terms.tranches[0]!, expires: 31n };
    const changes: Partial<Terms>[] = [
      {},
      { registry: two },
      { market: one },
      { modelId: word("05") },
      { keyDigest: word("05") },
      { name: "Digit" },
      { symbol: "DG" },
      { team: two },
      { tokensForSale: 1n },
      { tokensForTeam: 1n },
      { price: 1n },
      { minimum: 2n },
      { opens: 2n },
      { closes: 21n },
      { holdersBps: 2501 },
      { tranches: [other] },
      { tranches: [] },
    ];
    const all = changes.map((change) => offeringAddress({ ...terms, ...change }));
    const digests = changes.map((change) => termsDigest({ ...terms, ...change }));
    expect(new Set(all).size).toBe(changes.length);
    expect(new Set(digests).size).toBe(changes.length);
    const setups = [setup, { ...setup, development: false }, { ...setup, tauG1: [1n, 2n] as const }, { ...setup, tauG2: [2n, 2n, 2n, 3n] as const }];
    expect(new Set([...setups.map((of) => registryAddress(one, of)), registryAddress(two, setup)]).size).toBe(5);
    expect(new Set(setups.map(setupDigest)).size).toBe(4);
  });

  it("of tokens follow from their offerings'", () => {
    // docs/walkthrough.md has both, as the program printed them.
    expect(tokenAddress("0x9Fd4b09b9820bC4E6C01Fd249c6aC9d5315eC47b")).toBe("0xf2caAAda63db7D23F607f7EBbB2828628e99A92B");
  });
});

describe("a model's id", () => {
  it("follows from its record", () => {
    const record = { registrant: one, keyDigest: word("06"), predecessor: word("00"), uri: "ipfs://digits" };
    const shape = parseAbiParameters("uint256, address, address, bytes32, bytes32, bytes32");
    const uri = keccak256(encodePacked(["string"], [record.uri]));
    const expected = keccak256(encodeAbiParameters(shape, [7n, two, one, word("06"), word("00"), uri]));
    expect(modelId(7, two, record)).toBe(expected);
    const changes = [{ registrant: two }, { keyDigest: word("07") }, { predecessor: word("01") }, { uri: "ipfs://other" }];
    for (const change of changes) expect(modelId(7, two, { ...record, ...change })).not.toBe(expected);
    expect(modelId(8, two, record)).not.toBe(expected);
    expect(modelId(7, one, record)).not.toBe(expected);
  });
});
