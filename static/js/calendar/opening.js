/* The panel beside the calendar: what is opened in it, and what it proposes shown on the calendar as well. */

import { panel, state } from "./page.js";
import { drop, focusEvent, refresh, restore } from "./redrawing.js";
import { close } from "./refusal.js";
import { isWeek } from "./shape.js";

export function open(event) {
  if (!event.url || state.hand) return;
  close();
  drop();
  state.focusOn = event.id;
  const url = isWeek() ? `${event.url}?show=week` : event.url;
  window.htmx.ajax("GET", url, { target: "#panel", swap: "innerHTML" });
}

/* A place that is free. With Ctrl or the middle button it is a link like any other. */
export function placePressed(click) {
  const link = click.target.closest?.("[data-place]");
  if (!link || click.ctrlKey || click.metaKey || click.shiftKey) return;
  click.preventDefault();
  open(state.events.get(link.dataset.place));
}

/* A start that the form asked and that is free stands on the calendar as well. */
export function showAsked() {
  const own = panel.querySelector("[data-asked]");
  if (!own || state.proposed || !state.calendar) return;
  const { for: key, starts, ends, room } = own.dataset;
  const event = state.events.get(`v-${key}`);
  if (!event) return;
  const at = { start: starts, end: ends, in: room, isMoved: true };
  const stands = { ...event, ...at, more: ["cal-event--proposed"] };
  state.events.set(event.id, stands);
  refresh(stands);
  state.proposed = { id: event.id, key, at, putBack: () => restore(event.id) };
}

/* Taken: it stands where it is drawn, and what the server has comes with the next refresh. */
export function beforeSwap({ detail }) {
  if (detail.target !== panel) return;
  if (detail.serverResponse.includes("data-calendar-done")) state.proposed = null;
  else drop();
}

export function afterSettle({ detail }) {
  if (detail.target !== panel) return;
  const done = panel.querySelector("[data-calendar-done]")?.dataset.calendarDone;
  if (done) {
    state.focusOn = `v-${done}`;
    panel.replaceChildren();
  }
  showAsked();
}

/* Closing the panel puts back what was only proposed; the focus goes to the visit it was about. */
export function panelClosed(click) {
  if (!click.target.closest("[data-close-panel]")) return;
  const key = panel.querySelector("[data-for]")?.dataset.for;
  drop();
  setTimeout(() => state.events.has(`v-${key}`) && focusEvent(`v-${key}`));
}
