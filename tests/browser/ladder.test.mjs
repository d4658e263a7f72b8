// The ladder: the run down the page, linked with every other face of it.
import assert from "node:assert/strict";
import { journey } from "./journey.mjs";
import { seek, tab, trace } from "./page.mjs";

const unfold = (page) => page.locator(".unfolder").click();
const picture = (page) => page.locator("svg.ladder-picture:not(.is-over)");
const moment = (page) => page.evaluate(() => dynamo.moment());

// Where the middle of a shape of the ladder is on the screen.
async function middle(page, selector) {
  const { x, y, width, height } = await page.locator(".ladder-field").locator(selector).first().boundingBox();
  return [x + width / 2, y + height / 2];
}

// What was sent and is no background, between two times.
async function sent(page, from, until) {
  const background = ["Ping", "Pong", "Gossip", "Compare", "Hashes"];
  return (await trace(page)).flatMap(({ moment, event }, id) => {
    const { message } = event.MessageSent ?? {};
    const told = message && !background.includes(Object.keys(message)[0]);
    return told && moment.time >= from && moment.time <= until ? [id] : [];
  });
}

journey("the ladder draws what the trace says, and a click leads to its moment and picks it", async ({ page }) => {
  await seek(page, 131_000);
  await unfold(page);
  const ids = await sent(page, 100_000, 131_000);
  assert.ok(ids.length >= 5);
  await page.keyboard.press("Escape");
  // Far enough up for the whole write.
  await page.locator(".ladder-field").focus();
  await page.keyboard.press("-");
  await page.keyboard.press("-");
  await page.waitForFunction((count) =>
    document.querySelectorAll(".ladder-picture .rung title").length >= count, ids.length);
  const marks = await picture(page).locator(".rung:not(.gone) title").allTextContents();
  assert.ok(marks.some((title) => /^put basket = "milk".*c1 to n1/.test(title)), marks.join("\n"));
  assert.equal(await picture(page).locator("path.lost").count(), 1, "the write to n3 is lost");

  // In the ladder: the reply of n2. Marked on the ring, in the inspector, at its moment.
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  const [x, y] = await middle(page, ".message.write-ack");
  await page.mouse.click(x, y);
  await page.getByRole("heading", { name: "Message write-ack" }).waitFor();
  const { micros } = await moment(page);
  const acks = (await trace(page)).filter(({ event }) => event.MessageSent?.message.WriteAck);
  assert.equal(acks.at(-1).moment.time, micros, "the playhead stands where it was sent");
  assert.equal(await page.locator(".stage-field .message.picked").count() > 0, true);

  // Elsewhere: a node picked on the ring is marked in the ladder.
  await page.locator(".stage-field").first().getByRole("button", { name: /^n4/ }).first().click();
  await page.locator(".ladder-field .line-name.picked", { hasText: "n4" }).waitFor();
  // And a row of the log.
  await tab(page, "Log");
  await page.locator(".log-row", { hasText: "put c1.1 basket" }).first().click();
  await picture(page).locator(".rung.picked").waitFor();
  await page.locator(".log-row.is-picked").waitFor();

  // The head picks a lifeline.
  const [nx, ny] = await middle(page, "text.line-name:text('n2')");
  await page.mouse.click(nx, ny);
  await tab(page, "Inspector");
  await page.getByRole("heading", { name: "Node n2" }).waitFor();
});

journey("with the keyboard: event by event, scrolled, zoomed, and as a table", async ({ page }) => {
  await unfold(page);
  await page.locator(".ladder-field").focus();
  const places = [];
  for (let presses = 0; presses < 8; presses += 1) {
    await page.keyboard.press("ArrowDown");
    places.push((await moment(page)).micros);
  }
  assert.deepEqual(places, [...places].sort((a, b) => a - b), "down is later");
  assert.equal(places.at(0), 100_000, "the first event is the put");
  await page.keyboard.press("ArrowUp");
  assert.ok((await moment(page)).micros <= places.at(-1));

  const words = () => picture(page).locator(".ladder-time").allTextContents();
  const before = await words();
  await page.keyboard.press("PageDown");
  await page.waitForFunction((before) =>
    [...document.querySelectorAll(".ladder-picture .ladder-time")].map((it) => it.textContent).join() !== before.join(), before);
  // The wheel and a drag scroll as well; all of it leaves the playhead.
  const place = await moment(page);
  const { x, y, width, height } = await page.locator(".ladder-field").boundingBox();
  const differs = (before) => page.waitForFunction((before) =>
    [...document.querySelectorAll(".ladder-picture .ladder-time")].map((it) => it.textContent).join() !== before.join(), before);
  let seen = await words();
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.wheel(0, -300);
  await differs(seen);
  seen = await words();
  await page.mouse.down();
  await page.mouse.move(x + width / 2, y + 40, { steps: 4 });
  await page.mouse.up();
  await differs(seen);
  assert.deepEqual(await moment(page), place);

  await page.getByText("Show", { exact: true }).click();
  await page.getByLabel("As a table").check();
  const rows = page.locator(".ladder-table tbody tr");
  await rows.first().waitFor();
  assert.ok((await rows.count()) > 3);
  await seek(page, 1_400_000);
  const row = rows.filter({ hasText: "has its hint of basket" }).first();
  await row.getByRole("button").click();
  const [{ moment: at }] = (await trace(page)).filter(({ event }) => event.Noted?.fact.HintDelivered);
  assert.equal((await moment(page)).micros, at.time);
  await page.locator(".ladder-table tr[aria-current=time]", { hasText: "hint" }).waitFor();
});

journey("what is folded can be seen, and who is hidden leaves a dashed edge", async ({ page }) => {
  await seek(page, 700_000);
  await unfold(page);
  await page.getByText(/background messages? folded/).waitFor();
  await page.getByText("Show", { exact: true }).click();
  await page.getByLabel("Background messages").check();
  await picture(page).locator(".rung.background").first().waitFor({ state: "attached" });
  await page.getByLabel("Background messages").uncheck();
  await seek(page, 131_000);
  await page.locator(".lifelines").getByText("n4", { exact: true }).click();
  await picture(page).locator(".rung.hidden-end").first().waitFor({ state: "attached" });
  assert.equal(await page.locator(".ladder-field .line-name", { hasText: "n4" }).count(), 0);
});

journey("while time passes the playhead runs down, and the window goes on with it", async ({ page }) => {
  await unfold(page);
  await seek(page, 99_000);
  await page.getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(() => dynamo.trace().some(({ event }) => event.Noted?.fact.HintKept), null, { timeout: 60_000 });
  await page.getByRole("button", { name: "Pause" }).click();
  const inside = await page.evaluate(() => {
    const line = document.querySelector(".ladder-picture .playhead").getBoundingClientRect();
    const field = document.querySelector(".ladder-field").getBoundingClientRect();
    return line.top >= field.top && line.bottom <= field.bottom;
  });
  assert.ok(inside);
  const shapes = await page.locator(".ladder-field").getAttribute("data-shapes");
  assert.ok(Number(shapes) <= 500, `${shapes} shapes`);
});
