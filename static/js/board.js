/* Arrow keys move between the visits of the day board: left and right in time, up and down between lanes. */

const board = () => document.querySelector("[data-board]");

function middle(card) {
  const box = card.getBoundingClientRect();
  return { x: box.left + Math.min(box.width, 80) / 2, y: box.top + box.height / 2 };
}

/* The nearest card in the direction, sideways distance counting double. */
function neighbour(from, key) {
  const here = middle(from);
  const isAcross = key === "ArrowLeft" || key === "ArrowRight";
  const sign = key === "ArrowLeft" || key === "ArrowUp" ? -1 : 1;
  let best = null;
  let least = Infinity;
  for (const card of board().querySelectorAll(".card, .place a")) {
    if (card === from) continue;
    const there = middle(card);
    const along = (isAcross ? there.x - here.x : there.y - here.y) * sign;
    const aside = Math.abs(isAcross ? there.y - here.y : there.x - here.x);
    if (along < 4) continue;
    const distance = along + aside * 2;
    if (distance < least) [best, least] = [card, distance];
  }
  return best;
}

document.addEventListener("keydown", (event) => {
  if (!event.key.startsWith("Arrow") || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const card = event.target.closest?.(".card, .place a");
  if (!card || !board()?.contains(card)) return;
  const next = neighbour(card, event.key);
  if (!next) return;
  event.preventDefault();
  next.focus();
});

/* Where the board is wider than its place it opens at now, and stays where it was put when it is renewed. */
let place = null;

function settle() {
  for (const hint of document.querySelectorAll("[data-board-hint]")) hint.hidden = false;
  const sheet = board();
  if (!sheet) return;
  const now = sheet.querySelector(".back-now")?.getBoundingClientRect().left;
  const start = now ? now - sheet.getBoundingClientRect().left - sheet.clientWidth * 0.45 : 0;
  sheet.scrollLeft = place ?? Math.max(0, start);
  sheet.addEventListener("scroll", () => (place = sheet.scrollLeft), { passive: true });
}

document.addEventListener("clinic:renewed", settle);
settle();
