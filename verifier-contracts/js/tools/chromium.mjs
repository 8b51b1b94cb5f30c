// Runs the tests in a headless Chromium: `node tools/chromium.mjs`. Debian has it as the package chromium, which is installed if it is
// missing and this is root. CHROMIUM names another one.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };
/** The folders that a page may read, by the first part of a path. */
const FOLDERS = {
  dist: new URL("../dist/", import.meta.url),
  test: new URL("../test/", import.meta.url),
  fixtures: new URL("../../../target/js/", import.meta.url),
};

function find() {
  return [process.env.CHROMIUM, ...PLACES].find((path) => path && existsSync(path));
}

function install() {
  const advice = "Chromium is missing: install it (on Debian: apt-get install chromium), or name it with CHROMIUM=/path";
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    throw new Error(advice);
  }
  try {
    execFileSync("apt-get", ["update", "-q"], { stdio: "inherit" });
    execFileSync("apt-get", ["install", "-qy", "--no-install-recommends", "chromium"], { stdio: "inherit" });
  } catch {
    throw new Error(advice);
  }
  return find();
}

async function serve() {
  const server = createServer(async (request, response) => {
    const [, folder, name] = /^\/(\w+)\/([\w./-]+)$/.exec(request.url) ?? [];
    if (request.url === "/") {
      response.setHeader("content-type", "text/html").end("<!DOCTYPE html><title>Hallmark</title>");
      return;
    }
    try {
      const bytes = await readFile(new URL(name, FOLDERS[folder]));
      response.setHeader("content-type", TYPES[extname(name)] ?? "application/octet-stream").end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return server;
}

/** Opens a page that can import `/dist/index.js` and `/test/...`, and hands it on. */
export async function withPage(work) {
  const executablePath = find() ?? install();
  const server = await serve();
  // A container has no user namespaces for a sandbox. The pages are ours.
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(error));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    return await work(page, `Chromium ${browser.version()}`);
  } finally {
    await browser.close();
    server.close();
  }
}

/** The files of the fixtures, which a page fetches before it needs them. */
export const fixtureNames = () => readdirSync(FOLDERS.fixtures).filter((name) => /\.(key|blob|proof)$/.test(name));

async function test() {
  const results = await withPage((page) =>
    page.evaluate(async (names) => {
      const [verifier, { suite }] = await Promise.all([import("/dist/index.js"), import("/test/suite.mjs")]);
      const fetched = async (name) => new Uint8Array(await (await fetch(`/fixtures/${name}`)).arrayBuffer());
      const files = new Map(await Promise.all(names.map(async (name) => [name, await fetched(name)])));
      const fixtures = await (await fetch("/fixtures/fixtures.json")).json();
      await verifier.init();
      return suite(verifier, fixtures, (name) => files.get(name)).map(({ name, run }) => {
        const start = performance.now();
        try {
          run();
          return { name, seconds: (performance.now() - start) / 1000 };
        } catch (error) {
          return { name, error: String(error?.stack ?? error) };
        }
      });
    }, fixtureNames()),
  );
  for (const { name, seconds, error } of results) {
    console.log(error === undefined ? `ok (${seconds.toFixed(1)} s): ${name}` : `FAILED: ${name}\n${error}`);
  }
  if (results.length === 0 || results.some(({ error }) => error !== undefined)) {
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await test();
}
