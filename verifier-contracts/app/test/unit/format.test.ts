import { describe, expect, it } from "vitest";
import { clean, count, decimal, distance, ether, local, parseEther, part, percent, short, span, tokens, utc } from "../../src/format.ts";

describe("amounts", () => {
  it("have no digits that they do not need, and lose none", () => {
    expect(decimal(0n)).toBe("0");
    expect(decimal(1n)).toBe("0.000000000000000001");
    expect(ether(1_500_000_000_000_000_000n)).toBe("1.5 ether");
    expect(decimal(1_234_567n * 10n ** 18n + 1n)).toBe("1,234,567.000000000000000001");
    expect(decimal(2n ** 104n)).toBe("20,282,409,603,651.670423947251286016");
  });

  it("are read to the wei, and nothing else is", () => {
    expect(parseEther("0.000000000000000001")).toBe(1n);
    expect(parseEther(" 6 ")).toBe(6n * 10n ** 18n);
    expect(parseEther(".5")).toBe(5n * 10n ** 17n);
    for (const wrong of ["", ".", "1,5", "1e3", "-1", "0x10", "1.0000000000000000001", "0", "400000000", "1 ether", "١"]) {
      expect(() => parseEther(wrong), wrong).toThrow();
    }
  });

  it("are parts of a whole", () => {
    expect(percent(2550)).toBe("25.5%");
    expect(part(1n, 3n)).toBe("33.3%");
    expect(part(1n, 0n)).toBe("0%");
  });
});

describe("times", () => {
  it("are in UTC, and where the reader is", () => {
    expect(utc(1_796_657_411n)).toBe("2026-12-07 15:30:11 UTC");
    expect(local(1_796_657_411n, "en-GB", "Asia/Tokyo")).toBe("8 Dec 2026, 00:30");
  });

  it("may be beyond all calendars", () => {
    expect(utc(2n ** 64n - 1n)).toBe("second 18446744073709551615 of the Unix epoch");
    expect(local(2n ** 64n - 1n)).toBe("");
  });

  it("are so far away", () => {
    expect(distance(100n, 40n)).toBe("in 1 minute");
    expect(distance(0n, 7200n)).toBe("2 hours ago");
    expect(span(0n)).toBe("0 seconds");
    expect(count(1, "token")).toBe("1 token");
  });
});

describe("names", () => {
  it("cannot change how a page is read", () => {
    expect(clean("a\u202eb\u200bc\u0000d\u{e0041}")).toBe("abcd");
    expect(clean("<b>x</b>")).toBe("<b>x</b>");
    expect(clean("x".repeat(1000))).toBe(`${"x".repeat(60)}…`);
    expect([...clean("🦊".repeat(100))]).toHaveLength(61);
    expect(tokens(10n ** 18n, "\u202eABCDEFGHIJKLMNOPQRSTUV")).toBe("1 token (ABCDEFGHIJKLMNOP…)");
    expect(tokens(500n * 10n ** 18n, "ether")).toBe("500 tokens (ether)");
    expect(short("0x1234567890abcdef1234")).toBe("0x123456…ef1234");
  });
});
