/* The small pieces that cards and heads are built of. */

import { state } from "./page.js";

const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon icon--dense");
  svg.setAttribute("width", "14");
  svg.setAttribute("height", "14");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${state.data.sprite}#${name}`);
  svg.append(use);
  return svg;
}

export function part(className, ...children) {
  const element = document.createElement("span");
  element.className = className;
  element.append(...children.filter(Boolean));
  return element;
}
