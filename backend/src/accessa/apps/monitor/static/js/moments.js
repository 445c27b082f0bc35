// Moments that are told as ages, which grow by themselves.

import { element } from "./dom.js";
import { span } from "./words.js";

let aheadMs = 0;

/** Learn the server's clock, by which all moments are told. */
export function learnClock(generatedAt) {
  aheadMs = Date.parse(generatedAt) - Date.now();
}

const age = (moment) => span((Date.now() + aheadMs - Date.parse(moment)) / 1000);

/** Make an element that says how long ago a moment was. */
export function since(moment, suffix = "") {
  return element("time", { class: "since", datetime: moment, title: new Date(moment).toLocaleString(), "data-suffix": suffix },
    age(moment) + suffix);
}

/** Make an element that says when something will be, with the day unless it is today's. */
export function until(moment) {
  const at = new Date(moment);
  const day = at.toDateString() === new Date().toDateString() ? {} : { weekday: "short", day: "numeric", month: "short" };
  return element("time", { datetime: moment, title: at.toLocaleString() },
    at.toLocaleString("en-GB", { ...day, hour: "2-digit", minute: "2-digit" }));
}

/** Let all ages on the page grow. */
export function keepAging() {
  setInterval(() => {
    for (const node of document.querySelectorAll("time.since")) {
      const told = age(node.dateTime) + (node.dataset.suffix || "");
      if (node.textContent !== told) node.textContent = told;
    }
  }, 1000);
}
