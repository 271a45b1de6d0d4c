/* Toasts: a timed one counts down beside its Undo and goes; an error stays until it is put away. */

const list = document.getElementById("toasts");

function leave(toast) {
  toast.dataset.leaving = "";
  setTimeout(() => toast.remove(), 250);
}

function start(toast) {
  const close = toast.querySelector("[data-toast-close]");
  close.hidden = false;
  close.addEventListener("click", () => leave(toast));
  const seconds = Number(toast.dataset.toastSeconds);
  if (!seconds) return;
  const left = toast.querySelector("[data-toast-left]");
  const until = Date.now() + seconds * 1000;
  const timer = setInterval(() => {
    const rest = Math.ceil((until - Date.now()) / 1000);
    if (left) left.textContent = rest > 0 ? `${rest} s` : "";
    if (rest > 0 || !toast.isConnected) return;
    // The Undo is over whatever happens; words being read or pointed at may stay.
    toast.querySelector("form")?.remove();
    if (toast.matches(":hover, :focus-within")) return;
    clearInterval(timer);
    leave(toast);
  }, 500);
  if (left) left.textContent = `${seconds} s`;
}

function startNew() {
  for (const toast of list.querySelectorAll(".toast:not([data-started])")) {
    toast.dataset.started = "";
    start(toast);
  }
}

if (list) {
  new MutationObserver(startNew).observe(list, { childList: true });
  startNew();
}
