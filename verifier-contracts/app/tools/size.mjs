#!/usr/bin/env node
// Prints what a visitor loads, as it is and compressed.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
let sum = 0;
for (const { name, parentPath } of files) {
  const bytes = readFileSync(join(parentPath, name));
  const compressed = gzipSync(bytes, { level: 9 }).length;
  sum += compressed;
  console.log(`${name}  ${kilobytes(bytes.length)}, ${kilobytes(compressed)} compressed`);
}
console.log(`all  ${kilobytes(sum)} compressed`);
