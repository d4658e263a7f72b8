// What the page keeps: fresh, after a minute at full speed, and when a run has all the events that
// it may have. The engine's own memory, which never shrinks, and the heap of the scripts around it.
import { freshTab, told } from "./tools.mjs";

const MINUTE = 60_000;
// Reads and writes for as long as a run can be, so many that a minute at full speed does not bring
// all the events that there may be; the last seconds do.
const BUSY = ["dynamo 1", "# Busy", "setup nodes=7 n=3 r=2 w=2 seed=3"];
for (let second = 0; second < 3_500; second += 500) {
  BUSY.push(`at ${second}s workload clients=8 rate=7 reads=0.5 keys=50 skew=1 length=500s`);
}
for (let load = 0; load < 8; load += 1) {
  BUSY.push("at 3590s workload clients=16 rate=1000 reads=0.5 keys=50 skew=1 length=5s");
}

async function megabytes({ page, devtools }) {
  await devtools.send("HeapProfiler.collectGarbage");
  const { metrics } = await devtools.send("Performance.getMetrics");
  const scripts = metrics.find(({ name }) => name === "JSHeapUsedSize").value;
  const engine = await page.evaluate(() => bench.memory.buffer.byteLength);
  return (engine + scripts) / 2 ** 20;
}

export async function memory(given) {
  const tab = await freshTab(given);
  const { page, devtools } = tab;
  await devtools.send("Performance.enable");
  told("memory fresh", await megabytes(tab));
  await page.evaluate((text) => dynamo.open(text), `${BUSY.join("\n")}\nuntil 1s\n`);
  const speeds = page.locator(".speed select");
  const fastest = await speeds.locator("option").last().getAttribute("value");
  await speeds.selectOption(fastest);
  await page.getByRole("button", { name: "Play" }).click();
  await page.waitForTimeout(1_000);
  // It stops where the script pauses, once.
  if (await page.getByRole("button", { name: "Play" }).isVisible()) await page.getByRole("button", { name: "Play" }).click();
  await page.waitForTimeout(MINUTE);
  told("memory minute", await megabytes(tab));
  told("seconds minute", (await page.evaluate(() => dynamo.moment().micros)) / 1e6);
  const pause = page.getByRole("button", { name: "Pause" });
  if (await pause.isVisible()) await pause.click();
  await page.evaluate(() => dynamo.seek(3_599_000_000));
  await page.getByRole("alert").waitFor({ timeout: 120_000 });
  told("memory cap", await megabytes(tab));
  await tab.close();
}
