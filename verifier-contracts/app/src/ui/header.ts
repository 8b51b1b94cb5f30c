// The top of the page: the node, the wallet, and the colours.
import { explain } from "../chain/words.ts";
import { wallets } from "../chain/wallet.ts";
import type { Connection } from "../connection.ts";
import { short } from "../format.ts";
import { keepScheme, nodeText, scheme } from "../memory.ts";
import { h } from "./h.ts";
import { field } from "./parts.ts";

const SCHEMES = ["system", "light", "dark"];

/** Takes the colours that the user has chosen. */
export function applyScheme(): void {
  document.documentElement.dataset["scheme"] = scheme();
}

function colours(): HTMLElement {
  const choose = (): void => {
    keepScheme(select.value);
    applyScheme();
  };
  const options = SCHEMES.map((name) => h("option", { value: name, selected: name === scheme() }, `${name[0]?.toUpperCase()}${name.slice(1)}`));
  const select = h("select", { "aria-label": "Colours", on: { change: choose } }, ...options);
  return select;
}

/** Where the chain is read. */
export function nodeForm(connection: Connection, id = "node"): HTMLElement {
  const said = h("p", { class: "error", role: "alert" });
  const input = h("input", { id, value: nodeText(), autocomplete: "off", spellcheck: "false", placeholder: "https://…", inputmode: "url" });
  const use = async (event: Event): Promise<void> => {
    event.preventDefault();
    said.replaceChildren();
    await connection.useNode(input.value).catch((error: unknown) => said.replaceChildren(explain(error)));
  };
  return h(
    "form",
    { on: { submit: (event) => void use(event) } },
    field("URL of a node", input, "The node learns what you look at. Leave it empty to read through the wallet."),
    h("button", { type: "submit" }, "Use this node"),
    said,
  );
}

/** The wallets of the browser, a button for each. */
export function walletButtons(connection: Connection, isMain: boolean): HTMLElement {
  const said = h("p", { class: "error", role: "alert" });
  const buttons = wallets().map((wallet, _, all) => {
    const use = (): void => void connection.useWallet(wallet).catch((error: unknown) => said.replaceChildren(explain(error)));
    const label = all.length === 1 ? "Connect wallet" : `Connect ${wallet.name}`;
    return h("button", { type: "button", class: isMain ? "primary" : "", on: { click: use } }, label);
  });
  return h("div", { class: "wallets" }, ...buttons, said);
}

function connected(connection: Connection): HTMLElement | undefined {
  const { wallet, account } = connection;
  if (!wallet || !account) return undefined;
  const leave = h("button", { type: "button", class: "quiet", on: { click: () => connection.leave() } }, "disconnect");
  return h("div", { class: "account" }, h("span", { title: account }, `${wallet.name} ${short(account)}`), leave);
}

/** The top of the page. */
export function header(connection: Connection, chain: number | undefined): HTMLElement[] {
  const mark = h("span", { class: "brand-mark", "aria-hidden": "true" });
  const brand = h("a", { class: "brand", href: "#/" }, mark, "Hallmark");
  const reads = connection.host ?? (connection.wallet ? "wallet" : "no node");
  const node = h(
    "details",
    { class: "menu" },
    h("summary", {}, h("span", { class: "dot", "aria-hidden": "true", "data-on": String(chain !== undefined) }), ...(chain === undefined ? [reads] : [`Chain ${chain}`, h("span", { class: "host" }, `, ${reads}`)])),
    h("div", { class: "menu-content" }, nodeForm(connection, "menu-node")),
  );
  return [brand, h("div", { class: "tools" }, colours(), node, connected(connection) ?? walletButtons(connection, false))];
}
