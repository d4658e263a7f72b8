// Loads and starts the page. Trunk writes the names of the two files into the meta element.
const files = document.querySelector('meta[name="engine"]').dataset;
const address = (name) => new URL(name, document.baseURI).href;

function say(sentence) {
  const card = document.createElement("p");
  card.setAttribute("role", "alert");
  card.textContent = sentence;
  document.body.append(card);
}

// What announces a hand, and what a hand does.
const SIGNS = ["pointermove", "wheel", "dragenter"];
const ACTS = ["pointerdown", "pointerup", "pointercancel", "click", "keydown", "input", "change", "submit"];

// The rest comes with the first sign of a hand. Whoever acts before it is here is heard when it is:
// so nobody waits in front of a page that stands still, and nothing done is lost.
function listenFor(bringRest) {
  const held = [];
  let isHearing = false;
  const hear = async () => {
    if (isHearing) return;
    isHearing = true;
    for (let next = held.shift(); next; next = held.shift()) {
      const { event, target } = next;
      // What the one before did comes first: it may have moved the focus.
      const place = event.type === "keydown" ? document.activeElement : target;
      (place ?? target).dispatchEvent(new event.constructor(event.type, event));
      await new Promise((after) => setTimeout(after));
    }
    for (const act of ACTS) removeEventListener(act, hold, true);
    document.documentElement.classList.remove("is-waiting");
    document.documentElement.dataset.isWhole = "";
  };
  const hold = (event) => {
    // A script goes on at once and cannot wait.
    if (!event.isTrusted) return;
    event.stopImmediatePropagation();
    // What a click does by itself it does when it is heard.
    if (event.type === "click" || event.type === "submit") event.preventDefault();
    held.push({ event, target: event.target });
    document.documentElement.classList.add("is-waiting");
    bringRest().then(hear);
  };
  for (const act of ACTS) addEventListener(act, hold, true);
  for (const sign of SIGNS) {
    addEventListener(sign, () => bringRest().then(hear), { once: true, capture: true, passive: true });
  }
}

try {
  const { default: start, bringRest } = await import(address(files.js));
  // The release page is in two parts, see rest.js.
  if (bringRest) listenFor(bringRest);
  const lost = "A part of the playground did not arrive. Reload the page when the network is back.";
  addEventListener("rest-lost", () => say(lost), { once: true });
  await start({ module_or_path: address(files.wasm) });
} catch (error) {
  console.error(error);
  say(
    `The playground could not start: ${error.message ?? error}. `
      + "It needs a browser from the last two years; a reload may help too.",
  );
}
