/* The paper list is the page's own print style; this only opens the browser's dialog. */

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
