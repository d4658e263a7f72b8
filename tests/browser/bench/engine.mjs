// The engine in a tab on the common load Q8, in turns with the same engine outside: what is told are
// ratios of one round, as other work on the machine slows both.
import { createInterface } from "node:readline";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { openTab, serve } from "../support.mjs";
import { told } from "./tools.mjs";

const LOAD = "q8 16 20000 parts";
const ROUNDS = 5;

// `native` is the program, `speed` the folder with the same as wasm.
export async function engine({ browser, native, speed }) {
  const site = await serve({ folder: speed, base: "/" });
  const outside = spawn(native);
  const answers = createInterface({ input: outside.stdout })[Symbol.asyncIterator]();
  const tab = await openTab(browser, site.origin);
  await tab.page.goto(`${site.url}index.html`);
  const [rates, ratios] = [[], []];
  for (let round = 0; round <= ROUNDS; round += 1) {
    outside.stdin.write(`${LOAD}\n`);
    const [micros] = (await answers.next()).value.split(" ").map(Number);
    const answer = await tab.page.evaluate(async (load) => {
      const { default: start, measure } = await import("./dynamo_speed.js");
      globalThis.started ??= start();
      await globalThis.started;
      return measure(load);
    }, LOAD);
    const [slower, , events] = answer.split(" ").map(Number);
    // The first warms up.
    if (round === 0) continue;
    rates.push(events / slower);
    ratios.push(slower / micros);
  }
  told("engine rate", rates);
  told("engine slower", ratios);
  outside.kill();
  await once(outside, "exit");
  await tab.context.close();
  site.stop();
}
