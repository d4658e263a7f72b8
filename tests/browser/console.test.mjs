// What a person does at the console, and what the page and its trace then say.
import assert from "node:assert/strict";
import { journey } from "./journey.mjs";
import { conflict, seek, settled, tab, trace } from "./page.mjs";

journey("the page opens paused before the write, with one primary dead", async ({ page }) => {
  await page.getByText("time stands still").waitFor();
  assert.equal(await page.getByRole("heading", { level: 1 }).textContent(),
    "The write that survives");
  await tab(page, "Nodes");
  const rows = await page.getByRole("row").allTextContents();
  assert.equal(rows.filter((row) => row.includes("down")).length, 1);
  assert.match(rows.find((row) => row.includes("down")), /^n3/);
});

journey("play runs to where the script pauses, and the hint is home by then", async ({ page }) => {
  await page.getByLabel("Speed").selectOption("1:1");
  await page.getByRole("button", { name: "Play" }).click();
  await page.getByText("time runs at").waitFor();
  await page.getByText("8000.000 ms").waitFor({ timeout: 20000 });
  await page.getByText("time stands still").waitFor();
  const facts = (await trace(page)).flatMap(({ event }) => Object.keys(event.Noted?.fact ?? {}));
  assert.ok(facts.includes("HintKept") && facts.includes("HintDelivered"), facts.join());
});

journey("behind the script's end the world goes on when asked", async ({ page }) => {
  await seek(page, 8_000_000);
  await page.getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(() => dynamo.moment().micros > 9_000_000);
  await page.getByRole("button", { name: "Pause" }).click();
  await tab(page, "Faults");
  await page.getByRole("button", { name: "Crash n2" }).click();
  await page.getByRole("button", { name: "Restart n2" }).waitFor();
  assert.doesNotMatch(await page.evaluate(() => dynamo.text()), /until/, "the text covers the act");
});

journey("the legend names the versions of the key in focus, and another key can be chosen", async ({ page }) => {
  await seek(page, 3_000_000);
  const legend = page.getByRole("list", { name: "Versions of the key in focus" });
  assert.equal(await legend.textContent(), "Amilk c1.1");
  await page.evaluate(() => { dynamo.act('c2 put "<i>" "x"'); });
  await settled(page);
  assert.equal(await page.getByRole("combobox", { name: "Key in focus" }).inputValue(), "<i>");
  await page.getByRole("combobox", { name: "Key in focus" }).selectOption("basket");
  await settled(page);
  assert.equal(await legend.textContent(), "Amilk c1.1");
});

journey("an answer with many versions lists some in the console, all in the inspector", async ({ page }) => {
  await page.evaluate(() => {
    for (let number = 0; number < 10; number += 1) {
      dynamo.seek(5_000_000 + number * 200_000);
      dynamo.act(`c1 put cart "${number}" context none`);
    }
    dynamo.seek(7_500_000);
    dynamo.act("c1 get cart");
  });
  await seek(page, 8_000_000);
  const answer = page.locator(".console .operation").first();
  assert.equal(await answer.locator(".version").count(), 8);
  const more = await answer.locator(".versions .hint").textContent();
  const operation = await answer.locator(".operation-what .link").textContent();
  assert.equal(more, `and 2 more; pick ${operation} to see them all`);
  await answer.locator(".operation-what .link").click();
  await tab(page, "Inspector");
  assert.equal(await page.locator(".inspector .versions").first().locator("li").count(), 10);
});

journey("a chosen tab is marked at once; its room comes once that is painted", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const tab = [...document.querySelectorAll('[role="tab"]')].find(({ textContent }) => textContent === "Log");
    tab.click();
    // Drawn within the task of the click.
    await new Promise((resolve) => setTimeout(resolve));
    return [tab.getAttribute("aria-selected"), document.querySelector("[data-late]") !== null, document.querySelector(".log") !== null];
  });
  assert.deepEqual(seen, ["true", true, false]);
  await settled(page);
  assert.equal(await page.locator(".side .log-rows").count(), 1);
  assert.equal(await page.locator("[role=tabpanel].side").getAttribute("aria-labelledby"),
    await page.getByRole("tab", { name: "Log" }).getAttribute("id"));
});

