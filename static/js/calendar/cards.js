/* A visit, a reservation or a band as the library wants it, and as it is read aloud. */

import { state, STEP } from "./page.js";
import { icon, part } from "./parts.js";
import { freeBands } from "./recovery.js";
import { columns, FOLDED, isSlim, slotHeight } from "./shape.js";
import { clock, minutesOf } from "./times.js";

const timesOf = (event) => (event.isMoved ? `${clock(event.start)}–${clock(event.end)}` : event.times);

const rowsOf = (event) => Math.floor(((minutesOf(event) / STEP) * slotHeight() - 8) / 16);

/* As many lines as a card of its length holds whole, the gravest first; the rest is in its label and its panel. */
function fitting(event) {
  const rows = rowsOf(event);
  return (event.lines ?? []).slice(0, Math.max(1, isSlim() ? Math.floor((rows - 3) / 2) : rows - 2));
}

/* The surname speaks for a stay, and for a short visit in a slim column that has more to say. */
function nameOn(event) {
  const isTight = isSlim() && event.lines?.length && rowsOf(event) < 5;
  return event.isPart || isTight ? event.name.split(",")[0] : event.name;
}

/* A place that is free: a link, which start.js opens beside. */
function openPlace(own) {
  const link = document.createElement("a");
  link.className = "cal-open";
  link.href = own.url;
  link.dataset.row = own.key;
  link.dataset.place = own.id;
  link.setAttribute("aria-label", own.label);
  link.title = own.label;
  link.append(part("cal-top", part("cal-name", own.text), part("cal-times", own.times)));
  if (own.what) link.append(part("cal-what", own.what));
  return link;
}

export function content({ event }) {
  const own = event.extendedProps;
  if (own.band === "place") return { domNodes: [openPlace(own)] };
  if (own.band !== undefined) return { domNodes: own.text ? [part("cal-band-words", own.text)] : [] };
  if (own.kind === undefined) return undefined;
  const nodes = [part("cal-top", part("cal-name", nameOn(own)), own.isPart ? null : part("cal-times", timesOf(own)))];
  const what = own.isMoved ? own.dose : own.what;
  if (what) nodes.push(part("cal-what", what));
  for (const line of fitting(own)) {
    nodes.push(part(`cal-line tone-${line.tone}`, line.icon && icon(line.icon), part("", line.text)));
  }
  return { domNodes: nodes };
}

export function shaped(event) {
  const isBand = event.band !== undefined;
  const movable = Boolean(event.ask) && state.data.mayMove && !isBand;
  const classes = isBand
    ? ["cal-band", `cal-band--${event.band}`]
    : ["cal-event", `cal-event--${event.state}`, ...(event.isPart ? ["cal-event--part"] : []), ...(event.more ?? [])];
  if (movable) classes.push("cal-event--movable");
  return {
    id: event.id,
    resourceIds: [event.in],
    start: event.start,
    end: event.end,
    display: isBand ? "background" : "auto",
    title: "",
    startEditable: movable,
    durationEditable: false,
    editable: movable,
    classNames: classes,
    extendedProps: { kind: "event", ...event },
  };
}

/* Everything that stands in a column that is drawn. */
export function visible() {
  const shown = new Set(columns().map((each) => each.id));
  const own = [...state.events.values()].filter((event) => shown.has(event.in));
  return [...own, ...(shown.has(FOLDED) ? freeBands() : [])];
}

export function dress({ el, event }) {
  const own = event.extendedProps;
  if (own.band === "place") return;
  if (own.band !== undefined) {
    el.setAttribute("aria-hidden", "true");
    if (own.text) el.title = own.text;
    return;
  }
  el.dataset.event = event.id;
  if (own.key) el.dataset.row = own.key;
  const times = timesOf(own);
  el.setAttribute("aria-label", own.label ?? `${own.name}, ${times}, ${own.place ?? ""}`);
  // The room's card speaks for the visit; its stay and its people are read there, not three times.
  if (own.isPart) el.tabIndex = -1;
  if (own.ask) el.setAttribute("aria-describedby", "cal-hint");
  el.title = [own.name, times, own.what, ...(own.lines ?? []).map((line) => line.text)].filter(Boolean).join("\n");
}
