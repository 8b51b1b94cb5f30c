import { defineConfig } from "vitest/config";

export default defineConfig({
  // Relative: the page works in any folder of any server, and under an IPFS gateway's path.
  base: "./",
  build: {
    target: "es2022",
    // A reader can compare what runs with the sources.
    sourcemap: false,
    // One style sheet and one script, no preloading.
    modulePreload: false,
    assetsInlineLimit: 0,
  },
  test: { include: ["test/unit/**/*.test.ts"] },
});
