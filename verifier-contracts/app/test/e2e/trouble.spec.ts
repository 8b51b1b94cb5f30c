import { accessible, connect, expect, NOBODY, test } from "./fixtures.ts";

const WEEK = 7 * 86_400;
const title = { level: 1 } as const;

test("the names of a token are text, and what is hidden in them is said", async ({ page, world, open }) => {
  const sale = world.offer({ name: "<img src=x onerror=a()>\u202e0\u200b", symbol: `</script>\u202e${"W".repeat(500)}`, team: "100000" });
  await open(`#/31337/offering/${sale["offering"]}`);
  // The tests serve the page under such a path.
  await expect(page.locator("main")).toContainText("This address shares its host with pages of others.");
  await expect(page.getByRole("heading", title)).toHaveText("<img src=x onerror=a()>0 </script>WWWWWWW…");
  await expect(page.locator("main img, main script")).toHaveCount(0);
  const verdict = page.getByRole("region", { name: "For tests only" });
  await expect(verdict).toContainText("The token's name or symbol has hidden characters, or is very long.");
  await expect(verdict).toContainText("The team gets 99% of all tokens");
  await accessible(page);
});

test("a node that lies about the terms is found out", async ({ page, world, open }) => {
  const sale = world.offer();
  const price = "2386f26fc10000";
  await page.route(world.node.url, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replaceAll(price, "0000f26fc10000") });
  });
  await open(`#/31337/offering/${sale["offering"]}`);
  await expect(page.getByRole("heading", title)).toHaveText("This offering is refused");
  await expect(page.getByRole("region", { name: "Failed: pay nothing" })).toContainText("What fails: offering: address");
});

test("a node that is down, or none, is named, and another one can be", async ({ page, world, open }) => {
  const sale = world.offer();
  await page.addInitScript((url) => localStorage.setItem("hallmark.node", url), NOBODY);
  await open(`#/31337/offering/${sale["offering"]}`);
  await expect(page.locator("main")).toContainText("The node at 127.0.0.1:9 does not answer.");
  await accessible(page);
  const form = page.locator("main form");
  await form.getByLabel("URL of a node").fill(new URL(world.page).origin);
  await form.getByRole("button", { name: "Use this node" }).click();
  await expect(form).toContainText("is not an Ethereum node");
  await form.getByLabel("URL of a node").fill("javascript:alert(1)");
  await form.getByRole("button", { name: "Use this node" }).click();
  await expect(form).toContainText("This is not the URL of a node.");
  await form.getByLabel("URL of a node").fill(world.node.url);
  await form.getByRole("button", { name: "Use this node" }).click();
  await expect(page.getByRole("heading", title)).toHaveText("Digits DGT");
});

test("links to another chain, and links that are damaged, say so", async ({ page, world, open }) => {
  const { offering } = world.offer() as { offering: string };
  await open(`#/1/offering/${offering}`);
  await expect(page.locator("main")).toContainText("The link is to chain 1, and the node or the wallet is on chain 31337.");
  const cases: [string, string][] = [
    [`#/x/offering/${offering}`, "does not begin with a chain's number"],
    [`#/31337/offering/${offering.toLowerCase().replace("0x", "0x").slice(0, -1)}`, "no valid address"],
    [`#/31337/offering/${offering.slice(0, -2)}Ff`, "no valid address"],
    [`#/31337/request/${offering}/0x12`, "no valid id"],
    [`#/31337/request/${world.market}/0x${"01".repeat(32)}`, "The market has no such request."],
    [`#/31337/request/${world.registry}/0x${"01".repeat(32)}`, "there is no market of Hallmark"],
    [`#/31337/model/${world.market}/0x${"01".repeat(32)}`, "The registry has no such model."],
    [`#/31337/model/${world.registry}/${world.model}`, "What fails: market: contract"],
    [`#/31337/nothing/${offering}/0x${"00".repeat(32)}`, "nothing that this page shows"],
  ];
  for (const [link, text] of cases) {
    await page.evaluate((hash) => (location.hash = hash), link);
    await expect(page.locator("main"), link).toContainText(text);
  }
});

test("the chain's time counts, and a node whose last block is old is told", async ({ page, world, open }) => {
  const sale = world.offer();
  await world.node.pass(WEEK);
  await open(`#/31337/offering/${sale["offering"]}`);
  await expect(page.locator("main")).toContainText(/The last block that the node shows is from in \d days, by the clock of this device/);
  await expect(page.locator("#buy")).toContainText("over, and it failed");
});

test("a wallet alone is enough to read, and all works with the keyboard", async ({ page, world, open }) => {
  const sale = world.offer();
  await page.addInitScript(() => localStorage.setItem("hallmark.node", ""));
  await open("#/");
  await expect(page.getByRole("heading", title)).toHaveText("Choose how to read the chain");
  await accessible(page);
  await page.locator("main").getByRole("button", { name: "Connect wallet" }).press("Enter");
  await expect(page.getByRole("heading", title)).toHaveText("A model with a hallmark");
  await accessible(page);
  const target = page.getByLabel("Address of the offering, or a link");
  await target.fill("0x12");
  await target.press("Enter");
  await expect(page.locator("main")).toContainText("This is neither an address");
  await target.fill(sale["offering"]!);
  await target.press("Enter");
  await expect(page.getByRole("heading", title)).toHaveText("Digits DGT");
  await expect(page.getByRole("heading", title)).toBeFocused();
  await page.getByLabel("Pay, in ether").fill("1");
  await page.getByLabel("Pay, in ether").press("Tab");
  await expect(page.getByRole("button", { name: "Show the terms, and buy" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Show the terms, and buy" })).toBeFocused();
});

test("the colours are those that the user chooses", async ({ page, open }) => {
  await open("#/");
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.getByLabel("Colours").selectOption("dark");
  const dark = await ground();
  await page.reload();
  await expect(page.locator("main h1")).toBeVisible();
  expect(await ground()).toBe(dark);
  await page.getByLabel("Colours").selectOption("light");
  expect(await ground()).not.toBe(dark);
  await connect(page);
  await page.getByRole("button", { name: "disconnect" }).click();
  await expect(page.getByRole("banner").getByRole("button", { name: "Connect wallet" })).toBeVisible();
});

test("inside another page, this one does nothing", async ({ page, world, open }) => {
  await open("#/");
  const other = new URL("/other", world.page).href;
  await page.route(other, (route) => route.fulfill({ contentType: "text/html", body: "<body></body>" }));
  await page.goto(other);
  await page.evaluate((url) => {
    const frame = document.createElement("iframe");
    frame.src = url;
    document.body.append(frame);
  }, world.page);
  const frame = page.frameLocator("iframe");
  await expect(frame.locator("main h1")).toHaveText("This page is shown inside another one");
  await expect(frame.getByRole("button")).toHaveCount(0);
});
