import { byId, draw, element } from "./dom.js";

const SIGNS = {
  well: "M4 12.5l5.5 5.5L20 6.5",
  attention: "M12 3L2 21h20L12 3zM12 10v5M12 18h.01",
  down: "M12 2a10 10 0 100 20 10 10 0 000-20zM12 7v6M12 17h.01",
  broken: "M12 2a10 10 0 100 20 10 10 0 000-20zM12 7v6M12 17h.01",
  waiting: "M5 12h.01M12 12h.01M19 12h.01",
};

/** Show one sentence a line; the title of the page tells the first one that is bad. */
export function drawBanner({ level, sentences }, title = "Accessa monitoring") {
  byId("banner").className = `banner ${level}`;
  byId("sign").setAttribute("d", SIGNS[level]);
  document.title = level === "well" || level === "waiting" ? title : `(!) ${sentences[0]}`;
  draw("sentences", sentences.map((sentence) => element("li", null, sentence)));
}
