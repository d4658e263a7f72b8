// Hundreds of messages at once: what moves when, and that nothing is left behind.
import assert from "node:assert/strict";
import { journey } from "./journey.mjs";
import { seek, settled } from "./page.mjs";

const CROWD = `dynamo 1
# A crowd
setup nodes=32 n=3 r=2 w=2 seed=5 latency=uniform-11ms-12ms
at 0s workload clients=24 rate=1000 reads=0.5 keys=40 skew=0 length=4s
at 0s workload clients=24 rate=1000 reads=0.5 keys=40 skew=0 length=4s
at 0s workload clients=24 rate=1000 reads=0.5 keys=40 skew=0 length=4s
until 5s
`;

journey("messages of a crowd move in frames of their own, and all is complete once time stands still", async ({ page }) => {
  await page.evaluate((text) => dynamo.open(text), CROWD);
  await seek(page, 400_000);
  const places = () => page.locator(".stage-field path.message.plain").first().getAttribute("d");
  const before = await places();
  await page.evaluate(() => {
    // Of each frame: whether messages moved in it, and whether anything else changed.
    globalThis.frames = [];
    let frame = null;
    const isMessage = ({ target }) => target.matches?.("path.message, path.parcel") ?? false;
    new MutationObserver((records) => {
      for (const record of records) frame?.add(isMessage(record) ? "messages" : "other");
    }).observe(document.querySelector(".rooms"), { subtree: true, childList: true, attributes: true, characterData: true });
    const each = () => {
      frames.push(frame = new Set());
      requestAnimationFrame(each);
    };
    requestAnimationFrame(each);
  });
  await page.getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(() => frames.filter((frame) => frame.has("messages")).length > 20);
  await page.getByRole("button", { name: "Pause" }).click();
  await settled(page);
  const frames = await page.evaluate(() => globalThis.frames.map((frame) => [...frame].join()));
  const of = (kind) => frames.filter((frame) => frame === kind).length;
  // Beginning and end draw both.
  assert.ok(of("messages") > 15 && of("other") > 5, frames.join(" "));
  assert.ok(frames.filter((frame) => frame.includes(",")).length <= 4, frames.join(" "));
  assert.notEqual(await places(), before);

  const shown = () => page.locator(".stage-field, .console, .side").evaluateAll((rooms) => rooms.map((room) => room.innerHTML));
  const { micros, after } = await page.evaluate(() => dynamo.moment());
  assert.ok(micros > 400_000);
  const stopped = await shown();
  await seek(page, 1_000);
  await page.evaluate(([micros, after]) => dynamo.seek(micros, after), [micros, after]);
  await settled(page);
  assert.deepEqual(await shown(), stopped);
});

journey("who asked for less motion sees a crowd in stills, each complete", { reducedMotion: "reduce" }, async ({ page }) => {
  await page.evaluate((text) => dynamo.open(text), CROWD);
  await seek(page, 400_000);
  const stage = () => page.evaluate(() => document.querySelector(".stage-field").innerHTML);
  await page.getByRole("button", { name: "Play" }).click();
  const begin = await page.evaluate(() => dynamo.moment().micros);
  await page.waitForFunction((begin) => dynamo.moment().micros > begin + 100, begin);
  const [still, { micros, after }] = [await stage(), await page.evaluate(() => dynamo.moment())];
  await page.getByRole("button", { name: "Pause" }).click();
  await seek(page, 1_000);
  await page.evaluate(([micros, after]) => dynamo.seek(micros, after), [micros, after]);
  await settled(page);
  assert.equal(still, await stage());
});
