// Everything a script can do to a world can be done on the page: menus and forms made from the table
// of commands, each act a line of the run's text.
import assert from "node:assert/strict";
import { journey } from "./journey.mjs";
import { seek, tab, trace } from "./page.mjs";

const text = (page) => page.evaluate(() => dynamo.text());

journey("a node's menu has what can befall it now, and each act is a line of the run", async ({ page }) => {
  await seek(page, 1_000_000);
  await tab(page, "Faults");
  await page.getByRole("button", { name: "More for n1" }).click();
  const more = page.getByRole("group", { name: "What can be done to n1" });
  await more.getByRole("button", { name: "Pause: n1" }).click();
  await more.getByRole("button", { name: "Slow 10: n1" }).click();
  assert.match(await text(page), /at 1s.* pause n1\n.*at 1s.* slow n1 10/s);
  await more.getByRole("button", { name: "Resume: n1" }).waitFor();
  assert.equal(await more.getByRole("button", { name: "Pause: n1" }).count(), 0);
  assert.equal(await more.getByRole("button", { name: "Restore: n1" }).count(), 0, "no backup yet");
  await more.getByRole("button", { name: "Snapshot: n1" }).click();
  await more.getByRole("button", { name: "Restore: n1" }).waitFor();
});

journey("every command can be typed, and what is wrong with it is said", async ({ page }) => {
  await seek(page, 1_000_000);
  await tab(page, "Faults");
  const chosen = page.getByRole("combobox", { name: "Command" });
  assert.ok((await chosen.locator("option").count()) > 20);
  await chosen.selectOption("clog");
  const rest = page.getByLabel("What follows it");
  await rest.fill("n1 from");
  await page.getByRole("button", { name: "Do it" }).click();
  await page.getByRole("alert").getByText(/^Expected .*found nothing more\.$/).waitFor();
  assert.equal(await rest.inputValue(), "n1 from", "nothing typed is lost");
  await rest.fill("n1 from n2 n3");
  await rest.press("Enter");
  await page.getByRole("alert").waitFor({ state: "detached" });
  assert.match(await text(page), /clog n1 from n2 n3/);
});

journey("a load of clients fills the run, and a wrong field is named", async ({ page }) => {
  await seek(page, 5_000_000);
  await tab(page, "Load");
  await page.getByLabel("Share of reads").fill("2");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByRole("alert").getByText("Expected a share from 0 to 1, such as 0.5.").waitFor();
  await page.getByLabel("Share of reads").fill("0.8");
  await page.getByLabel("Operations a second").fill("50");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByRole("alert").waitFor({ state: "detached" });
  assert.match(await text(page), /workload clients=3 rate=50 reads=0.8 keys=5 skew=1 length=10s/);
  await seek(page, 15_500_000);
  const begun = (await trace(page)).filter(({ event }) => event.OperationStarted);
  assert.ok(begun.length > 400, `${begun.length} operations`);
});

journey("a setting that a script knows can be changed while the run goes on", async ({ page }) => {
  await seek(page, 1_000_000);
  await tab(page, "Settings");
  await page.getByLabel("Checksums").selectOption("off");
  await page.getByRole("textbox", { name: "Turned bits" }).fill("0.3");
  await page.getByRole("button", { name: "Set Turned bits" }).click();
  await page.getByRole("textbox", { name: "Link capacity" }).fill("none");
  await page.getByRole("button", { name: "Set Link capacity" }).click();
  await page.getByRole("alert").getByText("Expected any, or a number of messages from 1 to 65535.").waitFor();
  assert.match(await text(page), /set checksums=off\n.*set corruption=0.3/);
});

journey("one link gets its own latency, loss and copies, is cut one way, healed, and as all again", async ({ page }) => {
  await seek(page, 1_000_000);
  await tab(page, "Faults");
  await page.getByRole("combobox", { name: "From", exact: true }).selectOption("n1");
  await page.getByRole("combobox", { name: "To", exact: true }).selectOption("n3");
  await page.getByRole("textbox", { name: "Latency of the link" }).fill("constant-50ms");
  await page.getByRole("textbox", { name: "Loss on the link" }).fill("2");
  await page.getByRole("button", { name: "Change this link" }).click();
  await page.getByRole("alert").getByText("Expected a rate from 0 to 0.9, such as 0.05.").waitFor();
  await page.getByRole("textbox", { name: "Loss on the link" }).fill("0.5");
  await page.getByRole("textbox", { name: "Copies on the link" }).fill("0.25");
  await page.getByRole("button", { name: "Change this link" }).click();
  await page.getByText("link n1 to n3 latency=constant-50ms loss=0.5 copies=0.25.", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Cut it", exact: true }).click();
  await page.getByText(/^link n1 to n3 .* It is cut\.$/).waitFor();
  await page.getByRole("button", { name: "Heal it", exact: true }).click();
  await page.getByRole("button", { name: "As all links", exact: true }).click();
  await page.getByText("n1 to n3 is as all links.", { exact: true }).waitFor();
  assert.match(await text(page), /link n1 to n3 latency=constant-50ms loss=0.5 copies=0.25\n.*cut n1 to n3\n.*heal n1 to n3\n.*link n1 to n3\n/);
});
