// A first visit, as the browser itself tells it: when the largest thing was painted, how much moved
// by itself, how long clicks waited for their answer. Each visit has a cache of its own.
import { freshTab, SLOW, told } from "./tools.mjs";

const VISITS = 5;

// What a person clicks first, one after the other.
async function clicks(page) {
  const button = (name) => page.getByRole("button", { name, exact: true }).click();
  await button("Play");
  await page.waitForTimeout(600);
  await button("Pause");
  await button("Step forward");
  await button("Next interesting event");
  await button("Ladder");
  await button("Put");
  await page.getByRole("tab", { name: /^Faults/ }).click();
  await button("Crash n2");
  await page.getByRole("tab", { name: /^Log/ }).click();
  await button("Undo");
}

// From the click until what it asks for is painted: the engine has played the run anew, the answer
// stands in the console.
async function answers(page) {
  return page.evaluate(async () => {
    const times = [];
    for (let number = 0; number < 10; number += 1) {
      dynamo.seek(5_000_000 + number * 100_000);
      await bench.frame();
      await bench.painted();
      await bench.frame();
      const acts = dynamo.text();
      const begin = performance.now();
      [...document.querySelectorAll("button")].find((it) => it.textContent === "Put").click();
      await bench.painted();
      const took = performance.now() - begin;
      if (dynamo.text() === acts) throw new Error("the click did nothing");
      times.push(took);
    }
    return times;
  });
}

export async function visits(given) {
  const all = { lcp: [], inp: [], cls: [], answer: [] };
  for (let visit = 0; visit < VISITS; visit += 1) {
    const tab = await freshTab(given, { slow: SLOW });
    const { page } = tab;
    await page.waitForTimeout(500);
    await page.locator(".console").getByRole("textbox", { name: "Value" }).fill("eggs");
    await clicks(page);
    await page.waitForTimeout(300);
    const entries = await page.evaluate(() =>
      bench.entries.map(({ entryType, startTime, duration, interactionId, value, hadRecentInput }) =>
        ({ entryType, startTime, duration, interactionId, value, hadRecentInput })));
    const of = (type) => entries.filter(({ entryType }) => entryType === type);
    all.lcp.push(Math.max(...of("largest-contentful-paint").map(({ startTime }) => startTime)));
    all.inp.push(Math.max(...of("event").filter(({ interactionId }) => interactionId).map(({ duration }) => duration)));
    all.cls.push(of("layout-shift").filter(({ hadRecentInput }) => !hadRecentInput).reduce((sum, { value }) => sum + value, 0));
    all.answer.push(...await answers(page));
    await tab.close();
  }
  for (const [name, numbers] of Object.entries(all)) told(name, numbers);
}
