// What changes while a run goes on, and what only a new run can have.
import assert from "node:assert/strict";
import { journey } from "./journey.mjs";
import { seek, tab, trace } from "./page.mjs";
import { opened, openTab } from "./support.mjs";

const text = (page) => page.evaluate(() => dynamo.text());

// How often nodes were woken for this so far, from a moment on.
const woken = async (page, timer, from) => (await trace(page)).filter(({ moment, event }) =>
  event.TimerFired && JSON.stringify(event.TimerFired.timer).includes(timer) && moment.time >= from).length;

journey("intervals, the detector and what clients wait for change at the playhead, and nodes follow", async ({ page, url, origin, browser }) => {
  await seek(page, 1_000_000);
  await tab(page, "Settings");
  await page.getByRole("textbox", { name: "Hint handoff" }).fill("200ms");
  await page.getByRole("textbox", { name: "Hint handoff" }).press("Enter");
  await page.getByRole("combobox", { name: "Failure detector" }).selectOption("phi");
  await page.getByRole("textbox", { name: "Probe", exact: true }).fill("100ms");
  await page.getByRole("button", { name: "Set Probe" }).click();
  await page.getByRole("textbox", { name: "Client waits" }).fill("1s");
  await page.getByRole("button", { name: "Set Client waits" }).click();
  assert.match(await text(page),
    /at 1s set hint-scan-every=200ms\n.*set detector=phi\n.*set probe-every=100ms\n.*set client-timeout=1s\n/);
  await seek(page, 3_000_000);
  assert.ok((await woken(page, "HintScan", 1_000_000)) >= 4 * 9);
  assert.ok((await woken(page, "Heartbeat", 1_000_000)) >= 4 * 18);
  const [script, link] = [await text(page), await page.evaluate(() => dynamo.link())];
  const other = await openTab(browser, origin);
  await opened(other.page, `${url}#${link}`);
  const acts = (text) => text.split("\n").filter((line) => line.startsWith("at "));
  assert.deepEqual(acts(await text(other.page)), acts(script), "the link carries it");
  assert.deepEqual(await trace(other.page), await trace(page));
  await other.context.close();
});

journey("undo takes a setting back, and the panel says what holds at the playhead", async ({ page }) => {
  await seek(page, 1_000_000);
  await tab(page, "Settings");
  const detector = page.getByRole("combobox", { name: "Failure detector" });
  await detector.selectOption("erratic");
  await seek(page, 500_000);
  assert.equal(await detector.inputValue(), "timeouts");
  await seek(page, 1_500_000);
  assert.equal(await detector.inputValue(), "erratic");
  await page.keyboard.press("Control+z");
  assert.equal(await detector.inputValue(), "timeouts");
  assert.doesNotMatch(await text(page), /set /);
});

journey("a wrong length of time is told what it can be, and nothing typed is lost", async ({ page }) => {
  await seek(page, 1_000_000);
  await tab(page, "Settings");
  const gossip = page.getByRole("textbox", { name: "Gossip" });
  await gossip.fill("often");
  await gossip.press("Enter");
  await page.getByRole("alert").getByText("Expected a length of time from 1us to 60s, such as 25ms.").waitFor();
  assert.equal(await gossip.inputValue(), "often");
  assert.doesNotMatch(await text(page), /set /);
});

journey("every setting has a word and says what the paper has", async ({ page }) => {
  await tab(page, "Settings");
  const hints = await page.locator(".setting .field-more .hint, [id^=whole-] .hint").allTextContents();
  assert.ok(hints.length >= 28, `${hints.length}`);
  for (const hint of hints) assert.match(hint, /aper|[Oo]urs/, hint);
});

journey("N and the strategy change while the run goes on: told by gossip, drawn once in effect", async ({ page }) => {
  await seek(page, 8_000_000);
  await tab(page, "Settings");
  await page.getByRole("textbox", { name: "N", exact: true }).fill("4");
  await page.getByRole("button", { name: "Set N" }).click();
  await page.getByRole("combobox", { name: "Strategy" }).selectOption("1: tokens cut the ring");
  await page.getByRole("textbox", { name: "Tokens" }).fill("0");
  await page.getByRole("button", { name: "Change the strategy" }).click();
  await page.getByRole("alert").getByText("Expected a number from 1 to 256.").waitFor();
  await page.getByRole("textbox", { name: "Tokens" }).fill("4");
  await page.getByRole("button", { name: "Change the strategy" }).click();
  assert.match(await text(page), /replicas 4\n.*strategy 1 tokens=4\n/);
  await seek(page, 30_000_000);
  const effects = (await trace(page)).filter(({ event }) => event.Noted?.fact?.ChangeInEffect).length;
  assert.equal(effects, 10, "both at five nodes");
  // Each owner is numbered twice: at its place on the ring and at its machine.
  assert.equal(await page.locator(".stage-field circle.rank.primary").count(), 2 * 4);
  assert.equal(await page.getByRole("combobox", { name: "Strategy" }).inputValue(), "1");
});

journey("reconciliation and engine begin a new run from this setup, without the acts or with them", async ({ page }) => {
  await seek(page, 2_000_000);
  await tab(page, "Settings");
  await page.getByRole("textbox", { name: "Loss" }).fill("0.1");
  await page.getByRole("button", { name: "Set Loss" }).click();
  const acts = await text(page);
  await page.getByRole("combobox", { name: "Storage engine" }).selectOption("log");
  await page.getByRole("combobox", { name: "Reconciliation" }).selectOption("lww");
  await page.getByRole("button", { name: "Same acts with it" }).click();
  const same = await text(page);
  assert.match(same, /engine=log versions=lww\n/);
  const lines = (text) => text.split("\n").filter((line) => /^(at|when) /.test(line));
  assert.deepEqual(lines(same), lines(acts));
  await page.getByRole("button", { name: "Undo" }).click();
  assert.equal(await text(page), acts);
  await page.getByRole("combobox", { name: "Storage engine" }).selectOption("buffered");
  await page.getByRole("button", { name: "New run from this setup" }).click();
  // As it is set at the playhead: with the loss.
  assert.match(await text(page), /^dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=\d+ .*loss=0.1.* engine=buffered\nuntil 10s\n$/);
});
