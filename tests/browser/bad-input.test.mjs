// Nothing that a person types breaks the page or is lost.
import assert from "node:assert/strict";
import { journey } from "./journey.mjs";
import { seek, tab } from "./page.mjs";

const text = (page) => page.evaluate(() => dynamo.text());

journey("a wrong field says what is wrong and what to do, and keeps what was typed", async ({ page }) => {
  const before = await text(page);
  await page.getByLabel("Key", { exact: true }).fill("");
  await page.getByLabel("Value (for a put)").fill("é".repeat(2049));
  await page.getByLabel("W for put").fill("4");
  await page.getByRole("button", { name: "Put", exact: true }).click();
  const alerts = await page.getByRole("alert").allTextContents();
  assert.deepEqual(alerts, [
    "A key is missing: type one, such as cart.",
    "The value has 4098 bytes, at most 4096 are accepted.",
    "W must be a whole number from 1 to 3, as N is 3.",
  ]);
  assert.equal((await page.getByLabel("Value (for a put)").inputValue()).length, 2049);
  assert.equal(await text(page), before);
});

journey("markup and every script of the world are shown as typed", async ({ page }) => {
  await seek(page, 5_000_000);
  const value = '<img src=x onerror="window.hit=1"> 🛒 שלום\u202e"\\';
  await page.getByLabel("Key", { exact: true }).fill("<b>cart</b>");
  await page.getByLabel("Value (for a put)").fill(value);
  await page.getByRole("button", { name: "Put", exact: true }).click();
  await seek(page, 5_500_000);
  assert.ok((await page.locator(".operation .value").allTextContents()).includes(value));
  assert.equal(await page.locator("img").count(), 0);
  assert.equal(await page.evaluate(() => window.hit), undefined);
  const script = await text(page);
  assert.equal(await page.evaluate((script) => { dynamo.open(script); return dynamo.text(); }, script), script);
});

journey("a new run that cannot be says so at its field", async ({ page }) => {
  await tab(page, "New run");
  await page.getByLabel("Nodes", { exact: true }).fill("2");
  await page.getByRole("button", { name: "Start new run" }).click();
  await page.getByText("Expected a number from 1 to the number of nodes, 2.").waitFor();
  await page.getByLabel("Nodes", { exact: true }).fill("65");
  await page.getByRole("button", { name: "Start new run" }).click();
  await page.getByText("Expected a number from 1 to 64.").waitFor();
  assert.match(await text(page), /nodes=5/);
});

journey("a wrong setting stays typed and says what was expected", async ({ page }) => {
  await tab(page, "Settings");
  for (const [name, typed, said] of [
    ["R", "0", "R must be a whole number from 1 to 3, as N is 3."],
    ["Latency", "fast", "Expected constant-5ms, uniform-1ms-9ms"],
    ["Loss", "2", "Expected a rate from 0 to 0.9, such as 0.05."],
  ]) {
    await page.getByRole("textbox", { name, exact: true }).fill(typed);
    await page.getByRole("button", { name: `Set ${name}`, exact: true }).click();
    await page.getByText(said).waitFor();
    assert.equal(await page.getByRole("textbox", { name, exact: true }).inputValue(), typed);
  }
  assert.doesNotMatch(await text(page), /set /);
});

journey("a wrong run text shows line and column, selects the place and stays typed", async ({ page }) => {
  await page.getByRole("button", { name: "Run text" }).click();
  const area = page.getByLabel("Text of the run");
  const wrong = "dynamo 1\nsetup nodes=5\nat 1s c1 put cart \"x\" vai n1\n";
  await area.fill(wrong);
  await page.getByRole("button", { name: "Apply" }).click();
  assert.match(await page.getByRole("alert").textContent(), /^Line 3, column 23: expected via NODE/);
  const selected = await area.evaluate((area) => area.value.slice(area.selectionStart, area.selectionEnd));
  assert.equal(selected, "vai");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Run text" }).click();
  assert.equal(await area.inputValue(), wrong);
  await area.fill(wrong.replace("vai", "via"));
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.match(await text(page), /at 1s c1\.1 put cart "x" via n1\n/);
});

journey("window.dynamo refuses what it does not understand, in words", async ({ page }) => {
  const said = await page.evaluate(() => {
    const attempt = (act) => { try { act(); return "no error"; } catch (error) { return error.message; } };
    return [
      attempt(() => dynamo.open("dynamo 2")),
      attempt(() => dynamo.act("crash n9")),
      attempt(() => dynamo.act("explode n1")),
      attempt(() => dynamo.seek(-1)),
      attempt(() => dynamo.seek(0.5)),
      attempt(() => dynamo.act("heal\nheal")),
    ];
  });
  assert.match(said[0], /^line 1, column 8: expected 1, the version/);
  assert.match(said[1], /“crash n9” was refused: there is no n9/);
  assert.match(said[2], /^line 1, column 1: expected one of/);
  assert.match(said[3], /^micros: expected a whole number/);
  assert.match(said[4], /^micros: expected a whole number/);
  assert.equal(said[5], "expected one act on one line");
});

journey("blocked storage changes nothing", async ({ page, url }) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } });
  });
  await page.goto(url);
  await page.getByLabel("Theme").selectOption("dark");
  assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
});

journey("after a trap a plain card hands over the text of the run", async ({ page, problems }) => {
  const script = await text(page);
  await page.evaluate(() => { try { dynamo.trap(); } catch { /* it has to */ } });
  const card = page.getByRole("alertdialog", { name: "The playground has stopped" });
  assert.equal(await card.getByLabel("Text of the run").inputValue(), script);
  await card.getByRole("link", { name: "Reload" }).click();
  await page.waitForSelector("main");
  assert.equal(await page.getByRole("alertdialog").count(), 0);
  assert.ok(problems.every((problem) => /trapped on purpose|unreachable/.test(problem)), problems.join());
  problems.length = 0;
});
