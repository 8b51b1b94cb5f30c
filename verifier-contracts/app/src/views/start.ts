// The first view: what to look at.
import { isAddress } from "viem";
import type { Context } from "../context.ts";
import { requests } from "../memory.ts";
import { offeringLink, parse } from "../route.ts";
import { short } from "../format.ts";
import { h } from "../ui/h.ts";
import { card, field } from "../ui/parts.ts";

/** The hash of what was typed: an address on a chain, or a link to this page. */
export function target(text: string, chain: number): string | undefined {
  const trimmed = text.trim();
  if (isAddress(trimmed)) return offeringLink(chain, trimmed);
  const hash = trimmed.slice(trimmed.indexOf("#") + 1);
  const { view } = parse(hash);
  return trimmed.includes("#") && view !== "start" && view !== "unknown" ? `#${hash}` : undefined;
}

function opening({ chain, go }: Context): HTMLElement {
  const said = h("p", { class: "error", role: "alert" });
  const input = h("input", { id: "target", autocomplete: "off", spellcheck: "false", placeholder: "0x…" });
  const open = (event: Event): void => {
    event.preventDefault();
    const hash = target(input.value, chain.id);
    if (hash) return go(hash);
    said.replaceChildren("This is neither an address with a correct checksum nor a link to this page. Copy it again from the seller's own site.");
  };
  return h(
    "form",
    { on: { submit: open } },
    field("Address of the offering, or a link", input, `On chain ${chain.id}. Take it from a source that you trust.`),
    h("button", { type: "submit", class: "primary" }, "Examine"),
    said,
  );
}

function kept(): HTMLElement | undefined {
  const links = requests();
  if (links.length === 0) return undefined;
  const items = links.map((link) => h("li", {}, h("a", { href: link }, `Request ${short(link.split("/").at(-1) ?? "")}`)));
  return card("requests", "Your requests in this browser", h("ul", {}, ...items));
}

/** What is shown first. */
export const start = (context: Context): HTMLElement =>
  h(
    "div",
    { class: "narrow" },
    h("h1", { tabindex: -1 }, "A model with a hallmark"),
    h(
      "p",
      { class: "lead" },
      "A team sells the token of a machine learning model. Each answer of the model comes with a proof, and a contract checks the proof before it pays. This page examines the contracts, shows the terms in words, and buys, claims and asks.",
    ),
    card("open", "Open an offering", opening(context)),
    kept(),
  );
