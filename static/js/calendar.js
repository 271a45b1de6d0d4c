/* The calendar: draws what [data-calendar-data] holds, and asks the server before anything moves.
 *
 * A visit that is dragged, moved with the arrow keys or taken from the tray stays where it was until the server has said
 * that the start is free; then the panel beside says what it costs, and its one button takes it. A refusal snaps it
 * back and says why. live.js renews the data; what somebody holds in their hand is left alone.
 */

const root = document.querySelector("[data-calendar]");
const target = root?.querySelector("[data-calendar-target]");
const card = root?.querySelector("[data-calendar-card]");
const said = root?.querySelector("[data-calendar-said]");
const words = root?.querySelector("[data-calendar-words]")?.dataset ?? {};
const panel = document.getElementById("panel");
const narrow = window.matchMedia("(max-width: 48rem)");

const STEP = 15; // minutes an arrow key moves
const SLOT_HEIGHT = 19; // px a quarter of an hour
const LIMIT = 8000; // ms to wait for an answer

let data = null;
let calendar = null;
let events = new Map(); // by id, as the server has them
let hand = null; // what is picked up: {id, event, start, end, room, fromTray}
let proposed = null; // what the open panel would take: {id, key}
let isDragging = false;
let isWaiting = false; // data that came while something was in hand
let focusOn = "";

const two = (number) => String(number).padStart(2, "0");
const parse = (text) => new Date(`${text}:00`);
const wall = (date) =>
  `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
const clock = (text) => text.slice(11, 16);
const fill = (sentence, value, room = "") => (sentence ?? "").replace("%s", value).replace("%r", room);
const plus = (text, minutes) => wall(new Date(parse(text).getTime() + minutes * 60_000));
const minutesOf = (event) => (parse(event.end) - parse(event.start)) / 60_000;

function say(sentence) {
  said.textContent = "";
  requestAnimationFrame(() => (said.textContent = sentence));
}

/* --- what is shown: kept on this machine, it is nobody else's business -------------------------------------------- */
const kept = {
  get shape() {
    return localStorage.getItem("calendar-shape") ?? "columns";
  },
  set shape(value) {
    localStorage.setItem("calendar-shape", value);
  },
  lane: (kind) => localStorage.getItem(`calendar-${kind}`) ?? (kind === "place" ? "true" : "false"),
  keepLane: (kind, isShown) => localStorage.setItem(`calendar-${kind}`, String(isShown)),
  get fold() {
    return localStorage.getItem("calendar-fold") === "true";
  },
  set fold(value) {
    localStorage.setItem("calendar-fold", String(value));
  },
};

const isWeek = () => data.days > 1;
const shapeNow = () => (narrow.matches ? "list" : isWeek() && kept.shape === "timeline" ? "columns" : kept.shape);
const isShown = (kind) => kind === "room" || (!isWeek() && kept.lane(kind) === "true");
const roomOf = (id) => data.resources.find((each) => each.id === id);
const rooms = () => data.resources.filter((each) => each.kind === "room");
const viewName = () => {
  if (isWeek()) return "resourceTimeGridWeek";
  return shapeNow() === "timeline" ? "resourceTimelineDay" : "resourceTimeGridDay";
};

/* --- drawing ------------------------------------------------------------------------------------------------------- */
function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon icon--dense");
  svg.setAttribute("width", "14");
  svg.setAttribute("height", "14");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${data.sprite}#${name}`);
  svg.append(use);
  return svg;
}

function part(className, ...children) {
  const element = document.createElement("span");
  element.className = className;
  element.append(...children.filter(Boolean));
  return element;
}

/* As many lines as a card of its length holds whole, the gravest first; the rest is in its label and its panel. */
function fitting(event) {
  const rows = Math.floor(((minutesOf(event) / STEP) * SLOT_HEIGHT - 8) / 16);
  return (event.lines ?? []).slice(0, Math.max(1, rows - 2));
}

