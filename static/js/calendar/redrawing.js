/* One card drawn anew, found, put back: only what differs is touched, so nothing flickers and the focus stays. */

import { dress, shaped, visible } from "./cards.js";
import { retell } from "./heads.js";
import { panel, say, state, target } from "./page.js";

export const find = (id) => target.querySelector(`.ec-event[data-event="${CSS.escape(id)}"]:not(.ec-preview, .ec-ghost)`);

/* Once it is drawn: what moved to another column is a new element. */
export function focusEvent(id) {
  requestAnimationFrame(() => {
    const element = find(id);
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}

export function refresh(event) {
  state.calendar.updateEvent(shaped(event));
  const element = find(event.id);
  if (element) dress({ el: element, event: { id: event.id, extendedProps: event } });
}

/* The card where it stands now, whether it was drawn before or not. */
export function show(event) {
  if (state.calendar.getEventById(event.id)) refresh(event);
  else state.calendar.addEvent(shaped(event));
}

/* The visit as the server has it, wherever it was drawn meanwhile. */
export function restore(id) {
  const own = state.data.events.find((each) => each.id === id);
  if (own) state.events.set(id, own);
  else state.events.delete(id);
  if (!state.calendar) return;
  if (own) show(own);
  else state.calendar.removeEventById(id);
}

/* What differs from the events as they were. */
export function patch(old) {
  const { calendar } = state;
  const shown = new Map(visible().map((event) => [event.id, event]));
  for (const id of old.keys()) if (!shown.has(id)) calendar.removeEventById(id);
  for (const { id } of calendar.getEvents()) if (id.startsWith("free-") && !shown.has(id)) calendar.removeEventById(id);
  retell();
  for (const [id, event] of shown) {
    if (!calendar.getEventById(id)) calendar.addEvent(shaped(event));
    else if (old.has(id) && JSON.stringify(old.get(id)) !== JSON.stringify(event)) refresh(event);
  }
}

/* Whatever was proposed and not taken goes back to where it stands. */
export function drop(sentence = "") {
  const was = state.proposed;
  state.proposed = null;
  was?.putBack();
  if (sentence) {
    panel.replaceChildren();
    say(sentence);
  }
}
