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

/** Let all ages on the page grow. */
export function keepAging() {
  setInterval(() => {
    for (const node of document.querySelectorAll("time.since")) {
      const told = age(node.dateTime) + (node.dataset.suffix || "");
      if (node.textContent !== told) node.textContent = told;
    }
  }, 1000);
}
