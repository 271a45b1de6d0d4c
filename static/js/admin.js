/* Names that the admin's own markup leaves out, for screen readers: ticks that delete a row, and its tooltips. */

function name() {
  for (const tick of document.querySelectorAll("td.delete input[type=checkbox]:not([aria-label])")) {
    const table = tick.closest("table");
    const column = table?.querySelector(`thead th:nth-child(${tick.closest("td").cellIndex + 1})`);
    const row = tick.closest("tr").querySelector(".original p")?.textContent.trim();
    tick.setAttribute("aria-label", [column?.textContent.trim(), row].filter(Boolean).join(" "));
  }
  for (const tip of document.querySelectorAll(".help-tooltip[aria-label]:not([role])")) tip.setAttribute("role", "img");
}

document.addEventListener("formset:added", name);
window.addEventListener("load", name);
