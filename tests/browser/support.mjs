// The release page served under a sub path, and a Chromium to visit it.
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { delimiter, extname, join, normalize, sep } from "node:path";
import { chromium } from "playwright-core";

const ROOT = join(import.meta.dirname, "..", "..");

// Where the page is served: it must not matter.
export const BASE = "/some/path/";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

// Serves a folder under a path, on this machine only; everything else is not found.
export async function serve({ folder = join(ROOT, "dist"), base = BASE } = {}) {
  if (!existsSync(folder)) throw new Error("There is no dist/: run `cargo xtask dist` first.");
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const name = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    const path = normalize(join(folder, decodeURIComponent(name.slice(base.length))));
    const bytes = name.startsWith(base) && path.startsWith(folder + sep)
      ? await readFile(path).catch(() => null)
      : null;
    const type = TYPES[extname(path)] ?? "application/octet-stream";
    // Pages in a sandbox have no origin of their own; public hosts answer them like this, too.
    const headers = { "content-type": type, "cache-control": "no-store", "access-control-allow-origin": "*" };
    response.writeHead(bytes ? 200 : 404, headers);
    response.end(bytes);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { origin, url: origin + base, stop: () => server.close() };
}

// The Chromium that `cargo xtask` has found, or the first one on PATH.
function executable() {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const found = process.env.PATH.split(delimiter)
    .flatMap((dir) => names.map((name) => join(dir, name)))
    .find((path) => existsSync(path));
  return process.env.CHROME ?? found;
}

export function launch() {
  const flags = JSON.parse(readFileSync(join(import.meta.dirname, "chromium-flags.json"), "utf8"));
  return chromium.launch({ executablePath: executable(), args: flags });
}

// A new tab that writes down whatever goes wrong in it. Requests to anywhere but `origin` are
// written down and refused. `options` are those of Playwright's `browser.newContext`.
export async function openTab(browser, origin, options = {}) {
  const origins = [origin].flat();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const problems = [];
  await context.route(
    (url) => !origins.includes(url.origin) && !["data:", "blob:"].includes(url.protocol),
    (route) => {
      problems.push(`request to elsewhere: ${route.request().url()}`);
      return route.abort();
    },
  );
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      problems.push(`console ${message.type()}: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => problems.push(`page error: ${error.message}`));
  page.on("requestfailed", (request) => {
    // Whoever leaves a page gives up what it still asks for.
    const why = request.failure()?.errorText;
    if (why !== "net::ERR_ABORTED") problems.push(`request failed: ${request.url()}: ${why}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  return { context, page, problems };
}

// Serves one text as a page, from a site of its own: `localhost` is another one than 127.0.0.1.
export async function serveText(text) {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html", "cache-control": "no-store" });
    response.end(text);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const origin = `http://localhost:${server.address().port}`;
  return { origin, stop: () => server.close() };
}

// The second part of the program is here, too: it comes with the first sign of a hand.
export async function whole(page) {
  await page.mouse.move(1, 1);
  await page.waitForSelector("html[data-is-whole]", { state: "attached" });
}

// Resolves once the page has drawn something of its own.
export async function opened(page, url) {
  await page.goto(url);
  await page.waitForSelector("main");
}