function content({ event }) {
  const own = event.extendedProps;
  if (own.band !== undefined) return { domNodes: own.text ? [part("cal-band-words", own.text)] : [] };
  if (own.kind === undefined) return undefined;
  const times = own.isMoved ? `${clock(own.start)}–${clock(own.end)}` : own.times;
  const name = own.isPart ? own.name.split(",")[0] : own.name;
  const top = part("cal-top", part("cal-name", name), own.isPart ? null : part("cal-times", times));
  const nodes = [top];
  const what = own.isMoved ? own.dose : own.what;
  if (what) nodes.push(part("cal-what", what));
  for (const line of fitting(own)) {
    nodes.push(part(`cal-line tone-${line.tone}`, line.icon && icon(line.icon), part("", line.text)));
  }
  return { domNodes: nodes };
}

function shaped(event) {
  const isBand = event.band !== undefined;
  const movable = Boolean(event.ask) && data.mayMove && !isBand;
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

function visible() {
  const shown = new Set(columns().map((each) => each.id));
  return [...[...events.values()].filter((event) => shown.has(event.in)), ...(shown.has(FOLDED) ? freeBands() : [])];
}

/* --- the recovery places, each or as one column ------------------------------------------------------------------- */
const FOLDED = "places";
const places = () => data.resources.filter((each) => each.kind === "place");
const canFold = () => !isWeek() && shapeNow() === "columns" && isShown("place") && places().length > 1;

/* The columns as they are drawn. */
function columns() {
  const shown = data.resources.filter((each) => isShown(each.kind));
  if (!canFold() || !kept.fold) return shown;
  const first = shown.findIndex((each) => each.kind === "place");
  const folded = { id: FOLDED, kind: "place", title: "", note: "", load: "" };
  return shown.filter((each) => each.kind !== "place").toSpliced(first, 0, folded);
}

/* How many places are free from when to when: neither somebody's nor out of use. */
function free() {
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

const pairs = (list) => list.slice(1).map((next, index) => [list[index], next]);
const minutesBetween = (from, until) => {
  const [a, b] = [from, until].map((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));
  return b - a;
};
const freeWords = (count) => (count ? fill(words.someFree, count) : words.noneFree);

function freeBands() {
  const most = places().length;
  return free().map(({ start, end, count }) => {
    const how = count === 0 ? "none" : count * 3 <= most ? "few" : "free";
    return { id: `free-${start}-${end}-${count}`, in: FOLDED, start, end, band: how, text: freeWords(count) };
  });
}

/* One head over all places: it folds them to their count, and says when the fewest are free. */
function foldHead() {
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
    draw();
    requestAnimationFrame(() => target.querySelector(".cal-fold-button")?.focus()); // once it is drawn
  });
  const note = part("cal-fold-note", fill(words.fewest, fewest.count));
  note.title = `${freeWords(fewest.count)}, ${clock(fewest.start)}–${clock(fewest.end)}`;
  return part("cal-fold", name, button, note);
}

function dress({ el, event }) {
  const own = event.extendedProps;
  if (own.band !== undefined) {
    el.setAttribute("aria-hidden", "true");
    if (own.text) el.title = own.text;
    return;
  }
  el.dataset.event = event.id;
  if (own.key) el.dataset.row = own.key;
  const times = own.isMoved ? `${clock(own.start)}–${clock(own.end)}` : own.times;
  el.setAttribute("aria-label", own.label ?? `${own.name}, ${times}, ${own.place ?? ""}`);
  // The room's card speaks for the visit; its stay and its people are read there, not three times.
  if (own.isPart) el.tabIndex = -1;
  if (own.ask) el.setAttribute("aria-describedby", "cal-hint");
  el.title = [own.name, times, own.what, ...(own.lines ?? []).map((line) => line.text)].filter(Boolean).join("\n");
}

function roomHead(own, on) {
  const load = on && own.loads ? own.loads[on] : own.load;
  const top = part("cal-room", part("cal-room-name", own.title), load ? part("cal-load", load) : null);
  return own.note ? [top, part("cal-note", own.note)] : [top];
}

