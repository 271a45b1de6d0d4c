/* The heads of the columns: what stands there, who operates, how full it is. */

import { target } from "./page.js";
import { part } from "./parts.js";
import { foldHead } from "./recovery.js";
import { canFold, FOLDED, places, roomOf } from "./shape.js";
import { wall } from "./times.js";

function roomHead(own, on) {
  const load = on && own.loads ? own.loads[on] : own.load;
  const name = part("cal-room-name", own.title);
  name.title = own.title;
  const top = part("cal-room", name, load ? part("cal-load", load) : null);
  if (!own.note) return [top];
  const note = part("cal-note", own.note);
  note.title = own.note;
  return [top, note];
}

export function label({ resource, date }) {
  const own = resource.extendedProps;
  const on = date ? wall(date).slice(0, 10) : "";
  const head = part(own.kind === "place" && canFold() ? "cal-place" : "cal-head-words", ...roomHead(own, on));
  if (own.id !== FOLDED) [head.dataset.label, head.dataset.on] = [own.id, on];
  if (own.kind === "place" && canFold()) {
    const isFirst = own.id === FOLDED || own.id === places()[0].id;
    return { domNodes: [isFirst ? foldHead() : null, head].filter(Boolean) };
  }
  return { domNodes: [head] };
}

/* The words of the heads anew. The button that folds stays: it may have the focus. */
export function retell() {
  const here = target.querySelector(".cal-fold-note");
  if (here && canFold()) here.replaceWith(foldHead().querySelector(".cal-fold-note"));
  for (const old of target.querySelectorAll("[data-label]")) {
    const own = roomOf(old.dataset.label);
    if (own) old.replaceChildren(...roomHead(own, old.dataset.on));
  }
}
