// Loads and starts the page. Trunk writes the names of the two files into the meta element.
const files = document.querySelector('meta[name="engine"]').dataset;
const address = (name) => new URL(name, document.baseURI).href;

try {
  const { default: start, bringRest } = await import(address(files.js));
  // The release page is in two parts, see rest.js.
  const hand = ["pointermove", "pointerdown", "keydown", "wheel", "dragenter"];
  for (const sign of bringRest ? hand : []) {
    addEventListener(sign, bringRest, { once: true, capture: true, passive: true });
  }
  await start({ module_or_path: address(files.wasm) });
} catch (error) {
  console.error(error);
  const card = document.createElement("p");
  card.setAttribute("role", "alert");
  card.textContent = `The playground could not start: ${error.message ?? error}. `
    + "It needs a browser from the last two years; a reload may help too.";
  document.body.append(card);
}
