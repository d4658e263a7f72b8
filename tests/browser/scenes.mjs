// The rooms and states of the page that are photographed: each a name, and the way there from the
// page as it opens. `hash` is what the address has behind it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { conflict, seek, tab } from "./page.mjs";

const open = (page, text) => page.evaluate((text) => dynamo.open(text), text);

function script(name) {
  const file = join(import.meta.dirname, "..", "transcripts", `${name}.txt`);
  return readFileSync(file, "utf8").split("\n----")[0] + "\n";
}

async function pick(page, thing) {
  await page.locator(".stage-field").getByRole("button", { name: new RegExp(`^${thing}`) }).first().focus();
  await page.keyboard.press("Enter");
}

// A tab beside the stage: what is a room on a wide screen may be a tab on a phone.
async function room(page, name) {
  if (await page.getByRole("tab", { name: new RegExp(`^${name}`) }).count() > 0) await tab(page, name);
}

// A tab of the console, which is a tab itself on a phone.
async function inConsole(page, name) {
  await room(page, "Console");
  await tab(page, name);
}

async function ladder(page) {
  const fold = page.getByRole("button", { name: "Ladder" });
  if (await fold.count() > 0) await fold.click();
  else await tab(page, "Ladder");
}

async function dialog(page, name) {
  const menu = page.getByRole("button", { name: "Menu" });
  if (await menu.isVisible()) await menu.click();
  await page.getByRole("button", { name, exact: true }).click();
  await page.getByRole("dialog").waitFor();
}

export const SCENES = {
  "ring": async () => {},
  "hint": (page) => seek(page, 140_000),
  "ladder": async (page) => {
    await seek(page, 120_000);
    await ladder(page);
  },
  "conflict": conflict,
  "log": async (page) => {
    await seek(page, 1_100_000);
    await tab(page, "Log");
  },
  "findings": async (page) => {
    await seek(page, 3_100_000);
    await tab(page, "Findings");
  },
  "workbench": async (page) => {
    await conflict(page);
    await tab(page, "Siblings");
  },
  "versions": async (page) => {
    await conflict(page);
    await page.evaluate(() => dynamo.act("c3 delete basket"));
    await seek(page, 7_000_000);
    await tab(page, "Siblings");
    await page.locator(".graph").scrollIntoViewIfNeeded();
  },
  "node": async (page) => {
    await seek(page, 1_000_000);
    await pick(page, "n4");
  },
  "merkle": async (page) => {
    await open(page, script("a-descent-finds-the-one-key-that-differs"));
    await seek(page, 1_000_000);
    await pick(page, "n1");
    await page.getByText(/parts are equal and stay shut/).scrollIntoViewIfNeeded();
  },
  "cost": async (page) => {
    await seek(page, 3_100_000);
    await room(page, "Console");
    await page.locator(".cost-meter, .meter").first().scrollIntoViewIfNeeded();
  },
  "faults": (page) => inConsole(page, "Faults"),
  "settings": (page) => inConsole(page, "Settings"),
  "load": (page) => inConsole(page, "Load"),
  "dare": (page) => inConsole(page, "Dare"),
  "new-run": (page) => inConsole(page, "New run"),
  "gallery": (page) => tab(page, "Runs"),
  "branches": async (page) => {
    for (const [at, act] of [[500_000, "crash n2"], [200_000, "crash n4"], [2_000_000, "c2 put basket eggs"]]) {
      await seek(page, at);
      await page.evaluate((act) => dynamo.act(act), act);
    }
    await tab(page, "Runs");
  },
  "twins": async (page) => {
    await seek(page, 50_000);
    await page.keyboard.press("f");
    await page.evaluate(() => dynamo.act("crash n2"));
    await seek(page, 400_000);
    await tab(page, "Twins");
  },
  "why": async (page) => {
    await seek(page, 200_000);
    await page.getByRole("button", { name: /^Why/ }).first().click();
  },
  "eyes": async (page) => {
    await seek(page, 300_000);
    await page.getByRole("combobox", { name: "Seen by" }).selectOption("n5");
  },
  "nodes": async (page) => {
    await seek(page, 200_000);
    await tab(page, "Nodes");
  },
  "crowd": async (page) => {
    await open(page, "dynamo 1\n# A crowd\nsetup nodes=32 n=3 r=2 w=2 seed=5 latency=uniform-10ms-12ms\n" +
      "at 0s workload clients=24 rate=1000 reads=0.5 keys=40 skew=0 length=2s\nuntil 3s\n");
    await seek(page, 400_000);
  },
  "share": (page) => dialog(page, "Share"),
  "run-text": (page) => dialog(page, "Run text"),
  "help": (page) => dialog(page, "Help"),
  "error": async (page) => {
    await dialog(page, "Run text");
    await page.getByRole("dialog").getByRole("textbox").fill("dynamo 1\nsetup nodes=5 n=7 r=2 w=2 seed=7\nat 0s crash n3\n");
    await page.getByRole("dialog").locator("button[type=submit], .button.is-main").first().click();
  },
  "trap": async (page, problems) => {
    await seek(page, 140_000);
    await page.evaluate(() => { try { dynamo.trap(); } catch { /* it has to */ } });
    problems.length = 0;
  },
  "empty": async (page) => {
    await open(page, "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\nuntil 10s\n");
    await tab(page, "Log");
  },
  "print": async (page) => {
    await seek(page, 140_000);
    await ladder(page);
    await page.emulateMedia({ media: "print" });
  },
  "embed": { hash: "?embed#open=the-write-that-survives&t=140ms", go: async () => {} },
  "chapter": {
    hash: "chapter.html",
    go: async (page) => {
      await page.frameLocator("iframe").first().locator("main, .embed").first().waitFor();
      await page.waitForTimeout(600);
    },
  },
};
