// The list of orders grows while one looks at it: told by the stalls' events, else asked for now and then.

const list = document.getElementById("orders");
const POLL = 30_000;

async function refresh() {
  const answer = await fetch(list.dataset.refresh, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
  if (answer?.ok && !answer.redirected) list.innerHTML = await answer.text();
}
for (const address of list.dataset.events.split(" ").filter(Boolean)) {
  new EventSource(address).addEventListener("stall_orders.changed", refresh);
}
setInterval(() => {
  if (document.visibilityState === "visible") refresh();
}, POLL);
