/* The calendar drawn whole: its columns, its hours, and the line where it is now. */

import { content, dress, shaped, visible } from "./cards.js";
import { label } from "./heads.js";
import { root, state, target, words } from "./page.js";
import { part } from "./parts.js";
import { canFold, columns, FOLDED, isRoomy, isSlim, isWeek, kept, roomOf, shapeNow, slotHeight, viewName } from "./shape.js";
import { parse, two } from "./times.js";

/* What is done when somebody presses or drags: {eventClick, eventDragStart, eventDragStop, eventDrop}. */
const deeds = {};
export const answerWith = (more) => Object.assign(deeds, more);

const scroller = () => target.querySelector(".ec-main");

export const drawnColumns = () => columns().map((each) => ({ id: each.id, title: each.title, extendedProps: each }));

/* The library says it is a table, which it is not for whoever reads it aloud: a group of buttons, in order of time. */
function plain() {
  const shell = target.querySelector(".ec");
  shell?.setAttribute("role", "group");
  shell?.setAttribute("aria-label", words.label);
  for (const element of target.querySelectorAll("[role=row], [role=rowgroup], [role=columnheader], [role=cell], [role=rowheader]")) {
    element.removeAttribute("role");
    element.removeAttribute("aria-colindex");
    element.removeAttribute("aria-colspan");
  }
  // With nothing in it to step to, it is stepped to itself, so that the keyboard scrolls it.
  if (scroller()) scroller().tabIndex = target.querySelector("[data-place], [data-event]") ? -1 : 0;
  for (const element of target.querySelectorAll(".ec-event[data-event]")) {
    const event = state.events.get(element.dataset.event);
    if (event) element.toggleAttribute("data-in-hand", state.hand?.id === event.id);
  }
  const width = { room: isRoomy() ? "minmax(12rem, 4fr)" : "minmax(6.5rem, 4fr)", place: "minmax(3.75rem, 1fr)", person: "minmax(6rem, 1.5fr)" };
  const widthOf = (each) => (each.id === FOLDED ? isRoomy() ? "minmax(11rem, 1.5fr)" : "minmax(9rem, 1.5fr)" : width[each.kind]);
  target.style.setProperty("--cal-columns", columns().map(widthOf).join(" "));
  target.style.setProperty("--cal-places", columns().filter((each) => each.kind === "place").length);
  target.toggleAttribute("data-has-fold", canFold());
  target.toggleAttribute("data-slim", isSlim());
}

const dayHead = (date) =>
  date.toLocaleDateString(document.documentElement.lang, { weekday: "short", day: "numeric", month: "short" });
const isRoom = ({ newResource, event }) => (newResource ? newResource.extendedProps.kind : roomOf(event.resourceIds[0])?.kind) === "room";

function options() {
  const { data } = state;
  return {
    view: viewName(),
    date: data.on,
    firstDay: 1,
    hiddenDays: data.hidden,
    headerToolbar: { start: "", center: "", end: "" },
    allDaySlot: false,
    resources: drawnColumns(),
    events: visible().map(shaped),
    slotDuration: "00:15",
    snapDuration: "00:15",
    slotLabelInterval: "01:00",
    slotLabelFormat: (time) => `${two(time.getHours())}:${two(time.getMinutes())}`,
    slotHeight: slotHeight(),
    slotWidth: 32,
    slotMinTime: data.first,
    slotMaxTime: data.last,
    slotEventOverlap: false,
    datesAboveResources: isWeek(),
    dayHeaderFormat: dayHead,
    columnWidth: isWeek() ? "minmax(5.75rem, 1fr)" : undefined,
    nowIndicator: false,
    eventContent: content,
    eventDidMount: dress,
    eventAllUpdated: plain,
    resourceLabelContent: label,
    dragConstraint: isRoom,
    longPressDelay: 350,
    eventDragMinDistance: 6,
    ...deeds,
  };
}

export function draw() {
  const seen = scroller()?.scrollTop;
  if (state.calendar) EventCalendar.destroy(state.calendar);
  state.calendar = null;
  const isList = shapeNow() === "list";
  root.hidden = isList;
  document.getElementById("cal-agenda").toggleAttribute("data-list", isList);
  for (const button of document.querySelectorAll("[data-shape]")) {
    button.setAttribute("aria-pressed", String(button.dataset.shape === shapeNow()));
  }
  for (const toggle of document.querySelectorAll("[data-lane]")) {
    toggle.setAttribute("aria-checked", String(kept.lane(toggle.dataset.lane) === "true"));
    toggle.disabled = isList;
  }
  if (isList) return;
  state.calendar = EventCalendar.create(target, options());
  tellNow();
  lookAt(seen);
}

/* The hours that were looked at; at first those around now. The library goes to its own once it has drawn. */
function lookAt(seen) {
  const line = target.querySelector(".cal-now");
  const top = seen ?? (line ? line.offsetTop - 8 * slotHeight() : 0);
  requestAnimationFrame(() => scroller()?.scrollTo({ top, left: 0 }));
}

/* A line where it is now, by the unit's clock and not by this machine's. */
export function tellNow() {
  const { data } = state;
  target.querySelector(".cal-now")?.remove();
  const [on, at] = data.now.split("T");
  const body = target.querySelector(".ec-time-grid .ec-body");
  if (!body || isWeek() || on !== data.on || at < data.first || at >= data.last) return;
  const since = parse(data.now) - parse(`${on}T${data.first}`);
  const line = part("cal-now", part("cal-now-clock", at));
  line.style.insetBlockStart = `${(since / 900_000) * slotHeight()}px`;
  body.append(line);
}
