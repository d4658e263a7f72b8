// The page without a mouse.
import assert from "node:assert/strict";
import { journey } from "./journey.mjs";
import { seek, tab } from "./page.mjs";

const moment = (page) => page.evaluate(() => dynamo.moment());

journey("arrows step from event to event, with Shift from one interesting event to the next", async ({ page }) => {
  await page.keyboard.press("ArrowRight");
  const first = await moment(page);
  assert.ok(first.micros >= 100_000);
  await page.keyboard.press("ArrowRight");
  const second = await moment(page);
  assert.ok(second.micros > first.micros || second.after > first.after);
  await page.keyboard.press("ArrowLeft");
  assert.deepEqual(await moment(page), first);
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  assert.ok((await moment(page)).micros > second.micros);
  await page.keyboard.press("Home");
  assert.equal((await moment(page)).micros, 0);
});

journey("Space plays and pauses, but types a blank in a field", async ({ page }) => {
  await page.keyboard.press("Space");
  await page.getByText("time runs at").waitFor();
  await page.keyboard.press("Space");
  await page.getByText("time stands still").waitFor();
  await page.getByLabel("Value (for a put)").focus();
  await page.keyboard.type("a b");
  assert.equal(await page.getByLabel("Value (for a put)").inputValue(), "a b");
  await page.getByText("time stands still").waitFor();
});

journey("a whole put by keyboard, from the field to its end", async ({ page }) => {
  await seek(page, 5_000_000);
  await page.getByLabel("Value (for a put)").focus();
  await page.keyboard.type("tea");
  await page.keyboard.press("Enter");
  await page.locator("body").evaluate(() => document.activeElement.blur());
  for (let steps = 0; steps < 40; steps += 1) await page.keyboard.press("ArrowRight");
  await page.getByText("c1.2 put basket = tea").first().waitFor();
  assert.equal(await page.getByText("Stored.").count() > 0, true);
});

journey("tabs are one stop, and arrows go from tab to tab", async ({ page }) => {
  await tab(page, "Inspector");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Nodes");
  await page.getByRole("table").waitFor();
  assert.equal((await moment(page)).micros, 0, "the arrows did not step");
});

journey("? opens the help with every key, Escape closes it and gives the keyboard back", async ({ page }) => {
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Help" }).waitFor();
  await page.getByText("play or pause").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

journey("what happened is spoken, politely", async ({ page }) => {
  await seek(page, 140_000);
  const spoken = page.locator(".page > [role=status]");
  assert.match(await spoken.textContent(), /n4/);
});

journey("who asked for less motion sees still frames", { reducedMotion: "reduce" }, async ({ page }) => {
  await page.keyboard.press("Space");
  await page.waitForTimeout(2300);
  await page.keyboard.press("Space");
  const places = await page.evaluate(() => {
    const told = dynamo.moment();
    return told.micros;
  });
  assert.ok(places >= 100_000 && places < 110_000, `${places}`);
});
