/* Shortcuts: "/" finds a patient, "g" and a letter go where [data-shortcut] points, "?" lists them all. */

const PATIENCE = 1200; // ms in which the letter must follow the "g"
const dialog = document.getElementById("keys");
const find = document.querySelector("[data-find-here]") ?? document.querySelector("[data-find]");
const places = [...document.querySelectorAll("[data-shortcut]")];
let goSince = 0;

const isTyping = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable || element.matches("input:not([type=checkbox], [type=radio]), select, textarea"));

function list() {
  const target = dialog?.querySelector("[data-keys-list]");
  for (const place of places) {
    const term = document.createElement("dt");
    for (const key of ["g", place.dataset.shortcut]) {
      const cap = document.createElement("kbd");
      cap.textContent = key;
      term.append(cap);
    }
    const words = document.createElement("dd");
    words.textContent = `${target.dataset.go} ${place.dataset.shortcutName}`;
    target?.append(term, words);
  }
  for (const opener of document.querySelectorAll("[data-keys-open]")) {
    opener.hidden = false;
    opener.addEventListener("click", () => dialog?.showModal());
  }
}

function focusFind(event) {
  const visible = find?.offsetParent ? find : document.querySelector("a.find-link");
  if (!visible) return;
  event.preventDefault();
  visible.focus();
  if (visible === find) find.select();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
  if (dialog?.open) return;
  if (event.key === "/") {
    focusFind(event);
  } else if (event.key === "?") {
    event.preventDefault();
    dialog?.showModal();
  } else if (event.key === "g") {
    goSince = event.timeStamp;
  } else {
    if (goSince && event.timeStamp - goSince < PATIENCE) {
      const place = places.find((each) => each.dataset.shortcut === event.key);
      if (place) {
        event.preventDefault();
        place.click();
      }
    }
    goSince = 0;
  }
});

list();
