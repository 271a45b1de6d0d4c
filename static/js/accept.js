/* Counts what is ticked in a draft, and keeps in this tab what was unticked while one looks at another filter.
 *
 * Without it the same boxes are sent, also by what shows other lines or plans again, for the session to keep (desk/kept_boxes.py); the
 * words are those of the page as it came.
 */

const bar = document.querySelector("form[data-accept]");
const boxes = [...document.querySelectorAll("input[form=accept]")];
const key = `accept-${bar?.dataset.accept}`;
const part = (name) => bar.querySelector(`[data-accept-${name}]`);
const total = (ticked, name) => ticked.reduce((sum, box) => sum + Number(box.dataset[name]), 0);

function sentence(name, n) {
  const form = n === 0 ? "None" : n === 1 ? "One" : "Other";
  return (bar.dataset[name + form] ?? "").replace("{n}", n);
}

function count() {
  const ticked = boxes.filter((box) => box.checked);
  const n = ticked.length;
  const [patients, carers, calls] = ["patients", "carers", "calls"].map((name) => total(ticked, name));
  const all = Number(bar.dataset.total);
  part("heading").textContent = bar.dataset.heading.replace("{n}", n);
  part("left").textContent = sentence("left", all - n);
  part("told").textContent = sentence("told", patients + carers);
  const note = patients + carers ? bar.dataset.note.replace("{patients}", patients).replace("{carers}", carers) : "";
  part("note").textContent = [note, sentence("ring", calls)].filter(Boolean).join("; ");
  const press = part("press");
  press.textContent = sentence("accept", n);
  press.disabled = n === 0;
}

// --- what was chosen by hand. Unticked stays so when the draft is planned again; ticked is asked for anew.
function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

function keep() {
  const { seen, off = [], on = [] } = kept();
  const here = new Set(boxes.map((box) => box.value));
  const elsewhere = (list) => list.filter((value) => !here.has(value));
  const values = (isTicked) => boxes.filter((box) => box.checked === isTicked).map((box) => box.value);
  const isSame = seen === bar.dataset.seen;
  const chosen = {
    seen: bar.dataset.seen,
    off: [...elsewhere(off), ...values(false)],
    on: [...(isSame ? elsewhere(on) : []), ...values(true)],
  };
  try {
    sessionStorage.setItem(key, JSON.stringify(chosen));
  } catch {
    // No storage: each page begins with what is in the window.
  }
}

function restore() {
  const { seen, off = [], on = [] } = kept();
  for (const box of boxes) {
    if (off.includes(box.value)) box.checked = false;
    else if (seen === bar.dataset.seen && on.includes(box.value)) box.checked = true;
  }
}

function changed() {
  keep();
  count();
  part("said").textContent = part("heading").textContent;
}

if (bar) {
  // A link that chose for all of them has been followed: what was chosen before is over.
  if (new URLSearchParams(location.search).has("select")) keep();
  else restore();
  count();
  window.addEventListener("pageshow", () => {
    bar.elements.here.disabled = false;
    count();
  });
  for (const box of boxes) {
    box.addEventListener("change", changed);
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault(); // Space ticks; nothing is sent from a box
    });
  }
  for (const way of document.querySelectorAll(`button[form=${bar.id}][formaction]`)) {
    way.addEventListener("click", (event) => {
      // The tab has the boxes: nothing of them is for the session to keep, and other lines are opened as by a link.
      if ("acts" in way.dataset) {
        bar.elements.here.disabled = true;
        return;
      }
      event.preventDefault();
      location.assign(way.formAction);
    });
  }
  for (const link of document.querySelectorAll("[data-select]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const { select } = link.dataset;
      for (const box of boxes) box.checked = select === "all" || (select === "window" && box.dataset.inside === "1");
      changed();
    });
  }
}
