// What every page shares. Pages work without it: it only spares people a tap or a mistake.

const digits = (text) => text.replace(/\D/g, "").replace(/^0+(?=\d)/, "");

/** `1250000` as `1.250.000`, the caret kept behind the same digit. */
function group(input) {
  const caret = input.selectionStart ?? input.value.length;
  const behind = input.value.slice(caret).replace(/\D/g, "").length;
  const plain = digits(input.value);
  input.value = plain.replace(/\B(?=(\d{3})+$)/g, ".");
  let at = input.value.length;
  for (let left = behind; left > 0 && at > 0; at--) if (/\d/.test(input.value[at - 1])) left--;
  input.setSelectionRange(at, at);
}

for (const input of document.querySelectorAll("input[data-money]")) {
  // A decimal comma or a minus sign is the person's mistake to see, not ours to hide.
  input.addEventListener("input", () => /^[\d.\s]*$/.test(input.value) && group(input));
  if (/^\d+$/.test(input.value)) group(input);
}

for (const pad of document.querySelectorAll("[data-keypad]")) {
  const input = document.getElementById(pad.dataset.keypad);
  pad.hidden = false;
  if (matchMedia("(pointer: coarse)").matches) input.inputMode = "none";
  pad.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (key === undefined) return;
    input.value = key === "back" ? input.value.replace(/\d\D*$/, "") : input.value + key;
    group(input);
  });
}

document.getElementById("problems")?.focus();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
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
