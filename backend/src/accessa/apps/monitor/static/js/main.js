// The page of the whole system.

import { drawAlerts, letAlertsBeSilenced } from "./alerts.js";
import { drawBanner } from "./banner.js";
import { makeCharts } from "./charts.js";
import { letCopy } from "./command.js";
import { drawOldest, drawSlowest } from "./documents.js";
import { byId } from "./dom.js";
import { drawFailures } from "./failures.js";
import { keepAging, learnClock } from "./moments.js";
import { drawPipeline } from "./pipeline.js";
import { drawProofs } from "./proofs.js";
import { drawProviders } from "./providers.js";
import { letSearch } from "./search.js";
import { addSeconds, learnMinutes, learnSeconds } from "./series.js";
import { drawServices } from "./services.js";
import { follow } from "./stream.js";
import { drawTiles } from "./tiles.js";
import { drawWorkers } from "./workers.js";

const CUT_OFF = "The monitoring itself does not answer: the figures below are old. This page tries again by itself.";
const redrawCharts = makeCharts();

function show(state) {
  learnClock(state.generated_at);
  byId("main").classList.toggle("silent", state.seconds === null);
  byId("main").classList.remove("cut");
  byId("environment").textContent = state.environment;
  byId("environment").hidden = false;
  tellLive("live", `Live · ${new Date(state.generated_at).toLocaleTimeString("en-GB")}`);
  drawBanner(state.verdict);
  drawProofs(state.canary, state.audit);
  drawAlerts(state.alerts, state.idle_silences);
  drawTiles(state);
  drawPipeline(state.pipeline, state.bottleneck);
  drawWorkers(state.workers, state.earlier_workers);
  drawProviders(state.providers, state.money);
  drawFailures(state.failure_groups);
  drawOldest(state.oldest);
  drawSlowest(state.slowest);
  drawServices(state.services);
  addSeconds(state.seconds);
  redrawCharts();
}

function tellLive(state, text) {
  byId("live").dataset.state = state;
  byId("live-text").textContent = text;
}

function lost() {
  byId("main").classList.add("silent", "cut");
  tellLive("cut", "Cut off, trying again");
  drawBanner({ level: "down", sentences: [CUT_OFF] });
}

letCopy();
letAlertsBeSilenced();
letSearch();
keepAging();
follow("/api/stream", { state: show, minutes: learnMinutes, seconds: learnSeconds }, lost);
