// A node for the tests: anvil, from the lock file of the contracts.
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createServer } from "node:net";

const architecture = { x64: "amd64", arm64: "arm64" }[process.arch as "x64" | "arm64"];
const anvil = createRequire(new URL("../../../package.json", import.meta.url)).resolve(
  `@foundry-rs/anvil-${process.platform}-${architecture}/bin/anvil`,
);

/** A port that nothing listens at. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** A running node. */
export class Anvil {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(): Promise<Anvil> {
    const port = await freePort();
    const child = spawn(anvil, ["--hardfork", "osaka", "--port", String(port), "--silent"], { stdio: "ignore" });
    const node = new Anvil(`http://127.0.0.1:${port}`, child);
    for (let attempt = 0; attempt < 100; ++attempt) {
      if (await node.rpc("eth_chainId").catch(() => undefined)) return node;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("anvil does not answer");
  }

  async rpc<T = unknown>(method: string, params: readonly unknown[] = []): Promise<T> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const response = await fetch(this.url, { method: "POST", headers: { "content-type": "application/json" }, body });
    const { result, error } = (await response.json()) as { result: T; error?: { code: number; message: string; data?: unknown } };
    if (error) throw Object.assign(new Error(error.message), error);
    return result;
  }

  /** Lets time pass, with a block at its end. */
  async pass(seconds: number): Promise<void> {
    await this.rpc("evm_increaseTime", [seconds]);
    await this.rpc("evm_mine");
  }

  stop(): void {
    this.child.kill("SIGKILL");
  }
}
