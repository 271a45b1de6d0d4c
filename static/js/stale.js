/* The amber bar: says when the page's data were last good, as soon as a refresh fails; goes when one works again.
 *
 * It also stands between a form and the browser's own error page: a form that would not arrive is not sent, and what
 * was typed stays where it is.
 */

const bar = document.querySelector("[data-stale]");
const clock = bar?.querySelector("[data-stale-at]");
const LIMIT = 4000; // ms to wait for the clinic's answer
const QUIET = 60_000; // ms without a word from the clinic after which it is asked whether it is there

/* What the bar says: "lost" (no news), "out" (signed out) or "unsent" (something pressed did not arrive). */
function tell(why, at) {
  for (const words of bar.querySelectorAll("[data-stale-why]")) words.hidden = words.dataset.staleWhy !== why;
  // Trying again loads the page anew, and what was typed would go with it.
  bar.querySelector("[data-stale-again]").hidden = why === "unsent";
  clock.textContent = at;
  bar.hidden = false;
}

document.addEventListener("clinic:stale", (event) => {
  if (bar) tell(event.detail.why, event.detail.at);
});

const lastGood = () => new Date(heard).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
let heard = Date.now(); // when the clinic last answered this page

for (const good of ["clinic:fresh", "htmx:afterOnLoad"]) {
  document.addEventListener(good, () => {
    heard = Date.now();
    if (bar) bar.hidden = true;
  });
}

async function isThere() {
  if (!navigator.onLine) return false;
  try {
    return (await fetch(bar.dataset.stale, { cache: "no-store", signal: AbortSignal.timeout(LIMIT) })).ok;
  } catch {
    return false;
  }
}

const asked = new WeakSet(); // forms for which the clinic has just answered

// What htmx sends stays on the page by itself. Asked before anything else looks at the form: it may not be sent at all.
window.addEventListener(
  "submit",
  async (event) => {
    const form = event.target;
    if (!bar || form.method !== "post" || form.matches("[hx-post]")) return;
    if (asked.delete(form)) return;
    if (navigator.onLine && bar.hidden && Date.now() - heard < QUIET) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.asking) return;
    form.dataset.asking = "";
    const there = await isThere();
    delete form.dataset.asking;
    if (!there) {
      tell("unsent", lastGood());
      return;
    }
    heard = Date.now();
    bar.hidden = true;
    asked.add(form);
    form.requestSubmit(event.submitter);
  },
  true,
);
// A page that refreshes itself says when it is true again; live.js asks at once.
window.addEventListener("online", () => {
  if (bar && !document.querySelector("[data-live-url]")) bar.hidden = true;
});

// A press that went nowhere must say so, too: htmx is silent about a lost network.
for (const trouble of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(trouble, (event) => {
    const isOut = [401, 403].includes(event.detail.xhr?.status);
    const isUnsent = event.detail.requestConfig?.verb === "post";
    tell(isOut ? "out" : isUnsent ? "unsent" : "lost", lastGood());
  });
}
