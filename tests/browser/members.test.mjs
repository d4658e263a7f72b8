// Nodes that come and go, keys that are deleted: done by hand, asserted on the page and its trace.
import assert from "node:assert/strict";
import { journey } from "./journey.mjs";
import { seek, settled, tab, trace } from "./page.mjs";

async function facts(page, name) {
  const noted = (await trace(page)).flatMap(({ event }) => event.Noted?.fact ?? []);
  return noted.flatMap((fact) => (fact === name ? [name] : fact[name] ?? []));
}

journey("a new machine joins, takes its ranges, and leaves again", async ({ page }) => {
  await seek(page, 6_000_000);
  await tab(page, "Faults");
  await page.getByRole("button", { name: "Join n6", exact: true }).click();
  await seek(page, 14_000_000);
  await page.getByRole("button", { name: "Leave n6", exact: true }).waitFor();
  const joined = (await facts(page, "ChangeInEffect")).filter(({ change }) => change.Join);
  assert.ok(joined.length >= 6, "everybody believes in the new ring");
  await tab(page, "Nodes");
  await page.getByRole("row").filter({ hasText: /^n6/ }).getByRole("button", { name: "n6", exact: true }).click();
  await tab(page, "Inspector");
  await page.getByRole("heading", { name: "Changes of the members" }).waitFor();
  await page.getByText("told to", { exact: false }).first().waitFor();
  await tab(page, "Faults");
  await page.getByRole("button", { name: "Leave n6", exact: true }).click();
  await seek(page, 26_000_000);
  await page.getByRole("button", { name: "Join n6", exact: true }).waitFor();
  assert.equal((await facts(page, "Emptied")).length, 1, "nothing is left on n6");
  const left = (await facts(page, "ChangeInEffect")).filter(({ change }) => change.Leave);
  assert.ok(left.length >= 5);
});

journey("a deleted key reads as deleted, and its tombstone is erased in time", async ({ page }) => {
  await seek(page, 6_000_000);
  await page.getByLabel("Key", { exact: true }).fill("basket");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await seek(page, 6_500_000);
  await page.getByRole("button", { name: "Get", exact: true }).click();
  await seek(page, 7_000_000);
  await page.getByRole("region", { name: "Operations of c1" }).getByText("(deleted)").waitFor();
  await seek(page, 60_000_000);
  assert.equal((await facts(page, "TombstoneReaped")).length, 3, "at its three primaries");
});

journey("a client that has seen nothing is told why it cannot delete", async ({ page }) => {
  await seek(page, 6_000_000);
  await page.getByLabel("Key", { exact: true }).fill("nothing-here");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("let it get the key first", { exact: false }).first().waitFor();
});

journey("whom a node gossips with next can be named, until that round", async ({ page }) => {
  await seek(page, 3_000_000);
  await page.evaluate(() => { dynamo.act("join n6 via n1"); dynamo.seek(3_050_000); });
  await page.locator(".stage-field").getByRole("button", { name: /^n1/ }).first().click();
  await tab(page, "Inspector");
  const peer = page.getByRole("combobox", { name: "Next peer" });
  assert.equal(await peer.inputValue(), "");
  await peer.selectOption("n5");
  await settled(page);
  assert.match(await page.evaluate(() => dynamo.text()), /gossip n1 with n5/);
  assert.equal(await peer.inputValue(), "n5");
  await seek(page, 4_000_000);
  assert.equal(await peer.inputValue(), "", "used up");
  const sent = (await trace(page)).flatMap(({ event }) => event.MessageSent?.name ?? []);
  const [first] = sent.filter(({ kind, from }) => kind === "Gossip" && from.Node === 1);
  assert.equal(first.to.Node, 5);
});
