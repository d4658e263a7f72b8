// The trace of every transcript is the same in Chromium as natively: its hash is the committed
// one, which `cargo test` compares with the native one.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { journey } from "./journey.mjs";

const transcripts = new URL("../transcripts/", import.meta.url);
const committed = readFileSync(new URL("../trace-hashes.txt", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => line.split(" "));

journey("every transcript leaves the same bytes in Chromium as natively", async ({ page }) => {
  assert.ok(committed.length >= 11);
  for (const [name, hash] of committed) {
    const text = readFileSync(new URL(`${name}.txt`, transcripts), "utf8");
    const played = await page.evaluate((text) => window.dynamo.play(text), text);
    assert.equal(played, hash, name);
  }
});
