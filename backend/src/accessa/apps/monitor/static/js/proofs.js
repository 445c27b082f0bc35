import { draw, element } from "./dom.js";
import { since } from "./moments.js";
import { lasting, plural } from "./words.js";

/** Say what was proven last, and when, also while all is well; nothing while the database is silent. */
export function drawProofs(canary, audit) {
  draw("proofs", canary ? [sayCanary(canary), sayAudit(audit)] : []);
}

function sayCanary(canary) {
  if (!canary.is_sent) return said("soft", "Canary: none is sent");
  if (canary.passed === null) return said("soft", "Canary: none has ended yet");
  const found = canary.found_at && since(canary.found_at, " ago");
  return canary.passed ? said("well-text", "Canary", " found ", found, `, in ${lasting(canary.seconds)}`)
    : said("down-text", "Canary not found", ...(found ? ["; one was ", found] : []));
}

function sayAudit(audit) {
  if (!audit) return said("soft", "Audit: none has ended yet");
  const { violations, unfinished } = audit;
  const open = unfinished ? ` but for ${plural(unfinished, "check", "checks")} without a verdict` : "";
  const ended = since(audit.ended_at, " ago");
  return violations ? said("down-text", "Audit", `: ${plural(violations, "row breaks", "rows break")} a promise, `, ended)
    : said(open ? "amber-text" : "well-text", "Audit", ` clean${open}, `, ended);
}

function said(kind, name, ...more) {
  return element("li", null, element("span", { class: `mark ${kind}` }, name), element("span", null, ...more));
}
