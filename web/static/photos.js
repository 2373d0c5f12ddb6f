// Photos on the phone: shrunk before they travel, sent one by one, laid out by thumb. Without it the page still works.

const LONGEST = 1600;

/** The photo as a JPEG that a slow line can carry; the file itself where this browser cannot read it. */
async function shrink(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (!bitmap || (Math.max(bitmap.width, bitmap.height) <= LONGEST && file.size < 1_000_000)) return file;
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.88));
  return blob && blob.size < file.size ? new File([blob], "photo.jpg", { type: "image/jpeg" }) : file;
}

/** The page as the answer has it: with the photos that came, or with its reasons beside the field. */
async function turnTo(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = page.getElementById("main");
  document.getElementById("main").replaceWith(main);
  if (answer.redirected) history.replaceState(null, "", answer.url);
  htmx.process(main);
  show();
  document.getElementById("problems")?.focus();
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const files = [...(form.querySelector("input[data-shrink]")?.files ?? [])];
  if (!files.length || event.defaultPrevented) return;
  event.preventDefault();
  const said = form.querySelector("[data-sending]");
  let answer;
  said.hidden = false;
  for (const [at, file] of files.entries()) {
    said.textContent = said.dataset.sending.replace("{n}", `${at + 1}/${files.length}`);
    const sent = new FormData(form);
    sent.delete("file");
    sent.append("file", await shrink(file));
    answer = await fetch(form.action || location.href, { method: "POST", body: sent }).catch(() => null);
    if (answer?.status === 422 || answer?.status === 409) break;
    if (!answer?.ok) {
      said.textContent = said.dataset.failed;
      delete form.dataset.sent;
      event.submitter?.removeAttribute("aria-busy");
      return;
    }
  }
  await turnTo(answer);
});

// ---- laying out: hold a photo by its handle and draw it over another's place ----
const show = () => document.querySelectorAll(".photo__handle").forEach((handle) => (handle.hidden = false));
document.addEventListener("htmx:afterSwap", show);
show();
let held = null;
let moved = false;
const after = (a, b) => a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING;

document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest(".photo__handle");
  if (!handle || event.button) return;
  handle.setPointerCapture(event.pointerId);
  held = handle.closest(".photo");
  moved = false;
  held.classList.add("photo--held");
});
document.addEventListener("pointermove", (event) => {
  const over = held && document.elementFromPoint(event.clientX, event.clientY)?.closest(".photo");
  if (!over || over === held) return;
  moved = true;
  if (after(held, over)) over.after(held);
  else over.before(held);
});
for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => {
    if (!held) return;
    held.classList.remove("photo--held");
    held = null;
    if (moved) document.getElementById("photo-order").requestSubmit();
  });
}
