// Opening a long run, going anywhere in it, acting in it: from the call at the start of a frame to
// the first task behind that frame, which is painted by then.
import { tab as choose } from "../page.mjs";
import { freshTab, told } from "./tools.mjs";

// Calls a method of `window.dynamo` once for each of `given`.
function times(page, method, given) {
  return page.evaluate(
    async ([method, given]) => {
      const times = [];
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
        times.push(performance.now() - begin);
      }
      return times;
    },
    [method, given],
  );
}

export async function seeks(given) {
  const tab = await freshTab(given);
  const { page } = tab;
  told("open", await times(page, "open", [given.longRun]));
  for (const name of ["Inspector", "Log", "Findings"]) {
    await choose(page, name);
    told(`seek ${name}`, await times(page, "seek", given.places));
  }
  await page.getByRole("button", { name: "Ladder" }).click();
  told("seek Ladder", await times(page, "seek", given.places));
  await page.evaluate((end) => dynamo.seek(end), Math.max(...given.places));
  told("act", await times(page, "act", Array(10).fill("heal")));
  await tab.close();
}
