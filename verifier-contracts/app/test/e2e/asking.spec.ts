import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { accessible, connect, expect, test } from "./fixtures.ts";
import { ALICE_KEY } from "./world.ts";

const DATA = fileURLToPath(new URL("../../../../fixtures/data", import.meta.url));
const HOUR = 3600;

test("a request is followed until its answer is there", async ({ page, world, open }) => {
  world.offer();
  const request = world.request(ALICE_KEY, join(DATA, "digits_image.npy"));
  await open(`#/31337/request/${world.market}/${request}`);
  await expect(page.locator("#request")).toContainText("There is no answer yet.");
  await accessible(page);
  await world.serveUntil(() => expect(page.locator("#answer")).toBeVisible({ timeout: 30_000 }));
  await expect(page.locator("#answer")).toContainText("0.3 ether to the operator, 0.1 ether to the holders of the token");
  const { output_bytes: output } = world.hallmark(ALICE_KEY, "answer", request, "--market", world.market) as { output_bytes: string };
  await page.getByText("20 bytes").click();
  await expect(page.locator("#answer")).toContainText(output);
  await accessible(page);
  // A node that shows another answer.
  await page.route(world.node.url, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replaceAll(output.slice(2), `ff${output.slice(4)}`) });
  });
  await page.reload();
  await expect(page.locator("main")).toContainText("The answer that the node shows is not the one that the market has the hash of.");
  await page.unrouteAll();
  await open(`#/31337/model/${world.market}/${world.model}`);
  await expect(page.locator("#record")).toContainText(world.digest);
  await accessible(page);
});

test("a customer without an answer gets the fee back", async ({ page, world, open }) => {
  world.offer();
  const request = world.request(ALICE_KEY, join(DATA, "digits_image.npy"));
  await open(`#/31337/request/${world.market}/${request}`);
  await connect(page);
  await world.node.pass(HOUR + 1);
  await expect(page.locator("#request")).toContainText("Nobody has answered by");
  await page.getByRole("button", { name: "Give the fee back" }).click();
  await expect(page.locator("#request")).toContainText("went back to the customer");
  await page.getByRole("button", { name: "Take 0.4 ether out" }).click();
  await expect(page.getByRole("status").last()).toHaveText("You were paid 0.4 ether.");
  await expect(page.locator("#owed")).toHaveCount(0);
});
