// The inspector: what the engine knows, looked into by hand and checked against the trace.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { journey } from "./journey.mjs";
import { conflict, seek, tab, trace } from "./page.mjs";

const open = (page, text) => page.evaluate((text) => dynamo.open(text), text);

// The script of a transcript.
function script(name) {
  const file = join(import.meta.dirname, "..", "transcripts", `${name}.txt`);
  return readFileSync(file, "utf8").split("\n----")[0] + "\n";
}

async function pick(page, node) {
  await page.locator(".stage-field").getByRole("button", { name: new RegExp(`^${node}`) }).first().focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: `Node ${node}` }).waitFor();
}

journey("a key shows every version, what is newer, what is in conflict and who holds it; a click leads to its birth", async ({ page }) => {
  await conflict(page);
  await page.evaluate(() => dynamo.act("c3 delete basket"));
  await seek(page, 7_000_000);
  const born = (await trace(page)).filter(({ event }) => event.DiskCompleted?.outcome.Updated);
  assert.equal(born.length, 4);
  const graph = page.locator(".graph");
  for (const room of ["Siblings", "Inspector"]) {
    await tab(page, room);
    const rows = await graph.getByRole("listitem").allTextContents();
    assert.match(rows[0], /Version A: milkc1\.1 at n1 n1:1/);
    assert.ok(rows.some((row) => /milk, eggs.*newer than A/.test(row)), rows.join("\n"));
    assert.ok(rows.some((row) => /bread.*in conflict with A/.test(row)), rows.join("\n"));
    assert.match(rows[3], /tombstone.*newer than BC.*held by n1, n2, n3/);
    assert.match(rows[0], /Nobody holds it now/);
  }
  await graph.getByRole("listitem").nth(2).getByRole("button", { name: / ms$/ }).click();
  const { micros } = await page.evaluate(() => dynamo.moment());
  assert.equal(micros, born[2].moment.time);
  await page.getByRole("heading", { name: /^c2\.2 put/ }).waitFor();
});

journey("two trees open only where they differ, and their exchange is counted as the engine counts it", async ({ page }) => {
  await open(page, script("a-descent-finds-the-one-key-that-differs"));
  await seek(page, 1_000_000);
  await pick(page, "n1");
  const range = page.getByRole("group", { name: "Partition 1" });
  const text = await range.textContent();
  assert.match(text, /22 keys.*22 keys/);
  assert.match(text, /15 parts are equal and stay shut/);
  assert.deepEqual(await range.getByRole("button").allTextContents(), ["fig"]);
  await page.getByText("The two have not compared their trees so far.").waitFor();
  await seek(page, 2_000_000);
  await page.getByText("All roots are equal").waitFor();
  const { fact } = (await trace(page)).map(({ event }) => event.Noted).findLast((noted) => noted?.fact.ExchangeEnded);
  const { hashes, bytes, keys } = fact.ExchangeEnded;
  assert.equal(keys, 1);
  const told = await page.locator(".exchange-facts").textContent();
  assert.match(told, new RegExp(`Hashes sent${hashes}Keys repaired${keys}Bytes sent${bytes}: `));
  await page.locator(".exchange-sent").getByRole("button", { name: / ms$/ }).first().click();
  await page.getByRole("heading", { name: "Message compare" }).waitFor();
});

journey("through the eyes of a node its ring and its errors are seen, until gossip arrives", async ({ page }) => {
  await open(page, "dynamo 1\nsetup nodes=6 n=3 r=2 w=2 seed=7 gossip-every=300ms seeds=n1\n" +
    "at 900ms crash n5\nat 1s join n9 via n2\nat 3s restart n5\nuntil 30s\n");
  await seek(page, 1_010_000);
  const heard = async () => (await trace(page)).some(({ event }) =>
    event.Noted?.node === 4 && event.Noted.fact.ChangeHeard);
  assert.ok(!(await heard()));
  const eyes = page.getByRole("combobox", { name: "Seen by" });
  await eyes.focus();
  await page.keyboard.press("n");
  await eyes.selectOption("n4");
  await page.getByText("n4 takes n5 for alive; it is down. And 1 more.").waitFor();
  await page.getByText("≠ in 2 things").waitFor();
  assert.equal(await page.locator(".stage-field .differs").count(), 2);
  await pick(page, "n4");
  await page.getByText("n4 has not heard of the joining of n9.", { exact: true }).waitFor();
  await seek(page, 29_000_000);
  assert.ok(await heard());
  await page.getByText("n4 sees it as it is.").waitFor();
  assert.equal(await page.locator(".stage-field .differs").count(), 0);
  await page.getByRole("button", { name: "See the stage as it is" }).click();
  assert.equal(await eyes.inputValue(), "");
});

