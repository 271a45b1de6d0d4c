/* A form marked data-once is sent once: a double click, a second Enter, a slow network send nothing twice. */

const busy = new WeakSet();

function release(form) {
  busy.delete(form);
  for (const button of form.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
}

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]")) return;
    if (busy.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    busy.add(form);
    for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-disabled", "true");
  },
  true,
);

// Sent by htmx the page stays, so the form may be needed again; so it may after the back button.
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form[data-once]");
  if (form) release(form);
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-once]").forEach(release));
