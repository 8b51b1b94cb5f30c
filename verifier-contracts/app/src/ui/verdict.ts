// The verdict at the top of a page, with the lines that it rests on.
import { type Check, type Grade, type Report, title, type Verdict } from "../audit/report.ts";
import { count } from "../format.ts";
import type { Context } from "../context.ts";
import { comparing } from "./auditor.ts";
import { h } from "./h.ts";
import { sign, type Tone } from "./parts.ts";

const TONES: Record<Grade, Tone> = { cautions: "caution", "for-tests": "caution", failed: "bad" };
const SIGNS: Record<Verdict, Tone> = { pass: "good", caution: "caution", fail: "bad" };
const SPOKEN: Record<Verdict, string> = { pass: "passes", caution: "weigh", fail: "FAILS" };

/** What no page can check of a sale, and what can. */
export const UNCHECKED =
  "Not checked on this page: the setup's ceremony, what the circuit computes, the proof of every past answer, and who ordered them. " +
  "The command hallmark audit checks these. Sums and dates of the sale's progress are the node's word.";

function line(check: Check): HTMLElement {
  const tone = SIGNS[check.verdict];
  const name = h("strong", {}, title(check));
  const verdict = h("span", { class: "tag" }, SPOKEN[check.verdict]);
  return h("li", { class: `check ${tone}` }, sign(tone), h("div", {}, name, " ", verdict, h("p", {}, check.detail)));
}

/** The verdict of a report. `points` are what there is to weigh besides. */
export function verdict(context: Context, report: Report, points: readonly string[] = []): HTMLElement {
  const tone = TONES[report.grade];
  const failed = report.of("fail");
  const told = [...report.points, ...points];
  const sums = [`${count(report.of("pass").length, "check")} passed`];
  if (failed.length > 0) sums.push(`${failed.length} failed`);
  const details = h(
    "details",
    failed.length > 0 ? { open: true } : {},
    h("summary", {}, sums.join(", ")),
    h("ul", { class: "checks" }, ...[...failed, ...report.checks.filter(({ verdict }) => verdict !== "fail")].map(line)),
    h("p", { class: "faint" }, UNCHECKED),
  );
  return h(
    "section",
    { class: `verdict ${tone}`, "aria-labelledby": "verdict-title", "data-grade": report.grade },
    h("div", { class: "seal" }, sign(tone)),
    h(
      "div",
      { class: "verdict-text" },
      h("h2", { id: "verdict-title", tabindex: -1 }, report.headline),
      h("p", {}, report.meaning),
      failed.length > 0 && h("p", {}, h("strong", {}, "What fails: "), failed.map(title).join(", ")),
      told.length > 0 && h("h3", {}, "To weigh"),
      told.length > 0 && h("ul", { class: "points" }, ...told.map((point) => h("li", {}, point))),
      comparing(context, report),
      details,
    ),
  );
}
