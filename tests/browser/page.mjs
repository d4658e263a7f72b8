// Small steps that journeys share.

// Chooses a tab, until its room is there.
export async function tab(page, name) {
  await page.getByRole("tab", { name: new RegExp(`^${name}`) }).click();
  await settled(page);
}

// Moves the playhead, in microseconds.
export async function seek(page, micros) {
  await page.evaluate((micros) => dynamo.seek(micros), micros);
  await settled(page);
}

// Until every room shows what the stage shows: they follow it one by one.
export const settled = (page) => page.locator("[data-late]").waitFor({ state: "detached" });

// The records up to the playhead.
export const trace = (page) => page.evaluate(() => dynamo.trace());

// Two clients write basket at once, a third reads both values.
export async function conflict(page) {
  await page.evaluate(() => {
    dynamo.seek(5_000_000);
    dynamo.act('c1 put basket "milk, eggs"');
    dynamo.seek(5_200_000);
    dynamo.act('c2 put basket "bread" context none');
    dynamo.seek(5_500_000);
    dynamo.act("c3 get basket");
  });
  await seek(page, 6_000_000);
}
