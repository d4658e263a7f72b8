// Cuts by hand: a line around some, or marks one by one; by mouse, pen, finger and keyboard.
import assert from "node:assert/strict";
import { journey } from "./journey.mjs";
import { seek, tab } from "./page.mjs";

const text = (page) => page.evaluate(() => dynamo.text());
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

// Where some stand on the screen.
async function places(page, names) {
  const boxes = [];
  for (const name of names) {
    const box = await page.locator(".stage-field .stop").and(page.getByRole("button", { name: new RegExp(`^${name}\\b`) })).first().boundingBox();
    boxes.push({ x: box.x + box.width / 2, y: box.y + box.height / 2, size: box.width });
  }
  return boxes;
}

// Places on a line around some that stand beside each other.
async function around(page, names) {
  const spots = await places(page, names);
  const mean = (of) => spots.map(of).reduce((a, b) => a + b) / spots.length;
  const [x, y] = [mean((it) => it.x), mean((it) => it.y)];
  const radius = Math.max(...spots.map((it) => Math.hypot(it.x - x, it.y - y) + it.size * 0.75));
  return Array.from({ length: 33 }, (_, step) => {
    const angle = (step / 32) * 2 * Math.PI;
    return { x: x + radius * Math.cos(angle), y: y + radius * Math.sin(angle) };
  });
}

async function drawWithMouse(page, line) {
  await page.mouse.move(line[0].x, line[0].y);
  await page.mouse.down();
  for (const { x, y } of line) await page.mouse.move(x, y);
}

async function drawWith(page, line, pointer) {
  const session = await page.context().newCDPSession(page);
  const touch = (type, points) => session.send("Input.dispatchTouchEvent", { type, touchPoints: points });
  const pen = (type, { x, y }) => session.send("Input.dispatchMouseEvent",
    { type, x, y, button: "left", buttons: type === "mouseReleased" ? 0 : 1, clickCount: 1, pointerType: "pen" });
  if (pointer === "touch") {
    await touch("touchStart", [line[0]]);
    for (const point of line) await touch("touchMove", [point]);
    await touch("touchEnd", []);
  } else {
    await pen("mousePressed", line[0]);
    for (const point of line) await pen("mouseMoved", point);
    await pen("mouseReleased", line.at(-1));
  }
}

journey("a line around nodes cuts them off from the rest; while it is drawn they are marked", async ({ page }) => {
  await seek(page, 50_000);
  await drawWithMouse(page, await around(page, ["n3", "n4"]));
  assert.equal(await page.locator(".stage-field path.lasso:not(.idle)").count(), 1);
  assert.equal(await page.locator(".stage-field .knife-side").count(), 2);
  await page.mouse.up();
  assert.match(await text(page), /at 50ms cut n1 n2 n5 from n3 n4\n/);
  assert.equal(await page.locator(".stage-field .lasso").count(), 0);
  await page.getByRole("button", { name: "Undo" }).click();
  assert.doesNotMatch(await text(page), /cut /);
});

journey("a line around nobody or around all says so and cuts nothing", async ({ page }) => {
  await seek(page, 50_000);
  const before = await text(page);
  const [one, other] = await places(page, ["n1", "n3"]);
  const middle = { x: one.x, y: (one.y + other.y) / 2 };
  const ring = (radius) => Array.from({ length: 33 }, (_, step) => ({
    x: middle.x + radius * Math.cos(step / 5.1), y: middle.y + radius * Math.sin(step / 5.1) }));
  await drawWithMouse(page, ring(one.size * 1.2));
  assert.equal(await page.locator(".stage-field path.lasso.idle").count(), 1);
  await page.mouse.up();
  await page.getByText("Nobody is inside: draw around those to cut off.").waitFor();
  await drawWithMouse(page, await around(page, ["n1", "n2", "n3", "n4", "n5"]));
  await page.mouse.up();
  await page.getByText("All nodes are inside: leave one out.").waitFor();
  assert.equal(await text(page), before);
});

journey("Escape lets go of a line before it cuts", async ({ page }) => {
  await seek(page, 50_000);
  const before = await text(page);
  await drawWithMouse(page, await around(page, ["n3", "n4"]));
  await page.keyboard.press("Escape");
  await page.mouse.up();
  assert.equal(await text(page), before);
});

