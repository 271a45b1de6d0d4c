/* Menus are disclosures that work without this; with it they close on Escape, on a click elsewhere and on leaving.
 * Any other disclosure closes on Escape, too, while the focus is in it and nothing is being typed.
 */

const open = () => [...document.querySelectorAll("details.menu[open]")];

const isTyping = () => document.activeElement?.matches("input, select, textarea");

function close(disclosure) {
  disclosure.open = false;
  disclosure.querySelector("summary").focus();
}

document.addEventListener("click", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("focusin", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const around = isTyping() ? null : document.activeElement?.closest("details[open]");
  for (const disclosure of new Set([...open(), ...(around ? [around] : [])])) {
    close(disclosure);
    event.stopImmediatePropagation();
  }
});
