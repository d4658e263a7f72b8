// The page as a picture in somebody else's page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { journey } from "./journey.mjs";
import { openTab, serveText } from "./support.mjs";

const EMBED = { hash: "?embed", viewport: { width: 720, height: 560 } };

journey("in a frame there are the stage and the controls, and nothing hangs over", EMBED, async ({ page }) => {
  await page.locator(".stage-field").waitFor();
  await page.getByRole("button", { name: "Play" }).waitFor();
  for (const absent of ["Share", "Undo", "Put", "Save"]) {
    assert.equal(await page.getByRole("button", { name: absent, exact: true }).count(), 0, absent);
  }
  assert.equal(await page.getByRole("tab").count(), 0);
  for (const [width, height] of [[720, 560], [360, 420], [320, 400], [1200, 800]]) {
    await page.setViewportSize({ width, height });
    const over = await page.evaluate(() => {
      const { scrollWidth, scrollHeight } = document.documentElement;
      return [scrollWidth - innerWidth, scrollHeight - innerHeight];
    });
    assert.ok(over.every((it) => it <= 0), `${width} by ${height}: ${over}`);
    const stage = await page.locator(".stage-field").boundingBox();
    assert.ok(stage.height >= 150, `${width} by ${height}: the stage is ${stage.height} px high`);
  }
});

for (const colorScheme of ["light", "dark"]) {
  journey(`axe finds nothing in a frame, ${colorScheme}`, { ...EMBED, colorScheme }, async ({ page }) => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
  });
}

journey("a frame wears the theme that its address asks for, and does not remember it", { hash: "?embed&theme=dark" }, async ({ page, url }) => {
  await page.locator("html[data-theme=dark]").waitFor();
  await page.goto(url.replace("&theme=dark", ""));
  await page.locator("html[data-theme=system]").waitFor();
});

journey("“Open in the playground” opens the run as it is now", EMBED, async ({ page, context }) => {
  await page.evaluate(() => { dynamo.seek(500_000); dynamo.act("crash n2"); dynamo.seek(700_000); });
  const [hash, moment] = await page.evaluate(() => [dynamo.traceHash(), dynamo.moment()]);
  const opening = context.waitForEvent("page");
  await page.getByRole("link", { name: "Open in the playground" }).click();
  const other = await opening;
  await other.getByRole("tab", { name: "Runs" }).waitFor();
  assert.deepEqual(await other.evaluate(() => [dynamo.traceHash(), dynamo.moment()]), [hash, moment]);
  assert.equal(await other.evaluate(() => opener), null);
});

// The committed example, on another site than the playground, with storage blocked.
async function chapter({ browser, origin, url }, look) {
  const example = new URL("../../web/example/", import.meta.url);
  const script = readFileSync(new URL("frames.js", example), "utf8");
  const page = readFileSync(new URL("chapter.html", example), "utf8")
    .replaceAll('src="./', `src="${url}`)
    .replace('<script type="module" src="frames.js"></script>', `<script type="module">${script}</script>`);
  assert.ok(page.includes(`src="${url}?embed`) && page.includes("dynamo-playground-height"));
  const host = await serveText(page);
  const tab = await openTab(browser, [origin, host.origin], { viewport: { width: 900, height: 700 } });
  await tab.context.addInitScript(() => {
    Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } });
  });
  try {
    await tab.page.goto(host.origin);
    await look(tab.page);
    assert.deepEqual(tab.problems, []);
  } finally {
    await tab.context.close();
    host.stop();
  }
}

// Not at every frame: a page in which nothing moves makes none.
const POLL = { polling: 50 };

// The frame at this place of the page, scrolled to, with its page in it, as high as it asked to
// be: its own line says 560, and what is clicked while it grows moves away.
async function frame(page, index) {
  const element = page.locator("iframe").nth(index);
  await element.scrollIntoViewIfNeeded();
  const inside = await (await element.elementHandle()).contentFrame();
  await inside.waitForSelector("main");
  await page.waitForFunction((index) =>
    Number(document.querySelectorAll("iframe")[index].height) > 600, index, POLL);
  await element.scrollIntoViewIfNeeded();
  return inside;
}

// Chromium learns late where a frame of another site has moved to: what is pressed at once may
// go where the frame was. Who looks first sees it arrive.
async function press(page, target) {
  for (let look = 0; look < 100; look++) {
    await target.hover();
    if (await target.evaluate((it) => it.matches(":hover"))) break;
    await page.mouse.move(0, 0);
    await page.waitForTimeout(50);
  }
  await target.click();
}

journey("two pictures in a chapter on a foreign site play, and tell how high they want to be", async (visit) => {
  await chapter(visit, async (page) => {
    for (const [index, title] of [[0, "The write that survives"], [1, "Two carts, merged by hand"]]) {
      const inside = await frame(page, index);
      assert.equal(await inside.locator("h1").textContent(), title);
      assert.equal(await inside.evaluate(() => { try { return localStorage && "open"; } catch { return "blocked"; } }), "blocked");
      const before = await inside.evaluate(() => dynamo.moment().micros);
      await press(page, inside.getByRole("button", { name: "Play" }));
      await inside.waitForFunction((before) => dynamo.moment().micros > before, before, POLL);
      await press(page, inside.getByRole("button", { name: "Pause" }));
      const stage = await inside.locator(".stage-field").boundingBox();
      assert.ok(stage.height > 500, `the stage is ${stage.height} px high`);
    }
  });
});

journey("a frame takes no key before somebody is in it, and Escape gives the keyboard back", async (visit) => {
  await chapter(visit, async (page) => {
    const inside = await frame(page, 0);
    const moment = () => inside.evaluate(() => dynamo.moment());
    const before = await moment();
    for (const key of ["Space", "ArrowRight", "Shift+ArrowRight"]) await page.keyboard.press(key);
    assert.deepEqual(await moment(), before);
    await press(page, inside.locator("h1"));
    await page.keyboard.press("ArrowRight");
    await inside.waitForFunction((before) => dynamo.moment().micros > before, before.micros, POLL);
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.hasFocus() && document.activeElement?.tagName !== "IFRAME", null, POLL);
    const after = await moment();
    await page.keyboard.press("ArrowRight");
    assert.deepEqual(await moment(), after);
  });
});

journey("a frame that is scrolled out of sight rests, and goes on when it is seen again", async (visit) => {
  await chapter(visit, async (page) => {
    const inside = await frame(page, 0);
    await press(page, inside.getByRole("button", { name: "Play" }));
    await inside.waitForFunction(() => dynamo.moment().micros > 0, null, POLL);
    await page.evaluate(() => {
      document.body.style.paddingBottom = "300vh";
      scrollTo(0, document.body.scrollHeight);
    });
    await page.waitForTimeout(500);
    const rests = await inside.evaluate(() => dynamo.moment());
    await page.waitForTimeout(500);
    assert.deepEqual(await inside.evaluate(() => dynamo.moment()), rests);
    await page.evaluate(() => scrollTo(0, 0));
    await inside.waitForFunction((micros) => dynamo.moment().micros > micros, rests.micros, POLL);
  });
});
