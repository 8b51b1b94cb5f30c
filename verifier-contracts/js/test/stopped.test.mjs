// A module that has stopped is not called again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { init, keccak256 } from "../dist/index.js";
import { call } from "../dist/module.js";

test("after a trap nothing is answered any more", async () => {
  await init();
  const stopped = { name: "HallmarkError", kind: "system" };
  const trap = () => call(() => { throw new WebAssembly.RuntimeError("unreachable"); });
  assert.throws(trap, stopped);
  assert.throws(() => keccak256(new Uint8Array()), stopped);
  await init();
  assert.throws(() => keccak256(new Uint8Array()), stopped);
});
