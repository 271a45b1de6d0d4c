/* Times as the server writes them: the unit's wall clock, without a zone. */

export const two = (number) => String(number).padStart(2, "0");
export const parse = (text) => new Date(`${text}:00`);
export const wall = (date) =>
  `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
export const clock = (text) => text.slice(11, 16);
export const plus = (text, minutes) => wall(new Date(parse(text).getTime() + minutes * 60_000));
export const minutesOf = (event) => (parse(event.end) - parse(event.start)) / 60_000;

export function minutesBetween(from, until) {
  const [a, b] = [from, until].map((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));
  return b - a;
}