function label({ resource, date }) {
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
  for (const element of target.querySelectorAll(".ec-event[data-event]")) {
    const event = events.get(element.dataset.event);
    if (event) element.toggleAttribute("data-in-hand", hand?.id === event.id);
  }
  const width = { room: "minmax(12rem, 4fr)", place: "minmax(3.75rem, 1fr)", person: "minmax(6rem, 1.5fr)" };
  const widthOf = (each) => (each.id === FOLDED ? "minmax(11rem, 1.5fr)" : width[each.kind]);
  target.style.setProperty("--cal-columns", columns().map(widthOf).join(" "));
  target.style.setProperty("--cal-places", columns().filter((each) => each.kind === "place").length);
  target.toggleAttribute("data-has-fold", canFold());
}

function resources() {
  return columns().map((each) => ({ id: each.id, title: each.title, extendedProps: each }));
}

function options() {
  return {
    view: viewName(),
    date: data.on,
    firstDay: 1,
    hiddenDays: data.hidden,
    headerToolbar: { start: "", center: "", end: "" },
    allDaySlot: false,
    resources: resources(),
    events: visible().map(shaped),
    slotDuration: "00:15",
    snapDuration: "00:15",
    slotLabelInterval: "01:00",
    slotLabelFormat: (time) => `${two(time.getHours())}:${two(time.getMinutes())}`,
    slotHeight: SLOT_HEIGHT,
    slotWidth: 32,
    slotMinTime: data.first,
    slotMaxTime: data.last,
    slotEventOverlap: false,
    datesAboveResources: isWeek(),
    dayHeaderFormat: (date) => date.toLocaleDateString(document.documentElement.lang, { weekday: "short", day: "numeric", month: "short" }),
    columnWidth: isWeek() ? "minmax(6.25rem, 1fr)" : undefined,
    nowIndicator: false,
    eventContent: content,
    eventDidMount: dress,
    eventClick: ({ event }) => open(event.extendedProps),
    eventAllUpdated: plain,
    resourceLabelContent: label,
    dragConstraint: ({ newResource, event }) => (newResource ? newResource.extendedProps.kind : roomOf(event.resourceIds[0])?.kind) === "room",
    eventDragStart: () => {
      isDragging = true;
      close();
    },
    eventDragStop: () => {
      isDragging = false;
      setTimeout(() => isWaiting && renew());
    },
    eventDrop: dropped,
    longPressDelay: 350,
    eventDragMinDistance: 6,
  };
}

function draw() {
  if (calendar) EventCalendar.destroy(calendar);
  calendar = null;
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
  calendar = EventCalendar.create(target, options());
  tellNow();
}

/* A line where it is now, by the unit's clock and not by this machine's. */
function tellNow() {
  target.querySelector(".cal-now")?.remove();
  const [on, at] = data.now.split("T");
  const events_ = target.querySelector(".ec-time-grid .ec-body");
  if (!events_ || isWeek() || on !== data.on || at < data.first || at >= data.last) return;
  const since = parse(data.now) - parse(`${on}T${data.first}`);
  const line = part("cal-now", part("cal-now-clock", at));
  line.style.insetBlockStart = `${(since / 900_000) * SLOT_HEIGHT}px`;
  events_.append(line);
}

/* --- reading what the server has --------------------------------------------------------------------------------- */
function read() {
  const holder = document.querySelector("[data-calendar-data]");
  return holder ? JSON.parse(holder.dataset.calendarData) : null;
}

function renew() {
  if (isDragging || hand) {
    isWaiting = true;
    return;
  }
  isWaiting = false;
  const before = data;
  data = read() ?? data;
  const focused = document.activeElement?.dataset?.event ?? focusOn;
  const next = new Map(data.events.map((event) => [event.id, event]));
  const held = proposed && events.get(proposed.id);
  if (held && !proposed.fromTray) {
    const now = next.get(proposed.id);
    if (now && now.version === held.version) next.set(proposed.id, { ...now, ...proposed.at, more: held.more });
    else drop(fill(words.changed, held.name));
  } else if (held) next.set(proposed.id, held);
  const changed = frameOf(before) !== frameOf(data);
  const old = events;
  events = next;
  if (!calendar) return;
  if (changed) draw();
  else patch(old);
  tellNow();
  // Whoever types in the panel, or stands on a button, stays there.
  const now = document.activeElement;
  if (focused && (!now || now === document.body || now.dataset.event)) focusEvent(focused);
  focusOn = "";
}