journey("who acts is answered at once on the stage and in the console; the other rooms follow", async ({ page }) => {
  await tab(page, "Log");
  await seek(page, 5_000_000);
  await page.getByLabel("Value (for a put)").fill("eggs");
  const rooms = await page.evaluate(async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const log = () => document.querySelector(".log-rows").textContent;
    const before = log();
    [...document.querySelectorAll("button")].find((it) => it.textContent === "Put").click();
    await frame();
    const operation = document.querySelector(".console .operation-what").textContent;
    const client = document.querySelector('.stage [aria-label^="c1:"]').getAttribute("aria-label");
    const isLate = log() === before && document.querySelector("[data-late]") !== null;
    return { operation, client, isLate, before };
  });
  assert.match(rooms.operation, /c1.2 put basket = eggs/);
  assert.match(rooms.client, /c1.2 writes basket = "eggs"/);
  assert.ok(rooms.isLate, "the log waits for its turn");
  await settled(page);
  assert.notEqual(await page.locator(".log-rows").textContent(), rooms.before, "and is not forgotten");
});

journey("time chooses its pace: the first eight seconds take less than a minute", async ({ page }) => {
  const begun = Date.now();
  await page.getByRole("button", { name: "Play" }).click();
  await page.getByText("8000.000 ms").waitFor({ timeout: 60000 });
  assert.ok(Date.now() - begun > 2000, "and it does not just leap");
});

journey("a person puts and gets, and sees both ends and the held context", async ({ page }) => {
  await seek(page, 5_000_000);
  await page.getByLabel("Key", { exact: true }).fill("basket");
  await page.getByLabel("Value (for a put)").fill("milk, eggs");
  await page.getByRole("button", { name: "Put", exact: true }).click();
  await page.getByRole("region", { name: "Operations of c1" }).getByText("waiting").waitFor();
  await seek(page, 5_300_000);
  await page.getByRole("radio", { name: "c2" }).check();
  await page.getByRole("button", { name: "Get", exact: true }).click();
  await seek(page, 5_600_000);
  const operations = page.getByRole("region", { name: "Operations of c2" });
  assert.match(await operations.textContent(), /c2\.2 get basket.*ok One value found.*milk, eggs/);
  const ends = (await trace(page)).map(({ event }) => event.OperationEnded).filter(Boolean);
  assert.deepEqual(ends.map(({ request }) => `c${request.client}.${request.operation}`),
    ["c1.1", "c2.1", "c1.2", "c2.2"]);
  assert.match(await page.evaluate(() => dynamo.text()), /at 5s c1\.2 put basket "milk, eggs"/);
});

journey("a person crashes a node and starts it again, while time stands still", async ({ page }) => {
  await tab(page, "Faults");
  await page.getByRole("button", { name: "Crash n2" }).click();
  await page.getByRole("button", { name: "Restart n2" }).click();
  await page.getByRole("button", { name: "Crash n2", exact: true }).waitFor();
  const text = await page.evaluate(() => dynamo.text());
  assert.match(text, /crash n2\n.*restart n2/);
});

journey("an act in the past keeps the later acts", async ({ page }) => {
  await seek(page, 50_000);
  await tab(page, "Faults");
  await page.getByRole("button", { name: "Crash n2" }).click();
  const text = await page.evaluate(() => dynamo.text());
  assert.match(text, /at 0s crash n3\nat 50ms crash n2\nat 100ms c1\.1 put basket "milk" via n1\nat 1s/);
});

journey("a cut separates, healing joins, and both are acts of the run", async ({ page }) => {
  await seek(page, 1_000_000);
  await tab(page, "Faults");
  for (const name of ["n4", "n5"]) await page.getByLabel(name, { exact: true }).check();
  await page.getByRole("button", { name: "Cut", exact: true }).click();
  await page.getByText("12 one-way links carry nothing.").waitFor();
  await page.getByRole("button", { name: "Heal all", exact: true }).click();
  await page.getByText("All links carry messages.").waitFor();
  assert.match(await page.evaluate(() => dynamo.text()), /at 1s cut n1 n2 n3 from n4 n5\nat 1s(\+1)? heal\n/);
});

