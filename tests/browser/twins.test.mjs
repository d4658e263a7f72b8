// Two runs side by side, running on until something happens, tracks that are dragged.
import assert from "node:assert/strict";
import AxeBuilder from "@axe-core/playwright";
import { journey } from "./journey.mjs";
import { seek, settled, tab, trace } from "./page.mjs";

const text = (page) => page.evaluate(() => dynamo.text());
const moment = (page) => page.evaluate(() => dynamo.moment());
const said = (page) => page.locator(".notice").textContent();
const rows = (page, table) =>
  page.locator(`.twin-${table} tbody tr`).evaluateAll((rows) => rows.map((row) => [...row.children].map((it) => it.textContent)));
const head = (page, name) => page.getByRole("group", { name: "Acts go to" }).getByRole("button", { name, exact: true });

// What the table counts, counted in the trace of the run that acts go to.
async function counted(page) {
  const events = (await trace(page)).map(({ event }) => event);
  const facts = events.flatMap(({ Noted }) => Noted ? [Object.keys(Noted.fact)[0]] : []);
  const ended = events.flatMap(({ OperationEnded }) => OperationEnded ? [OperationEnded.ended] : []);
  const count = (list, holds) => String(list.filter(holds).length);
  return {
    "ok": count(ended, (it) => it === "Stored" || it.Found),
    "failed": count(ended, (it) => it.Failed),
    "unknown": count(ended, (it) => it.Unknown),
    "reads with siblings": count(ended, (it) => it.Found?.siblings.length > 1),
    "hints kept": count(facts, (it) => it === "HintKept"),
    "hints home": count(facts, (it) => it === "HintDelivered"),
    "read repairs": count(facts, (it) => it === "ReadRepair"),
    "suspicions": count(facts, (it) => it === "SeemsDown"),
    "messages": count(events, (it) => it.MessageSent || it.MessageCopied),
  };
}

journey("a fork, one change, and both runs go on in step: counters and marks differ as the traces do", async ({ page }) => {
  const before = await text(page);
  await seek(page, 50_000);
  await page.keyboard.press("f");
  await page.getByText("Two runs, still the same.").waitFor();
  assert.equal(await page.locator(".twin-ring .stage-field").count(), 2);
  await tab(page, "Twins");
  assert.deepEqual(await rows(page, "differences"), [["In nothing: at this moment both are the same."]]);
  assert.equal(await page.locator(".twin-counts .is-different").count(), 0);
  assert.equal(await page.locator(".differs-sign").count(), 0);

  // One change: a second node of the key dies.
  await tab(page, "Console");
  await tab(page, "Faults");
  await page.getByRole("button", { name: "Crash n2" }).click();
  await head(page, "crash n2").waitFor();
  assert.equal(await head(page, "crash n2").getAttribute("aria-pressed"), "true");
  await tab(page, "Twins");
  assert.deepEqual(await rows(page, "differences"), [["n2", "up", "down"]]);
  assert.equal(await page.locator(".twin-ring .differs-sign").count(), 2, "n2 is marked on both rings");

  assert.equal(await page.locator(".twins .facts").textContent(), "Only in “crash n2”at 50ms crash n2");

  // Time passes for both.
  await page.locator("body").evaluate(() => document.activeElement.blur());
  await page.keyboard.press("Space");
  await page.waitForFunction(() => dynamo.moment().micros > 120_000);
  await page.keyboard.press("Space");
  await seek(page, 900_000);
  const table = Object.fromEntries((await rows(page, "counts")).map(([name, ...cells]) => [name, cells]));
  const fork = await counted(page);
  assert.equal(await text(page), before.replace("at 100ms", "at 50ms crash n2\nat 100ms"));
  await head(page, "Original run").click();
  assert.equal(await text(page), before);
  const original = await counted(page);
  for (const name of Object.keys(original)) {
    assert.deepEqual(table[name].slice(0, 2), [original[name], fork[name]], name);
    assert.equal(table[name][2] === "=", original[name] === fork[name], name);
  }
  assert.notEqual(fork["hints kept"], original["hints kept"], "two stand-ins instead of one");
  assert.ok(Number(table.bytes[0]) > 0 && table.bytes[0] !== table.bytes[1]);
  const marked = await page.locator(".twin-counts .is-different th").allTextContents();
  const differing = Object.entries(table).filter(([, [a, b]]) => a !== b).map(([name]) => name);
  assert.deepEqual(marked, differing);
  // Every node and client of the table is marked, on both rings.
  const about = (await rows(page, "differences")).map(([what]) => what.match(/\b(n\d+)$|at (n\d+) for|^(n\d+) |^(c\d+)\./)).filter(Boolean);
  const places = new Set(about.map((it) => it.slice(1).find(Boolean)));
  assert.ok(places.size > 2 && places.has("n2"), [...places].join());
  assert.equal(await page.locator(".twin-ring .differs-sign").count(), 2 * places.size);

  // A difference leads to the event that made it, a row to what it is about.
  await page.locator(".twin-counts tr", { hasText: "hints kept" }).getByRole("button").click();
  const { micros } = await moment(page);
  assert.ok(micros > 100_000 && micros < 900_000, `${micros}`);
  const hints = async () => (await rows(page, "counts")).find(([name]) => name === "hints kept");
  assert.notEqual((await hints())[3], "=");
  await seek(page, micros - 1);
  assert.equal((await hints())[3], "=");
  await page.locator(".twin-differences").getByRole("button", { name: "n2", exact: true }).click();
  await tab(page, "Inspector");
  await page.getByRole("heading", { name: "Node n2" }).waitFor();
  await tab(page, "Twins");

  // Leaving keeps both.
  await page.getByRole("button", { name: "Leave the twin view" }).click();
  assert.equal(await page.locator(".twin-ring").count(), 0);
  assert.deepEqual(await page.evaluate(() => dynamo.branches()), ["crash n2"]);
  assert.equal(await text(page), before);
});

