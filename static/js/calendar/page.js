/* The calendar's elements in the page, its sentences, and what is true of it at this moment. */

export const root = document.querySelector("[data-calendar]");
export const target = root?.querySelector("[data-calendar-target]");
export const card = root?.querySelector("[data-calendar-card]");
export const panel = document.getElementById("panel");
export const words = root?.querySelector("[data-calendar-words]")?.dataset ?? {};
const said = root?.querySelector("[data-calendar-said]");

export const STEP = 15; // minutes an arrow key moves

export const state = {
  data: null, // as the server has it
  calendar: null, // the library's, while it is drawn
  events: new Map(), // by id, as they stand here
  hand: null, // what is picked up: {id, before, start, room, isFromTray}
  proposed: null, // what the open panel would take: {id, key, at, putBack, fromTray}
  isDragging: false,
  isWaiting: false, // data that came while something was in hand
  focusOn: "",
};

export const fill = (sentence, value, room = "") => (sentence ?? "").replace("%s", value).replace("%r", room);

/* Said to screen readers; the same sentence twice is said twice. */
export function say(sentence) {
  said.textContent = "";
  requestAnimationFrame(() => (said.textContent = sentence));
}

/* What the server has written into the page, or into the part of it that live.js renewed. */
export function read() {
  const holder = document.querySelector("[data-calendar-data]");
  return holder ? JSON.parse(holder.dataset.calendarData) : null;
}
