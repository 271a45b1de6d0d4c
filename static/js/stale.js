/* The amber bar: says when the page's data were last good, as soon as a refresh fails; goes when one works again. */

const bar = document.querySelector("[data-stale]");
const lost = bar?.querySelector("[data-stale-lost]");
const out = bar?.querySelector("[data-stale-out]");
const clock = bar?.querySelector("[data-stale-at]");

document.addEventListener("clinic:stale", (event) => {
  const { at, isSignedOut } = event.detail;
  clock.textContent = at;
  lost.hidden = isSignedOut;
  out.hidden = !isSignedOut;
  bar.hidden = false;
});

document.addEventListener("clinic:fresh", () => {
  bar.hidden = true;
});

// Without a network a form would leave for the browser's own error page, and what was typed with it.
document.addEventListener(
  "submit",
  (event) => {
    if (navigator.onLine || !bar) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    document.dispatchEvent(new CustomEvent("clinic:stale", { detail: { at: lastGood, isSignedOut: false } }));
  },
  true,
);
// A page that refreshes itself says when it is true again; live.js asks at once.
window.addEventListener("online", () => {
  if (bar && !document.querySelector("[data-live-url]")) bar.hidden = true;
});

// A press that went nowhere must say so, too: htmx is silent about a lost network.
const now = () => new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
let lastGood = now();
document.addEventListener("htmx:afterOnLoad", () => {
  lastGood = now();
  bar.hidden = true;
});
for (const trouble of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(trouble, (event) => {
    const isSignedOut = [401, 403].includes(event.detail.xhr?.status);
    document.dispatchEvent(new CustomEvent("clinic:stale", { detail: { at: lastGood, isSignedOut } }));
  });
}
