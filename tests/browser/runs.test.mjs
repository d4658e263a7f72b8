// A run is a thing: branched, sent, saved, opened again.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { journey } from "./journey.mjs";
import { seek, tab } from "./page.mjs";
import { opened, openTab } from "./support.mjs";

const text = (page) => page.evaluate(() => dynamo.text());
const hash = (page) => page.evaluate(() => dynamo.traceHash());
const trace = (page) => page.evaluate(() => JSON.stringify(dynamo.trace()));
const moment = (page) => page.evaluate(() => dynamo.moment());
const alert = (page) => page.locator(".notice [role=alert]").textContent();

// Visits an address in a profile that has never seen the page.
async function fresh({ browser, origin }, url, look) {
  const tab = await openTab(browser, origin);
  try {
    await opened(tab.page, url);
    await look(tab.page);
    assert.deepEqual(tab.problems, []);
  } finally {
    await tab.context.close();
  }
}

async function share(page) {
  await page.getByRole("button", { name: "Share" }).click();
  return page.getByLabel("Link to this run").inputValue();
}

journey("an act in the past makes a branch, and the way back leads to the run that was", async ({ page }) => {
  const [before, original] = [await text(page), await hash(page)];
  await seek(page, 500_000);
  await tab(page, "Faults");
  await page.getByRole("button", { name: "Crash n2" }).click();
  const tracks = page.getByRole("group", { name: "Branches" });
  await tracks.getByRole("button", { name: "crash n2", pressed: true }).waitFor();
  assert.match(await text(page), /at 500ms crash n2\nat 1s restart n3/, "later acts stay");
  const branch = await hash(page);
  assert.notEqual(branch, original);
  assert.equal(await page.locator(".track-lines .track").count(), 2, "drawn as two tracks");

  await tracks.getByRole("button", { name: "Original run" }).click();
  assert.equal(await text(page), before);
  assert.equal(await hash(page), original);
  assert.equal((await moment(page)).micros, 500_000, "time stays");
  const field = await page.locator(".track-lines .track-field").nth(1).boundingBox();
  await page.mouse.click(field.x + field.width / 2, field.y + field.height / 2);
  assert.equal(await hash(page), branch);

  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("[");
  assert.equal(await hash(page), original);
  await page.keyboard.press("]");
  assert.equal(await hash(page), branch);
  await seek(page, 3_000_000);
  await page.keyboard.press("Control+z");
  await tracks.waitFor({ state: "detached" });
  assert.equal(await text(page), before);
  assert.deepEqual(await moment(page), { micros: 500_000, after: 0 }, "just before the act");
});

journey("a branch is renamed and dropped, and Undo brings it back", async ({ page }) => {
  await page.evaluate(() => { dynamo.seek(500_000); dynamo.act("crash n2"); });
  await tab(page, "Runs");
  await page.getByLabel("Name of the branch").fill("two are dead");
  await page.getByRole("button", { name: "Rename" }).click();
  assert.deepEqual(await page.evaluate(() => dynamo.branches()), ["two are dead"]);
  await page.getByLabel("Name of the branch").fill(" ");
  await page.getByRole("button", { name: "Rename" }).click();
  assert.match(await alert(page), /a name of 1 to 60 characters/);
  await page.getByRole("button", { name: "Drop" }).click();
  assert.deepEqual(await page.evaluate(() => dynamo.branches()), []);
  await page.getByRole("button", { name: "Undo" }).click();
  assert.deepEqual(await page.evaluate(() => dynamo.branches()), ["two are dead"]);
});

journey("a branch that is not shown is renamed and dropped, too", async ({ page }) => {
  await page.evaluate(() => { dynamo.seek(500_000); dynamo.act("crash n2"); dynamo.switch(); });
  await tab(page, "Runs");
  await page.getByText("Rename or drop").click();
  await page.getByLabel("Name of the branch").fill("two are dead");
  await page.getByRole("button", { name: "Rename" }).click();
  assert.deepEqual(await page.evaluate(() => dynamo.branches()), ["two are dead"]);
  await page.getByText("Rename or drop").click();
  await page.getByRole("button", { name: "Drop" }).click();
  assert.deepEqual(await page.evaluate(() => dynamo.branches()), []);
});

