/* The same by keyboard: Space picks up, arrows carry, Enter asks, Escape puts back. */

import { ofDose, ofVisit } from "./asking.js";
import { open } from "./opening.js";
import { card, fill, say, state, STEP, words } from "./page.js";
import { drop, focusEvent, refresh, restore, show } from "./redrawing.js";
import { close } from "./refusal.js";
import { catchUp } from "./renewing.js";
import { isWeek, roomOf, rooms, shapeNow, when } from "./shape.js";
import { ghost } from "./tray.js";
import { clock, minutesOf, plus } from "./times.js";

const DAY = 1440; // minutes
const MOVES = { ArrowUp: [-STEP, 0], ArrowDown: [STEP, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const TURNED = { ArrowUp: "ArrowLeft", ArrowDown: "ArrowRight", ArrowLeft: "ArrowUp", ArrowRight: "ArrowDown" };

const whereWords = (event) => `${event.name}, ${fill(words.in, when(event.start), roomOf(event.in)?.title)}`;

function pickUp(event, { isFromTray = false } = {}) {
  close();
  drop();
  state.hand = { id: event.id, before: { ...event }, start: event.start, room: event.in, isFromTray };
  const held = { ...event, isMoved: true, more: ["cal-event--held"] };
  state.events.set(event.id, held);
  show(held);
  focusEvent(event.id);
  say(fill(words.picked, whereWords(event)));
}

function carry(minutes, columns) {
  const { data, events, hand } = state;
  const event = events.get(hand.id);
  const list = rooms();
  let start = plus(event.start, minutes);
  let index = list.findIndex((each) => each.id === event.in) + columns;
  if (isWeek() && (index < 0 || index >= list.length)) {
    start = plus(start, index < 0 ? -DAY : DAY);
    index = (index + list.length) % list.length;
  }
  const room = list[Math.max(0, Math.min(list.length - 1, index))];
  const end = plus(start, minutesOf(event));
  const isInside = clock(start) >= data.first && start.slice(0, 10) === end.slice(0, 10) && clock(end) <= data.last;
  if (!isInside) return;
  const moved = { ...event, start, end, in: room.id };
  events.set(hand.id, moved);
  refresh(moved);
  focusEvent(hand.id);
  say(fill(words.in, when(start), room.title));
}

function putBack() {
  const { before, isFromTray } = state.hand;
  state.hand = null;
  restore(before.id);
  if (isFromTray) document.getElementById(`tray-${before.key}`)?.focus();
  else focusEvent(before.id);
  say(fill(words.putBack, whereWords(before)));
  catchUp();
}

function letGo() {
  const event = state.events.get(state.hand.id);
  const { before, isFromTray } = state.hand;
  state.hand = null;
  if (isFromTray) {
    ofDose(before, event.start, event.in);
  } else if (event.start === before.start && event.in === before.in) {
    restore(before.id);
    focusEvent(before.id);
    catchUp();
  } else {
    ofVisit(before, event.start, event.in);
  }
}

/* A dose of the tray starts where the first room opens. */
function pickUpDose(row) {
  const { data } = state;
  const first = rooms()[0];
  const opens = data.events.find((each) => each.band === "soft" && each.in === first.id && each.start.endsWith(data.first))?.end;
  pickUp(ghost(row, opens ?? `${data.on}T${data.first}`, first.id), { isFromTray: true });
}

export function keyed(press) {
  if (press.altKey || press.ctrlKey || press.metaKey) return;
  const stop = () => (press.preventDefault(), press.stopImmediatePropagation());
  if (state.hand) {
    const key = shapeNow() === "timeline" ? (TURNED[press.key] ?? press.key) : press.key;
    if (MOVES[key]) return stop(), carry(...MOVES[key]);
    if (press.key === "Enter" || press.key === " ") return stop(), letGo();
    if (press.key === "Escape") return stop(), putBack();
    if (press.key === "Tab") return stop();
    return;
  }
  if (press.key === "Escape" && !card.hidden) return stop(), close(true);
  if (press.key !== " ") return;
  const own = state.events.get(press.target.closest?.("[data-event]")?.dataset.event);
  const row = press.target.closest?.("[data-dose]");
  if (own) {
    stop();
    if (own.ask && state.data.mayMove) pickUp(own);
    else open(own);
  } else if (row && state.calendar) {
    stop();
    pickUpDose(row);
  }
}
