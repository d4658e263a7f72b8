// Opening a long run, going anywhere in it, acting in it: from the call at the start of a frame to
// the first task behind that frame, which is painted by then. Stage and clock come first; "all" is
// when the other rooms have followed.
import { tab as choose } from "../page.mjs";
import { freshTab, told } from "./tools.mjs";

// Calls a method of `window.dynamo` once for each of `given`.
async function times(page, what, method, given) {
  const times = await page.evaluate(
    async ([method, given]) => {
      const [first, all] = [[], []];
      for (const it of given) {
        await bench.frame();
        const begin = performance.now();
        dynamo[method](it);
        const { micros } = dynamo.moment();
        const clock = `${Math.floor(micros / 1000)}.${String(micros % 1000).padStart(3, "0")}`;
        const isPainted = () => document.querySelector(".clock-time").textContent.startsWith(clock);
        await bench.painted();
        // What is too much for one task is drawn in several.
        while (!isPainted()) await bench.painted();
        first.push(performance.now() - begin);
        await bench.settled();
        all.push(performance.now() - begin);
      }
      return { first, all };
    },
    [method, given],
  );
  told(what, times.first);
  told(`all ${what}`, times.all);
}

export async function seeks(given) {
  const tab = await freshTab(given);
  const { page } = tab;
  await times(page, "open", "open", [given.longRun]);
  for (const name of ["Inspector", "Log", "Findings"]) {
    await choose(page, name);
    await times(page, `seek ${name}`, "seek", given.places);
  }
  await page.getByRole("button", { name: "Ladder" }).click();
  await times(page, "seek Ladder", "seek", given.places);
  await page.evaluate((end) => dynamo.seek(end), Math.max(...given.places));
  await times(page, "act", "act", Array(10).fill("heal"));
  await tab.close();
}
