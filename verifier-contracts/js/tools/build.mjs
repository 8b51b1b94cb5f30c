// Builds the package: the module, what JavaScript loads it with, and the types. Needs cargo and rustup's wasm32 target.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const TARGET = "wasm32-unknown-unknown";
const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = fileURLToPath(new URL("..", import.meta.url));

function run(command, args, options = {}) {
  execFileSync(command, args, { cwd: root, stdio: "inherit", ...options });
}

function addTarget() {
  const installed = execFileSync("rustup", ["target", "list", "--installed"], { cwd: root, encoding: "utf8" });
  if (!installed.split("\n").includes(TARGET)) {
    run("rustup", ["target", "add", TARGET]);
  }
}

addTarget();
run("cargo", ["build", "--locked", "-p", "hallmark-wasm", "--target", TARGET, "--profile", "wasm"]);
rmSync(`${folder}/src/wasm`, { recursive: true, force: true });
const tool = ["run", "--locked", "--quiet", "--manifest-path", "circuits/wasm/bindings/Cargo.toml", "--target-dir", "target/bindings"];
run("cargo", [...tool, "--", `target/${TARGET}/wasm/hallmark_wasm.wasm`, `${folder}/src/wasm`]);
rmSync(`${folder}/dist`, { recursive: true, force: true });
run("npx", ["--no-install", "tsc"], { cwd: folder });
mkdirSync(`${folder}/dist/wasm`, { recursive: true });
for (const file of ["hallmark_wasm.js", "hallmark_wasm.d.ts", "hallmark_wasm_bg.wasm"]) {
  cpSync(`${folder}/src/wasm/${file}`, `${folder}/dist/wasm/${file}`);
}
