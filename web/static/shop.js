// Spares a tap where the browser can: hands a page's address to Zalo or any other app, or copies it.
const shares = document.querySelector("[data-share]");
if (shares && navigator.share) {
  shares.hidden = false;
  shares.addEventListener("click", () => {
    navigator.share({ title: shares.dataset.title, url: shares.dataset.share }).catch(() => {});
  });
}
const copies = document.querySelector("[data-copy]");
if (copies && navigator.clipboard) {
  copies.hidden = false;
  copies.addEventListener("click", async () => {
    await navigator.clipboard.writeText(copies.dataset.copy);
    copies.textContent = copies.dataset.done;
  });
}
