// The parts of one document's page.

import { command } from "./command.js";
import { byId, draw, element, filled, table } from "./dom.js";
import { since } from "./moments.js";
import { DASH, firstPart, lasting, money, number, plural, words } from "./words.js";

const seconds = (from, until) => (Date.parse(until) - Date.parse(from)) / 1000;
const code = (text) => element("code", null, text);
const reveal = (id, shown) => { byId(`${id}-section`).hidden = !shown; };

/** Draw the ids and figures of the job. */
export function drawFacts({ job, cost_usd: cost, parse, command: next }) {
  const end = job.processing_completed_at || job.asked_at;
  const done = (part, whole) => whole === null ? DASH : `${number(part || 0)} of ${number(whole)}`;
  const facts = [["Status", words(job.status)], ["Job", code(job.job_id)], ["Document", code(job.document_id)], ["Correlation id", code(job.correlation_id)],
    ["Uploaded", since(job.created_at, " ago")], [job.processing_completed_at ? "Took" : "Age", lasting(seconds(job.created_at, end))],
    ["Chunks stored", done(job.chunks_done, job.chunks_total)], ["Vectors stored", done(job.embeds_done, job.embeds_total)], ["Paid for it", money(cost)],
    ["Errors in a row", `${number(job.attempts_in_row)} of ${number(job.max_attempts)}`], ["Crashes", number(job.crash_count)], ["Lane", job.lane],
    ...(parse ? [["Parse", parsed(parse)]] : [])];
  reveal("facts", true);
  draw("facts", element("dl", { class: "facts" }, ...facts.map(([name, value]) => element("div", null, element("dt", null, name), element("dd", null, value)))),
    element("p", { class: "do" }, command(next)));
}

function parsed(parse) {
  if (!parse.submitted_at) return `${parse.provider}: not asked for yet`;
  if (!parse.collected_at) return `${parse.provider}: awaited, ${plural(parse.polls, "poll", "polls")}`;
  const found = parse.notified_at ? "told by webhook" : "found by a poll";
  return `${parse.provider}: ${lasting(seconds(parse.submitted_at, parse.collected_at))}, ${found}`;
}

/** Draw one bar a status, each where its time lies in the whole. */
export function drawStays({ job, stays }) {
  reveal("stays", stays.length);
  if (!stays.length) return;
  const start = stays[0].since;
  const whole = Math.max(0.001, seconds(start, job.processing_completed_at || job.asked_at));
  const longest = Math.max(...stays.map((stay) => stay.seconds));
  const rows = stays.map((stay) => {
    const ended = stay.until === stay.since;
    const kinds = ["stay", stay.until === null && "now", stay.status.startsWith("failed") && "failed", stay.status === "complete" && "done", stay.seconds === longest && longest > 0 && "longest"];
    return element("li", { class: kinds.filter(Boolean).join(" "), "data-status": stay.status }, element("span", null, words(stay.status)),
      element("div", { class: "lane" }, filled(stay.seconds / whole, null, Math.min(0.997, seconds(start, stay.since) / whole))),
      element("span", null, ended ? "ended" : lasting(stay.seconds)));
  });
  draw("stays", element("ol", { class: "stays" }, ...rows), element("p", { class: "axis", "aria-hidden": "true" },
    element("span", null, "0"), element("span", null, lasting(whole / 2)), element("span", null, lasting(whole))));
}

/** Draw the events in their order. */
export function drawEvents({ events, truncated }) {
  reveal("events", events.length);
  const kind = { warn: "amber-text", error: "down-text" };
  draw("events", table("What happened, in its order", [["After"], ["Event"], ["What", "sentence"], ["Epoch", "number", true]],
    events.map((event) => [`+${lasting(seconds(events[0].ts, event.ts))}`, element("code", { class: kind[event.severity] || null }, event.code), described(event), event.lease_epoch === undefined ? DASH : String(event.lease_epoch)]),
    "Nothing is known to have happened."), truncated ? element("p", { class: "soft" }, "More happened than is shown here.") : []);
}

function described(event) {
  if (event.to_status) return event.from_status ? `${words(event.from_status)} → ${words(event.to_status)}` : words(event.to_status);
  if (event.type === "claimed") return `taken up by ${event.worker}`;
  if (event.code === "RETRY_SCHEDULED") return `rests for ${event.due_in_seconds} s, then attempt ${event.attempt || "?"} of ${event.max_attempts || "?"}`;
  return event.message || { paid_intent: "a call that costs money is about to go out", released: "let go" }[event.type] || DASH;
}

/** Draw the calls that were made for the document. */
export function drawCalls({ calls, cost_usd: cost }) {
  reveal("calls", calls.length);
  draw("calls", table(`Calls to providers, ${money(cost)} in all`, [["Call"], ["Provider"], ["Model", null, true], ["State"], ["Took", "number", true], ["Units", "number", true], ["Tokens", "number", true], ["Cost", "number", true]],
    calls.map((call) => [words(call.operation), call.provider, call.model || DASH, element("span", { class: call.state === "failed" ? "down-text" : null }, call.error_code ? `${call.state}: ${call.error_code}` : call.state),
      lasting(call.seconds), number(call.units), number(call.tokens), money(call.cost_usd)]), "No provider was called."));
}

/** Draw who had the job in hand. */
export function drawHoldings({ holdings }) {
  reveal("holdings", holdings.length);
  draw("holdings", table("Who had the document in hand", [["Worker"], ["Held for", "number", true], ["End"], ["Epoch", "number", true]],
    holdings.map((hold) => [code(hold.worker), hold.until ? lasting(seconds(hold.since, hold.until)) : since(hold.since), hold.ending, String(hold.epoch)]), "Nobody has taken it up."));
}

/** Draw the other jobs that the id leads to. */
export function drawOthers({ others }) {
  reveal("others", others.length);
  draw("others", table("Other jobs of the same id", [["Job"], ["Status"], ["Uploaded", "number", true], ["Error", null, true]],
    others.map((job) => [element("a", { href: `/document/${job.job_id}` }, code(firstPart(job.job_id))), words(job.status), since(job.created_at, " ago"), job.error_code || DASH]), ""));
}
