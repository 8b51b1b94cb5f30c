import { accessible, agree, connect, expect, test } from "./fixtures.ts";
import { ALICE, BOB } from "./world.ts";

const WEEK = 7 * 86_400;

test("a sale is examined before anything else, and a test setup is shown as such", async ({ page, world, open }) => {
  const sale = world.offer();
  await open(`#/31337/offering/${sale["offering"]}`);
  const verdict = page.getByRole("region", { name: "For tests only: worth nothing" });
  await expect(verdict).toHaveAttribute("data-grade", "for-tests");
  await expect(verdict).toContainText("Whoever made it can prove anything");
  await verdict.getByText(/checks passed/).click();
  for (const check of ["verifier: address", "verifier: code", "registry: address", "market: address", "offering: address", "token: address"]) {
    await expect(verdict.getByRole("listitem").filter({ hasText: `${check} passes` })).toBeVisible();
  }
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Digits DGT");
  await expect(page.locator("#terms")).toContainText("1,000 tokens (DGT)");
  await expect(page.locator("#terms")).toContainText("The team gets 40% of the proceeds once the holders have earned 0.1 ether since the sale.");
  await page.getByText("Addresses and digests").click();
  await expect(page.locator("#terms")).toContainText(sale["terms"]!);
  await expect(page.locator("#terms")).toContainText(sale["token"]!);
  await expect(page.locator("#progress")).toContainText(/Open until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
  await expect(page.locator("#progress")).toContainText(/Closes\d{4}-.* UTC.* here, in [67] days/);
  await expect(page.getByRole("button", { name: "Show the terms, and buy" })).toBeDisabled();
  await accessible(page);

  const compare = async (digest: string): Promise<void> => {
    await page.getByLabel("Model digest from an auditor").fill(digest);
    await page.getByRole("button", { name: "Compare" }).click();
  };
  await expect(verdict).toContainText("Nobody here has recomputed the model digest.");
  await compare(`0x${"01".repeat(32)}`);
  await expect(page.getByRole("region", { name: "Failed: pay nothing" })).toContainText("What fails: model: recomputed");
  await expect(page.getByRole("button", { name: "Show the terms, and buy" })).toHaveCount(0);
  await compare(world.digest);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Digits DGT");
  await expect(verdict).not.toContainText("Nobody here has recomputed the model digest.");
});

test("a buyer sees the terms, buys, claims, gets the excess back, and a share of the fees", async ({ page, world, wallet, open }) => {
  const sale = world.offer();
  await open(`#/31337/offering/${sale["offering"]}`);
  await connect(page);
  await page.getByLabel("Pay, in ether").fill("12");
  await expect(page.locator("#buy")).toContainText("As things stand: 1,000 tokens (DGT), and 2 ether back.");
  await page.getByRole("button", { name: "Show the terms, and buy" }).click();
  const dialog = page.getByRole("dialog", { name: "Pay 12 ether for Digits?" });
  await expect(dialog).toContainText(sale["terms"]!);
  await expect(dialog).toContainText(`Model digest${world.digest}`);
  const pay = dialog.getByRole("button", { name: "Pay 12 ether" });
  await expect(pay).toBeDisabled();
  await dialog.getByLabel("I have read the terms").check();
  await expect(pay).toBeDisabled();
  await accessible(page);
  await agree(page);
  await expect(page.getByRole("status").last()).toHaveText("Paid 12 ether for Digits.");
  await expect(page.locator("#buy-title")).toBeFocused();
  await expect(page.locator("#progress")).toContainText("12 ether raised");
  await expect(page.locator("#holding")).toContainText("Above the cap, in all2 ether");
  expect(wallet.sent).toHaveLength(1);

  await world.node.pass(WEEK);
  await page.reload();
  await connect(page);
  await page.getByRole("button", { name: "Claim 1,000 tokens (DGT) and 2 ether" }).click();
  await expect(page.getByRole("status").last()).toHaveText("You have 1,000 tokens (DGT), and 2 ether back.");
  await expect(page.locator("#holding")).toContainText("Tokens in your account1,000 tokens (DGT)");
  await expect(page.locator("#revenue")).toContainText("Next snapshot");

  // Fees reach holders through the market; a plain transfer to the token is revenue too.
  await world.node.rpc("eth_sendTransaction", [{ from: BOB, to: sale["token"], value: "0xde0b6b3a7640000" }]);
  await world.node.pass(WEEK);
  await page.reload();
  await connect(page);
  await page.getByRole("button", { name: "Take a snapshot" }).click();
  await page.getByRole("button", { name: "Claim 1 ether" }).click();
  await expect(page.locator("#revenue")).toContainText("You can claim0 ether, of 0 snapshots");
});

test("a failed sale gives everything back", async ({ page, world, open }) => {
  const sale = world.offer();
  await open(`#/31337/offering/${sale["offering"]}`);
  await connect(page);
  await page.getByLabel("Pay, in ether").fill("0.000000000000000001");
  await page.getByRole("button", { name: "Show the terms, and buy" }).click();
  await agree(page);
  await expect(page.locator("#holding")).toContainText("0.000000000000000001 ether");
  await world.node.pass(WEEK);
  await page.reload();
  await connect(page);
  await expect(page.locator("#buy")).toContainText("over, and it failed: the buyers get everything back");
  await expect(page.getByRole("button", { name: /buy/ })).toHaveCount(0);
  await page.getByRole("button", { name: "Take 0.000000000000000001 ether back" }).click();
  await expect(page.getByRole("status").last()).toHaveText("You were paid 0.000000000000000001 ether back.");
});

test("nothing is sent if the user says no, or if the wallet is on another chain", async ({ page, world, wallet, open }) => {
  const sale = world.offer();
  await open(`#/31337/offering/${sale["offering"]}`);
  await connect(page);
  const amount = page.getByLabel("Pay, in ether");
  const buy = page.getByRole("button", { name: "Show the terms, and buy" });
  await amount.fill("1,5");
  await buy.click();
  await expect(page.locator("#buy")).toContainText("Write the amount in ether");
  await amount.fill("3");
  await buy.click();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  wallet.rejects = "eth_sendTransaction";
  await buy.click();
  await agree(page);
  await expect(page.locator("#buy")).toContainText("You rejected it in the wallet. Nothing was sent.");
  wallet.chain = "0x1";
  await buy.click();
  await agree(page);
  await expect(page.locator("#buy")).toContainText("Stand-in is on chain 1, and these contracts are on chain 31337.");
  delete wallet.chain;
  delete wallet.rejects;
  wallet.misses = sale["offering"]!;
  await buy.click();
  await agree(page);
  await expect(page.locator("#buy")).toContainText(`By Stand-in there is no contract at ${sale["offering"]}`);
  delete wallet.misses;
  // Ten thousand ether is all that Alice has.
  await amount.fill("20000");
  await buy.click();
  await agree(page);
  await expect(page.locator("#buy")).toContainText(/insufficient funds|The node refuses/i);
  expect(wallet.sent).toEqual([]);
});

test("a forged contract is refused, and no button works", async ({ page, world, wallet, open }) => {
  const sale = world.offer();
  // The genuine code at another address says the same of itself. Its storage can be anything.
  const forged = "0x00000000000000000000000000000000000f0f0f";
  await world.node.rpc("anvil_setCode", [forged, await world.node.rpc("eth_getCode", [sale["offering"], "latest"])]);
  await open(`#/31337/offering/${forged}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("This offering is refused");
  const verdict = page.getByRole("region", { name: "Failed: pay nothing" });
  await expect(verdict).toContainText("What fails: offering: address");
  await connect(page);
  await expect(page.locator("main").getByRole("button", { name: /buy|claim|pay|take/i })).toHaveCount(0);
  expect(wallet.sent).toEqual([]);
  await accessible(page);
  await open(`#/31337/offering/${ALICE}`);
  await expect(page.getByRole("region", { name: "Failed: pay nothing" })).toContainText("there is no contract of Hallmark");
});

test("a payment that is under way stays alone, and what went wrong stays to be read", async ({ page, world, wallet, open }) => {
  const sale = world.offer();
  await open(`#/31337/offering/${sale["offering"]}`);
  await connect(page);
  const buy = page.getByRole("button", { name: "Show the terms, and buy" });
  await page.getByLabel("Pay, in ether").fill("3");
  // The wallet tells of a change, whereupon the page shows its view again. It does so only at the end.
  wallet.changesAt = "eth_sendTransaction";
  wallet.rejects = "eth_sendTransaction";
  await buy.click();
  await agree(page);
  await expect(page.getByRole("region", { name: "Messages" })).toContainText("You rejected it in the wallet. Nothing was sent.");
  await expect(page.getByLabel("Pay, in ether")).toHaveValue("");
  await accessible(page);
  await page.getByRole("button", { name: "Close" }).click();
  await expect(page.getByRole("region", { name: "Messages" })).toBeEmpty();
  delete wallet.rejects;

  // The node goes down once the payment is sent.
  await page.route(world.node.url, async (route) => {
    const isReceipt = route.request().postData()?.includes("eth_getTransactionReceipt");
    if (isReceipt) await route.abort();
    else await route.fallback();
  });
  await page.getByLabel("Pay, in ether").fill("3");
  await buy.click();
  await agree(page);
  await expect(page.getByRole("region", { name: "Messages" })).toContainText(/Sent as 0x[0-9a-f]{64}\. Do not pay again/);
  await page.evaluate(() => window.dispatchEvent(new Event("stand-in-changes")));
  await expect(page.getByLabel("Pay, in ether")).toHaveValue("3");
  await buy.click({ force: true });
  await expect(page.getByRole("dialog")).toHaveCount(0);
  expect(wallet.sent).toHaveLength(1);
  // It is said after the page is loaded again, too, until the node shows the block.
  await page.reload();
  await expect(page.getByRole("region", { name: "Messages" })).toContainText("Do not pay again");
  await page.unrouteAll();
  await page.reload();
  await expect(page.locator("#progress")).toContainText("3 ether raised");
  await expect(page.getByRole("region", { name: "Messages" })).toBeEmpty();
});
