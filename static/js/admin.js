/* What the admin's own markup leaves out: names for screen readers and for narrow screens, and room on a phone. */

function name() {
  for (const tick of document.querySelectorAll("td.delete input[type=checkbox]:not([aria-label])")) {
    const table = tick.closest("table");
    const column = table?.querySelector(`thead th:nth-child(${tick.closest("td").cellIndex + 1})`);
    const row = tick.closest("tr").querySelector(".original p")?.textContent.trim();
    tick.setAttribute("aria-label", [column?.textContent.trim(), row].filter(Boolean).join(" "));
  }
  for (const tip of document.querySelectorAll(".help-tooltip[aria-label]:not([role])")) tip.setAttribute("role", "img");
}

/* Each cell says which column it is in, for when the columns are folded into lines. */
function label() {
  for (const table of document.querySelectorAll("table[data-label-rows], .inline-group .tabular table")) {
    const columns = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
    for (const row of table.tBodies[0].rows) {
      for (const cell of row.cells) {
        const words = columns[cell.cellIndex];
        if (words && !cell.matches(".action-checkbox")) cell.dataset.label = words;
        const isBare = !cell.textContent.trim() || cell.textContent.trim() === "–";
        cell.classList.toggle("is-nothing", isBare && !cell.querySelector("input, select, textarea, a, img"));
      }
    }
    table.classList.add("is-labelled");
  }
}

/* Beside a list its filters stand open; over it, on a narrow screen, they are folded away. */
function fold() {
  for (const filters of document.querySelectorAll("details[data-open-where-wide]")) {
    filters.open = window.matchMedia("(min-width: 64.01rem)").matches;
  }
}

fold();
label();
document.addEventListener("formset:added", () => { name(); label(); });
window.addEventListener("load", name);
