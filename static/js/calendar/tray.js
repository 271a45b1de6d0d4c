/* A dose of the tray: what it would be on the calendar, and how it is dragged there. */

import { ofDose } from "./asking.js";
import { fill, state, STEP, target, words } from "./page.js";
import { part } from "./parts.js";
import { close } from "./refusal.js";
import { catchUp } from "./renewing.js";
import { slotHeight } from "./shape.js";
import { clock, plus, two, wall } from "./times.js";

const NEAR = 6; // px that are no drag yet
const EDGE = 24; // px from which the calendar follows

export function ghost(row, start, room) {
  const { dose, minutes, name, what, ask: address } = row.dataset;
  return {
    id: `t-${dose}`,
    key: dose,
    in: room,
    start,
    end: plus(start, Number(minutes)),
    name,
    what,
    dose: what,
    ask: address,
    url: row.href,
    state: "own",
    times: "",
    isMoved: true,
    lines: [],
    label: `${name}, ${what}`,
    more: ["cal-event--asking"],
  };
}

function snap(point) {
  const at = wall(point.date);
  return `${at.slice(0, 14)}${two(Math.floor(Number(at.slice(14)) / STEP) * STEP)}`;
}

/* The start in a room under the pointer, if it is over one. */
function under(event) {
  const point = state.calendar.dateFromPoint(event.clientX, event.clientY);
  return point?.resource?.extendedProps.kind === "room" ? point : null;
}

/* Near its upper or lower edge the calendar scrolls to the hours beyond. */
function follow({ clientX: x, clientY: y }) {
  const main = target.querySelector(".ec-main");
  const box = main.getBoundingClientRect();
  if (x < box.left || x > box.right) return;
  const head = main.querySelector(".ec-header").getBoundingClientRect();
  if (y > box.bottom - EDGE) main.scrollTop += slotHeight();
  else if (y < head.bottom + EDGE) main.scrollTop -= slotHeight();
}

/* The press that ends a drag opens nothing. */
function swallowClick() {
  const swallow = (click) => (click.preventDefault(), click.stopPropagation());
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, true), 50);
}

export function dragFromTray(down) {
  const row = down.target.closest?.("[data-dose]");
  if (!row || down.button !== 0 || !state.calendar || down.pointerType === "touch") return;
  let image = null;
  const move = (event) => {
    if (!image && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < NEAR) return;
    if (!image) {
      close();
      state.isDragging = true;
      image = part("cal-drag", part("cal-name", row.dataset.name), part("cal-what", row.dataset.what), part("cal-times", ""));
      document.body.append(image);
    }
    event.preventDefault();
    image.style.translate = `${event.clientX + 8}px ${event.clientY - 12}px`;
    follow(event);
    const point = under(event);
    image.classList.toggle("is-over", Boolean(point));
    image.lastChild.textContent = point ? fill(words.in, clock(snap(point)), point.resource.extendedProps.title) : "";
  };
  const end = (event) => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
    removeEventListener("keydown", cancel, true);
    if (!image) return;
    image.remove();
    state.isDragging = false;
    swallowClick();
    const point = event.type === "pointerup" ? under(event) : null;
    if (point) ofDose(ghost(row, snap(point), point.resource.id), snap(point), point.resource.id);
    else catchUp();
  };
  const cancel = (event) => {
    if (event.key === "Escape") end(event);
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
  addEventListener("keydown", cancel, true);
}
