// What is made of a run for elsewhere: pictures, the transcript, a log for ShiViz.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { journey } from "./journey.mjs";
import { seek } from "./page.mjs";

async function exported(page, button) {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: button }).click();
  const file = await download;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

journey("the stage at this moment is a picture, and the run a transcript and a log", async ({ page }) => {
  await seek(page, 1_000_000);
  await page.getByRole("button", { name: "Share" }).click();
  const svg = await exported(page, "Picture (SVG)");
  assert.equal(svg.name, "the-write-that-survives.svg");
  assert.match(svg.bytes.toString(), /^<svg[^]*<title>The write that survives<\/title>[^]*n3[^]*<\/svg>\s*$/);
  const png = await exported(page, "Picture (PNG)");
  assert.equal(png.name, "the-write-that-survives.png");
  assert.equal(png.bytes.subarray(1, 4).toString(), "PNG");
  assert.deepEqual([png.bytes.readUInt32BE(16), png.bytes.readUInt32BE(20)], [1880, 1820]);
  const transcript = await exported(page, "Transcript");
  const committed = new URL("../transcripts/a-write-survives-a-dead-primary.txt", import.meta.url);
  assert.equal(transcript.bytes.toString(), readFileSync(committed, "utf8"));
  const log = (await exported(page, "Log for ShiViz")).bytes.toString();
  assert.match(log, /^\S+ \{"\S+":1\}\n/);
  assert.match(log, /n4 \{[^}]*"n4":\d+[^}]*\}\n[\d.]+m?s keeps basket for n3|n4 \{.*\}\n.*hint/);
});

journey("a picture has the ladder below the ring while that is open", async ({ page }) => {
  await seek(page, 140_000);
  await page.getByRole("button", { name: "Ladder" }).click();
  await page.locator(".ladder-picture .playhead-time").waitFor();
  await page.getByRole("button", { name: "Share" }).click();
  const svg = (await exported(page, "Picture (SVG)")).bytes.toString();
  assert.match(svg, /<svg y="910" [^]*class="lifeline[^]*class="playhead-time"[^>]*>140\.000<[^]*<\/svg>\n<\/svg>/);
  const png = (await exported(page, "Picture (PNG)")).bytes;
  assert.equal(png.readUInt32BE(16), 1880);
  assert.ok(png.readUInt32BE(20) > 1880, `${png.readUInt32BE(20)}`);
});
