// Prints one line per served file: its name, then its size raw, with gzip and with brotli.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

const dist = join(import.meta.dirname, "..", "..", "dist");
for (const entry of readdirSync(dist, { recursive: true })) {
  const path = join(dist, entry);
  if (!statSync(path).isFile()) continue;
  const bytes = readFileSync(path);
  // Both compressors at their strongest, as a host does once when the page is published.
  const gzip = gzipSync(bytes, { level: 9 }).length;
  const brotli = brotliCompressSync(bytes).length;
  console.log(relative(dist, path).split(sep).join("/"), bytes.length, gzip, brotli);
}
