// The published page as a folder of files: where it may live and what it may do.
import assert from "node:assert/strict";
import AxeBuilder from "@axe-core/playwright";
import { journey } from "./journey.mjs";
import { BASE } from "./support.mjs";

journey("the page starts under any path and asks nobody else for anything", async ({ page }) => {
  assert.equal(new URL(page.url()).pathname, BASE);
  const asked = await page.evaluate(() => performance.getEntriesByType("resource").map((r) => r.name));
  const ours = asked.filter((url) => new URL(url).pathname.startsWith(BASE));
  assert.deepEqual(asked, ours);
  assert.ok(ours.some((url) => url.endsWith(".wasm")));
});

const programs = (page) =>
  page.evaluate(
    () => performance.getEntriesByType("resource").filter((r) => r.name.endsWith(".wasm")).length,
  );

for (const [form, address, options] of [
  ["the page", "", {}],
  ["the page on a phone", "", { viewport: { width: 360, height: 740 } }],
  ["a frame", "?embed", { viewport: { width: 720, height: 560 } }],
]) {
  const claim = `the first picture of ${form} asks for one part of the program, a hand for the other, once`;
  journey(claim, { hash: address, early: true, ...options }, async ({ page }) => {
    await page.waitForTimeout(1000);
    assert.equal(await programs(page), 1);
    for (const place of [100, 200, 300]) await page.mouse.move(place, place);
    await page.waitForFunction(
      () => performance.getEntriesByType("resource").filter((r) => r.name.endsWith(".wasm")).length > 1,
    );
    await page.keyboard.press("Tab");
    await page.waitForTimeout(500);
    assert.equal(await programs(page), 2);
  });
}

journey("who acts before the second part of the program is here waits for it", { early: true }, async ({ page }) => {
  // A click without a hand.
  await page.evaluate(() => {
    [...document.querySelectorAll("button")].find((it) => it.textContent === "Help").click();
  });
  await page.waitForSelector("dialog[open]");
  assert.equal(await programs(page), 2);
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
});

journey("what hands do before the second part is here is heard when it is, and nothing stands still", { early: true }, async ({ context, page }) => {
  let comes;
  const held = new Promise((come) => (comes = come));
  await context.route("**/*_rest.wasm", async (route) => {
    await held;
    await route.continue();
  });
  const value = page.locator(".console").getByRole("textbox", { name: "Value" });
  await value.click();
  await page.keyboard.type("early");
  await page.getByRole("button", { name: "Put", exact: true }).click();
  await page.getByRole("button", { name: "Help" }).click();
  // The page goes on: it draws, and says that it is at it.
  await page.evaluate(() => new Promise(requestAnimationFrame));
  assert.equal(await page.evaluate(() => document.documentElement.className), "is-waiting");
  assert.equal(await value.inputValue(), "early");
  assert.equal(await page.locator("dialog").count(), 0);
  comes();
  await page.waitForSelector("dialog[open]");
  assert.equal(await page.evaluate(() => document.documentElement.className), "");
  assert.match(await page.evaluate(() => dynamo.text()), /c1\.\d+ put \S+ "early"/);
});

journey("a second part that is lost on its way is asked for once more", { early: true }, async ({ context, page, problems }) => {
  await context.route("**/*_rest.wasm", (route) => route.abort(), { times: 1 });
  await page.mouse.move(100, 100);
  await page.waitForTimeout(500);
  assert.equal(problems.length > 0, true);
  problems.length = 0;
  await page.getByRole("button", { name: "Help" }).click();
  await page.waitForSelector("dialog[open]");
});

journey("no script stands inside the page itself", async ({ page, url }) => {
  const html = await (await page.request.get(url)).text();
  assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)/);
  assert.doesNotMatch(html, /\son[a-z]+=/);
});

journey("the policy stops a script that was smuggled in", async ({ page, problems }) => {
  const ran = await page.evaluate(async () => {
    const violation = new Promise((seen) => {
      document.addEventListener("securitypolicyviolation", (event) => seen(event.violatedDirective));
    });
    const script = document.createElement("script");
    script.textContent = "window.smuggled = true";
    document.body.append(script);
    return { directive: await violation, smuggled: "smuggled" in window };
  });
  assert.deepEqual(ran, { directive: "script-src-elem", smuggled: false });
  // The refusal is the one thing that the console may say here.
  assert.equal(problems.length, 1);
  assert.match(problems.pop(), /Content Security Policy/);
});

journey("the policy stops a request to another server", async ({ page, problems }) => {
  const answer = await page.evaluate(() =>
    fetch("https://elsewhere.example/").then(() => "answered", () => "refused"),
  );
  assert.equal(answer, "refused");
  assert.ok(problems.every((problem) => /Content Security Policy|elsewhere\.example/.test(problem)));
  assert.ok(!problems.some((problem) => problem.startsWith("request to elsewhere")));
  problems.length = 0;
});

journey("a page whose engine does not arrive says so", async ({ context, page, problems }) => {
  await context.route("**/*.wasm", (route) => route.abort());
  await page.reload();
  const card = await page.waitForSelector("[role=alert]");
  assert.match(await card.textContent(), /could not start/);
  assert.ok(problems.length > 0);
  problems.length = 0;
});

journey(
  "the page has no accessibility violation that axe can find, light or dark",
  async ({ page }) => {
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page }).analyze();
      assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
    }
  },
);
