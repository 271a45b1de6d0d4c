/* Keeps a page true: asks [data-live-url] every few seconds with the ETag it has, and swaps the parts that changed.
 *
 * A 304 costs the server next to nothing and touches nothing here. Parts are the elements with data-live-part, found
 * again by their id; one that reads the same is left alone, so nothing flickers and no focus is lost.
 */

const source = document.querySelector("[data-live-url]");
const clock = source?.querySelector("[data-live-clock]");
const seconds = Number(source?.dataset.liveSeconds ?? 5);
const LIMIT = 4000; // ms to wait for an answer
let etag = "";
const drawn = new Map(); // each part as it came last
for (const part of document.querySelectorAll("[data-live-part]")) drawn.set(part.id, part.innerHTML);
let failures = 0;
let timer = 0;

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

function fresh(response) {
  failures = 0;
  const at = response.headers.get("X-Clinic-At");
  if (clock && at) clock.textContent = at;
  tell("clinic:fresh");
}

function renew(html) {
  const focused = document.activeElement?.id;
  const next = new DOMParser().parseFromString(html, "text/html");
  for (const part of next.querySelectorAll("[data-live-part]")) {
    const here = document.getElementById(part.id);
    if (!here || drawn.get(part.id) === part.innerHTML) continue;
    drawn.set(part.id, part.innerHTML);
    here.replaceChildren(...part.childNodes);
    window.htmx?.process(here);
  }
  tell("clinic:renewed");
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
}

async function ask() {
  if (document.hidden) return;
  // Marked as background: an open board must not keep a sign-in alive.
  const headers = { "X-Background": "1", ...(etag && { "If-None-Match": etag }) };
  const response = await fetch(source.dataset.liveUrl, {
    headers,
    redirect: "manual",
    cache: "no-store",
    signal: AbortSignal.timeout(LIMIT),
  });
  if (response.type === "opaqueredirect" || [401, 403].includes(response.status)) {
    tell("clinic:stale", { at: clock?.textContent ?? "", why: "out" });
    return;
  }
  if (response.status !== 304 && !response.ok) throw new Error(`status ${response.status}`);
  if (response.ok) {
    const html = await response.text();
    etag = response.headers.get("ETag") ?? "";
    renew(html);
  }
  isOver = response.headers.get("X-Clinic-Over") === "1";
  fresh(response);
}

let isOver = false; // nothing will change any more
let isAsking = false;

async function round() {
  if (isAsking) return; // its end sets the next one
  isAsking = true;
  try {
    await ask();
  } catch {
    failures += 1;
    // One slow answer is not an outage; two in a row are.
    if (failures >= 2) tell("clinic:stale", { at: clock?.textContent ?? "", why: "lost" });
  }
  isAsking = false;
  clearTimeout(timer);
  if (!isOver) timer = setTimeout(round, seconds * 1000);
}

if (source?.dataset.liveUrl) {
  timer = setTimeout(round, seconds * 1000);
  const atOnce = () => {
    if (document.hidden || isOver) return;
    clearTimeout(timer);
    round();
  };
  document.addEventListener("visibilitychange", atOnce);
  window.addEventListener("online", atOnce);
  // What was just done in the panel stands on the board at once; the server says so with HX-Trigger.
  document.addEventListener("clinic:changed", atOnce);
}