journey("settings change from the playhead on, and undo takes the change back", async ({ page }) => {
  await seek(page, 50_000);
  await tab(page, "Settings");
  await page.getByRole("textbox", { name: "W", exact: true }).fill("3");
  await page.getByRole("button", { name: "Set W" }).click();
  await page.getByRole("combobox", { name: "Quorum" }).selectOption("strict");
  const before = await page.evaluate(() => dynamo.text());
  assert.match(before, /at 50ms set w=3\nat 50ms set mode=strict\n/);
  await seek(page, 1_000_000);
  await tab(page, "Clients");
  await page.getByRole("region", { name: "Operations of c1" }).getByText("unknown", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  assert.doesNotMatch(await page.evaluate(() => dynamo.text()), /set /);
  assert.deepEqual(await page.evaluate(() => dynamo.moment()), { micros: 50_000, after: 0 });
});

journey("siblings lie side by side, and the merge that is put back covers both", async ({ page }) => {
  await conflict(page);
  await tab(page, "Siblings");
  await page.getByText("c3 read 2 values of basket").waitFor();
  const costs = await page.getByRole("table", { name: "What each way would cost" }).getByRole("row").allTextContents();
  assert.deepEqual(costs.slice(1), [
    "Last write winsbreadloses eggs, milk",
    "Set unionmilk, eggs, breadnothing",
    "This mergemilk, eggs, breadnothing",
  ]);
  await page.getByLabel("The merged value").fill("eggs, bread");
  await page.getByText("loses milk", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Put the merge back" }).click();
  await seek(page, 6_500_000);
  await page.getByText("The clock that covers the branches").waitFor();
  const { event } = (await trace(page)).findLast(({ event }) => event.OperationStarted);
  assert.equal(event.OperationStarted.access.Put.value, "eggs, bread");
  assert.equal(event.OperationStarted.access.Put.replaces.length, 2);
});

journey("a new run starts from its setup, and undo leads back", async ({ page }) => {
  await tab(page, "New run");
  await page.getByLabel("Nodes", { exact: true }).fill("9");
  await page.getByLabel("Seed").fill("42");
  await page.getByRole("button", { name: "Start new run" }).click();
  const text = await page.evaluate(() => dynamo.text());
  assert.match(text, /^dynamo 1\nsetup nodes=9 n=3 r=2 w=2 seed=42\nuntil 10s\n$/);
  await page.keyboard.press("Control+z");
  assert.match(await page.evaluate(() => dynamo.text()), /nodes=5/);
});

journey("the log tells what happened up to the playhead; a row leads to its place", async ({ page }) => {
  await seek(page, 8_000_000);
  await tab(page, "Log");
  await page.locator(".log-row", { hasText: "keeps basket for n3" }).click();
  const { micros } = await page.evaluate(() => dynamo.moment());
  assert.ok(micros > 100_000 && micros < 200_000);
  await tab(page, "Inspector");
  await page.getByRole("heading", { name: "Node n4" }).waitFor();
});

journey("what a message says, why it was sent and what became of it", async ({ page }) => {
  await seek(page, 3_000_000);
  await tab(page, "Log");
  await page.getByRole("button", { name: /write basket \(hint for n3\)/ }).click();
  await tab(page, "Inspector");
  await page.getByRole("heading", { name: "Message write" }).waitFor();
  await page.getByText("on its way, due at").waitFor();
  await page.getByRole("button", { name: "Lose it" }).click();
  await page.getByText("lost: an act dropped it").waitFor();
});

journey("a message under way is delivered by hand, at once", async ({ page }) => {
  await seek(page, 3_000_000);
  await tab(page, "Log");
  await page.getByRole("button", { name: /write basket \(hint for n3\)/ }).click();
  await tab(page, "Inspector");
  const { micros } = await page.evaluate(() => dynamo.moment());
  await page.getByRole("button", { name: "Deliver it now" }).click();
  await page.getByText(/^arrived/).waitFor();
  assert.match(await page.evaluate(() => dynamo.text()), /deliver write c1\.1 n1 n4/);
  const last = await page.evaluate(() => dynamo.trace().filter(({ event }) => event.MessageArrived).at(-1));
  assert.equal(last.moment.time, micros, "no time has passed");
  await page.getByRole("button", { name: "Deliver it now" }).waitFor({ state: "detached" });
});
