// How fast the release page is. Arguments: the file of a long run, the engine's loads as a program,
// the folder with the same as wasm, then places in the run, microseconds. One line for each thing
// measured: its name, then numbers; or a name and a sentence.
import { readFileSync } from "node:fs";
import { engine } from "./bench/engine.mjs";
import { frames } from "./bench/frames.mjs";
import { memory } from "./bench/memory.mjs";
import { seeks } from "./bench/seeks.mjs";
import { visits } from "./bench/visits.mjs";
import { launch, serve } from "./support.mjs";

const [file, native, speed, ...places] = process.argv.slice(2);
const longRun = readFileSync(file, "utf8");
const site = await serve();
const browser = await launch();
const given = { browser, site, longRun, native, speed, places: places.map(Number) };
try {
  for (const measure of [visits, frames, seeks, engine, memory]) await measure(given);
} finally {
  await browser.close();
  site.stop();
}
