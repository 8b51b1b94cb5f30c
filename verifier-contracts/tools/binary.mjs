// Where forge's program is. The launcher that comes with the npm package (1.7.1) exits with 0 whatever forge found, so that no
// check that ran through it could fail.
import { createRequire } from "node:module";

const architecture = { x64: "amd64", arm64: "arm64" }[process.arch];
const binary = process.platform === "win32" ? "forge.exe" : "forge";

export const forge = createRequire(import.meta.url).resolve(
  `@foundry-rs/forge-${process.platform}-${architecture}/bin/${binary}`,
);
