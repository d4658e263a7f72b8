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
  const spoken = page.locator(".page > .hidden > [role=status]");
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

journey("on paper there are the title, the ring, the ladder and the open panel, in black on white", { colorScheme: "dark" }, async ({ page }) => {
  await seek(page, 140_000);
  await page.getByRole("button", { name: "Ladder" }).click();
  await tab(page, "Nodes");
  await page.emulateMedia({ media: "print" });
  for (const shown of [".title", ".stage-field", ".ladder-picture", ".side", ".clock-time"]) {
    assert.ok(await page.locator(shown).first().isVisible(), shown);
  }
  for (const hidden of [".tools", ".transport", ".console", ".sheet-tabs", ".speed", ".range"]) {
    assert.ok(!await page.locator(hidden).first().isVisible(), hidden);
  }
  const [ink, paper] = await page.evaluate(() => {
    const { color, backgroundColor } = getComputedStyle(document.body);
    return [color, backgroundColor];
  });
  assert.deepEqual([ink, paper], ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]);
  // Nothing is cut off: the page grows with what it says.
  const cut = await page.evaluate(() => [...document.querySelectorAll(".side, .stage-room")]
    .filter((room) => room.scrollHeight > room.clientHeight + 1).map((room) => room.className));
  assert.deepEqual(cut, []);
});

journey("through whose eyes one looks is in the link", async ({ page, url }) => {
  await seek(page, 300_000);
  await page.getByRole("combobox", { name: "Seen by" }).selectOption("n1");
  const link = await page.evaluate(() => dynamo.link());
  assert.match(link, /&eyes=n1/);
  await page.goto("about:blank");
  await page.goto(`${url}#${link}`);
  await page.locator(".eyes-said").waitFor();
  assert.equal(await page.getByRole("combobox", { name: "Seen by" }).inputValue(), "n1");
});
