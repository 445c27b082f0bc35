import { draw, element, table } from "./dom.js";
import { since } from "./moments.js";
import { DASH, firstPart, lasting, plural, words } from "./words.js";

const SILENT = "Unknown while the database is silent.";
const linked = (job) => element("a", { href: `/document/${job.job_id}`, title: `Job ${job.job_id}` }, element("code", null, firstPart(job.job_id)));

/** Draw the unfinished documents that have been here longest. */
export function drawOldest(jobs) {
  draw("oldest", table("The oldest unfinished documents", [["Job"], ["Status"], ["Age", "number", true], ["Held by", null, true], ["Trouble", null, true]],
    (jobs || []).map((job) => [linked(job), words(job.status), since(job.created_at), job.held_by ? element("code", null, job.held_by) : DASH, trouble(job)]),
    jobs ? "Every document has ended." : SILENT));
}

function trouble({ attempts, crashes, code }) {
  const parts = [code, attempts ? plural(attempts, "error", "errors") : "", crashes ? plural(crashes, "crash", "crashes") : ""];
  return parts.filter(Boolean).join(", ") || DASH;
}

/** Draw the documents that took longest. */
export function drawSlowest(jobs) {
  draw("slowest", table("The slowest documents of the last hour", [["Job"], ["Document"], ["Upload to complete", "number", true], ["Completed", "number", true]],
    (jobs || []).map((job) => [linked(job), element("code", { title: job.document_id }, firstPart(job.document_id)), lasting(job.seconds), since(job.ended_at, " ago")]),
    jobs ? "No document was completed within the last hour." : SILENT));
}