journey("with the tool out a cut can be one way, and presses mark", async ({ page }) => {
  await seek(page, 50_000);
  await page.getByRole("button", { name: "Cut by hand" }).click();
  await page.getByRole("combobox", { name: "Which messages are cut" }).selectOption("only what they send");
  await drawWithMouse(page, await around(page, ["n3", "n4"]));
  await page.mouse.up();
  assert.match(await text(page), /at 50ms cut n3 n4 to n1 n2 n5\n/);
  assert.equal(await page.getByRole("button", { name: "Cut by hand" }).getAttribute("aria-pressed"), "false");
  await page.evaluate(() => dynamo.act("heal"));
  await page.getByRole("button", { name: "Cut by hand" }).click();
  await page.getByRole("combobox", { name: "Which messages are cut" }).selectOption("only what is sent to them");
  for (const { x, y } of await places(page, ["n1", "n5"])) await page.mouse.click(x, y);
  await page.getByText("Marked: n1, n5.").waitFor();
  await page.getByRole("button", { name: "Cut off n1, n5" }).click();
  assert.match(await text(page), /cut n2 n3 n4 to n1 n5\n/);
});

journey("the keyboard marks and cuts, and Escape puts the tool away", async ({ page }) => {
  await seek(page, 50_000);
  const stop = (name) => page.locator(".stage-field").getByRole("button", { name: new RegExp(`^${name}\\b`) }).first();
  await stop("n4").focus();
  await page.keyboard.press("x");
  await stop("n5").focus();
  await page.keyboard.press("Enter");
  await page.getByText("Marked: n4, n5.").waitFor();
  assert.equal(await page.locator(".stage-field .knife-side").count(), 2);
  await page.keyboard.press("c");
  assert.match(await text(page), /at 50ms cut n1 n2 n3 from n4 n5\n/);
  await stop("n2").focus();
  await page.keyboard.press("x");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".stage-field .knife-side").count(), 0);
  await page.keyboard.press("c");
  assert.equal((await text(page)).match(/ cut /g).length, 1);
});

journey("a pen draws a line that cuts", async ({ page }) => {
  await seek(page, 50_000);
  await drawWith(page, await around(page, ["n3", "n4"]), "pen");
  assert.match(await text(page), /at 50ms cut n1 n2 n5 from n3 n4\n/);
});

journey("on a phone a finger draws with the tool out, and nothing scrolls or hangs over", PHONE, async ({ page }) => {
  await seek(page, 50_000);
  const tool = page.getByRole("button", { name: "Cut by hand" });
  assert.ok((await tool.boundingBox()).height >= 43.5);
  await tool.tap();
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wider <= 0, `${wider} px too wide`);
  const line = await around(page, ["n3", "n4"]);
  // From above downwards: without the tool this would scroll.
  await drawWith(page, [...line.slice(24), ...line.slice(0, 24), line[24]], "touch");
  assert.match(await text(page), /at 50ms cut n1 n2 n5 from n3 n4\n/);
  assert.equal(await page.evaluate(() => scrollY), 0);
  await page.evaluate(() => dynamo.act("heal"));
  // Tracks come up below the ring: it has to stand still first.
  await page.waitForTimeout(500);
  await tool.tap();
  assert.equal(await tool.getAttribute("aria-pressed"), "true");
  for (const { x, y } of await places(page, ["n1", "n2"])) await page.touchscreen.tap(x, y);
  await page.getByRole("button", { name: "Cut off n1, n2" }).tap();
  assert.match(await text(page), /cut n3 n4 n5 from n1 n2\n/);
});

journey("a line across the ring still cuts it in two", PHONE, async ({ page }) => {
  await seek(page, 50_000);
  const { x, y, width, height } = await page.locator(".stage-field").boundingBox();
  const line = [0.1, 0.2, 0.4, 0.6, 0.8, 0.9].map((across) => ({ x: x + width * across, y: y + height * 0.46 }));
  await drawWith(page, line, "touch");
  assert.match(await text(page), /at 50ms cut n1 n2 n5 from n3 n4\n/);
});
