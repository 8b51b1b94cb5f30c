// The world, a wallet stand-in, and what every test asks of every view.
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test as base } from "@playwright/test";
import { World } from "./world.ts";

/** A wallet that signs what the page asks for, unless it is told not to. */
export interface StandIn {
  account: string;
  /** Another chain than the node's. */
  chain?: string;
  /** What the user rejects. */
  rejects?: string;
  /** Where its own node sees no contract. */
  misses?: string;
  /** It tells the page of a change before it gives this answer, as it does when it switches chains. */
  changesAt?: string;
  /** What was sent. */
  sent: { to: string; data: string; value?: string }[];
}

/** A node where nothing listens. */
export const NOBODY = "http://127.0.0.1:9";

interface Fixtures {
  world: World;
  wallet: StandIn;
  /** Opens a view, read through the node. */
  open(view: string): Promise<void>;
}

async function answer(world: World, wallet: StandIn, method: string, params: readonly unknown[]): Promise<unknown> {
  if (method === wallet.rejects) throw { code: 4001, message: "User rejected the request." };
  if (method === "eth_requestAccounts" || method === "eth_accounts") return [wallet.account];
  if (method === "eth_chainId" && wallet.chain) return wallet.chain;
  if (method === "eth_getCode" && params[0] === wallet.misses) return "0x";
  if (method === "wallet_switchEthereumChain") throw { code: 4902, message: "Unrecognized chain." };
  if (method === "eth_sendTransaction") wallet.sent.push((params as StandIn["sent"])[0]!);
  return world.node.rpc(method, params);
}

/** Puts the wallet into a page: EIP-1193, announced by EIP-6963. Errors cross over as values. */
async function inject(page: Page, world: World, wallet: StandIn): Promise<void> {
  await page.exposeFunction("standIn", async (method: string, params: unknown[]) => {
    if (method === wallet.changesAt) await page.evaluate(() => window.dispatchEvent(new Event("stand-in-changes")));
    try {
      return { result: await answer(world, wallet, method, params) };
    } catch (error) {
      const { code, message, data } = error as { code: number; message: string; data?: unknown };
      return { error: { code, message, data } };
    }
  });
  await page.addInitScript(() => {
    type Answer = { result?: unknown; error?: { message: string } };
    const ask = (window as unknown as { standIn(method: string, params: unknown[]): Promise<Answer> }).standIn;
    const provider = {
      async request({ method, params = [] }: { method: string; params?: unknown[] }) {
        const { result, error } = await ask(method, params);
        if (error) throw Object.assign(new Error(error.message), error);
        return result;
      },
      on(event: string, listener: () => void) {
        if (event === "chainChanged") window.addEventListener("stand-in-changes", listener);
      },
    };
    const detail = { info: { uuid: "stand-in", name: "Stand-in", icon: "", rdns: "test" }, provider };
    const announce = () => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
    window.addEventListener("eip6963:requestProvider", announce);
    announce();
  });
}

export const test = base.extend<Fixtures & { page: Page }, { shared: World }>({
  shared: [
    async ({}, use) => {
      const world = await World.make();
      await use(world);
      world.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  world: async ({ shared }, use) => {
    await shared.reset();
    await use(shared);
  },
  wallet: async ({}, use) => {
    const { ALICE } = await import("./world.ts");
    await use({ account: ALICE, sent: [] });
  },
  open: async ({ page, world, wallet }, use) => {
    const foreign: string[] = [];
    const errors: string[] = [];
    const allowed = [new URL(world.page).origin, new URL(world.node.url).origin, NOBODY];
    page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (!["data:", "blob:"].includes(protocol) && !allowed.includes(origin)) foreign.push(request.url());
    });
    page.on("pageerror", (error) => errors.push(String(error)));
    await inject(page, world, wallet);
    await page.addInitScript((url) => localStorage.setItem("hallmark.node", localStorage.getItem("hallmark.node") ?? url), world.node.url);
    await use(async (view) => {
      await page.goto(`${world.page}${view}`);
      await expect(page.locator("main h1")).toBeVisible();
    });
    expect(foreign, "requests to others than the page's server and the node").toEqual([]);
    expect(errors, "errors of scripts").toEqual([]);
  },
});

export { expect };

/** Connects the wallet stand-in. */
export async function connect(page: Page): Promise<void> {
  await page.getByRole("banner").getByRole("button", { name: "Connect wallet" }).click();
  await expect(page.getByText("Stand-in 0x")).toBeVisible();
}

/** Agrees to everything that a dialog asks, and pays. */
export async function agree(page: Page): Promise<void> {
  const dialog = page.getByRole("dialog");
  await expect(dialog).toBeVisible();
  for (const box of await dialog.getByRole("checkbox").all()) await box.check();
  await dialog.getByRole("button", { name: /^Pay/ }).click();
}

/** No violation of accessibility in either colour scheme, and nothing wider than a phone. */
export async function accessible(page: Page): Promise<void> {
  const size = page.viewportSize()!;
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`), colorScheme).toEqual([]);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, "pixels beyond the width of a phone").toBeLessThanOrEqual(0);
  await page.setViewportSize(size);
}
