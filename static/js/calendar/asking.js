/* A start is asked for: nothing moves until the server has said that it is free, and its button was pressed. */

import { fill, panel, say, state, words } from "./page.js";
import { drop, refresh, restore, show } from "./redrawing.js";
import { refuse } from "./refusal.js";
import { catchUp } from "./renewing.js";
import { isWeek, roomOf, when } from "./shape.js";
import { clock, minutesOf, plus } from "./times.js";

const LIMIT = 8000; // ms to wait for an answer

async function ask(event, at, room) {
  const query = new URLSearchParams({ on: at.slice(0, 10), clock: clock(at), room });
  if (event.version) query.set("version", event.version);
  if (isWeek()) query.set("show", "week");
  const address = new URL(event.ask, location.href);
  address.search = query;
  say(words.asking);
  try {
    const response = await fetch(address, {
      headers: { "X-Calendar": "1" },
      cache: "no-store",
      redirect: "manual",
      signal: AbortSignal.timeout(LIMIT),
    });
    if (response.type === "opaqueredirect" || response.status >= 500 || [401, 403].includes(response.status)) return null;
    return { isFree: response.ok, html: await response.text() };
  } catch {
    return null;
  }
}

/* The start is asked; `putBack` undoes the drawing where it is not free. */
async function propose(event, start, room, { putBack, isFromTray = false }) {
  const at = { start, end: plus(start, minutesOf(event)), in: room, isMoved: true };
  const stand = (how) => {
    const stands = { ...event, ...at, more: [how] };
    state.events.set(event.id, stands);
    refresh(stands);
  };
  stand("cal-event--asking");
  const answer = await ask(event, start, room);
  if (!answer?.isFree) {
    putBack();
    if (!answer) say(words.lost);
    refuse(answer?.html ?? `<div data-refused><p>${words.lost}</p></div>`, event, { start, room, take });
    return;
  }
  stand("cal-event--proposed");
  state.proposed = { id: event.id, key: event.key, at, putBack, fromTray: isFromTray };
  panel.innerHTML = answer.html;
  window.htmx.process(panel);
  catchUp();
  panel.querySelector("[data-take]")?.focus();
  say(fill(words.free, fill(words.in, when(start), roomOf(room)?.title)));
}

/* A visit that stands on the calendar, at another start. */
export function ofVisit(event, start, room) {
  propose(event, start, room, { putBack: () => restore(event.id) });
}

/* A dose that does not stand on it yet. */
export function ofDose(event, start, room) {
  drop();
  const own = { ...event, start, end: plus(start, minutesOf(event)), in: room };
  state.events.set(own.id, own);
  show(own);
  propose(own, start, room, { putBack: () => restore(own.id), isFromTray: true });
}

/* The nearest start, asked in turn: from the calendar or from the tray. */
function take(event, start, room) {
  const own = state.events.get(event.id);
  if (own) ofVisit({ ...own }, start, room);
  else ofDose(event, start, room);
}
