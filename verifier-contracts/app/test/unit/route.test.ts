import { describe, expect, it } from "vitest";
import { explain, revertData } from "../../src/chain/words.ts";
import { requireClock } from "../../src/chain/clock.ts";
import { NodeError, nodeUrl, RpcError } from "../../src/chain/node.ts";
import { modelLink, offeringLink, parse, requestLink, sharesOrigin } from "../../src/route.ts";
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

describe("the path of a gateway", () => {
  it("shares its origin with all pages there", () => {
    for (const shared of ["/ipfs/bafy/", "/ipns/x/index.html"]) expect(sharesOrigin(shared), shared).toBe(true);
    for (const own of ["/", "/app/", "/docs/ipfs/"]) expect(sharesOrigin(own), own).toBe(false);
  });
});

describe("nodes", () => {
  it("are named by https, and by http on this machine alone", () => {
    expect(nodeUrl(" https://x.org/key ").host).toBe("x.org");
    for (const here of ["http://127.0.0.1:8545", "http://localhost:8545"]) expect(nodeUrl(here).href).toBe(`${here}/`);
    for (const wrong of ["", "x.org", "javascript:alert(1)", "ws://x.org", "file:///etc/passwd", "http://x.org", "http://127.0.0.1.x.org", "http://localhost.x.org"]) expect(() => nodeUrl(wrong), wrong).toThrow(NodeError);
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

describe("the clocks of a node and of this device", () => {
  it("are no more than ten minutes apart, or no deadline is set by them", () => {
    for (const apart of [-600n, 0n, 600n]) expect(() => requireClock(10_000n + apart, 10_000n)).not.toThrow();
    for (const apart of [-601n, 601n, 1n << 60n]) expect(() => requireClock(10_000n + apart, 10_000n)).toThrow("10 minutes apart");
  });
});
