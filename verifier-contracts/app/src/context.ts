// What views are given, and how they act.
import type { Address, Hex } from "viem";
import type { Chain, Log } from "./chain/chain.ts";
import { type Intent, send } from "./chain/send.ts";
import type { Wallet } from "./chain/wallet.ts";
import { explain, PageError } from "./chain/words.ts";
import { busy } from "./busy.ts";
import { forgetSent, keepSent } from "./memory.ts";
import { h } from "./ui/h.ts";
import { news } from "./ui/news.ts";

/** What a view is given. */
export interface Context {
  chain: Chain;
  wallet: Wallet | undefined;
  account: Address | undefined;
  /** Shows the view again, from the chain's last block, and takes the reader to a card. */
  refresh(card?: string): Promise<void>;
  /** Opens another view. */
  go(hash: string): void;
  /** Tells what happens, to those who hear the page too. */
  told(text: string): void;
  /** Runs something later, unless another view is shown by then. */
  later(milliseconds: number, run: () => void): void;
}

/** Sends a transaction of the connected account, and returns its events. */
export async function transact({ chain, wallet, account, told }: Context, intent: Intent): Promise<readonly Log[]> {
  if (!wallet || !account) throw new PageError("Connect a wallet first.");
  // Whatever happens to this page, its user has to know that a payment is on its way.
  const teller = {
    told,
    sent: (hash: Hex) => (keepSent({ chain: chain.id, hash }), news.show()),
    included: (hash: Hex) => (forgetSent(hash), news.show()),
  };
  return send({ chain, wallet, account }, intent, teller);
}

/** What a button does, and where the reader is afterwards. */
export interface Action {
  label: string;
  card: string;
  isMain?: boolean;
  /** Returns what was done, or nothing if the user changed their mind. */
  run(): Promise<string | undefined>;
}

/** A button that works while nothing else does, and says beside it what went wrong. */
export function action(context: Context, { label, card, isMain, run }: Action): HTMLElement {
  const said = h("p", { class: "error", role: "alert" });
  const failed = (text: string): void => {
    context.told("");
    said.replaceChildren(text);
    // The user may look at another view by now.
    if (!said.isConnected) news.add(text);
  };
  const act = async (): Promise<void> => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    said.replaceChildren();
    news.clear();
    try {
      const done = await busy.run(run);
      if (done === undefined) return context.told("");
      await context.refresh(card);
      context.told(done);
    } catch (error) {
      failed(explain(error));
    } finally {
      button.removeAttribute("aria-disabled");
    }
  };
  const button = h("button", { type: "button", class: isMain ? "primary" : "", on: { click: () => void act() } }, label);
  const needsWallet = !context.wallet || !context.account;
  if (needsWallet) button.setAttribute("disabled", "");
  return h("div", { class: "action" }, button, needsWallet && h("small", {}, "Connect a wallet first, at the top of the page."), said);
}
