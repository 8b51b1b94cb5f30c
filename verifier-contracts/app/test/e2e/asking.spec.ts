import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { accessible, agree, connect, expect, test } from "./fixtures.ts";
import { OPERATOR } from "./world.ts";

const DATA = fileURLToPath(new URL("../../../../fixtures/data", import.meta.url));
const HOUR = 3600;
/** The third account of anvil. */
const OTHER = "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a";

test("a customer asks with the registered key, follows the request, and reads an answer whose proof this browser has checked", async ({
  page,
  world,
  wallet,
  open,
}) => {
  // A proof is made meanwhile, which takes its time where cores are busy.
  test.slow();
  world.offer();
  world.commit("wine_mlp", "wine");
  await open(`#/31337/model/${world.market}/${world.model}`);
  await connect(page);
  await expect(page.getByRole("region", { name: "For tests only: worth nothing" })).toBeVisible();
  const key = page.getByLabel("The model's key file");
  await key.setInputFiles(join(world.folder, "wine.key"));
  await expect(page.locator("#ask")).toContainText("This key file is refused.");
  await key.setInputFiles(join(world.folder, "srs.bin"));
  await expect(page.locator("#ask")).toContainText("This key file is refused.");
  await accessible(page);
  await key.setInputFiles(join(world.folder, "digits.key"));
  await expect(page.locator("#ask")).toContainText("The key file is that of the registered model");

  await page.getByLabel("Or numbers").fill("1 2 3");
  await page.getByLabel("Fee, in ether").fill("0.4");
  await expect(page.locator("#ask")).toContainText("There are 3 values, and the model takes 64");
  await page.getByRole("button", { name: "Ask the model" }).click();
  await expect(page.locator("#ask")).toContainText("Give the input first.");
  await page.getByLabel("A picture, or an array of NumPy").setInputFiles(join(DATA, "digits_image.npy"));
  await expect(page.getByRole("img", { name: "The input as the model sees it" })).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Ask the model" }).click();
  await expect(page.getByRole("dialog", { name: "Pay 0.4 ether for an answer?" })).toContainText(world.digest);
  await agree(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("A request");
  await expect(page.locator("#request")).toContainText("There is no answer yet.");
  await expect(page.locator("#status")).toHaveText("The request is made. Its answer comes here.");
  await expect(page.locator("#request")).toContainText(`Model digest${world.digest}`);
  await expect(page.locator("#request")).toContainText(world.model);
  expect(wallet.sent).toHaveLength(1);
  await accessible(page);

  await world.serveUntil(() => expect(page.locator("#answer")).toBeVisible({ timeout: 30_000 }));
  await expect(page.locator("#answer")).toContainText(`The proof holds: this browser has checked that the circuit of digest ${world.digest} answers this input with this output.`);
  await expect(page.locator("#status")).toHaveText("The answer has arrived.");
  await expect(page.locator("#answer")).toContainText("0.3 ether to the operator, 0.1 ether to the holders of the token");
  const request = page.url().split("/").at(-1)!;
  const told = world.hallmark("0x01".padEnd(66, "1"), "answer", request, "--market", world.market, "--model-key", "digits.key");
  const values = told["output"] as number[];
  const rows = page.locator("#answer tbody tr");
  await expect(rows).toHaveCount(values.length);
  for (const [index, value] of values.entries()) await expect(rows.nth(index)).toContainText(value.toFixed(5));
  await accessible(page);

  // A node that shows another answer, and one that shows another proof.
  const { output_bytes: output } = told as { output_bytes: string };
  const lie = async (from: string, to: string): Promise<void> => {
    await page.unrouteAll();
    await page.route(world.node.url, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replaceAll(from, to) });
    });
    await page.reload();
  };
  await lie(output.slice(2), `ff${output.slice(4)}`);
  await expect(page.locator("main")).toContainText("The answer that the node shows is not the one that the market has the hash of.");
  const transaction = await world.node.rpc<{ input: string }>("eth_getTransactionByHash", [told["transaction"]]);
  // Within the proof, which is the last argument of the call.
  const piece = transaction.input.slice(-1000, -900);
  await lie(piece, `${piece.slice(0, -1)}${piece.endsWith("0") ? "1" : "0"}`);
  await page.getByLabel("The model's key file").setInputFiles(join(world.folder, "digits.key"));
  await expect(page.locator("#answer")).toContainText("The proof was not confirmed in this browser. Do not rely on this answer.");
  // No value is shown beside such a proof unless somebody asks for it.
  await expect(page.locator("#answer tbody tr").first()).toBeHidden();
  await page.unrouteAll();

  // Later, with nothing in memory: the answer is in bytes until the key file is chosen.
  await page.reload();
  await expect(page.locator("#answer")).toContainText("The output is in bytes.");
  await page.getByLabel("The model's key file").setInputFiles(join(world.folder, "digits.key"));
  await expect(page.locator("#answer")).toContainText("The proof holds");
  await page.goto(`${world.page}#/`);
  await expect(page.getByRole("link", { name: `Request ${request.slice(0, 8)}` })).toBeVisible();
});

test("an answer that came with others has its proof checked too", async ({ page, world, open }) => {
  world.offer();
  const [request] = [OPERATOR, OTHER].map((key) => world.request(key, join(DATA, "digits_image.npy")));
  await open(`#/31337/request/${world.market}/${request}`);
  await world.serveUntil(() => expect(page.locator("#answer")).toBeVisible({ timeout: 30_000 }), "--batch-wait", "3s");
  await page.getByLabel("The model's key file").setInputFiles(join(world.folder, "digits.key"));
  await expect(page.locator("#answer")).toContainText("It is one of 2 answers with one proof.");
});

test("a customer without an answer gets the fee back", async ({ page, world, open }) => {
  world.offer();
  await open(`#/31337/model/${world.market}/${world.model}`);
  await connect(page);
  await page.getByLabel("The model's key file").setInputFiles(join(world.folder, "digits.key"));
  const file = page.getByLabel("A picture, or an array of NumPy");
  await file.setInputFiles({ name: "x.png", mimeType: "image/png", buffer: Buffer.from("not a picture") });
  await expect(page.locator("#ask")).toContainText("neither an array of NumPy nor a picture that this browser reads");
  await page.getByText("Units of pictures").click();
  await page.getByLabel("A white pixel is").fill("16");
  const picture = await page.screenshot({ clip: { x: 0, y: 0, width: 40, height: 30 } });
  await file.setInputFiles({ name: "x.png", mimeType: "image/png", buffer: picture });
  await expect(page.locator("#ask")).toContainText(/64 values, from 1\d\.\d+ to 1\d\.\d+/);
  await page.getByLabel("Or numbers").fill(Array(64).fill("0.5").join(", "));
  await page.getByLabel("Or numbers").blur();
  await expect(page.locator("#ask")).toContainText("64 values, from 0.50000 to 0.50000");
  await page.getByLabel("Fee, in ether").fill("0.123456789012345678");
  await page.getByRole("button", { name: "Ask the model" }).click();
  await agree(page);
  await expect(page.locator("#request")).toContainText("0.123456789012345678 ether");
  await world.node.pass(HOUR + 1);
  await expect(page.locator("#request")).toContainText("Nobody has answered by");
  await page.getByRole("button", { name: "Give the fee back" }).click();
  await expect(page.locator("#request")).toContainText("The market owes 0.123456789012345678 ether to the customer");
  await page.getByRole("button", { name: "Take 0.123456789012345678 ether out" }).click();
  await expect(page.getByRole("status").last()).toHaveText("You were paid 0.123456789012345678 ether.");
  await expect(page.locator("#owed")).toHaveCount(0);
});
