// The stage under the hand: picking, cutting, healing.
import assert from "node:assert/strict";
import { journey } from "./journey.mjs";
import { seek } from "./page.mjs";

const text = (page) => page.evaluate(() => dynamo.text());

// Draws a line across the ring, between n1, n5, n2 above and n3, n4 below.
async function strike(page) {
  const { x, y, width, height } = await page.locator(".stage-field").boundingBox();
  const at = (across, down) => [x + width * across, y + height * down];
  await page.mouse.move(...at(0.03, 0.48));
  await page.mouse.down();
  for (const across of [0.2, 0.5, 0.8, 0.97]) await page.mouse.move(...at(across, 0.48));
  await page.mouse.up();
}

journey("a line drawn across the ring cuts the network, a press on its mark heals it", async ({ page }) => {
  await seek(page, 50_000);
  await strike(page);
  assert.match(await text(page), /at 50ms cut n1 n2 n5 from n3 n4\n/);
  await page.getByRole("button", { name: /^The network is cut/ }).click();
  assert.match(await text(page), /cut n1 n2 n5 from n3 n4\nat 50ms(\+\d+)? heal\n/);
});

journey("a node that is pressed is looked into, by mouse and by keyboard", async ({ page }) => {
  await seek(page, 700_000);
  await page.getByRole("button", { name: /^n4/ }).first().click();
  await page.getByRole("heading", { name: "Node n4" }).waitFor();
  await page.locator(".stage-field").getByRole("button", { name: /^n2/ }).first().focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Node n2" }).waitFor();
});

journey("a message in flight that is pressed is looked into", async ({ page }) => {
  await seek(page, 137_500);
  const { x, y, width, height } = await page.locator(".stage-field .message.write-ack").boundingBox();
  await page.mouse.click(x + width / 2, y + height / 2);
  await page.getByRole("heading", { name: "Message write-ack" }).waitFor();
});
