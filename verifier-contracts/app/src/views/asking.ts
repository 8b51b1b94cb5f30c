// A request: the input, the fee and the time, then a question, then the payment.
import { encodeFunctionData, toHex, zeroAddress } from "viem";
import type { Offered } from "../audit/examine.ts";
import type { Report } from "../audit/report.ts";
import { Chain } from "../chain/chain.ts";
import { now, requireClock } from "../chain/clock.ts";
import { ordered } from "../chain/requested.ts";
import { explain, PageError } from "../chain/words.ts";
import { action, type Context, transact } from "../context.ts";
import { count, ether, parseEther, utc } from "../format.ts";
import { marketAbi } from "../generated/contracts.ts";
import { areArrays, readArrays, taken } from "../input/arrays.ts";
import { clampingPoints } from "../input/clamping.ts";
import { readNumber, readNumbers, requireCount, shown } from "../input/numbers.ts";
import { geometry, readPicture, type Scale } from "../input/picture.ts";
import { keepRequest } from "../memory.ts";
import { requestLink } from "../route.ts";
import { confirm } from "../ui/confirm.ts";
import { h } from "../ui/h.ts";
import { facts, field } from "../ui/parts.ts";
import { picture } from "../ui/values.ts";
import type { Model } from "../verifier.ts";
import { FOR_TESTS } from "./buying.ts";

const TIMES: [string, bigint][] = [
  ["1 hour", 3600n],
  ["1 day", 86_400n],
  ["1 week", 604_800n],
];
const MOST_BYTES = 64_000_000;

/** What is asked, and of whom. */
interface Asked {
  context: Context;
  offered: Offered;
  report: Report;
  model: Model;
}

/** Values, and the scale that they were made by if they are of a picture. */
interface Input {
  values: Float32Array;
  scale?: Scale;
}

async function fromFile(file: File, model: Model, scaled: () => Scale): Promise<Input> {
  if (file.size > MOST_BYTES) throw new PageError("The file is too large.");
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (areArrays(bytes)) return { values: await readArrays(bytes, model) };
  const of = geometry(model.inputShape);
  if (!of) throw new PageError("The file is no array of NumPy, and the model's input has not the shape of a picture.");
  const scale = scaled();
  return { values: await readPicture(file, of, scale), scale };
}

async function order({ context, offered, report, model }: Asked, values: Float32Array, fee: bigint, within: bigint): Promise<string | undefined> {
  if (model.inputBinding === "digests") {
    throw new PageError("Contracts are told a digest of this model's inputs only. Ask with hallmark request --output, and hand the file to operators.");
  }
  const input = model.request(values, { allowClamping: true });
  const points = [...report.points, ...clampingPoints(input)];
  const { timestamp } = (await Chain.open(context.chain.provider)).head;
  requireClock(timestamp, now());
  const deadline = timestamp + within;
  const agreed = await confirm({
    title: `Pay ${ether(fee)} for an answer?`,
    content: [
      facts([
        ["Fee", `${ether(fee)}, for whoever proves the model's answer first`],
        ["Deadline", `${utc(deadline)}; without an answer by then, you get the fee back`],
        ["Input", `${count(values.length, "value")}, which become public`],
        ["Model digest", h("code", {}, model.digest)],
      ]),
      points.length > 0 && h("ul", { class: "points" }, ...points.map((point) => h("li", {}, point))),
    ],
    boxes: [...(report.isForTests ? [FOR_TESTS] : []), "The input may become public", ...(input.clamped > 0 ? ["Take the nearest input"] : [])],
    pay: `Pay ${ether(fee)}`,
  });
  if (!agreed) return undefined;
  const terms = { modelId: offered.modelId, inputHash: input.inputHash, deadline, bond: 0n, lockSeconds: 0, callback: zeroAddress, callbackGas: 0 };
  const data = encodeFunctionData({ abi: marketAbi, functionName: "request", args: [terms, toHex(input.bytes)] });
  const logs = await transact(context, { to: offered.market, data, value: fee });
  const made = ordered(context.chain.id, offered.market, logs, context.account!, terms, fee);
  if (!made) throw new PageError("The payment is in a block, and the node does not show the request. Do not ask again: look for it in the wallet.");
  const link = requestLink(context.chain.id, offered.market, made);
  keepRequest(link);
  context.go(link);
  return "The request is made. Its answer comes here.";
}

function summary(values: Float32Array): string {
  const [least, most] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity] as [number, number]);
  return `${count(values.length, "value")}, from ${shown(least)} to ${shown(most)}.`;
}

function fileLabel({ inputs }: Model, isPicture: boolean): string {
  if (isPicture) return "A picture, or an array of NumPy";
  return inputs.length > 0 ? "Arrays of NumPy, in an .npz file" : "An array of NumPy";
}

/** The form of a request. */
export function asking(asked: Asked): HTMLElement {
  const { context, model } = asked;
  let values: Float32Array | undefined;
  const of = geometry(model.inputShape);
  const preview = h("div", { class: "preview", "aria-live": "polite" });
  const said = h("p", { class: "error", role: "alert" });
  const take = async (read: () => Promise<Input>): Promise<void> => {
    [values] = [undefined];
    said.replaceChildren("");
    preview.replaceChildren();
    try {
      const { values: found, scale } = await read();
      requireCount(model.inputShape, found.length);
      values = found;
      preview.replaceChildren(...(of ? [picture(found, of, scale)] : []), h("p", {}, summary(found)));
    } catch (error) {
      said.replaceChildren(explain(error));
    }
  };
  const black = h("input", { id: "black", value: "0", inputmode: "decimal" });
  const white = h("input", { id: "white", value: "1", inputmode: "decimal" });
  const readFile = (): void => {
    const chosen = file.files?.[0];
    if (chosen) void take(async () => fromFile(chosen, model, () => ({ black: readNumber(black.value), white: readNumber(white.value) })));
  };
  const file = h("input", { type: "file", id: "input-file", on: { change: readFile } });
  [black, white].forEach((input) => input.addEventListener("change", readFile));
  const text = h("textarea", { id: "input-text", spellcheck: "false", on: { change: () => void take(async () => ({ values: readNumbers(text.value) })) } });
  const fee = h("input", { id: "fee", inputmode: "decimal", autocomplete: "off", placeholder: "0.01" });
  const within = h("select", { id: "within" }, ...TIMES.map(([label, seconds]) => h("option", { value: String(seconds) }, label)));
  const run = async (): Promise<string | undefined> => {
    if (!values) throw new PageError("Give the input first.");
    return order(asked, values, parseEther(fee.value), BigInt(within.value));
  };
  const scale = h("div", { class: "pair" }, field("A black pixel is", black), field("A white pixel is", white));
  return h(
    "div",
    {},
    field(fileLabel(model, of !== undefined), file, `${taken(model)}, in the model's own units`),
    of && h("details", {}, h("summary", {}, "Units of pictures"), scale),
    field("Or numbers", text, "With blanks or commas between"),
    preview,
    said,
    h("div", { class: "pair" }, field("Fee, in ether", fee), field("Operators have", within)),
    action(context, { label: "Ask the model", card: "ask", isMain: true, run }),
  );
}
