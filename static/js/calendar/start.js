/* The calendar: draws what [data-calendar-data] holds, and asks the server before anything moves.
 *
 * A visit that is dragged, moved with the arrow keys or taken from the tray stays where it was until the server has said
 * that the start is free; then the panel beside says what it costs, and its one button takes it. A refusal snaps it
 * back and says why. live.js renews the data; what somebody holds in their hand is left alone.
 *
 * The modules beside this one know only those before them in this list: page, times, shape, parts, recovery, cards,
 * heads, drawing, redrawing, renewing, refusal, opening, asking, tray and dragging, keyboard.
 */

import { dragging } from "./dragging.js";
import { answerWith, draw } from "./drawing.js";
import { keyed } from "./keyboard.js";
import { afterSettle, beforeSwap, open, panelClosed, placePressed, showAsked } from "./opening.js";
import { card, read, root, state } from "./page.js";
import { close } from "./refusal.js";
import { renew } from "./renewing.js";
import { kept, narrow } from "./shape.js";
import { dragFromTray } from "./tray.js";

function start() {
  state.data = read();
  if (!state.data || !window.EventCalendar) {
    document.getElementById("cal-agenda").toggleAttribute("data-list", true);
    return;
  }
  state.events = new Map(state.data.events.map((event) => [event.id, event]));
  for (const tool of document.querySelectorAll("[data-calendar-shapes], [data-lane], [data-calendar-keys]")) tool.hidden = false;
  answerWith({ eventClick: ({ event }) => open(event.extendedProps), ...dragging });
  draw();
  showAsked();
}

function shapeChosen(click) {
  const button = click.target.closest("[data-shape]");
  if (!button) return;
  kept.shape = button.dataset.shape;
  draw();
}

function laneSwitched({ currentTarget: toggle }) {
  kept.keepLane(toggle.dataset.lane, toggle.getAttribute("aria-checked") !== "true");
  draw();
}

/* A day that is typed waits for Enter: each of its three numbers is a change by itself. One that was picked is gone to
 * at once, or when the field is left where a button beside it waits for that. */
function dayChosen({ target: input }) {
  if (!input.value || input.form.dataset.typed) return;
  const isWaitedFor = input.form.querySelector("button").checkVisibility() && document.activeElement === input;
  if (!isWaitedFor) input.form.requestSubmit();
}

function watchDay(input) {
  input.addEventListener("focus", () => delete input.form.dataset.typed);
  input.addEventListener("keydown", () => (input.form.dataset.typed = "1"));
  input.addEventListener("change", dayChosen);
}

if (root) {
  document.addEventListener("clinic:renewed", renew);
  document.addEventListener("pointerdown", dragFromTray);
  document.addEventListener("keydown", keyed, true);
  document.addEventListener("dragstart", (event) => event.target.closest?.("[data-dose]") && event.preventDefault());
  document.addEventListener("htmx:beforeSwap", beforeSwap);
  document.addEventListener("htmx:afterSettle", afterSettle);
  document.addEventListener("click", panelClosed, true);
  document.addEventListener("pointerdown", (event) => {
    if (!card.hidden && !card.contains(event.target)) close();
  });
  document.querySelector("[data-calendar-shapes]")?.addEventListener("click", shapeChosen);
  for (const toggle of document.querySelectorAll("[data-lane]")) toggle.addEventListener("click", laneSwitched);
  document.querySelectorAll("[data-calendar-go] input[type=date]").forEach(watchDay);
  root.addEventListener("click", placePressed);
  root.addEventListener("calendar:reshaped", draw);
  narrow.addEventListener("change", draw);
  start();
}
