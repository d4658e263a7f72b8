// The main job, as a person would do it: a write survives a dead node, its hint travels home, two
// clients write at once, and somebody merges what they wrote by hand.
import assert from "node:assert/strict";
import { journey } from "./journey.mjs";
import { tab, trace } from "./page.mjs";

const facts = async (page) =>
  (await trace(page)).flatMap(({ event }) => Object.keys(event.Noted?.fact ?? {}));

// What every node keeps of the key as its own, folded from the trace by other code than the page's.
async function replicas(page, key) {
  const asked = new Map();
  const disks = new Map();
  (await trace(page)).forEach(({ event }, id) => {
    if (event.DiskAsked) asked.set(id, event.DiskAsked.operation);
    if (!event.DiskCompleted) return;
    const { node, outcome } = event.DiskCompleted;
    const operation = asked.get(event.DiskCompleted.asked);
    const { slot } = operation.Update ?? operation.Merge ?? operation.Remove ?? {};
    if (!slot || slot.key !== key) return;
    const place = `n${node} ${slot.store === "Main" ? "own" : `hint for n${slot.store.Hints}`}`;
    const stored = outcome.Updated ?? outcome.Merged;
    if (stored) disks.set(place, JSON.stringify(stored.versions, (_, it) => (typeof it === "bigint" ? `${it}` : it)));
    if (outcome.Removal === "Removed") disks.delete(place);
  });
  return disks;
}

async function operationsOf(page, client) {
  return page.getByRole("region", { name: `Operations of ${client}` }).textContent();
}

// Plays until what is waited for is seen, then pauses.
async function playUntil(page, toggle, seen) {
  await toggle();
  await seen();
  await toggle();
  await page.getByText("time stands still").waitFor();
}

const LONG = { timeout: 60_000 };


async function allReplicasAgree(page, value) {
  const held = await replicas(page, "basket");
  assert.deepEqual([...held.keys()].sort(), ["n1 own", "n2 own", "n3 own"], "no hint is left");
  assert.equal(new Set(held.values()).size, 1, "and all three hold the same");
  assert.ok([...held.values()][0].includes(JSON.stringify(value)));
  await tab(page, "Findings");
  const broken = await page.locator(".finding[data-status=violated]").count();
  assert.equal(broken, 0);
}

journey("with the mouse: a write survives, a hint comes home, a conflict is merged by hand", async ({ page }) => {
  await page.getByRole("heading", { name: "The write that survives" }).waitFor();
  await page.getByText("time stands still").waitFor();
  const toggle = () => page.getByRole("button", { name: /^(Play|Pause)$/ }).click();

  // The write survives the dead n3: n4 keeps a hint, and after the restart brings it home.
  await playUntil(page, toggle, async () => {
    await page.locator(".stage-field").getByText("n3", { exact: true }).first().waitFor();
    await page.waitForFunction(() =>
      dynamo.trace().some(({ event }) => event.Noted?.fact.HintKept), null, LONG);
  });
  assert.match(await operationsOf(page, "c1"), /c1\.1 put basket.*ok/s);
  await tab(page, "Nodes");
  assert.match((await page.getByRole("row").allTextContents()).find((row) => /^n3/.test(row)), /down/);
  await playUntil(page, toggle, () => page.waitForFunction(() =>
    dynamo.trace().some(({ event }) => event.Noted?.fact.HintForgotten), null, LONG));
  assert.deepEqual([...(await replicas(page, "basket")).keys()].sort(), ["n1 own", "n2 own", "n3 own"]);

  // Two clients write without seeing each other.
  for (const [client, value] of [["c2", "eggs"], ["c3", "bread"]]) {
    await page.getByRole("radio", { name: client }).check();
    await page.getByLabel("Key", { exact: true }).fill("basket");
    await page.getByLabel("Value (for a put)").fill(value);
    await page.getByRole("button", { name: "Put", exact: true }).click();
  }
  // c2 has seen nothing either, so all three values stand side by side; c1 reads and merges.
  await playUntil(page, toggle, () => page.waitForFunction(() =>
    dynamo.trace().filter(({ event }) => event.OperationEnded).length >= 3, null, LONG));
  await page.getByRole("radio", { name: "c1" }).check();
  await page.getByRole("button", { name: "Get", exact: true }).click();
  await playUntil(page, toggle, () => page.waitForFunction(() => {
    const ended = dynamo.trace().findLast(({ event }) => event.OperationEnded)?.event.OperationEnded;
    return ended?.ended.Found?.siblings.length === 3;
  }, null, LONG));
  await tab(page, "Siblings");
  await page.getByText("c1 read 3 values of basket").waitFor();
  await page.getByLabel("The merged value").fill("milk, eggs, bread");
  await page.getByRole("button", { name: "Put the merge back" }).click();
  const merged = (await page.evaluate(() => dynamo.text())).match(/c1\.\d+ put basket "milk, eggs, bread"/)[0];
  const before = (await trace(page)).filter(({ event }) => event.OperationEnded).length;
  await playUntil(page, toggle, () => page.waitForFunction((before) =>
    dynamo.trace().filter(({ event }) => event.OperationEnded).length > before, before, LONG));
  await page.getByText("The clock that covers the branches").waitFor();
  assert.ok(merged);
  await page.evaluate(() => dynamo.seek(dynamo.moment().micros + 100_000));
  await allReplicasAgree(page, "milk, eggs, bread");
});

