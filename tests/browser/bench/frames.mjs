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
const SECONDS = 8;
// As the page chooses it, and so fast that dozens of events fall into a frame.
const SPEEDS = ["automatic", "1:20"];

// Tells one machine, and one day of it, from another: sums of a table, as any program makes them.
function loop() {
  const table = new Float64Array(4_096).fill(0.5);
  const begin = performance.now();
  let sum = 0;
  for (let at = 0; at < 20_000_000; at += 1) sum += table[at & 4_095];
  return sum > 0 ? performance.now() - begin : NaN;
}

export async function frames(given) {
  const loops = [];
  for (const speed of SPEEDS) {
    const tab = await freshTab(given, { text: CROWD });
    const { page, slowed } = tab;
    await page.getByRole("button", { name: "Ladder" }).click();
    await page.evaluate((begin) => dynamo.seek(begin), BEGIN);
    await page.locator(".speed select").selectOption(speed);
    await page.evaluate(watch);
    await slowed(SLOW);
    for (let turn = 0; turn < 5; turn += 1) loops.push(await page.evaluate(loop));
    const flights = [];
    const events = await trace(tab, async () => {
      await page.getByRole("button", { name: "Play" }).click();
      await page.evaluate(() => bench.synchronise());
      for (let second = 0; second < SECONDS; second += 1) {
        await page.waitForTimeout(1_000);
        flights.push(await page.evaluate(() => bench.flights()));
      }
    });
    // Time has passed all the while, or there was nothing to measure.
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await slowed(1);
    const { changes, now } = await page.evaluate(() => ({ changes: bench.changes, now: bench.now }));
    const frames = framesOf(events, changes, now);
    told(`frame ${speed}`, frames.map(({ work }) => work));
    told(`frame wall ${speed}`, frames.map(({ took }) => took));
    told(`flights ${speed}`, flights);
    const worst = frames.reduce((one, other) => (one.work >= other.work ? one : other));
    said(`worst ${speed}`, explained(worst, events));
    await tab.close();
  }
  told("loop", loops);
}

// In the tab: in which rooms elements are put in or taken out, and when. All else the browser
// writes down by itself, so that nothing is measured but the page.
function watch() {
  bench.changes = [];
  const rooms = {
    ladder: ".ladder-room",
    stage: ".stage-room",
    "time bar": ".timebar",
    console: ".console",
    panel: ".side",
  };
  const elements = (node) => 1 + (node.querySelectorAll?.("*").length ?? 0);
  new MutationObserver((records) => {
    for (const { target, addedNodes, removedNodes } of records) {
      const room = Object.keys(rooms).find((name) => target.closest?.(rooms[name])) ?? "page";
      const sum = [...addedNodes, ...removedNodes].reduce((sum, node) => sum + elements(node), 0);
      if (sum > 0) bench.changes.push({ at: performance.now(), room, sum });
    }
  }).observe(document.body, { childList: true, subtree: true });
  // The same instant by both clocks.
  bench.synchronise = () => {
    bench.now = performance.now();
    performance.mark("synchronise");
  };
  bench.flights = () => {
    // Messages of one look are one shape.
    const crowds = [...document.querySelectorAll(".stage-field path:is(.message, .parcel):not([data-id])")];
    return crowds.reduce((sum, it) => sum + it.getAttribute("d").split("M").length - 1, 0)
      + document.querySelectorAll('.stage-field [data-id^="message."]').length;
  };
}

// The frames of a trace: what each worked by the clock of the page's thread, how long that took by
// the clock on the wall, and which elements came and went.
function framesOf(events, changes, now) {
  const mark = events.find(({ name }) => name === "synchronise");
  const here = ({ pid, tid }) => pid === mark.pid && tid === mark.tid;
  const of = (name, ph) => events.filter((event) => event.name === name && event.ph === ph && here(event))
    .sort((one, other) => one.ts - other.ts);
  const [begins, ends, fired] = [of("AnimationFrame", "b"), of("AnimationFrame", "e"), of("FireAnimationFrame", "X")];
  // Only what lasts is told by the clock of the thread, too.
  const starts = begins.map((begin) => fired.find(({ ts }) => ts >= begin.ts)).filter((it) => it?.ts > mark.ts);
  return starts.slice(0, -1).map((from, number) => {
    const to = starts[number + 1];
    const end = ends.find(({ ts }) => ts > from.ts) ?? to;
    const changed = new Map();
    for (const { at, room, sum } of changes) {
      const ts = mark.ts + (at - now) * 1e3;
      if (from.ts <= ts && ts < to.ts) changed.set(room, (changed.get(room) ?? 0) + sum);
    }
    const work = union(spans(events, from, to)) / 1e3;
    return { number, from, to, work, took: (end.ts - from.ts) / 1e3, changed: [...changed] };
  });
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