/* What only a calendar drawn anew can show: other columns, other hours. How full a room is, is no more than words. */
const frameOf = (one) => JSON.stringify([one.on, one.first, one.last, one.hidden, one.resources.map((each) => [each.id, each.kind, each.title])]);

/* Only what differs is touched, so nothing flickers and the focus stays. */
function patch(old) {
  const shown = new Map(visible().map((event) => [event.id, event]));
  for (const id of old.keys()) if (!shown.has(id)) calendar.removeEventById(id);
  for (const { id } of calendar.getEvents()) if (id.startsWith("free-") && !shown.has(id)) calendar.removeEventById(id);
  retell();
  for (const [id, event] of shown) {
    if (!calendar.getEventById(id)) calendar.addEvent(shaped(event));
    else if (old.has(id) && JSON.stringify(old.get(id)) !== JSON.stringify(event)) refresh(event);
  }
}

/* The words of the heads. The button that folds stays: it may have the focus. */
function retell() {
  const here = target.querySelector(".cal-fold-note");
  if (here && canFold()) here.replaceWith(foldHead().querySelector(".cal-fold-note"));
  for (const old of target.querySelectorAll("[data-label]")) {
    const own = roomOf(old.dataset.label);
    if (own) old.replaceChildren(...roomHead(own, old.dataset.on));
  }
}

function refresh(event) {
  calendar.updateEvent(shaped(event));
  const element = find(event.id);
  if (element) dress({ el: element, event: { id: event.id, extendedProps: event } });
}

/* A time of the week is nothing without its day. */
function when(text) {
  if (!isWeek()) return clock(text);
  return `${parse(text).toLocaleDateString(document.documentElement.lang, { weekday: "long", day: "numeric", month: "long" })}, ${clock(text)}`;
}

const find = (id) => target.querySelector(`.ec-event[data-event="${CSS.escape(id)}"]:not(.ec-preview, .ec-ghost)`);

