// The page: routes to views, and shows one at a time.
import "./styles/base.css";
import "./styles/header.css";
import "./styles/parts.css";
import "./styles/asking.css";
import { Chain } from "./chain/chain.ts";
import { isStale, now } from "./chain/clock.ts";
import { discover } from "./chain/wallet.ts";
import { explain, PageError } from "./chain/words.ts";
import { busy } from "./busy.ts";
import { Connection } from "./connection.ts";
import type { Context } from "./context.ts";
import { distance } from "./format.ts";
import { parse, type Route, sharesOrigin } from "./route.ts";
import { h } from "./ui/h.ts";
import { applyScheme, header, nodeForm, walletButtons } from "./ui/header.ts";
import { news } from "./ui/news.ts";
import { card, notice } from "./ui/parts.ts";
import { model } from "./views/model.ts";
import { offering } from "./views/offering.ts";
import { request } from "./views/request.ts";
import { start } from "./views/start.ts";

const element = (id: string): HTMLElement => document.getElementById(id)!;
const main = element("main");
const status = element("status");

/** How long a message stays. A transaction that waits for a block says so again. */
const SAID_MS = 20_000;

let shown = 0;
let chainShown: number | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let fading: ReturnType<typeof setTimeout> | undefined;
const connection = new Connection(() => void busy.after(() => show()));

function head(): void {
  // Nobody's typing is taken away.
  if (document.activeElement?.closest("header details[open]")) return;
  element("header").replaceChildren(...header(connection, chainShown));
}

function unconnected(): HTMLElement {
  return h(
    "div",
    { class: "narrow" },
    h("h1", { tabindex: -1 }, "Choose how to read the chain"),
    h("p", { class: "lead" }, "This page has no server. It reads the chain through your wallet, or through a node that you name."),
    card("wallet", "With a wallet", walletButtons(connection, true), h("p", { class: "faint" }, "Without a wallet in this browser you can still read.")),
    card("reading", "With a node", nodeForm(connection)),
  );
}

async function view(route: Route, context: Context): Promise<HTMLElement> {
  if (route.view === "start") return start(context);
  if (route.view === "unknown") throw new PageError(route.reason);
  if (route.chain !== context.chain.id) {
    throw new PageError(
      `The link is to chain ${route.chain}, and the node or the wallet is on chain ${context.chain.id}. Switch it, or name another node.`,
    );
  }
  if (route.view === "offering") return offering(context, route.offering);
  if (route.view === "model") return model(context, route.market, route.model);
  return request(context, route.market, route.request);
}

/** Says what happens, for a while. */
function told(text: string): void {
  clearTimeout(fading);
  status.replaceChildren(text);
  fading = setTimeout(() => status.replaceChildren(), SAID_MS);
}

function staleness({ head: { timestamp } }: Chain): HTMLElement | undefined {
  if (!isStale(timestamp, now())) return undefined;
  return notice("caution", `The last block that the node shows is from ${distance(timestamp, now())}, by the clock of this device. One of the two is wrong.`);
}

/** Pages of one origin can read what the others keep, and a wallet takes them for one. */
function sharing(): HTMLElement | undefined {
  if (!sharesOrigin(location.pathname)) return undefined;
  return notice("caution", "This address shares its host with pages of others. A wallet cannot tell them apart. Open this page at a host of its own before you pay.");
}

function failure(error: unknown): HTMLElement {
  return h(
    "div",
    { class: "narrow" },
    h("h1", { tabindex: -1 }, "This could not be found out"),
    notice("bad", h("p", {}, explain(error))),
    h("button", { type: "button", on: { click: () => void show() } }, "Try again"),
    card("reading", "Another node", nodeForm(connection)),
  );
}

async function content(turn: number): Promise<HTMLElement[]> {
  const { provider } = connection;
  if (!provider) return [unconnected()];
  const chain = await Chain.open(provider);
  if (turn === shown) chainShown = chain.id;
  void news.look(chain);
  const context: Context = {
    chain,
    wallet: connection.wallet,
    account: connection.account,
    refresh: (focus) => busy.after(() => show(focus)),
    go: (hash) => void (location.hash = hash),
    told,
    later: (milliseconds, run) => {
      if (turn === shown) timer = setTimeout(run, milliseconds);
    },
  };
  const notices = [sharing(), staleness(chain)].filter((found) => found !== undefined);
  return [...notices, await view(parse(location.hash), context)];
}

/** Shows the view of the address, and takes the reader to its heading or to one of its cards. */
async function show(focus?: string, isNew = false): Promise<void> {
  const turn = ++shown;
  clearTimeout(timer);
  chainShown = undefined;
  if (isNew || !main.hasChildNodes()) main.replaceChildren(h("p", { class: "loading", role: "status" }, "Reading the chain…"));
  let nodes: HTMLElement[];
  try {
    nodes = await content(turn);
  } catch (error) {
    nodes = [failure(error)];
  }
  // Another view was asked for meanwhile.
  if (turn !== shown) return;
  head();
  if (isNew) news.clear();
  // What went wrong stays, though its button goes.
  else main.querySelectorAll(".action > .error").forEach(({ textContent }) => textContent && news.add(textContent));
  main.replaceChildren(...nodes);
  const name = main.querySelector("h1")?.textContent ?? "";
  document.title = name ? `${name} · Hallmark` : "Hallmark";
  if (focus) document.getElementById(`${focus}-title`)?.focus();
  else if (isNew) main.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
}

/** In a frame, another page could lie over this one, and lead the user's clicks. */
function framed(): void {
  main.replaceChildren(
    h("h1", {}, "This page is shown inside another one"),
    notice("bad", "Another page could lead your clicks here. Open this page in a tab of its own. Here it does nothing."),
  );
}

function begin(): void {
  head();
  news.show();
  discover(() => {
    head();
    if (!connection.provider) void busy.after(() => show());
  });
  window.addEventListener("hashchange", () => {
    status.replaceChildren();
    scrollTo(0, 0);
    void show(undefined, true);
  });
  void show();
}

applyScheme();
if (window.self === window.top) begin();
else framed();
