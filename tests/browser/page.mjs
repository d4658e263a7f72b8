// Small steps that journeys share.

// Chooses a tab.
export const tab = (page, name) => page.getByRole("tab", { name: new RegExp(`^${name}`) }).click();

// Moves the playhead, in microseconds.
export const seek = (page, micros) => page.evaluate((micros) => dynamo.seek(micros), micros);

// The records up to the playhead.
export const trace = (page) => page.evaluate(() => dynamo.trace());
