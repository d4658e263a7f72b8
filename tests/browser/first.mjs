// Prints the numbers of the functions that run until the first picture stands and a hand shows
// itself, in the folder that `cargo xtask dist` hands over. Each form of the page has its own.
import { launch, opened, openTab, serve } from "./support.mjs";

const FORMS = [
  { address: "", options: { colorScheme: "light" } },
  { address: "", options: { colorScheme: "dark", viewport: { width: 360, height: 740 } } },
  { address: "?embed", options: { viewport: { width: 720, height: 560 } } },
];

const server = await serve({ folder: process.argv[2] });
const browser = await launch();
const ran = new Set();
for (const { address, options } of FORMS) {
  const { context, page, problems } = await openTab(browser, server.origin, options);
  await opened(page, server.url + address);
  const { width, height } = page.viewportSize();
  for (let share = 0.1; share < 1; share += 0.1) {
    await page.mouse.move(width * share, height * 0.5);
    await page.mouse.move(width * 0.5, height * share);
  }
  await page.keyboard.press("Shift");
  // Frames and timers go on until the picture rests.
  let before = -1;
  for (let noted = []; noted.length !== before; ) {
    before = noted.length;
    await page.waitForTimeout(1000);
    noted = await page.evaluate(() => [...globalThis.noted]);
    for (const number of noted) ran.add(number);
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  await context.close();
}
console.log([...ran].join(" "));
await browser.close();
server.stop();
