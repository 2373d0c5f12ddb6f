// Reads a QR with the camera, where the browser can; elsewhere a photo is sent as soon as it is taken.

const part = document.querySelector("[data-scan]");
const EVERY = 250;

async function scan(video, field) {
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
  const timer = setInterval(async () => {
    const [found] = await detector.detect(video).catch(() => []);
    if (!found || field.value) return;
    clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
    field.value = found.rawValue;
    field.form.requestSubmit();
  }, EVERY);
}

if (part && "BarcodeDetector" in window && navigator.mediaDevices) {
  const button = part.querySelector("button");
  const field = document.getElementById(part.dataset.scan);
  part.hidden = false;
  button.addEventListener("click", () => {
    field.value = "";
    button.disabled = true;
    scan(part.querySelector("video"), field).catch(() => {
      button.disabled = false;
      field.focus();
    });
  });
}

const photo = document.getElementById("field-photo");
photo.addEventListener("change", () => photo.files.length && photo.form.requestSubmit());
