/* The field in the top bar: who is found while typing, chosen with the arrows, opened with Enter, closed with Escape.
 *
 * The first of those who fit is chosen by itself; a name that is only like it must be chosen by a person. Enter pressed
 * before the answer has come opens nobody unless exactly one fits: nobody lands in a record they have not seen named.
 */

const field = document.querySelector("[data-find]");
const found = document.getElementById("find-found");
const status = document.getElementById("find-status");
let asked = "";
let shown = "";
let waits = false;

const options = () => [...found.querySelectorAll("[role=option]")];
const chosen = () => found.querySelector("[aria-selected=true]");
const isOpen = () => !found.hidden;

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  if (option) {
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", option.id);
  } else {
    field.removeAttribute("aria-activedescendant");
  }
}

function close() {
  found.hidden = true;
  field.setAttribute("aria-expanded", "false");
  choose(null);
}

function open() {
  const list = options();
  found.hidden = !found.querySelector(".found-nobody") && list.length === 0;
  field.setAttribute("aria-expanded", String(list.length > 0));
  choose(found.querySelector("[data-exact]"));
}

function move(by) {
  const list = options();
  if (list.length === 0) return;
  const at = list.indexOf(chosen());
  const next = at < 0 ? (by > 0 ? 0 : list.length - 1) : (at + by + list.length) % list.length;
  choose(list[next]);
}

function enter(event) {
  const text = field.value.trim();
  if (text === "") {
    event.preventDefault();
  } else if (field.value !== shown) {
    event.preventDefault();
    waits = true;
  } else if (isOpen() && chosen()) {
    event.preventDefault();
    chosen().click();
  }
  // Otherwise the form is sent, and the list says what can be tried.
}

function keydown(event) {
  if (event.isComposing || event.ctrlKey || event.metaKey) return;
  if (event.key === "Enter") {
    enter(event);
  } else if (event.key === "Escape") {
    event.preventDefault();
    if (isOpen()) close();
    else field.value = shown = "";
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (isOpen() && !(event.altKey && event.key === "ArrowUp")) move(event.key === "ArrowDown" ? 1 : -1);
    else if (isOpen()) close();
    else if (field.value === shown && shown) open();
  }
}

function answered() {
  shown = asked;
  status.textContent = found.querySelector("[data-status]")?.dataset.status ?? "";
  open();
  if (!waits) return;
  waits = false;
  const exact = found.querySelectorAll("[data-exact]");
  if (exact.length === 1 && field.value === shown) exact[0].click();
}

if (field && found) {
  field.addEventListener("keydown", keydown);
  field.addEventListener("htmx:beforeRequest", () => {
    asked = field.value;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === found) answered();
  });
  // No answer: the list page finds without this.
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    field.addEventListener(name, () => {
      close();
      if (waits) field.form.requestSubmit();
      waits = false;
    });
  }
  field.addEventListener("input", () => {
    waits = false;
    if (field.value.trim() === "") close();
  });
  field.addEventListener("focus", () => {
    if (field.value && field.value === shown) open();
  });
  // The focus stays in the field while the mouse is over the list.
  found.addEventListener("mousedown", (event) => event.preventDefault());
  document.addEventListener("focusout", (event) => {
    if (event.target === field && !found.contains(event.relatedTarget)) close();
  });
  window.addEventListener("pageshow", () => {
    field.value = shown = "";
    close();
  });
}

// The magnifying glass of a narrow screen leads to the list's own field, ready to type.
if (location.hash === "#q") document.querySelector("[data-find-here]")?.focus();
