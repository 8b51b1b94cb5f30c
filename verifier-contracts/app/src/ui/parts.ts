// What the views are made of.
import { clean, distance, local, utc } from "../format.ts";
import { type Child, h, icon } from "./h.ts";

const PASS = "M5 12.5l4.5 4.5L19 7.5";
const CAUTION = "M12 4l9 16H3zM12 10v4M12 17v.5";
const FAIL = "M6 6l12 12M18 6L6 18";
const INFO = "M12 11v6M12 7v.5M12 3a9 9 0 100 18 9 9 0 000-18z";

/** How something is told. */
export type Tone = "good" | "caution" | "bad" | "info";
const ICONS: Record<Tone, string> = { good: PASS, caution: CAUTION, bad: FAIL, info: INFO };

/** The picture of a tone. */
export const sign = (tone: Tone): SVGElement => icon(ICONS[tone]);

/** A note that stands out. */
export const notice = (tone: Tone, ...children: Child[]): HTMLElement => h("div", { class: `notice ${tone}` }, sign(tone), h("div", {}, ...children));

/** A card with a heading. The heading can have the focus, so that a reader is taken there. */
export function card(id: string, heading: string, ...children: Child[]): HTMLElement {
  const title = h("h2", { id: `${id}-title`, tabindex: -1 }, heading);
  return h("section", { class: "card", id, "aria-labelledby": `${id}-title` }, title, ...children);
}

/** A list of names with what they stand for. */
export function facts(entries: readonly (readonly [string, Child])[]): HTMLElement {
  return h("dl", { class: "facts" }, ...entries.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** A time, in UTC and where the reader is, and how far away it is. */
export function when(time: bigint, now: bigint): HTMLElement {
  const here = local(time);
  const away = distance(time, now);
  return h("span", { class: "when" }, utc(time), h("small", {}, here ? `${here} here, ${away}` : away));
}

/** A digest or an address, whole, with a button that copies it. */
export function copyable(text: string, what: string): HTMLElement {
  const said = h("span", { class: "said", "aria-live": "polite" });
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text).then(
      () => said.replaceChildren("copied"),
      () => said.replaceChildren("select it to copy"),
    );
  };
  const button = h("button", { type: "button", class: "quiet", "aria-label": `Copy the ${what}`, on: { click: () => void copy() } }, "copy");
  return h("span", { class: "hex" }, h("code", {}, text), button, said);
}

/** An address of a description, which is shown and not linked: it is the registrant's word. */
export const uri = (text: string): HTMLElement => h("span", {}, clean(text, 120) || "none");

/** A field with its label, and what there is to know of it. */
export function field(label: string, input: HTMLElement, hint?: Child): HTMLElement {
  const note = hint ? h("small", { id: `${input.id}-hint` }, hint) : undefined;
  if (note) input.setAttribute("aria-describedby", note.id);
  return h("div", { class: "field" }, h("label", { for: input.id }, label), input, note);
}

/** How much of something there is, with a mark at another amount. */
export function bar(of: bigint, whole: bigint, mark: bigint): HTMLElement {
  const share = (amount: bigint): number => (whole === 0n ? 0 : Math.min(100, Number((amount * 10_000n) / whole) / 100));
  const track = h("div", { class: "bar", "aria-hidden": "true" }, h("div", { class: "fill" }), h("div", { class: "mark" }));
  track.style.setProperty("--share", `${share(of)}%`);
  track.style.setProperty("--mark", `${share(mark)}%`);
  return track;
}
