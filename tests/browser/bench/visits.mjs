// A first visit, as the browser itself tells it: when the largest thing was painted, how much moved
// by itself, how long clicks waited for their answer. Each visit has a cache of its own.
import { freshTab, SLOW, told } from "./tools.mjs";

const VISITS = 5;

// What a person clicks first, one after the other.
async function clicks(page) {
  const button = (name) => page.getByRole("button", { name, exact: true }).click();
  // The first sign of a hand: what the first picture did without comes now.
  await button("Play");
  await page.waitForTimeout(600);
  await button("Pause");
  await page.locator(".console").getByRole("textbox", { name: "Value" }).fill("eggs");
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
// stands in the console; then until it stands everywhere.
async function answers(page) {
  return page.evaluate(async () => {
    const [answer, all] = [[], []];
    const latest = () => document.querySelector(".console .operation-what")?.textContent;
    for (let number = 0; number < 10; number += 1) {
      // Far enough apart for the one before to have ended, even if a node was slow.
      dynamo.seek(5_000_000 + number * 500_000);
      await bench.frame();
      await bench.painted();
      await bench.settled();
      await bench.frame();
      const before = latest();
      const begin = performance.now();
      [...document.querySelectorAll("button")].find((it) => it.textContent === "Put").click();
      await bench.painted();
      // What is too much for one task is drawn in several.
      while (latest() === before) {
        await bench.painted();
        if (performance.now() - begin > 10_000) throw new Error("the click did nothing");
      }
      answer.push(performance.now() - begin);
      await bench.settled();
      all.push(performance.now() - begin);
    }
    return { answer, "all answer": all };
  });
}

export async function visits(given) {
  const all = { lcp: [], inp: [], cls: [], answer: [], "all answer": [] };
  for (let visit = 0; visit < VISITS; visit += 1) {
    const tab = await freshTab(given, { slow: SLOW });
    const { page } = tab;
    await page.waitForTimeout(500);
    await clicks(page);
    await page.waitForTimeout(300);
    const entries = await page.evaluate(() =>
      bench.entries.map(({ entryType, startTime, duration, interactionId, value, hadRecentInput }) =>
        ({ entryType, startTime, duration, interactionId, value, hadRecentInput })));
    const of = (type) => entries.filter(({ entryType }) => entryType === type);
    all.lcp.push(Math.max(...of("largest-contentful-paint").map(({ startTime }) => startTime)));
    all.inp.push(Math.max(...of("event").filter(({ interactionId }) => interactionId).map(({ duration }) => duration)));
    all.cls.push(of("layout-shift").filter(({ hadRecentInput }) => !hadRecentInput).reduce((sum, { value }) => sum + value, 0));
    await page.getByRole("tab", { name: "Clients" }).click();
    for (const [name, times] of Object.entries(await answers(page))) all[name].push(...times);
    await tab.close();
  }
  for (const [name, numbers] of Object.entries(all)) told(name, numbers);
}
