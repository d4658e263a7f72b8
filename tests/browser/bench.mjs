// How long the release page takes. Arguments: the file of a run, then places in it, microseconds.
// Prints one line for each thing measured: its name, then milliseconds.
import { readFileSync } from "node:fs";
import { tab } from "./page.mjs";
import { launch, opened, openTab, serve } from "./support.mjs";

const [file, ...places] = process.argv.slice(2);
const run = readFileSync(file, "utf8");
const site = await serve();
const browser = await launch();
const { page, problems } = await openTab(browser, site.origin);
await opened(page, site.url);

// Calls a method of `window.dynamo` once for each of `given`, at `at` if places are given.
function times(method, given) {
  return page.evaluate(
    async ([method, given]) => {
      const frame = () => new Promise(requestAnimationFrame);
      // A message that is posted within a frame comes after the frame is painted.
      const painted = () =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = resolve;
          port2.postMessage(null);
        });
      const times = [];
      for (const it of given) {
        await frame();
        const begin = performance.now();
        dynamo[method](it);
        await painted();
        times.push(performance.now() - begin);
        const { micros } = dynamo.moment();
        const shown = document.querySelector(".clock-time").textContent;
        const clock = `${Math.floor(micros / 1000)}.${String(micros % 1000).padStart(3, "0")}`;
        if (!shown.startsWith(clock)) throw new Error(`painted ${shown}, expected ${clock}`);
      }
      return times;
    },
    [method, given],
  );
}

const print = (what, times) => console.log(`${what}: ${times.map((t) => t.toFixed(2)).join(" ")}`);
const micros = places.map(Number);
print("open the run", await times("open", [run]));
for (const name of ["Inspector", "Log", "Findings"]) {
  await tab(page, name);
  print(`seek, ${name} open`, await times("seek", micros));
}
await tab(page, "Log");
await page.evaluate((end) => dynamo.seek(end), Math.max(...micros));
print("act near the end, Log open", await times("act", Array(10).fill("heal")));
for (const problem of problems) throw new Error(problem);
await browser.close();
site.stop();
