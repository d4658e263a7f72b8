// Why? From any outcome back to what caused it, lit in every face.
import assert from "node:assert/strict";
import { journey } from "./journey.mjs";
import { seek, settled, tab, trace } from "./page.mjs";

const sentences = (page) => page.locator(".chain .log-what").allTextContents();

journey("a stale read is explained back to the cut, in words, on the ring, in the ladder and in the log",
  { hash: "#open=the-read-that-missed" }, async ({ page }) => {
    await seek(page, 1_030_000);
    await page.locator(".caption").getByRole("button", { name: /^Why\?/ }).click();
    const told = await sentences(page);
    assert.match(told[0], /network is cut/);
    assert.ok(told.some((it) => /c1\.2 has stored A.*c2\.1 does not find it/.test(it)), told.join("\n"));
    assert.ok(told.some((it) => /n2 answers: it holds nothing/.test(it)), told.join("\n"));
    assert.match(told.at(-1), /c2\.1 ends/);

    // Every sentence leads to its moment, and its number stands in the other faces.
    const times = await page.locator(".chain .log-time").allTextContents();
    for (const place of [0, 5, told.length - 1]) {
      await page.locator(".chain-row").nth(place).click();
      const { micros } = await page.evaluate(() => dynamo.moment());
      assert.equal((micros / 1000).toFixed(3), times[place]);
      await page.locator(`.chain li:nth-child(${place + 1}) [aria-current]`).waitFor();
    }
    await settled(page);
    assert.ok((await page.locator(".ladder-picture .because-badge").count()) >= 3);
    assert.ok((await page.locator(".explains .because-badge").count()) >= 4);
    assert.ok((await page.locator(".explains .way.because").count()) >= 4);
    await tab(page, "Log");
    const numbers = await page.locator(".log-rows .step-number").allTextContents();
    assert.ok(numbers.includes(String(told.length)), numbers.join());

    // The links are events of the trace: whoever is said to hold nothing has said so.
    const replies = (await trace(page)).flatMap(({ event }) => event.MessageSent?.message.ReadReply ?? []);
    assert.ok(replies.some(({ request }) => request.client === 2));

    // Nothing is left when it is closed.
    await tab(page, "Why");
    await page.getByRole("button", { name: "Close" }).click();
    await page.locator(".explains, .because-badge").first().waitFor({ state: "detached" });
  });

journey("answers, replicas, findings and rows of the log can all be asked", async ({ page }) => {
  await seek(page, 1_000_000);
  // A client's answer.
  await page.getByRole("region", { name: "Operations of c1" }).getByRole("button", { name: "Why? c1.1" }).click();
  assert.match((await sentences(page)).at(-1), /c1\.1 ends\. Stored/);
  // What a replica lacks.
  await tab(page, "Nodes");
  await page.getByRole("button", { name: "Why? n3, basket" }).click();
  await page.getByText("Why does n3 hold this of basket at 1000.000 ms, and no more?").waitFor();
  const lacks = await sentences(page);
  assert.ok(lacks.some((it) => /never reaches n3/.test(it)), lacks.join("\n"));
  assert.ok(lacks.some((it) => /n4 keeps basket for n3/.test(it)), lacks.join("\n"));
  // A row of the log, by keyboard.
  await seek(page, 1_500_000);
  await tab(page, "Log");
  const row = page.locator(".log-rows li", { hasText: "forgets the hint of basket" });
  await row.getByRole("button", { name: /^Why\?/ }).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.id === "explanation");
  const home = await sentences(page);
  assert.match(home[0], /n3 is down/);
  assert.match(home.at(-1), /it is home/);
  // An act makes another run: an explanation of the old one goes.
  await page.evaluate(() => dynamo.act("crash n5"));
  await page.locator(".chain").waitFor({ state: "detached" });
});

journey("siblings are explained by clients who had not seen each other",
  { hash: "#open=two-carts-merged-by-hand" }, async ({ page }) => {
    await seek(page, 530_000);
    await page.locator(".caption").getByRole("button", { name: /^Why\?/ }).click();
    const told = await sentences(page);
    assert.match(told[0], /c1 writes A = “milk” without having seen B/);
    assert.match(told[1], /c2 writes B = “eggs” without having seen A/);
  });
