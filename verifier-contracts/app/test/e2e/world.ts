// What the tests look at: a chain with a model and a sale, made by the program itself, and the built page on a file server.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { Anvil } from "./node.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const program = process.env["HALLMARK"] ?? join(root, "target/debug/hallmark");
const dist = fileURLToPath(new URL("../../dist", import.meta.url));

/** Anvil's accounts, with the keys that everybody knows. */
export const OPERATOR = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
export const ALICE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
export const BOB = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const SERVICE = "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a";

/** How a sale is made. */
export interface SaleOptions {
  name?: string;
  symbol?: string;
  team?: string;
}

/** A file that the page is served with, in a folder as an IPFS gateway has. */
const FOLDER = "/ipfs/page/";
const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".wasm": "application/wasm" };

async function serve(): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname));
    const name = path === FOLDER ? "index.html" : path.slice(FOLDER.length);
    const file = path.startsWith(FOLDER) ? join(dist, name) : "/nowhere";
    readFile(file).then(
      (bytes) => response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream").end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as { port: number }).port}${FOLDER}` };
}

/** A chain with a registered model. */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), "hallmark-app-"));
  registry = "";
  market = "";
  model = "";
  digest = "";
  private snapshot = "";

  private constructor(
    readonly node: Anvil,
    readonly page: string,
    private readonly server: Server,
  ) {}

  static async make(): Promise<World> {
    const { server, url } = await serve();
    const world = new World(await Anvil.start(), url, server);
    world.hallmark(OPERATOR, "srs", "new", "--insecure", "--log-size", "13", "-o", "srs.bin");
    world.commit("digits_mlp", "digits", "--batches", "4");
    const deployed = world.hallmark(OPERATOR, "deploy", "--srs", "srs.bin", "--for-tests");
    world.registry = String(deployed["registry"]);
    world.market = String(deployed["market"]);
    const register = ["register", "digits.hallmark", "--srs", "srs.bin", "--registry", world.registry, "--uri", "ipfs://digits"];
    const registered = world.hallmark(OPERATOR, ...register);
    world.model = String(registered["model"]);
    world.digest = String(registered["model_digest"]);
    world.snapshot = await world.node.rpc("evm_snapshot");
    return world;
  }

  /** A model with its key file, under the setup of this world. */
  commit(model: string, name: string, ...options: string[]): void {
    const data = join(root, "fixtures");
    const calibration = `${data}/data/${model.replace("_mlp", "")}_calibration.npy`;
    this.hallmark(OPERATOR, "compile", `${data}/models/${model}.onnx`, "--calibration", calibration, "-o", `${name}.hallmark`);
    this.hallmark(OPERATOR, "commit", `${name}.hallmark`, "--srs", "srs.bin", ...options);
    this.hallmark(OPERATOR, "export-key", `${name}.hallmark`, "-o", `${name}.key`);
  }

  /** Runs the program, and returns what it prints as JSON. */
  hallmark(key: string, ...options: string[]): Record<string, unknown> {
    const env = { ...process.env, HALLMARK_RPC: this.node.url, HALLMARK_PRIVATE_KEY: key };
    const { status, stdout, stderr } = spawnSync(program, ["--json", ...options], { cwd: this.folder, env, encoding: "utf8" });
    if (status !== 0) throw new Error(`hallmark ${options.join(" ")}: ${stdout}${stderr}`);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** Offers the model's token: a thousand tokens for ten ether, as in docs/walkthrough.md. */
  offer({ name = "Digits", symbol = "DGT", team = "0" }: SaleOptions = {}): Record<string, string> {
    const terms = ["--for-sale", "1000", "--for-team", team, "--price", "0.01ether", "--minimum", "2ether", "--closes-in", "7d", "--holders-bps", "2500"];
    const tranches = ["--tranche", "4000:0.1ether:365d", "--tranche", "6000:100ether:730d"];
    const options = ["--market", this.market, "--model-id", this.model, "--name", name, "--symbol", symbol, ...terms, ...tranches];
    return this.hallmark(OPERATOR, "offer", ...options) as Record<string, string>;
  }

  /** Asks the model by the program, and returns the request. */
  request(key: string, input: string): string {
    const model = ["--market", this.market, "--model-id", this.model, "--digest", this.digest];
    const options = ["request", "digits.key", ...model, "--input", input, "--fee", "0.4ether", "--within", "1h", "--for-tests"];
    return String(this.hallmark(key, ...options)["request"]);
  }

  /** Answers requests until a condition holds. */
  async serveUntil(done: () => Promise<void>, ...more: string[]): Promise<void> {
    const env = { ...process.env, HALLMARK_RPC: this.node.url, HALLMARK_PRIVATE_KEY: SERVICE };
    const options = ["serve", "digits.hallmark", "--model-id", this.model, "--srs", "srs.bin", "--market", this.market, "--journal", "digits.journal", ...more];
    const child = spawn(program, options, { cwd: this.folder, env, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    try {
      await done();
    } finally {
      child.kill("SIGINT");
      await ended;
      rmSync(join(this.folder, "digits.journal"), { force: true, recursive: true });
    }
  }

  /** The chain as it was when the model was registered. */
  async reset(): Promise<void> {
    await this.node.rpc("evm_revert", [this.snapshot]);
    this.snapshot = await this.node.rpc("evm_snapshot");
  }

  stop(): void {
    this.node.stop();
    this.server.close();
    rmSync(this.folder, { recursive: true });
  }
}
