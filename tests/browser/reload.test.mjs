// A run survives a reload of the page; a link wins over it; without storage all else works.
import assert from "node:assert/strict";
import { journey } from "./journey.mjs";
import { seek, tab } from "./page.mjs";

const text = (page) => page.evaluate(() => dynamo.text());
const reload = async (page) => {
  await page.reload();
  await page.waitForSelector("main");
};

async function change(page) {
  await page.evaluate(() => { dynamo.seek(500_000); dynamo.act("crash n2"); });
  await seek(page, 650_000);
  return [await text(page), await page.evaluate(() => dynamo.moment()), await page.evaluate(() => dynamo.branches())];
}

journey("script, branches, playhead and what was typed are there again after a reload", async ({ page, url }) => {
  const opened = await text(page);
  const left = await change(page);
  await page.getByLabel("Value (for a put)").fill("half typed");
  await page.getByLabel("Via").selectOption("n4");
  await tab(page, "New run");
  await page.getByLabel("Seed").fill("4711");
  await page.getByRole("button", { name: "Run text" }).click();
  await page.getByLabel("Text of the run").fill("dynamo 1\nhalf");
  await page.keyboard.press("Escape");
  for (const again of ["once", "twice"]) {
    await reload(page);
    await page.getByText("This is your run as it was before the page was loaded again.").waitFor();
    assert.deepEqual([await text(page), await page.evaluate(() => dynamo.moment()), await page.evaluate(() => dynamo.branches())], left, again);
    await page.waitForFunction(() => document.getElementById("new-seed").value === "4711");
    assert.equal(await page.getByLabel("Value (for a put)").inputValue(), "half typed");
    assert.equal(await page.getByLabel("Via").inputValue(), "n4");
  }
  await page.getByRole("button", { name: "Run text" }).click();
  assert.equal(await page.getByLabel("Text of the run").inputValue(), "dynamo 1\nhalf");
  await page.keyboard.press("Escape");
  // The form has heard of it, too.
  await page.getByRole("button", { name: "Put", exact: true }).click();
  assert.match(await text(page), /put \S+ "half typed" via n4/);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  assert.equal(await text(page), opened);

  // Whoever visits anew begins anew.
  await page.goto("about:blank");
  await page.goto(url);
  await page.waitForSelector("main");
  assert.equal(await text(page), opened);
  assert.equal(await page.getByLabel("Value (for a put)").inputValue(), "");
});

journey("a reload keeps what was done to the run of a link, and another link wins", async ({ page, url }) => {
  await page.evaluate(() => { location.hash = "open=two-carts-merged-by-hand"; });
  await page.getByRole("heading", { name: "Two carts, merged by hand" }).waitFor();
  const [script] = await change(page);
  await reload(page);
  assert.equal(await text(page), script);
  await page.goto("about:blank");
  await page.goto(`${url}#open=the-read-that-missed`);
  await page.waitForSelector("main");
  const missed = await text(page);
  assert.doesNotMatch(missed, /crash n2/);
  assert.equal(await page.locator(".notice").count(), 0);
  await seek(page, 900_000);
  await reload(page);
  assert.equal(await text(page), missed, "and stays after a reload");
  assert.equal((await page.evaluate(() => dynamo.moment())).micros, 900_000);
  assert.equal(await page.locator(".notice").count(), 0, "nothing was done to it");
});

journey("where storage is blocked a reload begins anew and nothing goes wrong", async ({ page, context }) => {
  const opened = await text(page);
  await context.addInitScript(() => {
    const blocked = { get() { throw new DOMException("blocked", "SecurityError"); } };
    for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, blocked);
  });
  await reload(page);
  await change(page);
  await reload(page);
  assert.equal(await text(page), opened);
});

journey("a run that has stopped the program is not taken up again", async ({ page, problems }) => {
  const opened = await text(page);
  await change(page);
  await page.evaluate(() => { try { dynamo.trap(); } catch { /* it has to */ } });
  await page.getByRole("alertdialog").waitFor();
  await reload(page);
  assert.equal(await text(page), opened);
  assert.ok(problems.every((problem) => /trapped on purpose|unreachable/.test(problem)), problems.join());
  problems.length = 0;
});
