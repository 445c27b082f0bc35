// The field that leads to one document.

import { byId } from "./dom.js";

const ID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** Let the field go to the timeline of what is typed into it. */
export function letSearch() {
  byId("search").addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    const subject = byId("subject").value.trim();
    if (ID.test(subject)) location.assign(`/document/${subject}`);
    byId("search-trouble").textContent = ID.test(subject) ? ""
      : "That is no id. Paste the whole id of a job or a document, or a correlation id.";
  });
}
