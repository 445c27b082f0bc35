// Silences that hold: until when, by whom, why, and a button that ends each.

import { element, on } from "./dom.js";
import { until } from "./moments.js";
import { change, tellTrouble } from "./requests.js";
import { labelled } from "./words.js";

const endings = new Map();

/** List silences; `place` tells lists apart that show the same one. With `named` each begins with its alert. */
export function silenceList(silences, place, named) {
  return element("ul", { class: "silences" }, ...silences.map((silence) => line(silence, place, named)));
}

function line(silence, place, named) {
  const { silence_id: id, alert, created_by: by, reason } = silence;
  const labels = labelled(silence.labels);
  const ending = endings.get(id);
  return element("li", { "data-key": id }, element("p", null, named ? element("b", null, alert) : null,
    named ? " is silenced until " : "Silenced until ", until(silence.until), by ? ` by ${by}` : null, ` · ${labels ? `only ${labels}` : "every instance"}`,
    reason ? element("q", null, reason) : null),
    element("button", { type: "button", class: "quiet", "data-end": id, "data-place": place, "aria-disabled": ending?.busy && "true",
      "aria-label": ["End silence of", alert, labels].join(" ").trim() }, ending?.busy ? "Ending…" : "End silence"),
    tellTrouble(ending?.place === place ? ending.trouble : null));
}

/** Let the buttons end silences; `redraw` shows what has changed. */
export function letEnd(redraw) {
  on("click", "[data-end]", async ({ dataset: { end: id, place } }) => {
    if (endings.get(id)?.busy) return;
    endings.set(id, { busy: true, place });
    redraw();
    const trouble = await change("DELETE", `/api/silences/${id}`);
    endings.set(id, { busy: !trouble, trouble, place });
    redraw();
  });
}
