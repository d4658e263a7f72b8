// What the first picture does not need stands in a second file. It comes with the first sign of a
// hand; whoever needs it before waits for it. `cargo xtask dist` puts this behind the script that
// wasm-bindgen writes, whose `wasm` is the first file.
const restAddress = new URL("REST_FILE", import.meta.url);
const restOnItsWay = new AbortController();
let restAsked, restModule, restIsHere;

function linkRest() {
  // The first file needs a moment, too.
  if (!wasm || restIsHere) return;
  new WebAssembly.Instance(restModule, { first: wasm });
  restIsHere = true;
}

async function fetchRest() {
  try {
    const { signal } = restOnItsWay;
    restModule = await WebAssembly.compileStreaming(fetch(restAddress, { signal }));
    linkRest();
  } catch {
    // Whoever needs it asks once more.
  }
}

export const bringRest = () => (restAsked ??= fetchRest());

// The caller stands in the middle of the program: nothing else may run before it goes on.
function readRest() {
  const request = new XMLHttpRequest();
  request.open("GET", restAddress, false);
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  return Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0));
}

function needRest() {
  if (!restModule) {
    restOnItsWay.abort();
    try {
      restModule = new WebAssembly.Module(readRest());
    } catch (error) {
      dispatchEvent(new Event("rest-lost"));
      throw error;
    }
  }
  linkRest();
}

// A link may ask for more than the first picture shows.
if (location.hash.length > 1) await bringRest();
