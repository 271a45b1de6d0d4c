/* The panel beside a list: what is open in it is marked in the list, it takes the focus, and gives it back. */

const panel = document.getElementById("panel");
let cameFrom = "";

function mark() {
  const key = panel?.querySelector("[data-for]")?.dataset.for ?? "";
  for (const row of document.querySelectorAll("[data-row]")) {
    if (row.dataset.row === key) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
  return key;
}

function close(link) {
  const key = panel.querySelector("[data-for]")?.dataset.for ?? cameFrom;
  panel.replaceChildren();
  mark();
  history.pushState(null, "", link.href);
  const row = document.querySelector(`[data-row="${CSS.escape(key)}"]`);
  const target = row?.matches("a") ? row : (row?.querySelector(".when-not-current :is(a, button)") ?? row?.querySelector("a"));
  target?.focus();
}

/* A panel below a tall head of the page reaches under the fold: just so far that its press is seen. */
function showPress() {
  const press = panel?.querySelector("[data-press]")?.getBoundingClientRect();
  if (press && press.bottom > window.innerHeight) window.scrollBy(0, press.bottom - window.innerHeight);
}

// After settling, not after swapping: until then htmx keeps the old classes on what keeps its id.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target !== panel) return;
  const before = cameFrom;
  cameFrom = mark();
  panel.scrollTop = 0;
  // The same panel again (a slot reserved, let go): stay with what was pressed, as near as it still is.
  const next =
    panel.querySelector("[role=alert]") ??
    (before === cameFrom ? panel.querySelector(".slot--reserved .btn--primary") : null) ??
    panel.querySelector("[data-focus]");
  if (next && !next.hasAttribute("tabindex") && !next.matches("a, button, input")) next.tabIndex = -1;
  next?.focus({ preventScroll: !window.matchMedia("(max-width: 64rem)").matches });
  showPress();
});

// What is renewed out of band or by the live refresh has lost its mark.
document.addEventListener("htmx:oobAfterSwap", mark);
document.addEventListener("clinic:renewed", mark);

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-close-panel]");
  if (!link || event.ctrlKey || event.metaKey || !panel?.contains(link) || !document.querySelector("[data-row]")) return;
  event.preventDefault();
  close(link);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  if (document.activeElement?.matches("input, select, textarea")) return;
  const link = panel?.querySelector("[data-close-panel]");
  if (link && panel.contains(document.activeElement)) link.click();
});

cameFrom = panel?.querySelector("[data-for]")?.dataset.for ?? "";

showPress();

const ACTED = "panel-acted"; // a form of the panel was sent, and a page is on its way

document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented && panel?.contains(event.target)) sessionStorage.setItem(ACTED, "1");
});

// A form that came back with a question opens on it; with errors it says so first, also without htmx. What an act of the panel came to, where the page
// was loaded anew for it, is read in the panel beside the next act, and not from the head of the page.
const errors = document.querySelector("[data-asked]") ?? document.querySelector(".error-summary[data-focus]");
const hasActed = sessionStorage.getItem(ACTED) || document.querySelector(".toast");
sessionStorage.removeItem(ACTED);
if (errors) errors.focus();
else if (hasActed && document.activeElement === document.body) {
  panel?.querySelector("[data-focus]")?.focus({ preventScroll: true });
}