journey("what no longer applies in a branch is shown with its reason", async ({ page }) => {
  await page.evaluate(() => { dynamo.seek(500_000); dynamo.act("restart n3"); });
  await page.getByText("1 later act in this branch no longer applies: “restart n3”: n3 is up.").waitFor();
  await tab(page, "Runs");
  await page.getByText("“restart n3” does not apply: n3 is up.").waitFor();
  await seek(page, 1_200_000);
  await tab(page, "Log");
  await page.getByText("refused: n3 is up").waitFor();
});

journey("a shared link replays to the same trace in a fresh profile, at the same place", async (visit) => {
  const { page } = visit;
  await page.evaluate(() => { dynamo.seek(500_000); dynamo.act("crash n2"); dynamo.seek(600_000); dynamo.act('c2 put cart "tea"'); });
  await seek(page, 650_000);
  await page.locator(".stage-field").getByRole("button", { name: /^n4/ }).first().click();
  const link = await share(page);
  await page.getByText("Copied.").waitFor();
  const [script, whole, seen, place] = [await text(page), await hash(page), await trace(page), await moment(page)];
  await fresh(visit, link, async (other) => {
    assert.equal(await hash(other), whole);
    assert.equal(await trace(other), seen);
    assert.deepEqual(await moment(other), place);
    assert.equal(await text(other), script.replace(/^# basket belongs.*\n/m, ""), "but for comments");
    assert.equal(await other.getByRole("combobox", { name: "Key in focus" }).inputValue(), "cart");
    await tab(other, "Inspector");
    await other.getByRole("heading", { name: "Node n4" }).waitFor();
    assert.equal(await other.locator(".notice").count(), 0);
    assert.ok(await other.getByRole("button", { name: "Undo" }).isDisabled());
  });
});

journey("a link that is put into the address of an open page opens, and Undo leads back", async ({ page }) => {
  const before = await text(page);
  await page.evaluate(() => { location.hash = "open=two-carts-merged-by-hand&t=400ms"; });
  await page.getByRole("heading", { name: "Two carts, merged by hand" }).waitFor();
  assert.equal((await moment(page)).micros, 400_000);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("heading", { name: "The write that survives" }).waitFor();
  assert.equal(await text(page), before);
});

journey("a broken link says what is wrong with it, and the page stands", async (visit) => {
  const { page, url } = visit;
  const link = (await page.evaluate(() => dynamo.link()));
  const packed = link.split("&")[0];
  for (const [hash, said] of [
    [packed.slice(0, packed.length / 2), /damaged: part of it is missing or changed; copy it again/],
    [link.replace("run=1.", "run=9."), /version "9", this playground reads version 1/],
    [link.replace(/&t=[^&]*/, "&t=soon"), /wrong part: t, a place in time/],
    [`run=1.${"A".repeat(9000)}`, /9006 characters, at most 8000/],
    ["open=the-write-that-flies", /open, the name of a famous run/],
  ]) {
    await fresh(visit, `${url}#${hash}`, async (other) => {
      assert.match(await alert(other), said);
      await other.getByRole("heading", { name: "The write that survives" }).waitFor();
      assert.equal(await text(other), await text(page));
    });
  }
});

journey("a link of a version that played otherwise says from where on it differs", async (visit) => {
  const link = (await visit.page.evaluate(() => dynamo.link()));
  const other = link.replace(/&by=[0-9.]+\.(\d+)\.(....)/, "&by=0.0.9.$1.0000");
  await fresh(visit, `${visit.url}#${other}`, async (page) => {
    assert.match(await alert(page), /recorded with version 0\.0\.9\. Here the run differs, at the latest from event \d+ on/);
  });
});

journey("a run that is too long for a link is offered as a file", async ({ page }) => {
  await page.evaluate(() => {
    const word = (n) => Array.from({ length: 40 }, (_, i) => Math.abs(Math.sin(n * 41 + i) * 1e9 | 0).toString(36)).join("");
    const lines = Array.from({ length: 60 }, (_, n) => `at ${n}ms c1.${n + 1} put k "${word(n)}"`);
    dynamo.open(`dynamo 1\n# Long\nsetup nodes=3\n${lines.join("\n")}\n`);
  });
  await page.getByRole("button", { name: "Share" }).click();
  const said = await page.getByRole("dialog").getByRole("alert").first().textContent();
  assert.match(said, /No link: this run takes \d+ characters and a link has at most 8000; save it as a file instead/);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as a file" }).click();
  assert.equal((await download).suggestedFilename(), "long.txt");
});

journey("a file goes out with its branches and comes in again, by choice and by dropping", async (visit) => {
  const { page } = visit;
  await page.evaluate(() => { dynamo.seek(500_000); dynamo.act("crash n2"); dynamo.seek(300_000); dynamo.act("crash n5"); });
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save" }).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), "the-write-that-survives.txt");
  const path = await file.path();
  const [whole, script, branches] = [await hash(page), await text(page), await page.evaluate(() => dynamo.branches())];
  assert.deepEqual(branches, ["crash n2", "crash n5"]);

  const same = async (other) => {
    await other.getByRole("group", { name: "Branches" }).getByRole("button", { name: "crash n5", pressed: true }).waitFor();
    assert.equal(await hash(other), whole);
    assert.equal(await text(other), script);
    assert.deepEqual(await moment(other), await moment(page));
  };
  await fresh(visit, visit.url, async (other) => {
    const chooser = other.waitForEvent("filechooser");
    await other.getByRole("button", { name: "Open" }).click();
    await (await chooser).setFiles(path);
    await same(other);
  });
  await fresh(visit, visit.url, async (other) => {
    await drop(other, "saved.txt", readFileSync(path, "utf8"));
    await same(other);
  });
});

// Drops a file onto the middle of the page.
async function drop(page, name, content) {
  const held = await page.evaluateHandle(([name, content]) => {
    const held = new DataTransfer();
    held.items.add(new File([content], name));
    return held;
  }, [name, content]);
  await page.dispatchEvent("main", "dragover", { dataTransfer: held });
  await page.getByText("Drop the file to open its run").waitFor();
  await page.dispatchEvent("main", "drop", { dataTransfer: held });
}

journey("a file that is no run says what is wrong and where, and nothing is lost", async ({ page }) => {
  const before = await text(page);
  await page.getByLabel("Value (for a put)").fill("half typed");
  for (const [content, said] of [
    ["a".repeat(10_000_000), /wrong\.txt cannot be opened: it has 10000000 bytes, and a run has at most 1000000/],
    ["dynamo 1\nsetup nodes=5\nat 1s explode\n", /line 3, column 7: expected one of/],
    ["", /line 1, column 1: expected dynamo 1/],
    ["\u0000\ufffd\u0001", /line 1, column 1/],
  ]) {
    await drop(page, "wrong.txt", content);
    await page.waitForFunction((said) => new RegExp(said).test(document.querySelector(".notice")?.textContent), said.source);
    assert.equal(await text(page), before);
  }
  assert.equal(await page.getByLabel("Value (for a put)").inputValue(), "half typed");
});

journey("every famous run is one click away and plays as its transcript says", async ({ page }) => {
  const cards = page.getByRole("region", { name: "Famous runs" }).getByRole("button");
  const count = await cards.count();
  assert.ok(count >= 6);
  for (let index = 0; index < count; index += 1) {
    const title = await cards.nth(index).locator("b").textContent();
    await cards.nth(index).click();
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    await page.evaluate(() => dynamo.seek(60_000_000));
    await tab(page, "Findings");
    assert.equal(await page.locator(".finding[data-status=violated]").count(), 0, title);
    await tab(page, "Runs");
  }
});

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
journey("on a phone: a famous run, a branch, its name and a link, all by touch", PHONE, async ({ page }) => {
  await page.getByRole("tab", { name: "Runs" }).tap();
  await page.getByRole("button", { name: /^Two halves of a cluster/ }).tap();
  await page.getByRole("heading", { name: "Two halves of a cluster" }).waitFor();
  const original = await hash(page);
  await page.getByRole("tab", { name: "Console" }).tap();
  await page.getByRole("tab", { name: "Faults" }).tap();
  await page.getByRole("button", { name: "Crash n2" }).tap();
  await page.getByRole("tab", { name: "Runs" }).tap();
  await page.getByRole("button", { name: "Original run", exact: true }).tap();
  assert.equal(await hash(page), original);
  await page.getByRole("button", { name: "crash n2", exact: true }).last().tap();
  assert.notEqual(await hash(page), original);
  await page.getByRole("button", { name: "Menu" }).tap();
  await page.getByRole("button", { name: "Share" }).tap();
  assert.match(await page.getByLabel("Link to this run").inputValue(), /#run=1\./);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wider <= 0, `${wider} px too wide`);
});
