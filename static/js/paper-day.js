/* A day entered from paper: Enter saves the row one is in, the next row follows, and what is typed outlives a reload or
   a new sign-in in this tab. Kept for the tab alone, and only until it is saved. */

const form = document.querySelector("[data-paper-day]");
const rowOf = (node) => node.closest?.("[data-paper-row]");
const fieldsOf = (root) => root.querySelectorAll("input:not([type=hidden]), select");

// --- what is typed and not saved yet
const draftKey = form?.dataset.paperDay ?? "";

function drafts() {
  try {
    return JSON.parse(sessionStorage.getItem(draftKey)) ?? {};
  } catch {
    return {};
  }
}

function keep(change) {
  const kept = drafts();
  change(kept);
  try {
    sessionStorage.setItem(draftKey, JSON.stringify(kept));
  } catch {
    // No storage: the page works as without it.
  }
}

function note(field) {
  if (!field.name || (field.type === "radio" && !field.checked)) return;
  keep((kept) => {
    kept[field.name] = field.value;
  });
}

function forget(key) {
  keep((kept) => {
    for (const name of Object.keys(kept)) if (name.startsWith(key)) delete kept[name];
  });
}

function restore() {
  const kept = drafts();
  for (const field of fieldsOf(form)) {
    const value = kept[field.name];
    if (value === undefined) continue;
    if (field.type === "radio") field.checked = field.value === value;
    else field.value = value;
  }
  // A row that is on record by now asks for nothing any more.
  for (const row of form.querySelectorAll(".paper-row--done")) forget(row.dataset.paperRow);
}

// --- the next thing to do
function goOn(row) {
  const wrong = row.querySelector("[aria-invalid=true]") ?? row.querySelector("[role=alert]");
  if (wrong) {
    if (!wrong.matches("input, select")) wrong.tabIndex = -1;
    wrong.focus();
    return;
  }
  const rows = [...form.querySelectorAll("[data-paper-row]")];
  const after = [...rows.slice(rows.indexOf(row) + 1), ...rows.slice(0, rows.indexOf(row))];
  const next = after.find((each) => each.querySelector("[data-paper-save]")) ?? row;
  const target = next.querySelector("input:checked") ?? fieldsOf(next)[0] ?? next.querySelector("a");
  target?.focus();
}

if (form) {
  restore();
  form.addEventListener("input", (event) => note(event.target));
  form.addEventListener("keydown", (event) => {
    const save = rowOf(event.target)?.querySelector("[data-paper-save]");
    if (event.key !== "Enter" || !save || event.target.closest("a, button")) return;
    event.preventDefault();
    save.click();
  });
  // Only the row's own fields travel.
  document.addEventListener("htmx:configRequest", (event) => {
    const row = rowOf(event.target);
    if (!row || !event.detail.formData) return;
    const own = new Set(["reason", "save", "csrfmiddlewaretoken"]);
    for (const name of [...event.detail.formData.keys()]) {
      if (!own.has(name) && !name.startsWith(row.dataset.paperRow)) event.detail.formData.delete(name);
    }
  });
  let answered = "";
  document.addEventListener("htmx:beforeSwap", (event) => {
    answered = rowOf(event.detail.target)?.dataset.paperRow ?? "";
  });
  document.addEventListener("htmx:afterSettle", () => {
    const row = answered && document.getElementById(`row-${answered}`);
    answered = "";
    if (!row) return;
    if (!row.querySelector("[data-paper-save]")) forget(row.dataset.paperRow);
    goOn(row);
  });
}
