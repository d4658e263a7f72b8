// Answers every line on its input with a line of numbers, as the native program does: the wasm
// that is measured is the module that this is given.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { measure } = createRequire(import.meta.url)(process.argv[2]);
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${measure(line)}\n`);
}
