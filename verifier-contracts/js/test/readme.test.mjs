// The example of README.md runs.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const target = fileURLToPath(new URL("../../../target/js/", import.meta.url));
const fixtures = JSON.parse(readFileSync(join(target, "fixtures.json"), "utf8"));

function output(input) {
  const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, code] = /```js\n([^]*?)```/.exec(text);
  const folder = mkdtempSync(join(tmpdir(), "hallmark-"));
  try {
    const files = { "m.key": "values.key", "m.blob": "values.blob", "p.proof": "values.receipt.proof" };
    for (const [name, source] of Object.entries(files)) {
      copyFileSync(join(target, source), join(folder, name));
    }
    const placed = code
      .replace("@hallmark/verifier", new URL("../dist/index.js", import.meta.url).href)
      .replace("0x...", fixtures.models[0].digest);
    writeFileSync(join(folder, "example.mjs"), `${placed}\nfunction readInput() { return ${JSON.stringify(input)}; }\n`);
    return execFileSync(process.execPath, ["example.mjs"], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the example verifies a proof, and refuses another input", () => {
  assert.match(output(fixtures.image), /^proven settlement/);
  assert.match(output(fixtures.image.map((value) => (value > 0 ? 0 : value))), /^refused refused/);
});