// Reaches a control by Tab alone, as somebody without a mouse does.
async function tabTo(page, isThere) {
  for (let presses = 0; presses < 200; presses += 1) {
    if (await page.evaluate(isThere)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`not reachable by Tab: ${isThere}`);
}

const named = (text) => `(() => {
  const it = document.activeElement;
  const label = it.labels?.[0]?.textContent ?? it.getAttribute("aria-label") ?? it.textContent;
  return label.trim() === ${JSON.stringify(text)};
})()`;

// Steps from one interesting event to the next until the trace shows what is looked for.
async function stepUntil(page, seen) {
  await page.evaluate(() => document.activeElement.blur());
  for (let presses = 0; presses < 60; presses += 1) {
    if (await page.evaluate(seen)) return;
    await page.keyboard.press("Shift+ArrowRight");
  }
  assert.fail("not reached by stepping");
}

const ended = (count) =>
  `dynamo.trace().filter(({ event }) => event.OperationEnded).length >= ${count}`;

journey("with the keyboard alone: the same, from the dead node to the merge", async ({ page }) => {
  await stepUntil(page, "dynamo.trace().some(({ event }) => event.Noted?.fact.HintKept)");
  assert.match(await page.locator(".page > .hidden > [role=status]").textContent(), /n4/);
  await stepUntil(page, "dynamo.trace().some(({ event }) => event.Noted?.fact.HintForgotten)");

  const put = async (radio, value) => {
    await tabTo(page, `document.activeElement.type === "radio"`);
    while (!(await page.evaluate((name) =>
      document.activeElement.closest("label")?.textContent.includes(name), radio)))
      await page.keyboard.press("ArrowDown");
    await tabTo(page, named("Value (for a put)"));
    await page.keyboard.press("Control+a");
    await page.keyboard.type(value);
    await page.keyboard.press("Enter");
    await page.evaluate(() => document.activeElement.blur());
  };
  await put("c2", "eggs");
  await put("c3", "bread");
  await stepUntil(page, ended(3));

  await tabTo(page, `document.activeElement.type === "radio"`);
  while (!(await page.evaluate(() => document.activeElement.closest("label")?.textContent.includes("c1"))))
    await page.keyboard.press("ArrowDown");
  await tabTo(page, named("Get"));
  await page.keyboard.press("Enter");
  await stepUntil(page, `dynamo.trace().some(({ event: { OperationEnded: it } }) =>
    it?.request.client === 1 && it.ended.Found?.siblings.length === 3)`);

  await tabTo(page, `document.activeElement.role === "tab" && /^Runs/.test(document.activeElement.textContent)`);
  for (const _ of ["Inspector", "Siblings"]) await page.keyboard.press("ArrowRight");
  await page.getByText("c1 read 3 values of basket").waitFor();
  await tabTo(page, named("The merged value"));
  await page.keyboard.press("Control+a");
  await page.keyboard.type("milk, eggs, bread");
  const before = (await trace(page)).filter(({ event }) => event.OperationEnded).length;
  await tabTo(page, named("Put the merge back"));
  await page.keyboard.press("Enter");
  await stepUntil(page, ended(before + 1));
  await page.getByText("The clock that covers the branches").waitFor();
  await page.evaluate(() => dynamo.seek(dynamo.moment().micros + 100_000));
  await allReplicasAgree(page, "milk, eggs, bread");
});
