// Dare the network: a goal, a search in slices, and what it found as a run like any other.
import assert from "node:assert/strict";
import { journey } from "./journey.mjs";
import { seek, tab, trace } from "./page.mjs";
import { opened, openTab } from "./support.mjs";

const text = (page) => page.evaluate(() => dynamo.text());
const dare = (page) => page.getByRole("button", { name: "Dare the network" });
const said = (page) => page.locator("[id^=console-panel]:visible [role=status]");

journey("a stale read is found, and opens as a run whose link is the whole script", async (visit) => {
  const { page } = visit;
  const before = await text(page);
  await tab(page, "Dare");
  // By keyboard alone.
  await page.getByRole("radio", { name: /^A stale read although R \+ W > N/ }).focus();
  await page.keyboard.press("ArrowDown");
  assert.ok(await page.getByRole("radio", { name: /^Three siblings/ }).isChecked());
  await page.getByText("Bad links; at most 10000 worlds").waitFor();
  await page.keyboard.press("ArrowUp");
  await page.locator(".console summary:visible").focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("Worlds at most").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: /^A stale read although R \+ W > N/ }).waitFor();
  await said(page).getByText(/^Found in world [\d,]+ and opened\./).waitFor();

  // The playhead stands behind a read that misses a write which had ended before it began.
  const records = await trace(page);
  const last = records.at(-1).event.OperationEnded;
  assert.ok(last?.ended.Found, JSON.stringify(records.at(-1)));
  const begun = records.findIndex(({ event }) => event.OperationStarted?.request.client === last.request.client
    && event.OperationStarted.request.operation === last.request.operation);
  const stored = records.slice(0, begun).filter(({ event }) => event.OperationEnded?.ended === "Stored");
  assert.ok(stored.length > 0);
  const found = last.ended.Found.siblings.map(({ request }) => JSON.stringify(request));
  assert.ok(!found.includes(JSON.stringify(stored.at(-1).event.OperationEnded.request)));
  assert.match(await text(page), /setup nodes=5 n=3 r=2 w=2 seed=\d+\n/, "in the setup that was there");
  await page.getByRole("tab", { name: "Why?", selected: true }).waitFor();

  const [script, link] = [await text(page), await page.evaluate(() => dynamo.link())];
  const other = await openTab(visit.browser, visit.origin);
  await opened(other.page, `${visit.url}#${link}`);
  assert.equal(await text(other.page), script);
  assert.deepEqual(await trace(other.page), records);
  await other.context.close();
  await page.getByRole("button", { name: "Undo" }).click();
  assert.equal(await text(page), before);
});

journey("what cannot be is not found within the bound, and that is what is said", async ({ page }) => {
  await page.evaluate(() => dynamo.open("dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7 latency=constant-3ms\nuntil 1s\n"));
  const before = await text(page);
  await tab(page, "Dare");
  await page.getByText("Crashes, bad links, single messages; at most 10000 worlds").click();
  for (const name of [/^Crashes/, /^Bad links/, /^Single messages/]) await page.getByRole("checkbox", { name }).uncheck();
  await page.getByLabel("Worlds at most").fill("300");
  await dare(page).click();
  await said(page).getByText("Not found within the bound: 300 worlds played, none reached the goal. That is no proof").waitFor();
  assert.equal(await text(page), before);

  // A bound that is none, and a goal that means nothing here.
  await page.getByLabel("Worlds at most").fill("many");
  await dare(page).click();
  await page.getByRole("alert").getByText("Expected a whole number from 1 to 100000.").waitFor();
  await page.getByLabel("Worlds at most").fill("10");
  await page.evaluate(() => dynamo.act("set r=1"));
  await dare(page).click();
  await said(page).getByText("Here R + W = 3 is not more than N = 3").waitFor();
});

journey("a long search shows how far it is, leaves the page usable, and stops", async ({ page }) => {
  await page.evaluate(() => dynamo.open("dynamo 1\nsetup nodes=5 n=3 r=2 w=2 versions=lww\nuntil 9s\n"));
  await tab(page, "Dare");
  await page.getByRole("radio", { name: /^Three siblings/ }).check();
  await page.getByText("Bad links; at most 10000 worlds").click();
  await page.getByLabel("Worlds at most").fill("100000");
  await dare(page).press("Enter");
  const bar = page.getByRole("progressbar", { name: "Worlds tried" });
  await page.waitForFunction(() => Number(document.querySelector("progress")?.value) > 20);
  assert.equal(await bar.getAttribute("max"), "100000");
  await page.getByText(/^\d+ of 100,000 worlds, [\d,]+ a second$/).waitFor();
  await seek(page, 2_000_000);
  await tab(page, "Clients");
  await page.getByLabel("Value (for a put)").fill("tea");
  await page.getByRole("button", { name: "Put", exact: true }).click();
  assert.match(await text(page), /put .*"tea"/);
  await tab(page, "Dare");
  await page.getByRole("button", { name: "Stop" }).focus();
  await page.keyboard.press("Enter");
  await said(page).getByText(/^Stopped\. [\d,]+ worlds played, none reached the goal\.$/).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Dare the network", "it keeps the keyboard");
});
