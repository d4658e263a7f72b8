// For pages with frames of the Dynamo Playground: gives every frame the height that its picture
// asks for. Without it a frame keeps the height of its own line, which is fine as well.
addEventListener("message", ({ data, source }) => {
  if (data?.type !== "dynamo-playground-height") return;
  const frame = [...document.querySelectorAll("iframe")].find((it) => it.contentWindow === source);
  const height = Number(data.height);
  if (frame && height >= 200 && height <= 2000) frame.height = height;
});
