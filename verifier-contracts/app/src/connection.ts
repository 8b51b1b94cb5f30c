// Which node is read, and which wallet signs.
import type { Address } from "viem";
import { Chain } from "./chain/chain.ts";
import { HttpNode, nodeUrl, type Provider } from "./chain/node.ts";
import { account, connect, type Wallet, wallets } from "./chain/wallet.ts";
import { keepNode, nodeText } from "./memory.ts";

/** The node and the wallet of the user. */
export class Connection {
  #node: HttpNode | undefined;
  wallet: Wallet | undefined;
  account: Address | undefined;

  constructor(private readonly changed: () => void) {
    try {
      if (nodeText()) this.#node = new HttpNode(nodeUrl(nodeText()));
    } catch {
      // Then the user names another one.
    }
  }

  /** The host of the node that is read, if it is not the wallet's. */
  get host(): string | undefined {
    return this.#node?.url.host;
  }

  /** Where the chain is read: the node that the user named, or else the wallet. */
  get provider(): Provider | undefined {
    return this.#node ?? this.wallet?.provider;
  }

  /** Reads from a node from now on; from the wallet if the text is empty. A node that does not answer is not kept. */
  async useNode(text: string): Promise<void> {
    if (text.trim() === "") {
      this.#node = undefined;
    } else {
      const node = new HttpNode(nodeUrl(text));
      await Chain.open(node);
      this.#node = node;
    }
    keepNode(text.trim());
    this.changed();
  }

  /** Connects a wallet, or the only one there is. */
  async useWallet(wallet: Wallet | undefined = wallets()[0]): Promise<void> {
    if (!wallet) return;
    this.account = await connect(wallet);
    if (this.wallet !== wallet) this.#follow(wallet);
    this.wallet = wallet;
    this.changed();
  }

  /** Forgets the wallet's account on this page. */
  leave(): void {
    this.account = undefined;
    this.wallet = undefined;
    this.changed();
  }

  #follow(wallet: Wallet): void {
    const update = async (): Promise<void> => {
      if (this.wallet !== wallet) return;
      this.account = await account(wallet).catch(() => undefined);
      this.changed();
    };
    wallet.provider.on?.("accountsChanged", () => void update());
    wallet.provider.on?.("chainChanged", () => void update());
  }
}
