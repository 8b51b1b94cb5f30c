import { describe, expect, it } from "vitest";
import { explain, revertData } from "../../src/chain/words.ts";
import { NodeError, nodeUrl, RpcError } from "../../src/chain/node.ts";
import { modelLink, offeringLink, parse, requestLink } from "../../src/route.ts";
import { market, model } from "./sample.ts";

describe("links", () => {
  it("lead back to what they are of", () => {
    expect(parse("")).toEqual({ view: "start" });
    expect(parse("#/")).toEqual({ view: "start" });
    expect(parse(offeringLink(1, market))).toEqual({ view: "offering", chain: 1, offering: market });
    expect(parse(modelLink(31_337, market, model))).toEqual({ view: "model", chain: 31_337, market, model });
    expect(parse(requestLink(1, market, model))).toEqual({ view: "request", chain: 1, market, request: model });
  });

  it("are refused if they are damaged", () => {
    const flipped = market.replace(/[a-f]/, (letter) => letter.toUpperCase());
    const wrong = ["#/0/offering/", "#/1e3/offering/", "#/-1/offering/", `#/1/offering/${flipped}`, `#/1/offering/${market}/x`];
    const more = [`#/1/request/${market}`, `#/1/request/${market}/0x12`, `#/1/other/${market}/${model}`, "#/99999999999999999999/x"];
    for (const link of [...wrong, ...more]) expect(parse(link).view, link).toBe("unknown");
  });
});

describe("nodes", () => {
  it("are named by http and https alone", () => {
    expect(nodeUrl(" https://x.org/key ").host).toBe("x.org");
    for (const wrong of ["", "x.org", "javascript:alert(1)", "ws://x.org", "file:///etc/passwd"]) expect(() => nodeUrl(wrong), wrong).toThrow(NodeError);
  });
});

describe("what goes wrong", () => {
  it("is told in words, wherever the refusal's data is", () => {
    // WrongState(uint8) with 2.
    const data = `0x${"00".repeat(4)}` as const;
    expect(revertData({ data: { data } })).toBe(data);
    expect(revertData({ cause: { error: { data } } })).toBe(data);
    expect(revertData({ data: "0x" })).toBeUndefined();
    const loop: { cause?: unknown } = {};
    loop.cause = loop;
    expect(revertData(loop)).toBeUndefined();
    expect(explain({ code: 4001, message: "x" })).toBe("You rejected it in the wallet. Nothing was sent.");
    expect(explain(new RpcError(-32_000, "slow down", undefined))).toBe("The node refuses: slow down");
    expect(explain(null)).toContain("Something went wrong");
    expect(explain({ message: "m".repeat(1000) })).toHaveLength(400);
  });
});