journey("an operation says what it cost and for whom it waited; the run has its percentiles", async ({ page }) => {
  await seek(page, 2_000_000);
  const region = page.getByRole("region", { name: "Operations of c1" });
  await region.getByRole("button", { name: "c1.1", exact: true }).first().click();
  await tab(page, "Inspector");
  await page.getByRole("heading", { name: /^c1\.1 put/ }).waitFor();
  const sent = (await trace(page)).map(({ event }) => event.MessageSent)
    .filter((sent) => sent?.name.subject.Request?.operation === 1 && sent.name.subject.Request.client === 1);
  const cost = page.locator(".cost-meter");
  assert.match(await cost.textContent(), new RegExp(`Messages${sent.length}\\b`));
  const lengths = await cost.locator(".wait-length").allTextContents();
  const whole = lengths.reduce((sum, length) => sum + parseFloat(length), 0);
  const records = await trace(page);
  const at = (name) => records.find(({ event }) => event[name]).moment.time;
  assert.equal(Math.round(whole * 1000), at("OperationEnded") - at("OperationStarted"));
  await page.getByRole("img", { name: /^Half took at most .* the paper’s target\.$/ }).first().waitFor();
});

journey("a machine that is not well says so on the stage and in the inspector, and help says where things come from", async ({ page }) => {
  await open(page, "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7 engine=buffered flush-every=5s\n" +
    "at 50ms slow n1 10\nat 50ms fill n3\nat 100ms c1.1 put basket \"milk\" via n1\nuntil 20s\n");
  await seek(page, 2_000_000);
  await pick(page, "n1");
  await page.locator("dd", { hasText: "it takes 10 times as long for data; 1 entry is only in its write buffer" }).waitFor();
  await page.getByText("only in the write buffer: a crash loses it").waitFor();
  await page.getByText("slow ×10").waitFor();
  assert.ok(await page.locator(".stage-field .chip.unflushed").count() > 0);
  assert.match(await page.locator(".stage-field .chip.unflushed title").first().textContent(), /write buffer · paper 6\.1$/);
  await page.getByRole("button", { name: "Help" }).click();
  const rows = await page.locator(".badges li").allTextContents();
  assert.ok(rows.some((row) => /hint.*paper 4\.6$/.test(row)), rows.join("\n"));
  assert.ok(rows.some((row) => /our choice$/.test(row)) && rows.some((row) => /only drawn$/.test(row)));
});

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
for (const colorScheme of ["light", "dark"]) {
  journey(`on a phone axe finds nothing in what looks inside, and nothing hangs over the side, ${colorScheme}`, { ...PHONE, colorScheme }, async ({ page }) => {
    const clean = async (where) => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      assert.deepEqual(violations.map(({ id, nodes }) => `${where}: ${id}: ${nodes[0].html}`), []);
      const wider = await page.evaluate(() => Math.max(...[document.documentElement, ...document.querySelectorAll(".side")]
        .map((element) => element.scrollWidth - element.clientWidth)));
      assert.ok(wider <= 0, `${where} is ${wider} px too wide`);
    };
    await open(page, script("a-descent-finds-the-one-key-that-differs"));
    await seek(page, 1_000_000);
    await page.getByRole("combobox", { name: "Seen by" }).selectOption("n1");
    await pick(page, "n1");
    await clean("a node");
    await seek(page, 1_800_000);
    await clean("an exchange");
    await tab(page, "Log");
    await page.getByRole("button", { name: /c1\.23 put fig/ }).first().click();
    await tab(page, "Inspector");
    await page.getByRole("heading", { name: /^c1\.23 put/ }).waitFor();
    await clean("an operation");
    await page.locator(".facts").getByRole("button", { name: "fig" }).click();
    await page.locator(".graph").waitFor();
    await clean("a key");
  });
}
