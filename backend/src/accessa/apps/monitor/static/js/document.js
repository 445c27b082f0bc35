// The page of one document.

import { drawBanner } from "./banner.js";
import { letCopy } from "./command.js";
import { byId } from "./dom.js";
import { keepAging, learnClock } from "./moments.js";
import { letSearch } from "./search.js";
import { drawCalls, drawEvents, drawFacts, drawHoldings, drawOthers, drawStays } from "./timeline.js";
import { words } from "./words.js";

const PERIOD_MS = 1000;
const RESTING_MS = 10000;
const TITLE = "Document timeline · Accessa monitoring";
const ENDED = new Set(["complete", "failed_parse", "failed_chunking", "failed_embedding"]);
const subject = decodeURIComponent(location.pathname.split("/").pop());

async function refresh() {
  let pause = RESTING_MS;
  try {
    const answer = await fetch(`/api/timeline/${encodeURIComponent(subject)}`, { cache: "no-store" });
    if (answer.status === 401) return location.assign("/login");
    const told = await answer.json();
    if (answer.ok) {
      show(told);
      pause = ENDED.has(told.job.status) ? RESTING_MS : PERIOD_MS;
    } else {
      drawBanner({ level: answer.status === 503 ? "down" : "attention", sentences: [told.error.message] }, TITLE);
    }
  } catch {
    drawBanner({ level: "down", sentences: ["The monitoring does not answer. This page tries again by itself."] }, TITLE);
  }
  setTimeout(refresh, document.hidden ? RESTING_MS : pause);
}

function show(timeline) {
  learnClock(timeline.job.asked_at);
  drawBanner(verdict(timeline.job), TITLE);
  drawFacts(timeline);
  drawStays(timeline);
  drawEvents(timeline);
  drawCalls(timeline);
  drawHoldings(timeline);
  drawOthers(timeline);
}

function verdict(job) {
  if (job.status === "complete") return { level: "well", sentences: ["The document is complete and found by search."] };
  if (ENDED.has(job.status)) {
    return { level: "down", sentences: [`The document failed: ${job.error_code || "INTERNAL"}. ${job.error_message || job.error_sentence || ""}`] };
  }
  const held = job.lease_owner ? `${job.lease_owner} has it in hand.` : "It waits to be taken up.";
  const trouble = job.error_code ? [`Met last: ${job.error_code}. ${job.error_message || job.error_sentence || ""}`] : [];
  return { level: trouble.length ? "attention" : "waiting", sentences: [`The document is at ${words(job.status)}. ${held}`, ...trouble] };
}

byId("subject").value = subject;
letCopy();
letSearch();
keepAging();
refresh();
