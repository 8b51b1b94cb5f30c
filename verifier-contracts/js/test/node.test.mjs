// The verifier in Node.
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as verifier from "../dist/index.js";
import { suite } from "./suite.mjs";

const folder = new URL("../../../target/js/", import.meta.url);
const read = (name) => new Uint8Array(readFileSync(new URL(name, folder)));
const fixtures = JSON.parse(readFileSync(new URL("fixtures.json", folder), "utf8"));

test("nothing is answered before the module is loaded", (context) => {
  context.assert.throws(() => verifier.keccak256(new Uint8Array()), { name: "HallmarkError", kind: "usage" });
});

test("a module that is none is refused, and the right one loaded after it", async (context) => {
  await context.assert.rejects(verifier.init(new Uint8Array(8)), { name: "HallmarkError", kind: "system" });
  await verifier.init();
  await verifier.init();
});

for (const { name, run } of suite(verifier, fixtures, read)) {
  test(name, run);
}
