/* A reservation's time left, "Reserved 9:42". Without this the badge says until when. */

const two = (number) => String(number).padStart(2, "0");

function draw() {
  for (const badge of document.querySelectorAll("[data-countdown]")) {
    const left = Math.round((Date.parse(badge.dataset.countdown) - Date.now()) / 1000);
    badge.textContent =
      left > 0
        ? `${badge.dataset.countdownText} ${Math.floor(left / 60)}:${two(left % 60)}`
        : badge.dataset.countdownOver;
  }
}

draw();
setInterval(draw, 1000);
document.addEventListener("htmx:afterSwap", draw);
