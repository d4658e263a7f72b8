// Loads and starts the page. Trunk writes the names of the two files into the meta element.
const files = document.querySelector('meta[name="engine"]').dataset;
const address = (name) => new URL(name, document.baseURI).href;

function say(sentence) {
  const card = document.createElement("p");
  card.setAttribute("role", "alert");
  card.textContent = sentence;
  document.body.append(card);
}

try {
  const { default: start, bringRest } = await import(address(files.js));
  // The release page is in two parts, see rest.js.
  const signs = ["pointermove", "pointerdown", "keydown", "wheel", "dragenter"];
  for (const sign of bringRest ? signs : []) {
    addEventListener(sign, bringRest, { once: true, capture: true, passive: true });
  }
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
