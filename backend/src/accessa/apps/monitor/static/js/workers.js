import { draw, element, mark, table } from "./dom.js";
import { DASH, bytes, lasting, number, plural, span, words } from "./words.js";

const NOBODY = "No worker has given a sign of life in the last 15 minutes.";
const SILENT = "Unknown while the database is silent.";

/** Draw the workers with what they hold. */
export function drawWorkers(workers, earlier) {
  // Whoever lives takes over from the dead, so a death alarms only where nobody does.
  const alarm = (workers || []).some((worker) => worker.alive) ? "soft" : "down-text";
  const left = earlier ? [element("p", { class: "soft", id: "earlier-workers" }, plural(earlier, "earlier worker", "earlier workers"))] : [];
  draw("workers", table("Workers by their signs of life", [["Worker"], ["State"], ["Holds", null, true], ["Longest", "number", true],
    ["Memory", "number", true], ["Loop lag", "number", true], ["Up", "number", true]],
    (workers || []).map((worker) => row(worker, alarm)), workers ? NOBODY : SILENT), ...left);
}

function row(worker, alarm) {
  const state = worker.alive ? mark(worker.state === "running" ? "well-text" : "amber-text", worker.state)
    : worker.state === "stopped" ? mark("soft", "stopped") : mark(alarm, `silent for ${span(worker.silent_seconds)}`);
  const name = element("span", { title: `on ${worker.host}` }, element("code", null, worker.worker_id),
    element("small", null, `process ${worker.pid}, version ${worker.version}`));
  if (!worker.alive) return [name, state, DASH, DASH, DASH, DASH, DASH];
  const slow = worker.loop_lag_seconds > 1 ? "amber-text" : null;
  return [name, state, holds(worker), worker.held_longest_seconds === null ? DASH : span(worker.held_longest_seconds),
    bytes(worker.resident_bytes), element("span", { class: slow }, lasting(worker.loop_lag_seconds)), span(worker.age_seconds)];
}

function holds(worker) {
  const parts = Object.entries(worker.held).map(([status, jobs]) => element("span", null, `${number(jobs)} ${words(status)}`));
  if (!parts.length) return element("span", { class: "soft" }, plural(worker.jobs_in_hand || 0, "job", "jobs"));
  return element("div", { class: "chips" }, ...parts);
}