journey("runs of the tree are compared, and W makes the difference", async ({ page }) => {
  await page.evaluate(() => dynamo.open("dynamo 1\n# Two of three\nsetup nodes=3 n=3 r=2 w=2 mode=strict seed=7\nat 0s crash n3\nat 1s c1.1 put cart \"milk\" via n1\nuntil 4s\n"));
  await seek(page, 500_000);
  await tab(page, "Settings");
  await page.getByRole("textbox", { name: "W", exact: true }).fill("3");
  await page.getByRole("button", { name: "Set W", exact: true }).click();
  await tab(page, "Runs");
  await page.getByRole("button", { name: "Compare with “Original run”" }).click();
  await seek(page, 3_000_000);
  const [ok, failed, unknown] = await rows(page, "counts");
  assert.deepEqual(ok, ["ok", "1", "0", "−1"]);
  assert.equal(Number(failed[2]) + Number(unknown[2]), 1);
  const differences = await rows(page, "differences");
  assert.deepEqual(differences[0], ["Setting", "w=2", "w=3"]);
  assert.equal(differences.at(-1)[0], "c1.1 put cart “milk”");
  assert.deepEqual(differences.at(-1)[1], "ok");
  assert.deepEqual((await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wider <= 0, `${wider} px too wide`);
});

const form = (page) => page.getByRole("form", { name: "Run until" });

journey("time runs on until a hint is kept, until it comes home, and says what does not happen", async ({ page }) => {
  await page.getByRole("button", { name: "Run until" }).click();
  const choice = form(page).getByLabel("What happens");
  await choice.selectOption({ label: "a hint is kept" });
  await form(page).getByRole("button", { name: "Run" }).click();
  await page.getByText(/ms: a hint is kept/).waitFor();
  const kept = (await trace(page)).filter(({ event }) => event.Noted?.fact.HintKept);
  assert.equal(kept.length, 1);
  assert.equal(kept[0].moment.time, (await moment(page)).micros);

  // By keyboard: another condition, with one node.
  await choice.focus();
  await choice.selectOption({ label: "a hint comes home" });
  await form(page).getByLabel("Node").selectOption("n3");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText(/ms: a hint comes home, with n3/).waitFor();
  const home = (await trace(page)).filter(({ event }) => event.Noted?.fact.HintDelivered);
  assert.equal(home.length, 1);
  assert.equal(home[0].moment.time, (await moment(page)).micros);

  await choice.selectOption({ label: "a hint is lost" });
  await form(page).getByRole("button", { name: "Run" }).click();
  await page.getByText(/^Not before \d+\.\d+ ms, where this search ends: a hint is lost, with n3\./).waitFor();
  const { micros } = await moment(page);
  assert.ok(micros > 60_000_000 && (await said(page)).includes(`${(micros / 1000).toFixed(3)} ms`));
});

journey("a search that goes on shows how far it is and is stopped", async ({ page }) => {
  await page.evaluate(() => dynamo.open("dynamo 1\n# Busy\nsetup nodes=32 n=3 r=2 w=2 seed=7 gossip-every=20ms\nat 0s join n40 via n1\nuntil 1s\n"));
  await page.getByRole("button", { name: "Run until" }).click();
  await form(page).getByLabel("What happens").selectOption({ label: "a hint is lost" });
  // Faster than any hand, so that a fast machine has not come to the bound before.
  const stopped = page.evaluate(() => new Promise((stopped) => {
    const looks = setInterval(() => {
      const stop = document.querySelector(".until-far progress") && document.querySelector(".until button");
      if (!stop) return;
      clearInterval(looks);
      stopped(`${stop.textContent}: ${document.querySelector(".until-far").textContent}`);
      stop.click();
    }, 1);
  }));
  await form(page).getByRole("button", { name: "Run" }).click();
  assert.match(await stopped, /^Stop: Nothing up to \d+\.\d+ of 60000\.000 ms$/);
  await form(page).getByRole("button", { name: "Run" }).waitFor();
  const { micros } = await moment(page);
  assert.ok(micros < 60_000_000, `${micros} is the bound`);
});

journey("a track is dragged along to another time and across to another run", async ({ page }) => {
  const original = await text(page);
  await page.evaluate(() => { dynamo.seek(500_000); dynamo.act("crash n2"); });
  const fork = await text(page);
  const track = (row) => page.locator(".track-lines .track-field").nth(row).boundingBox();
  const [first, second] = [await track(0), await track(1)];
  const at = ({ x, y, width, height }, share) => [x + width * share, y + height / 2];
  await page.mouse.move(...at(second, 0.25));
  await page.mouse.down();
  await page.mouse.move(...at(second, 0.5), { steps: 4 });
  await page.waitForFunction(() => Math.abs(dynamo.moment().micros - 4_000_000) < 100_000);
  assert.equal(await text(page), fork);
  await page.mouse.move(...at(first, 0.75), { steps: 4 });
  await page.waitForFunction(() => Math.abs(dynamo.moment().micros - 6_000_000) < 100_000);
  assert.equal(await text(page), original);
  await page.mouse.up();
  assert.equal(await text(page), original);
});

journey("in a frame of another page there is no room for two", { hash: "?embed" }, async ({ page }) => {
  await page.locator("main").click({ position: { x: 5, y: 5 } });
  await page.keyboard.press("f");
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => dynamo.moment().micros > 0);
  assert.equal(await page.locator(".stage-field").count(), 1);
  assert.equal(await page.getByRole("button", { name: /^(Fork|Run until)/ }).count(), 0);
});

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, colorScheme: "dark" };
journey("on a phone: fork, crash, one ring at a time, the tables, nothing over the side", PHONE, async ({ page }) => {
  await seek(page, 50_000);
  await page.getByRole("button", { name: /^Fork/ }).tap();
  await page.getByRole("tab", { name: "Faults" }).tap();
  await page.getByRole("button", { name: "Crash n2" }).tap();
  const [first, second] = [page.locator(".twin-ring").first(), page.locator(".twin-ring").last()];
  assert.deepEqual([await first.isVisible(), await second.isVisible()], [false, true]);
  await head(page, "Original run").tap();
  await first.waitFor();
  assert.deepEqual([await first.isVisible(), await second.isVisible()], [true, false]);
  await page.getByRole("tab", { name: /^Twins/ }).tap();
  await settled(page);
  assert.deepEqual(await rows(page, "differences"), [["n2", "up", "down"]]);
  await page.getByRole("button", { name: "Run until" }).tap();
  await form(page).waitFor();
  assert.deepEqual((await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wider <= 0, `${wider} px too wide`);
});
