// Pictures of every room and state of the release page, wide and on a phone, light and dark. Small
// ones are kept in `tests/shots`; `target/shots` has the same as PNG, for programs that know no WebP.
// Arguments: the names of what to photograph; all without.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SCENES } from "./scenes.mjs";
import { launch, openTab, serve } from "./support.mjs";

const SCREENS = {
  wide: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
};
const QUALITY = 30;

const root = join(import.meta.dirname, "..", "..");
const [kept, plain] = [join(root, "tests", "shots"), join(root, "target", "shots")];
for (const folder of [kept, plain]) mkdirSync(folder, { recursive: true });
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in SCENES));
if (unknown) throw new Error(`There is no scene ${unknown}; there are: ${Object.keys(SCENES).join(" ")}.`);

const site = await serve({ folder: process.env.DIST });
const browser = await launch();
for (const [name, scene] of Object.entries(SCENES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  for (const [screen, options] of Object.entries(SCREENS)) {
    for (const colorScheme of ["light", "dark"]) {
      const tab = await openTab(browser, site.origin, { ...options, colorScheme, reducedMotion: "reduce" });
      const { context, page, problems } = tab;
      const { hash = "", go = scene } = typeof scene === "object" ? scene : {};
      try {
        await page.goto(site.url + hash);
        await page.waitForSelector("main, .embed, iframe");
        await go(page, problems);
        // A blinking caret or a notice on its way out would differ from time to time.
        await page.evaluate(() => document.activeElement?.blur());
        const devtools = await context.newCDPSession(page);
        const shot = await devtools.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
        writeFileSync(join(kept, `${name}-${screen}-${colorScheme}.webp`), Buffer.from(shot.data, "base64"));
        await page.screenshot({ path: join(plain, `${name}-${screen}-${colorScheme}.png`) });
      } catch (error) {
        problems.push(error.message.split("\n")[0]);
      }
      for (const problem of problems) {
        console.error(`${name} ${screen} ${colorScheme}: ${problem}`);
        process.exitCode = 1;
      }
      await context.close();
    }
  }
}
await browser.close();
site.stop();
