// What axe can find, in every room, in both themes, on both sizes of screen; and no page is wider
// than its screen.
import assert from "node:assert/strict";
import AxeBuilder from "@axe-core/playwright";
import { journey } from "./journey.mjs";
import { conflict, tab } from "./page.mjs";

const TABS = ["Runs", "Inspector", "Siblings", "Nodes", "Findings", "Log"];
const WIDE = ["Clients", "Faults", "Settings", "Load", "Dare", "New run"];

async function clean(page, where) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(violations.map(({ id, nodes }) => `${where}: ${id}: ${nodes[0].html}`), []);
}

for (const theme of ["light", "dark"]) {
  journey(`axe finds nothing in any room, ${theme}`, async ({ page }) => {
    await page.getByLabel("Theme").selectOption(theme);
    await conflict(page);
    for (const name of TABS) {
      await tab(page, name);
      await clean(page, name);
    }
    for (const name of WIDE) {
      await tab(page, name);
      if (name === "Dare") await page.locator(".console summary:visible").click();
      await clean(page, name);
    }
    await page.locator(".unfolder").click();
    await clean(page, "the ladder");
    await page.getByText("Show", { exact: true }).click();
    await page.getByLabel("As a table").check();
    await clean(page, "the ladder as a table");
    await page.getByRole("button", { name: /^Why\?/ }).first().click();
    await clean(page, "an explanation");
    await tab(page, "New run");
    await page.getByLabel("Nodes", { exact: true }).fill("99");
    await page.getByRole("button", { name: "Start new run" }).click();
    await clean(page, "an error");
  });

  journey(`axe finds nothing with a dialog or a notice open, ${theme}`, async ({ page }) => {
    await page.getByLabel("Theme").selectOption(theme);
    for (const name of ["Share", "Run text", "Help"]) {
      await page.getByRole("button", { name }).click();
      await clean(page, name);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    await page.keyboard.press("Control+z");
    await page.getByText("There is no act of yours to undo.").waitFor();
    await clean(page, "a notice");
  });
}

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
journey("on a phone axe finds nothing and nothing hangs over the side", PHONE, async ({ page }) => {
  await conflict(page);
  await page.getByRole("button", { name: /^Why\?/ }).first().click();
  for (const name of ["Why", "Console", "Ladder", ...TABS]) {
    await tab(page, name);
    await clean(page, name);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wider <= 0, `${name} is ${wider} px too wide`);
    if (name === "Ladder") {
      await page.getByText("Show", { exact: true }).click();
      await page.getByLabel("As a table").check();
      await page.locator(".ladder-table").waitFor();
      await clean(page, "the ladder as a table");
    }
  }
});

journey("on a phone every button and field is at least 44 px high", PHONE, async ({ page }) => {
  const low = await page.evaluate(() =>
    [...document.querySelectorAll(".button, .tab, .input, .choice, .card")]
      .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 43.5)
      .map((element) => element.outerHTML.slice(0, 100)),
  );
  assert.deepEqual(low, []);
});

for (const [width, height] of [[1024, 700], [1440, 900], [3840, 2160], [740, 360]]) {
  journey(`no sideways scrolling at ${width} by ${height}`, { viewport: { width, height } }, async ({ page }) => {
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wider <= 0, `${wider} px too wide`);
  });
}
