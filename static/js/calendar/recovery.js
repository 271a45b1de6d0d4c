/* The recovery places, each in a column of its own or all folded to how many are free. */

import { fill, root, state, target, words } from "./page.js";
import { icon, part } from "./parts.js";
import { FOLDED, kept, places } from "./shape.js";
import { clock, minutesBetween, plus } from "./times.js";

const pairs = (list) => list.slice(1).map((next, index) => [list[index], next]);
const freeWords = (count) => (count ? fill(words.someFree, count) : words.noneFree);

/* How many places are free from when to when: neither somebody's nor out of use. */
function free() {
  const { data, events } = state;
  const all = new Set(places().map((each) => each.id));
  const taken = [...events.values()].filter((each) => all.has(each.in) && !["soft", "full"].includes(each.band));
  const [first, last] = [`${data.on}T${data.first}`, plus(`${data.on}T${data.first}`, minutesBetween(data.first, data.last))];
  const edges = [first, last, ...taken.flatMap((each) => [each.start, each.end])].filter((at) => at >= first && at <= last);
  const found = [];
  for (const [at, next] of pairs([...new Set(edges)].sort())) {
    const count = all.size - new Set(taken.filter((each) => each.start < next && each.end > at).map((each) => each.in)).size;
    if (found.at(-1)?.count === count) found.at(-1).end = next;
    else found.push({ start: at, end: next, count });
  }
  return found;
}

export function freeBands() {
  const most = places().length;
  return free().map(({ start, end, count }) => {
    const how = count === 0 ? "none" : count * 3 <= most ? "few" : "free";
    return { id: `free-${start}-${end}-${count}`, in: FOLDED, start, end, band: how, text: freeWords(count) };
  });
}

/* One head over all places: it folds them to their count, and says when the fewest are free. */
export function foldHead() {
  const fewest = free().reduce((least, each) => (each.count < least.count ? each : least));
  const name = part("cal-fold-name", icon(kept.fold ? "chevron-right" : "chevron-down"), fill(words.places, places().length));
  const button = document.createElement("button");
  button.type = "button";
  button.className = "cal-fold-button";
  button.setAttribute("aria-expanded", String(!kept.fold));
  button.textContent = kept.fold ? words.unfold : words.fold;
  button.addEventListener("click", (click) => {
    click.stopPropagation();
    kept.fold = !kept.fold;
    root.dispatchEvent(new CustomEvent("calendar:reshaped"));
    requestAnimationFrame(() => target.querySelector(".cal-fold-button")?.focus()); // once it is drawn
  });
  const note = part("cal-fold-note", fill(words.fewest, fewest.count));
  note.title = `${freeWords(fewest.count)}, ${clock(fewest.start)}–${clock(fewest.end)}`;
  return part("cal-fold", name, button, note);
}
