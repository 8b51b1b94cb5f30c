// What stays on the page whatever is shown below it: what was sent and is in no block yet, and what went wrong.
import { doNotRepeat, receiptOf } from "../chain/send.ts";
import type { Chain } from "../chain/chain.ts";
import { forgetSent, type Sent, sent } from "../memory.ts";
import { h } from "./h.ts";
import { notice } from "./parts.ts";

function pending({ chain, hash }: Sent): HTMLElement {
  const forget = (): void => {
    forgetSent(hash);
    show();
  };
  const button = h("button", { type: "button", on: { click: forget } }, "I have looked");
  return notice("caution", h("p", {}, doNotRepeat(hash), ` This page has not seen it in a block of chain ${chain} yet.`), button);
}

let failures: string[] = [];

function failure(text: string): HTMLElement {
  const forget = (): void => {
    failures = failures.filter((other) => other !== text);
    show();
  };
  return notice("bad", h("p", {}, text), h("button", { type: "button", on: { click: forget } }, "Close"));
}

function show(): void {
  document.getElementById("news")?.replaceChildren(...sent().map(pending), ...failures.map(failure));
}

/** Keeps what went wrong until the user closes it, or starts something new. */
function add(text: string): void {
  if (!failures.includes(text)) failures.push(text);
  show();
}

function clear(): void {
  failures = [];
  show();
}

/** Forgets what is in a block of this chain by now. */
async function look(chain: Chain): Promise<void> {
  const ours = sent().filter((one) => one.chain === chain.id);
  await Promise.all(
    ours.map(async ({ hash }) => {
      // A node that does not answer says nothing of it.
      if (await receiptOf(chain.provider, hash).catch(() => undefined)) forgetSent(hash);
    }),
  );
  show();
}

/** The messages at the top of the page. */
export const news = { show, look, add, clear };
