// Pictures of the release page, for people to look at: wide, phone and small phone, light and dark.
import { join } from "node:path";
import { launch, opened, openTab, serve } from "./support.mjs";

const SCREENS = {
  wide: { viewport: { width: 1440, height: 900 } },
  phone: {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
  },
  small: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
};

const hash = process.argv[2]?.replace(/^#/, "");
const folder = join(import.meta.dirname, "..", "..", "target", "shots");
const site = await serve();
const browser = await launch();
for (const [name, screen] of Object.entries(SCREENS)) {
  for (const colorScheme of ["light", "dark"]) {
    const { context, page, problems } = await openTab(browser, site.origin, { ...screen, colorScheme });
    await opened(page, hash ? `${site.url}#${hash}` : site.url);
    // Long enough for the picture to have come to life.
    await page.waitForTimeout(1500);
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
    for (const problem of problems) console.error(`${name} ${colorScheme}: ${problem}`);
    await context.close();
  }
}
await browser.close();
site.stop();