/* Once it is drawn: what moved to another column is a new element. */
function focusEvent(id) {
  requestAnimationFrame(() => {
    const element = find(id);
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}

/* The visit as the server has it, wherever it was drawn meanwhile. */
function restore(id) {
  const own = data.events.find((each) => each.id === id);
  if (own) events.set(id, own);
  else events.delete(id);
  if (!calendar) return;
  if (!own) calendar.removeEventById(id);
  else if (calendar.getEventById(id)) refresh(own);
  else calendar.addEvent(shaped(own));
}

/* --- opening -------------------------------------------------------------------------------------------------------- */
function open(event) {
  if (!event.url || hand) return;
  close();
  drop();
  focusOn = event.id;
  const url = isWeek() ? `${event.url}?show=week` : event.url;
  window.htmx.ajax("GET", url, { target: "#panel", swap: "innerHTML" });
}

/* --- asking --------------------------------------------------------------------------------------------------------- */
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
  const end = plus(start, minutesOf(event));
  const at = { start, end, in: room, isMoved: true };
  const place = { ...event, ...at, more: ["cal-event--asking"] };
  events.set(event.id, place);
  refresh(place);
  const answer = await ask(event, start, room);
  if (!answer) {
    putBack();
    say(words.lost);
    refuse(`<div data-refused><p>${words.lost}</p></div>`, event, start, room);
    return;
  }
  if (!answer.isFree) {
    putBack();
    refuse(answer.html, event, start, room);
    return;
  }
  const stands = { ...event, ...at, more: ["cal-event--proposed"] };
  events.set(event.id, stands);
  refresh(stands);
  proposed = { id: event.id, key: event.key, at, putBack, fromTray: isFromTray };
  panel.innerHTML = answer.html;
  window.htmx.process(panel);
  if (isWaiting) renew();
  panel.querySelector("[data-take]")?.focus();
  say(fill(words.free, fill(words.in, when(start), roomOf(room)?.title)));
}

/* Whatever was proposed and not taken goes back to where it stands. */
function drop(sentence = "") {
  const was = proposed;
  proposed = null;
  was?.putBack();
  if (sentence) {
    panel.replaceChildren();
    say(sentence);
  }
}

function dropped({ event, revert }) {
  const own = { ...events.get(event.id) };
  revert();
  drop();
  propose(own, wall(event.start), event.resourceIds[0], { putBack: () => restore(own.id) });
}

/* --- the card of a refusal ------------------------------------------------------------------------------------------ */
function refuse(html, event, start, room) {
  card.innerHTML = html;
  card.hidden = false;
  card.setAttribute("role", "alertdialog");
  card.setAttribute("aria-label", card.querySelector("h3")?.textContent.trim() ?? words.lost);
  card.dataset.from = event.id;
  place(start, room);
  const own = card.querySelector("[data-refused]");
  mark(own?.dataset.fullFrom, own?.dataset.fullUntil);
  const nearest = card.querySelector("[data-nearest]");
  nearest?.addEventListener("click", (click) => {
    click.preventDefault();
    close();
    take(event, nearest.dataset.start, nearest.dataset.room);
  });
  card.querySelector("[data-card-close]")?.addEventListener("click", () => close(true));
  (nearest ?? card.querySelector("button"))?.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

/* Beside the place that was refused, inside the calendar. */
function place(start, room) {
  const column = [...target.querySelectorAll(".ec-col-head")][resources().findIndex((each) => each.id === room)];
  const outer = root.getBoundingClientRect();
  const box = column?.getBoundingClientRect() ?? outer;
  const body = target.querySelector(".ec-body")?.getBoundingClientRect() ?? outer;
  const first = parse(`${start.slice(0, 10)}T${data.first}`);
  const top = shapeNow() === "timeline" || isWeek() ? body.top : body.top + ((parse(start) - first) / 900_000) * SLOT_HEIGHT;
  let left = Math.min(box.left - outer.left + box.width / 2, outer.width - card.offsetWidth - 8);
  // Clear of the recovery places, where these are what it is about.
  const recovery = [...target.querySelectorAll(".ec-col-head")][resources().findIndex((each) => each.extendedProps.kind === "place")];
  if (card.querySelector("[data-full-from]:not([data-full-from=''])") && recovery && shapeNow() === "columns") {
    left = Math.min(left, recovery.getBoundingClientRect().left - outer.left - card.offsetWidth - 8);
  }
  card.style.insetInlineStart = `${Math.max(8, left)}px`;
  card.style.insetBlockStart = `${Math.max(8, Math.min(top - outer.top + 64, outer.height - card.offsetHeight - 8))}px`;
}

/* Where no recovery place is left, across all of them. */
function mark(from, until) {
  unmark();
  if (!from || !calendar) return;
  for (const each of columns().filter((one) => one.kind === "place")) {
    const band = { id: `full-${each.id}`, in: each.id, start: from, end: until, band: "full", text: "" };
    calendar.addEvent(shaped(band));
  }
}

function unmark() {
  for (const each of [...data.resources, { id: FOLDED }]) calendar?.removeEventById(`full-${each.id}`);
}

function close(withFocus = false) {
  if (card.hidden) return;
  const id = card.dataset.from;
  card.hidden = true;
  card.replaceChildren();
  unmark();
  if (!withFocus) return;
  if (events.has(id)) focusEvent(id);
  else document.getElementById(`tray-${id.slice(2)}`)?.focus();
}

/* The nearest start, asked in turn: from the calendar or from the tray. */
function take(event, start, room) {
  const own = events.get(event.id);
  if (own) propose({ ...own }, start, room, { putBack: () => restore(own.id) });
  else fromTray(event, start, room);
}

/* --- a dose of the tray --------------------------------------------------------------------------------------------- */
function ghost(row, start, room) {
  const { dose, minutes, name, what, ask: address } = row.dataset;
  return {
    id: `t-${dose}`,
    key: dose,
    in: room,
    start,
    end: plus(start, Number(minutes)),
    name,
    what,
    dose: what,
    ask: address,
    url: row.href,
    state: "own",
    times: "",
    isMoved: true,
    lines: [],
    label: `${name}, ${what}`,
    more: ["cal-event--asking"],
  };
}

function fromTray(event, start, room) {
  drop();
  const own = { ...event, start, end: plus(start, minutesOf(event)), in: room };
  events.set(own.id, own);
  if (!calendar.getEventById(own.id)) calendar.addEvent(shaped(own));
  propose(own, start, room, { putBack: () => restore(own.id), isFromTray: true });
}

function snap(point) {
  const at = wall(point.date);
  return `${at.slice(0, 14)}${two(Math.floor(Number(at.slice(14)) / STEP) * STEP)}`;
}

function dragFromTray(down) {
  const row = down.target.closest?.("[data-dose]");
  if (!row || down.button !== 0 || !calendar || down.pointerType === "touch") return;
  let image = null;
  const from = { x: down.clientX, y: down.clientY };
  const at = (event) => {
    const point = calendar.dateFromPoint(event.clientX, event.clientY);
    return point?.resource?.extendedProps.kind === "room" ? point : null;
  };
  const move = (event) => {
    if (!image && Math.hypot(event.clientX - from.x, event.clientY - from.y) < 6) return;
    if (!image) {
      close();
      isDragging = true;
      image = part("cal-drag", part("cal-name", row.dataset.name), part("cal-what", row.dataset.what), part("cal-times", ""));
      document.body.append(image);
    }
    event.preventDefault();
    image.style.translate = `${event.clientX + 8}px ${event.clientY - 12}px`;
    const point = at(event);
    image.classList.toggle("is-over", Boolean(point));
    image.lastChild.textContent = point ? fill(words.in, clock(snap(point)), point.resource.extendedProps.title) : "";
  };
  const end = (event) => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
    removeEventListener("keydown", cancel, true);
    if (!image) return;
    image.remove();
    isDragging = false;
    // The press that ends a drag opens nothing.
    const swallow = (click) => (click.preventDefault(), click.stopPropagation());
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, true), 50);
    const point = event.type === "pointerup" ? at(event) : null;
    if (point) fromTray(ghost(row, snap(point), point.resource.id), snap(point), point.resource.id);
    else if (isWaiting) renew();
  };
  const cancel = (event) => {
    if (event.key === "Escape") end(event);
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
  addEventListener("keydown", cancel, true);
}

