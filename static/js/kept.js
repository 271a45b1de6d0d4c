/* What was typed into a form that was sent after the sign-in had ended stands in it again once one has signed in.
 *
 * Kept for this tab alone, for the same person, for a quarter of an hour, and until the form is open again. A paper
 * day keeps what is typed by itself (paper-day.js).
 */

const KEY = "kept-form";
const LIMIT = 15 * 60_000;
const who = document.querySelector(".user-name")?.textContent.trim() ?? "";
const said = document.getElementById("kept-words")?.textContent.trim() ?? "";

const pathOf = (form) => new URL(form.getAttribute("hx-post") ?? form.action, location.href).pathname;
const fieldsOf = (form) =>
  [...form.elements].filter((each) => each.name && !each.disabled && !["hidden", "password", "file", "submit", "button"].includes(each.type));

function store(kept) {
  try {
    if (kept) sessionStorage.setItem(KEY, JSON.stringify(kept));
    else sessionStorage.removeItem(KEY);
  } catch {
    // No storage: the page works as without it.
  }
}

function stored() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY));
    return kept && kept.who === who && Date.now() - kept.at < LIMIT ? kept : null;
  } catch {
    return null;
  }
}

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.method !== "post" || form.matches("[data-paper-day]")) return;
    const values = fieldsOf(form)
      .filter((each) => !["checkbox", "radio"].includes(each.type) || each.checked)
      .map((each) => [each.name, each.value]);
    if (values.some(([, value]) => value)) store({ who, at: Date.now(), path: pathOf(form), values, isOut: false });
  },
  true,
);

/* A field that says what it said at first is filled in; one that somebody has touched meanwhile is theirs. */
function fill(form, values) {
  for (const field of fieldsOf(form)) {
    const own = values.filter(([name]) => name === field.name).map(([, value]) => value);
    if (!own.length) continue;
    if (["checkbox", "radio"].includes(field.type)) {
      field.checked = own.includes(field.value);
    } else if (field.tagName === "SELECT" || field.value === field.defaultValue) {
      field.value = own[0];
    }
  }
}

function restore() {
  const kept = stored();
  if (!kept?.isOut) return;
  const form = [...document.forms].find((each) => each.method === "post" && pathOf(each) === kept.path && fieldsOf(each).length);
  if (!form) return;
  store(null);
  fill(form, kept.values);
  const words = document.createElement("p");
  words.className = "notice notice--action";
  words.setAttribute("role", "status");
  words.textContent = said;
  form.prepend(words);
  fieldsOf(form).find((each) => each.value)?.focus();
}

// A page that comes from signing in: what was sent before it never arrived. Any other says that it did.
const kept = stored();
const cameFrom = document.referrer ? new URL(document.referrer).pathname : "";
if (kept && cameFrom.startsWith("/sign-in/")) store({ ...kept, isOut: true });
else if (!kept?.isOut) store(null);
restore();

document.addEventListener("htmx:afterSettle", restore);
document.addEventListener("htmx:afterRequest", (event) => {
  const isOut = event.detail.xhr?.getResponseHeader("HX-Redirect")?.startsWith("/sign-in/");
  if (event.detail.requestConfig?.verb === "post" && event.detail.successful && !isOut) store(null);
});
