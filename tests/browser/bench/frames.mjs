// The work of a frame while time passes over a crowd: what the page's thread does from the start of
// one frame to the start of the next, by the clock of that thread. It stands still while other
// programs run; while the thread is idle it goes on where a CPU is slowed, so only tasks count.
import { freshTab, said, SLOW, told } from "./tools.mjs";

// Some 300 messages are on their way at any time; the ladder shows them, too.
const LOADS = [1_000, 1_000, 1_000, 300];
const CROWD = `dynamo 1
# A crowd
setup nodes=32 n=3 r=2 w=2 seed=5 latency=uniform-11ms-12ms
${LOADS.map((rate) => `at 0s workload clients=24 rate=${rate} reads=0.5 keys=40 skew=0 length=4s`).join("\n")}
until 5s
`;
const BEGIN = 400_000;
const FRAMES = 400;
// As the page chooses it, and so fast that dozens of events fall into a frame.
const SPEEDS = ["automatic", "1:20"];

export async function frames(given) {
  for (const speed of SPEEDS) {
    const tab = await freshTab(given, { text: CROWD });
    const { page, slowed } = tab;
    await page.getByRole("button", { name: "Ladder" }).click();
    await page.evaluate((begin) => dynamo.seek(begin), BEGIN);
    await page.locator(".speed select").selectOption(speed);
    await page.evaluate(watch);
    await slowed(SLOW);
    const events = await trace(tab, async () => {
      await page.evaluate(() => bench.record());
      await page.getByRole("button", { name: "Play" }).click();
      await page.waitForFunction((most) => bench.frames.length >= most, FRAMES, { timeout: 240_000 });
    });
    await slowed(1);
    const marks = new Map(
      events.filter(({ cat }) => cat.includes("blink.user_timing")).map((event) => [event.name, event]),
    );
    const frames = (await page.evaluate(() => bench.frames))
      .filter(({ number, moved }) => moved && marks.has(`frame-${number}`) && marks.has(`frame-${number + 1}`))
      .map((frame) => {
        const [from, to] = [0, 1].map((next) => marks.get(`frame-${frame.number + next}`));
        return { ...frame, from, to, work: union(spans(events, from, to)) / 1e3 };
      });
    told(`frame ${speed}`, frames.map(({ work }) => work));
    told(`frame wall ${speed}`, frames.map(({ took }) => took));
    told(`flights ${speed}`, frames.map(({ flights }) => flights));
    const worst = frames.reduce((one, other) => (one.work >= other.work ? one : other));
    said(`worst ${speed}`, explained(worst, events));
    await tab.close();
  }
}

// In the tab: what every frame took, and in which rooms it put in or took out elements.
function watch() {
  bench.frames = [];
  const rooms = {
    ladder: ".ladder-room",
    stage: ".stage-room",
    "time bar": ".timebar",
    console: ".console",
    panel: ".side",
  };
  const changed = new Map();
  const count = (room, nodes) => {
    const elements = (node) => 1 + (node.querySelectorAll?.("*").length ?? 0);
    const sum = [...nodes].reduce((sum, node) => sum + elements(node), 0);
    changed.set(room, (changed.get(room) ?? 0) + sum);
  };
  new MutationObserver((records) => {
    for (const { target, addedNodes, removedNodes } of records) {
      const room = Object.keys(rooms).find((name) => target.closest?.(rooms[name])) ?? "page";
      count(room, addedNodes);
      count(room, removedNodes);
    }
  }).observe(document.body, { childList: true, subtree: true });
  bench.record = () => {
    let last = dynamo.moment();
    const each = async () => {
      requestAnimationFrame(each);
      const number = bench.frames.length;
      const began = performance.now();
      performance.mark(`frame-${number}`);
      await bench.painted();
      const took = performance.now() - began;
      const { micros, after } = dynamo.moment();
      const moved = micros !== last.micros || after !== last.after;
      last = { micros, after };
      // Messages of one look are one shape.
      const crowds = [...document.querySelectorAll(".stage:not(.ladder-picture) path:is(.message, .parcel):not([data-id])")];
      const flights = crowds.reduce((sum, it) => sum + it.getAttribute("d").split("M").length - 1, 0)
        + document.querySelectorAll('.stage [data-id^="message."]').length;
      bench.frames.push({ number, took, moved, flights, changed: [...changed] });
      changed.clear();
    };
    requestAnimationFrame(each);
  };
}

// What the browser writes down meanwhile.
async function trace({ devtools }, work) {
  const events = [];
  const collect = ({ value }) => events.push(...value);
  devtools.on("Tracing.dataCollected", collect);
  const includedCategories = ["devtools.timeline", "blink.user_timing"];
  await devtools.send("Tracing.start", { traceConfig: { includedCategories } });
  await work();
  const complete = new Promise((resolve) => devtools.once("Tracing.tracingComplete", resolve));
  await devtools.send("Tracing.end");
  await complete;
  devtools.off("Tracing.dataCollected", collect);
  return events;
}

// What kinds of work have which names in a trace.
const KINDS = {
  script: ["FireAnimationFrame", "RunMicrotasks", "FunctionCall", "TimerFire", "EventDispatch"],
  style: ["UpdateLayoutTree"],
  layout: ["Layout"],
  paint: ["PrePaint", "Paint", "Layerize", "Commit"],
  garbage: ["MinorGC", "MajorGC"],
};

// A frame in one sentence: what it did, and what it changed.
function explained({ number, from, to, work, changed }, events) {
  const parts = Object.entries(KINDS).map(([kind, names]) => {
    const done = events.filter((event) => names.includes(event.name));
    return [kind, union(spans(done, from, to)) / 1e3];
  });
  // Style, layout and garbage may happen within script.
  const told = parts.filter(([, ms]) => ms >= 0.1).map(([kind, ms]) => `${kind} ${ms.toFixed(1)}`);
  const put = changed.map(([room, elements]) => `${elements} in the ${room}`);
  return `frame ${number}, ${work.toFixed(1)} ms: ${told.join(", ")}; elements put in or taken out: `
    + (put.join(", ") || "none");
}

// When events of the thread were under way between two marks, by its clock.
function spans(events, from, to) {
  return events
    .filter((event) => event.ph === "X" && event.pid === from.pid && event.tid === from.tid)
    .map(({ tts, tdur = 0 }) => [Math.max(tts, from.tts), Math.min(tts + tdur, to.tts)])
    .filter(([begin, end]) => begin < end);
}

// How long at least one of some spans lasts.
function union(spans) {
  let [sum, end] = [0, -Infinity];
  for (const [from, to] of spans.sort(([one], [other]) => one - other)) {
    sum += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return sum;
}
