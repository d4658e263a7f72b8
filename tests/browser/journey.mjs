// A journey: a claim about the release page, tried in a real Chromium.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, opened, openTab, serve, whole } from "./support.mjs";

let browser;
let site;

before(async () => {
  site = await serve();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  site?.stop();
});

// One test: a claim, and a body that receives the opened page. The claim also includes that
// nothing went wrong on the way: no error or warning in the console, no failed request, no
// request to elsewhere; a body that provokes trouble takes it out of `problems`. `hash` is what
// the address ends with, # included; `early` leaves out what a first sign of a hand brings, the
// second part of the program; the other options go to `openTab`.
export function journey(claim, optionsOrBody, maybeBody) {
  const body = maybeBody ?? optionsOrBody;
  const { hash = "", early = false, ...options } = maybeBody ? optionsOrBody : {};
  test(claim, async () => {
    const tab = await openTab(browser, site.origin, options);
    const url = site.url + hash;
    try {
      await opened(tab.page, url);
      if (!early) await whole(tab.page);
      await body({ ...tab, url, origin: site.origin, browser });
      assert.deepEqual(tab.problems, []);
    } finally {
      await tab.context.close();
    }
  });
}
