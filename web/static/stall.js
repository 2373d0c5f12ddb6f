// The stall hears its money: server-sent events, one loud announcement each, the page's part fetched anew.

const live = document.getElementById("live");
const words = live.dataset;
const target = document.getElementById(words.target);
const light = document.getElementById("live-state");
const board = document.getElementById("announcements");
const POLL = 15_000;
const SHOWN = 12_000;

const dong = (amount) => String(amount).replace(/\B(?=(\d{3})+$)/g, ".") + " ₫";

async function refresh() {
  const answer = await fetch(words.refresh, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
  if (answer?.ok && !answer.redirected) {
    target.innerHTML = await answer.text();
    count();
  }
}

// ---- sound: only after the person has touched the page, as browsers want it ----
const button = document.getElementById("sound");
let sound = localStorage.getItem("sound") !== "off";
let audio = null;
function paint() {
  button.hidden = false;
  button.setAttribute("aria-pressed", String(sound));
  button.querySelector("span").textContent = sound ? button.dataset.on : button.dataset.off;
}
button.addEventListener("click", () => {
  sound = !sound;
  localStorage.setItem("sound", sound ? "on" : "off");
  paint();
  if (sound) chime();
});
paint();
for (const touch of ["pointerdown", "keydown"]) {
  addEventListener(touch, () => (audio ??= new AudioContext()).resume(), { once: true });
}
function chime() {
  if (!audio) return;
  for (const [note, start] of [[659, 0], [880, 0.16], [1319, 0.32]]) {
    const tone = new OscillatorNode(audio, { frequency: note, type: "triangle" });
    const volume = new GainNode(audio, { gain: 0 });
    const at = audio.currentTime + start;
    volume.gain.setValueAtTime(0.5, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.5);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.5);
  }
}
function say(text) {
  const voice = globalThis.speechSynthesis?.getVoices().find((one) => one.lang.startsWith(document.documentElement.lang));
  if (!voice) return;
  const spoken = new SpeechSynthesisUtterance(text);
  Object.assign(spoken, { voice, lang: voice.lang, rate: 0.95 });
  speechSynthesis.speak(spoken);
}

function announce(payment, shownAlready) {
  const wrong = payment.status === "refund_due";
  const text = wrong ? words.return : payment.status === "partly_paid" ? words.part : words.came;
  if (shownAlready) board.replaceChildren(unseen(`${text} ${dong(payment.amount)}`));
  else show(payment, text, wrong);
  if (!sound) return;
  navigator.vibrate?.(wrong ? 600 : [150, 80, 150]);
  chime();
  say(`${text} ${payment.amount} ${words.dong}`);
}
function unseen(text) {
  const line = document.createElement("p");
  line.className = "unseen";
  line.textContent = text;
  return line;
}
function show(payment, text, wrong) {
  const box = document.createElement("div");
  box.className = wrong ? "announce announce--warn" : "announce";
  box.dataset.testid = "announcement";
  const line = document.createElement("p");
  line.textContent = text;
  const amount = document.createElement("strong");
  amount.className = "amount";
  amount.textContent = dong(payment.amount);
  const known = document.createElement("button");
  known.className = "button button--quiet";
  known.textContent = words.close;
  known.addEventListener("click", () => box.remove());
  box.append(line, amount, known);
  board.replaceChildren(box);
  setTimeout(() => box.remove(), SHOWN);
}

// ---- events ----
const events = new EventSource(words.events);
function shine(state, text) {
  light.dataset.state = state;
  light.textContent = text;
}
events.onopen = () => shine("on", words.on);
events.onerror = () => {
  shine("off", words.off);
  if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), POLL);
};
const ours = (data) => !words.request || data.payment_request_id === words.request;
events.addEventListener("payment.settled", (event) => {
  const payment = JSON.parse(event.data);
  // On its own page a request says so itself, as large as the page.
  announce(payment, words.request && ours(payment));
  if (ours(payment)) refresh();
});
events.addEventListener("stall_payment.received", (event) => {
  if (words.request) return;
  announce(JSON.parse(event.data), false);
  refresh();
});
events.addEventListener("payment.reversed", (event) => {
  if (ours(JSON.parse(event.data))) refresh();
});
events.addEventListener("stall_orders.changed", () => {
  if (!words.request) refresh();
});
events.addEventListener("stall.closed", () => {
  if (!words.request) location.reload();
});
for (const name of ["opened", "refused", "cancelled", "expired"]) {
  events.addEventListener(`payment_request.${name}`, (event) => {
    if (words.request && ours(JSON.parse(event.data))) refresh();
  });
}
// Should events be held up somewhere on the way, the page still finds out.
setInterval(() => {
  if (document.visibilityState === "visible" && target.querySelector("[data-open=yes]")) refresh();
}, POLL);

// ---- time left ----
function count() {
  const clock = target.querySelector("[data-until]");
  if (!clock) return;
  const left = Math.max(0, Math.round((new Date(clock.dataset.until) - Date.now()) / 1000));
  const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  clock.textContent = `(${words.left.replace("{}", time)})`;
}
setInterval(count, 1000);
count();
