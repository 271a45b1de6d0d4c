/* A visit dragged on the calendar: it snaps back at once, and its new start is asked for. */

import { ofVisit } from "./asking.js";
import { state } from "./page.js";
import { drop } from "./redrawing.js";
import { close } from "./refusal.js";
import { catchUp } from "./renewing.js";
import { wall } from "./times.js";

export const dragging = {
  eventDragStart: () => {
    state.isDragging = true;
    close();
  },
  eventDragStop: () => {
    state.isDragging = false;
    setTimeout(catchUp);
  },
  eventDrop: ({ event, revert }) => {
    const own = { ...state.events.get(event.id) };
    revert();
    drop();
    ofVisit(own, wall(event.start), event.resourceIds[0]);
  },
};
