// What all measurements of the page share.
import { opened, openTab } from "../support.mjs";

// How many times slower than here a phone is.
export const SLOW = 4;

// One line for each thing measured: its name, then numbers.
export function told(what, numbers) {
  console.log(`${what}: ${[numbers].flat().map((number) => number.toFixed(2)).join(" ")}`);
}

// One line for each thing that is said in words.
export function said(what, words) {
  console.log(`${what}= ${words}`);
}

// Runs in the tab before anything else of it does.
function prepare() {
  const frame = () => new Promise(requestAnimationFrame);
  // A message that is posted within a frame comes after the frame is painted.
  const painted = () =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      port2.postMessage(null);
    });
  // All rooms show what the stage shows.
  const settled = async () => {
    while (document.querySelector("[data-late]")) {
      await frame();
      await painted();
    }
  };
  globalThis.bench = { frame, painted, settled, memory: null, entries: [] };
  // The engine's memory is nobody's business but its own, so it is caught where it is born.
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const born = WebAssembly[name];
    WebAssembly[name] = async (...given) => {
      const made = await born(...given);
      bench.memory = (made.instance ?? made).exports.memory ?? bench.memory;
      return made;
    };
  }
  // A page in a page has its own numbers.
  for (const [type, options] of [
    ["largest-contentful-paint", {}],
    ["layout-shift", {}],
    ["event", { durationThreshold: 16 }],
  ]) {
    new PerformanceObserver((list) => bench.entries.push(...list.getEntries()))
      .observe({ type, buffered: true, ...options });
  }
}

// A fresh tab on the page, at its own address or with `hash` behind it, `slow` times slower.
// `text` is a run to open in it.
export async function freshTab({ browser, site }, { hash = "", slow = 1, text, ...options } = {}) {
  const tab = await openTab(browser, site.origin, options);
  await tab.page.addInitScript(prepare);
  const devtools = await tab.context.newCDPSession(tab.page);
  const slowed = (rate) => devtools.send("Emulation.setCPUThrottlingRate", { rate });
  await slowed(slow);
  await opened(tab.page, site.url + hash);
  if (text) await tab.page.evaluate((text) => dynamo.open(text), text);
  const close = async () => {
    for (const problem of tab.problems) throw new Error(problem);
    await tab.context.close();
  };
  return { ...tab, devtools, slowed, close };
}
