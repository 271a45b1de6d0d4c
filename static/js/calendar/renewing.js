/* What another has changed, once live.js has brought it. What somebody holds in their hand is left alone. */

import { draw, tellNow } from "./drawing.js";
import { fill, read, state, words } from "./page.js";
import { drop, focusEvent, patch } from "./redrawing.js";

/* What only a calendar drawn anew can show: other columns, other hours. How full a room is, is no more than words. */
const frameOf = (one) => JSON.stringify([one.on, one.first, one.last, one.hidden, one.resources.map((each) => [each.id, each.kind, each.title])]);

/* A start that is proposed stays proposed unless the visit itself has changed meanwhile. */
function keepProposed(next) {
  const { proposed, events } = state;
  const held = proposed && events.get(proposed.id);
  if (!held) return;
  const now = next.get(proposed.id);
  if (proposed.fromTray) next.set(proposed.id, held);
  else if (now && now.version === held.version) next.set(proposed.id, { ...now, ...proposed.at, more: held.more });
  else drop(fill(words.changed, held.name));
}

export function renew() {
  if (state.isDragging || state.hand) {
    state.isWaiting = true;
    return;
  }
  state.isWaiting = false;
  const before = state.data;
  state.data = read() ?? before;
  const focused = document.activeElement?.dataset?.event ?? state.focusOn;
  const next = new Map(state.data.events.map((event) => [event.id, event]));
  keepProposed(next);
  const old = state.events;
  state.events = next;
  if (!state.calendar) return;
  if (frameOf(before) === frameOf(state.data)) patch(old);
  else draw();
  tellNow();
  // Whoever types in the panel, or stands on a button, stays there.
  const now = document.activeElement;
  if (focused && (!now || now === document.body || now.dataset.event)) focusEvent(focused);
  state.focusOn = "";
}

/* Something was in hand when it came, and no longer is. */
export function catchUp() {
  if (state.isWaiting) renew();
}
