// The question before a payment. It shows what is agreed to, and pays only after every box is ticked.
import { type Child, h } from "./h.ts";

/** What is asked. */
export interface Question {
  title: string;
  content: Child[];
  /** What has to be agreed to, a box for each. */
  boxes: readonly string[];
  /** What the button does. */
  pay: string;
}

/** Asks, and returns whether the user agreed. */
export function confirm({ title, content, boxes, pay }: Question): Promise<boolean> {
  return new Promise((resolve) => {
    const button = h("button", { type: "submit", class: "primary", disabled: boxes.length > 0 }, pay);
    const ticks = boxes.map((text, index) => {
      const box = h("input", { type: "checkbox", id: `agree-${index}`, on: { change: () => update() } });
      return { box, label: h("label", { class: "tick", for: `agree-${index}` }, box, text) };
    });
    const update = (): void => {
      button.disabled = !ticks.every(({ box }) => box.checked);
    };
    const close = h("button", { type: "button", on: { click: () => dialog.close() } }, "Cancel");
    const form = h(
      "form",
      {
        method: "dialog",
        on: {
          submit: (event) => {
            event.preventDefault();
            if (!button.disabled) dialog.close("agreed");
          },
        },
      },
      h("h2", { id: "dialog-title" }, title),
      h("div", { class: "dialog-content", tabindex: 0, role: "group", "aria-label": "What you agree to" }, ...content),
      ...ticks.map(({ label }) => label),
      h("div", { class: "buttons" }, close, button),
    );
    const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "agreed");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
