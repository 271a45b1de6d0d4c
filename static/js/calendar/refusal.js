/* The box beside a start that is refused: why, and the nearest start that works. */

import { shaped } from "./cards.js";
import { drawnColumns } from "./drawing.js";
import { card, root, state, target, words } from "./page.js";
import { focusEvent } from "./redrawing.js";
import { columns, FOLDED, isWeek, shapeNow, slotHeight } from "./shape.js";
import { parse } from "./times.js";

/* `take` asks for the nearest start in turn, when that is pressed. */
export function refuse(html, event, { start, room, take }) {
  card.innerHTML = html;
  card.hidden = false;
  card.setAttribute("role", "alertdialog");
  card.setAttribute("aria-label", card.querySelector("h3")?.textContent.trim() ?? words.lost);
  card.dataset.from = event.id;
  place(start, room);
  const own = card.querySelector("[data-refused]");
  mark(own?.dataset.fullFrom, own?.dataset.fullUntil);
  const nearest = card.querySelector("[data-nearest]");
  nearest?.addEventListener("click", (click) => {
    click.preventDefault();
    close();
    take(event, nearest.dataset.start, nearest.dataset.room);
  });
  card.querySelector("[data-card-close]")?.addEventListener("click", () => close(true));
  (nearest ?? card.querySelector("button"))?.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

/* Beside the place that was refused, inside the calendar. */
function place(start, room) {
  const headOf = (isIt) => [...target.querySelectorAll(".ec-col-head")][drawnColumns().findIndex(isIt)];
  const outer = root.getBoundingClientRect();
  const box = headOf((each) => each.id === room)?.getBoundingClientRect() ?? outer;
  const body = target.querySelector(".ec-body")?.getBoundingClientRect() ?? outer;
  const first = parse(`${start.slice(0, 10)}T${state.data.first}`);
  const top = shapeNow() === "timeline" || isWeek() ? body.top : body.top + ((parse(start) - first) / 900_000) * slotHeight();
  let left = Math.min(box.left - outer.left + box.width / 2, outer.width - card.offsetWidth - 8);
  // Clear of the recovery places, where these are what it is about.
  const recovery = headOf((each) => each.extendedProps.kind === "place");
  if (card.querySelector("[data-full-from]:not([data-full-from=''])") && recovery && shapeNow() === "columns") {
    left = Math.min(left, recovery.getBoundingClientRect().left - outer.left - card.offsetWidth - 8);
  }
  card.style.insetInlineStart = `${Math.max(8, left)}px`;
  card.style.insetBlockStart = `${Math.max(8, Math.min(top - outer.top + 64, outer.height - card.offsetHeight - 8))}px`;
}

/* Where no recovery place is left, across all of them. */
function mark(from, until) {
  unmark();
  if (!from || !state.calendar) return;
  for (const each of columns().filter((one) => one.kind === "place")) {
    const band = { id: `full-${each.id}`, in: each.id, start: from, end: until, band: "full", text: "" };
    state.calendar.addEvent(shaped(band));
  }
}

function unmark() {
  for (const each of [...state.data.resources, { id: FOLDED }]) state.calendar?.removeEventById(`full-${each.id}`);
}

/* Put away; with focus, back to what was refused. */
export function close(withFocus = false) {
  if (card.hidden) return;
  const id = card.dataset.from;
  card.hidden = true;
  card.replaceChildren();
  unmark();
  if (!withFocus) return;
  if (state.events.has(id)) focusEvent(id);
  else document.getElementById(`tray-${id.slice(2)}`)?.focus();
}
