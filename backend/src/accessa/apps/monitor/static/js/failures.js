import { byId, draw, element, table } from "./dom.js";
import { command } from "./command.js";
import { since } from "./moments.js";
import { firstPart, number, plural, words } from "./words.js";

/** Draw what failed and was not tried again, by its cause. */
export function drawFailures(found) {
  const title = byId("failures-title");
  const told = found && found.documents ? `${number(found.documents)}${found.exact ? "" : "+"} failed and not tried again` : "";
  if (title.dataset.told !== told) {
    title.dataset.told = told;
    title.replaceChildren("Failures by cause", told ? element("small", null, told) : "");
  }
  draw("failures", table("Failed documents in groups, the largest first",
    [["Cause"], ["Documents", "number", true], ["What happened", "sentence"], ["Samples"], ["Latest", "number", true], ["Try again", "sentence"]],
    (found ? found.groups : []).map(row), found ? "No document has failed." : "Unknown while the database is silent."));
}

function row(group) {
  const samples = group.samples.map((job) => element("a", { href: `/document/${job}`, title: `Job ${job}` }, element("code", null, firstPart(job))));
  return [
    element("span", null, element("code", null, group.code), element("small", null, `at ${words(group.stage)}`)),
    element("span", null, number(group.documents), group.users > 1 ? element("small", null, plural(group.users, "user", "users")) : null),
    element("span", null, group.sentence, group.cause ? element("small", null, group.cause) : null),
    element("div", { class: "chips" }, ...samples),
    since(group.last_failed_at, " ago"),
    group.command ? element("span", null, element("small", null, advice(group.retry)), command(group.command)) : "A retry cannot help.",
  ];
}

function advice(retry) {
  return { "after mending": "Once its cause is mended:", "if wanted": "If it is wanted again:" }[retry] || "It may help to:";
}
