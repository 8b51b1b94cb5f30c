// Wallets in the browser: EIP-1193, found by EIP-6963 or as window.ethereum.
import { type Address, getAddress, hexToNumber, isAddress, isHex } from "viem";
import { clean } from "../format.ts";
import type { Provider } from "./node.ts";
import { PageError } from "./words.ts";

/** A provider that also tells of changes. */
export interface WalletProvider extends Provider {
  on?(event: "accountsChanged" | "chainChanged", listener: () => void): void;
}

/** A wallet that the browser has. */
export interface Wallet {
  name: string;
  provider: WalletProvider;
}

/** What EIP-6963 has wallets announce. */
interface Announcement {
  info?: { uuid?: unknown; name?: unknown };
  provider?: WalletProvider;
}

/** A page has few wallets. A script that announces more is no wallet. */
const MOST = 16;

const found = new Map<string, Wallet>();

/** Listens for wallets. */
export function discover(changed: () => void): void {
  window.addEventListener("eip6963:announceProvider", (event) => {
    const { info, provider } = (event as CustomEvent<Announcement>).detail ?? {};
    const id = String(info?.uuid);
    if (typeof provider?.request !== "function" || found.has(id) || found.size >= MOST) return;
    found.set(id, { name: clean(String(info?.name ?? "Wallet"), 30), provider });
    changed();
  });
  window.dispatchEvent(new Event("eip6963:requestProvider"));
}

/** All wallets. */
export function wallets(): Wallet[] {
  const injected = (window as { ethereum?: WalletProvider }).ethereum;
  const all = [...found.values()];
  const isNew = injected && typeof injected.request === "function" && !all.some(({ provider }) => provider === injected);
  return isNew ? [...all, { name: "Browser wallet", provider: injected }] : all;
}

function first(accounts: unknown): Address | undefined {
  const account = Array.isArray(accounts) ? String(accounts[0] ?? "") : "";
  return isAddress(account, { strict: false }) ? getAddress(account) : undefined;
}

/** Asks the wallet for an account. */
export async function connect({ name, provider }: Wallet): Promise<Address> {
  const account = first(await provider.request({ method: "eth_requestAccounts" }));
  if (!account) throw new PageError(`${name} gives no account. Unlock it, and try again.`);
  return account;
}

/** The account that the wallet has given to this page, without a question. */
export async function account({ provider }: Wallet): Promise<Address | undefined> {
  return first(await provider.request({ method: "eth_accounts" }));
}

async function chainOf(provider: Provider): Promise<number> {
  const id = await provider.request({ method: "eth_chainId" });
  return isHex(id) ? hexToNumber(id) : Number.NaN;
}

/** Has the wallet on a chain, or says that it is on another one. */
export async function requireChain({ name, provider }: Wallet, chain: number): Promise<void> {
  if ((await chainOf(provider)) === chain) return;
  try {
    await provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId: `0x${chain.toString(16)}` }] });
  } catch {
    // Said below.
  }
  const found = await chainOf(provider);
  if (found !== chain) {
    throw new PageError(`${name} is on chain ${found}, and these contracts are on chain ${chain}. Switch it there. Nothing was sent.`);
  }
}
