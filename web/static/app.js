// What every page shares. Pages work without it: it only spares people a tap or a mistake.

/** A number as people write it, with nothing or one and the same sign between thousands; the server reads no other. */
const WHOLE = /^(?:\d*|[1-9]\d{0,2}([., \u00a0])\d{3}(?:\1\d{3})*)$/;
const DIGITS = /^\d+$/;
/** What we wrote last into each field: only there are the points ours, to be put elsewhere. */
const written = new WeakMap();

const isWhole = (input) => WHOLE.test(input.value) || written.get(input) === input.value;

/** `1250000` as `1.250.000`, the caret kept behind the same digit. */
function group(input, plain = input.value.replace(/\D/g, "")) {
  const caret = input.selectionStart ?? input.value.length;
  const behind = input.value.slice(caret).replace(/\D/g, "").length;
  input.value = plain.replace(/\B(?=(\d{3})+$)/g, ".");
  written.set(input, input.value);
  let at = input.value.length;
  for (let left = behind; left > 0 && at > 0; at--) if (/\d/.test(input.value[at - 1])) left--;
  input.setSelectionRange(at, at);
}

/** The same without noughts in front. */
const tidy = (input) => group(input, input.value.replace(/\D/g, "").replace(/^0+(?=\d)/, ""));

for (const input of document.querySelectorAll("input[data-money]")) {
  let wasWhole = false;
  input.addEventListener("beforeinput", () => { wasWhole = isWhole(input); });
  // `35.5` is the person's mistake to see, not ours to make 355 of: points are moved only where a number stood whole,
  // and digits came or went. Noughts that a deletion leaves in front wait for the digit that is typed next.
  input.addEventListener("input", ({ data, inputType }) => {
    if (wasWhole && inputType?.startsWith("delete")) group(input);
    else if (WHOLE.test(input.value) || (wasWhole && DIGITS.test(data))) tidy(input);
  });
  if (input.value && WHOLE.test(input.value)) group(input);
}

for (const pad of document.querySelectorAll("[data-keypad]")) {
  const input = document.getElementById(pad.dataset.keypad);
  pad.hidden = false;
  if (matchMedia("(pointer: coarse)").matches) input.inputMode = "none";
  pad.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (key === undefined) return;
    const wasWhole = isWhole(input);
    input.value = key === "back" ? input.value.slice(0, -1) : input.value + key;
    if (wasWhole || WHOLE.test(input.value)) tidy(input);
  });
}

// What is chosen in a row of tabs is in sight, too, where the row is wider than the phone.
for (const chosen of document.querySelectorAll(".tabs [aria-current]")) {
  const tabs = chosen.parentElement;
  tabs.scrollLeft = chosen.offsetLeft - tabs.offsetLeft + chosen.offsetWidth - tabs.clientWidth + 24;
}

document.getElementById("problems")?.focus();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  // This page may be what a refused form gave: whoever comes back to it is not asked to send that once more.
  history.replaceState(history.state, "", location.href);
  event.submitter?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

// One more row like the last, which is always empty; without this an empty one comes with each page.
for (const button of document.querySelectorAll("[data-add-row]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const last = button.previousElementSibling;
    const begin = `${button.dataset.addRow}-`;
    const number = Number(last.querySelector("[name]").name.slice(begin.length).split("-")[0]);
    last.insertAdjacentHTML("afterend", last.outerHTML.replaceAll(`${begin}${number}-`, `${begin}${number + 1}-`));
    const added = button.previousElementSibling;
    added.querySelector("[data-number]").textContent = Number(last.querySelector("[data-number]").textContent) + 1;
    added.querySelector("input").focus();
  });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.done;
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
