import { zeroAddress } from "viem";
import { describe, expect, it } from "vitest";
import { allocation, binding, cap, facts, tranche, warnings } from "../../src/terms.ts";
import { TERMS } from "./sample.ts";

const ETHER = 10n ** 18n;
const whole = { bps: 10_000, earned: 100n * ETHER, milestone: zeroAddress, expires: 2_000_000_000n } as const;
const plain = { ...TERMS, minimum: 2n * ETHER, tranches: [whole] };
const told = (change: Partial<typeof TERMS>, now = 0n): string => warnings({ ...plain, ...change }, now).join("\n");

describe("allocations", () => {
  it("are those of the contract", () => {
    expect(cap(TERMS)).toBe(10n * ETHER);
    // As in docs/walkthrough.md: two buyers of six ether each, with a cap of ten.
    expect(allocation(TERMS, 6n * ETHER, 6n * ETHER)).toEqual({ tokens: 600n * ETHER, excess: 0n });
    expect(allocation(TERMS, 6n * ETHER, 12n * ETHER)).toEqual({ tokens: 500n * ETHER, excess: ETHER });
    expect(allocation({ ...TERMS, price: 0n }, 0n, 0n)).toEqual({ tokens: 0n, excess: 0n });
  });

  it("bind what is above the cap for as long as the sale, and at most for 30 days", () => {
    expect(binding({ ...TERMS, opens: 10n, closes: 110n })).toBe(100n);
    expect(binding({ ...TERMS, opens: 0n, closes: 100n * 86_400n })).toBe(30n * 86_400n);
  });
});

describe("terms in words", () => {
  it("have all that a buyer agrees to", () => {
    const words = Object.fromEntries(facts({ ...TERMS, tokensForTeam: 1000n * ETHER }));
    expect(words["For the team"]).toBe("1,000 tokens (DGT), 50% of all");
    expect(words["Minimum"]).toBe("2 ether; below it, everybody gets everything back");
    expect(facts({ ...TERMS, tokensForTeam: 0n })[1]).toEqual(["For the team", "no tokens"]);
  });

  it("have both conditions of a tranche", () => {
    const milestone = `0x${"11".repeat(20)}` as const;
    expect(tranche({ ...whole, milestone })).toBe(
      `The team gets 100% of the proceeds once the holders have earned 100 ether since the sale and the contract ${milestone} says that its ` +
        "milestone is reached. If that is not so by 2033-05-18 03:33:20 UTC, the buyers get them back.",
    );
  });
});

describe("warnings", () => {
  it("are none where there is nothing to weigh", () => expect(told({})).toBe(""));

  it("are of the team's share, the holders', and the minimum", () => {
    expect(told({ tokensForTeam: 500n * ETHER })).toBe("");
    expect(told({ tokensForTeam: 501n * ETHER })).toContain("The team gets 33.3% of all tokens");
    expect(told({ holdersBps: 499 })).toContain("The holders get only 4.99% of each fee.");
    expect(told({ minimum: ETHER - 1n })).toContain("which is 9.9% of the cap");
  });

  it("are of milestones, and of tranches that the team can pay for itself", () => {
    const milestone = `0x${"11".repeat(20)}` as const;
    expect(told({ tranches: [{ ...whole, milestone, earned: 0n }] })).toContain("alone decides when the team is paid");
    expect(told({ tranches: [{ ...whole, milestone }] })).toContain("decides too");
    expect(told({ tranches: [{ ...whole, earned: ETHER }] })).toContain("that would cost it about 1 ether");
    // Half of what it pays comes back to a team with half of the tokens.
    expect(told({ tokensForTeam: 1000n * ETHER, tranches: [{ ...whole, earned: 19n * ETHER }] })).toContain("about 9.5 ether");
    expect(told({ tranches: [{ ...whole, earned: 10n * ETHER }] })).toBe("");
  });

  it("are of names that are not what they seem, and of the last hour", () => {
    expect(told({ name: "USD\u202ecoin" })).toContain("hidden characters");
    expect(told({ symbol: "X".repeat(17) })).toContain("very long");
    for (const symbol of ["ether", "ETH", "Wei", "", "D GT", "\u0435ther", "0.5 ether"]) expect(told({ symbol }), symbol).toContain("no amounts of ether");
    for (const symbol of ["DGT", "$X.1-a", "ETHOS"]) expect(told({ symbol }), symbol).toBe("");
    expect(told({}, plain.closes - 600n)).toContain("The sale closes in 10 minutes.");
    expect(told({}, plain.closes)).toBe("");
  });
});