/* --- by keyboard ---------------------------------------------------------------------------------------------------- */
function pickUp(event, { isFromTray = false } = {}) {
  close();
  drop();
  hand = { id: event.id, before: { ...event }, start: event.start, room: event.in, isFromTray };
  const held = { ...event, isMoved: true, more: ["cal-event--held"] };
  events.set(event.id, held);
  if (calendar.getEventById(event.id)) refresh(held);
  else calendar.addEvent(shaped(held));
  focusEvent(event.id);
  say(fill(words.picked, `${event.name}, ${fill(words.in, when(event.start), roomOf(event.in)?.title)}`));
}

function carry(minutes, columns) {
  const event = events.get(hand.id);
  const list = rooms();
  let start = plus(event.start, minutes);
  let index = list.findIndex((each) => each.id === event.in) + columns;
  if (isWeek() && (index < 0 || index >= list.length)) {
    start = plus(start, index < 0 ? -1440 : 1440);
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
  const { before, isFromTray } = hand;
  hand = null;
  restore(before.id);
  if (isFromTray) document.getElementById(`tray-${before.key}`)?.focus();
  else focusEvent(before.id);
  say(fill(words.putBack, `${before.name}, ${fill(words.in, when(before.start), roomOf(before.in)?.title)}`));
  if (isWaiting) renew();
}

function letGo() {
  const event = events.get(hand.id);
  const { before, isFromTray } = hand;
  hand = null;
  if (isFromTray) {
    fromTray(before, event.start, event.in);
    return;
  }
  if (event.start === before.start && event.in === before.in) {
    restore(before.id);
    focusEvent(before.id);
    if (isWaiting) renew();
    return;
  }
  propose(before, event.start, event.in, { putBack: () => restore(before.id) });
}

const MOVES = { ArrowUp: [-STEP, 0], ArrowDown: [STEP, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const TURNED = { ArrowUp: "ArrowLeft", ArrowDown: "ArrowRight", ArrowLeft: "ArrowUp", ArrowRight: "ArrowDown" };

function keyed(press) {
  if (press.altKey || press.ctrlKey || press.metaKey) return;
  const stop = () => (press.preventDefault(), press.stopImmediatePropagation());
  if (hand) {
    const key = shapeNow() === "timeline" ? (TURNED[press.key] ?? press.key) : press.key;
    if (MOVES[key]) return stop(), carry(...MOVES[key]);
    if (press.key === "Enter" || press.key === " ") return stop(), letGo();
    if (press.key === "Escape") return stop(), putBack();
    if (press.key === "Tab") return stop();
    return;
  }
  if (press.key === "Escape" && !card.hidden) return stop(), close(true);
  if (press.key !== " ") return;
  const own = events.get(press.target.closest?.("[data-event]")?.dataset.event);
  const row = press.target.closest?.("[data-dose]");
  if (own) {
    stop();
    if (own.ask && data.mayMove) pickUp(own);
    else open(own);
  } else if (row && calendar) {
    stop();
    const first = rooms()[0];
    const opens = data.events.filter((each) => each.band === "soft" && each.in === first.id && each.start.endsWith(data.first))[0]?.end;
    const start = opens ?? `${data.on}T${data.first}`;
    pickUp(ghost(row, start, first.id), { isFromTray: true });
  }
}

/* --- starting ------------------------------------------------------------------------------------------------------- */
function start() {
  data = read();
  if (!data || !window.EventCalendar) {
    document.getElementById("cal-agenda").toggleAttribute("data-list", true);
    return;
  }
  events = new Map(data.events.map((event) => [event.id, event]));
  for (const tool of document.querySelectorAll("[data-calendar-shapes], [data-lane], [data-calendar-keys]")) tool.hidden = false;
  draw();
  showPanels();
}

/* A start that the form asked and that is free stands on the calendar as well. */
function showPanels() {
  const own = panel.querySelector("[data-asked]");
  if (!own || proposed || !calendar) return;
  const { for: key, starts, ends, room } = own.dataset;
  const event = events.get(`v-${key}`);
  if (!event) return;
  const at = { start: starts, end: ends, in: room, isMoved: true };
  const stands = { ...event, ...at, more: ["cal-event--proposed"] };
  events.set(event.id, stands);
  refresh(stands);
  proposed = { id: event.id, key, at, putBack: () => restore(event.id) };
}

if (root) {
  document.addEventListener("clinic:renewed", renew);
  document.addEventListener("pointerdown", dragFromTray);
  document.addEventListener("keydown", keyed, true);
  document.addEventListener("dragstart", (event) => event.target.closest?.("[data-dose]") && event.preventDefault());
  document.querySelector("[data-calendar-shapes]")?.addEventListener("click", (event) => {
    const button = event.target.closest("[data-shape]");
    if (!button) return;
    kept.shape = button.dataset.shape;
    draw();
  });
  for (const toggle of document.querySelectorAll("[data-lane]")) {
    toggle.addEventListener("click", () => {
      kept.keepLane(toggle.dataset.lane, toggle.getAttribute("aria-checked") !== "true");
      draw();
    });
  }
  narrow.addEventListener("change", draw);
  document.querySelector("[data-calendar-go] input[type=date]")?.addEventListener("change", (event) => {
    if (event.target.value && document.activeElement !== event.target) event.target.form.requestSubmit();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== panel) return;
    // Taken: it stands where it is drawn, and what the server has comes with the next refresh.
    if (event.detail.serverResponse.includes("data-calendar-done")) proposed = null;
    else drop();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target !== panel) return;
    const done = panel.querySelector("[data-calendar-done]")?.dataset.calendarDone;
    if (done) {
      focusOn = `v-${done}`;
      panel.replaceChildren();
    }
    showPanels();
  });
  // Closing the panel puts back what was only proposed; the focus goes to the visit it was about.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-close-panel]");
    if (!link) return;
    const key = panel.querySelector("[data-for]")?.dataset.for;
    drop();
    setTimeout(() => events.has(`v-${key}`) && focusEvent(`v-${key}`));
  }, true);
  document.addEventListener("pointerdown", (event) => {
    if (!card.hidden && !card.contains(event.target)) close();
  });
  start();
}
