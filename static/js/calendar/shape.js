/* What is shown, and how: columns, timeline or list, which lanes. Kept on this machine, it is nobody else's business. */

import { state } from "./page.js";
import { clock, parse } from "./times.js";

export const narrow = window.matchMedia("(max-width: 48rem)");

const ROOMY = 4; // rooms that stand side by side with the recovery places
export const isRoomy = () => rooms().length <= ROOMY;

export const kept = {
  get shape() {
    return localStorage.getItem("calendar-shape") ?? "columns";
  },
  set shape(value) {
    localStorage.setItem("calendar-shape", value);
  },
  lane: (kind) => localStorage.getItem(`calendar-${kind}`) ?? (kind === "place" ? "true" : "false"),
  keepLane: (kind, isShown) => localStorage.setItem(`calendar-${kind}`, String(isShown)),
  get fold() {
    // Beside many rooms the places would begin past the edge.
    return (localStorage.getItem("calendar-fold") ?? String(!isRoomy())) === "true";
  },
  set fold(value) {
    localStorage.setItem("calendar-fold", String(value));
  },
};

export const isWeek = () => state.data.days > 1;
export const shapeNow = () => (narrow.matches ? "list" : isWeek() && kept.shape === "timeline" ? "columns" : kept.shape);
const isShown = (kind) => kind === "room" || (!isWeek() && kept.lane(kind) === "true");

/* A week, or many rooms: there a name and what is missing take two lines each, so an hour is taller. */
export const isSlim = () => isWeek() || !isRoomy();
export const slotHeight = () => (isSlim() ? 30 : 19); // px a quarter of an hour

export const roomOf = (id) => state.data.resources.find((each) => each.id === id);
export const rooms = () => state.data.resources.filter((each) => each.kind === "room");
export const places = () => state.data.resources.filter((each) => each.kind === "place");

export const FOLDED = "places"; // the column that all recovery places are folded into
export const canFold = () => !isWeek() && shapeNow() === "columns" && isShown("place") && places().length > 1;

export function viewName() {
  if (isWeek()) return "resourceTimeGridWeek";
  return shapeNow() === "timeline" ? "resourceTimelineDay" : "resourceTimeGridDay";
}

/* The columns as they are drawn. */
export function columns() {
  const shown = state.data.resources.filter((each) => isShown(each.kind));
  if (!canFold() || !kept.fold) return shown;
  const first = shown.findIndex((each) => each.kind === "place");
  const folded = { id: FOLDED, kind: "place", title: "", note: "", load: "" };
  return shown.filter((each) => each.kind !== "place").toSpliced(first, 0, folded);
}

/* A time of the week is nothing without its day. */
export function when(text) {
  if (!isWeek()) return clock(text);
  return `${parse(text).toLocaleDateString(document.documentElement.lang, { weekday: "long", day: "numeric", month: "long" })}, ${clock(text)}`;
}
